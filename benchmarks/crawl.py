"""Crawls every address of the sitemap with 4 clients at once, beside nginx with the same bytes.

`python -m benchmarks.crawl` serves the sources of this checkout for it, and measures memory.
"""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from tests.command import Site
from tests.crawling import crawl, listed, memory

ROUNDS, PORT = 3, 8499
CONFIGURATION = """worker_processes 2; daemon off; pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{ access_log off; gzip on; gzip_types text/turtle;
  types {{ text/html html; text/turtle ttl; }}
  server {{ listen 127.0.0.1:{port}; root {folder}/files; }} }}
"""


def main() -> None:
    """Print rates and memory of the site, from cold to warm, and the rates of nginx."""
    folder = Path(tempfile.mkdtemp())
    site = Site(folder / "releases")
    paths, rates = listed(site.base), dict[str, float]()
    try:
        print(f"at the start: {memory(site.process.pid)} MB")
        crawl(site.port, paths, folder / "files")
        (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, port=PORT))
        folder.chmod(0o755)
        server = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)])
        time.sleep(1)
        for number in range(ROUNDS):
            for name, at in (("site", site.port), ("nginx", PORT)):
                seconds, errors = crawl(at, paths)
                rates[name] = len(paths) / seconds
                print(f"{name} {number}: {rates[name]:.0f}/s, {errors} errors of {len(paths)}")
            print(f"memory {number}: {memory(site.process.pid)} MB")
        server.terminate()
        server.wait(10)
        print(f"ratio in the last round: {rates['site'] / rates['nginx']:.2f}")
    finally:
        site.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
