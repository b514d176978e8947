"""Crawls every address of the sitemap with 4 clients at once, beside nginx with the same bytes.

`python -m benchmarks.crawl` serves the sources of this checkout for it, and measures memory.
"""

import http.client
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from tests.live.site import Site

CLIENTS, ROUNDS, PORT = 4, 3, 8499
SITEMAP, XHTML = "{http://www.sitemaps.org/schemas/sitemap/0.9}", "{http://www.w3.org/1999/xhtml}"
CONFIGURATION = """worker_processes 2; daemon off; pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{ access_log off; gzip on; gzip_types text/turtle;
  types {{ text/html html; text/turtle ttl; }}
  server {{ listen 127.0.0.1:{port}; root {folder}/files; }} }}
"""


def listed(url: str) -> list[str]:
    """Return the paths of all pages and Turtle documents in the sitemaps of a site."""

    def read(address: str) -> ET.Element:
        with urllib.request.urlopen(address) as answer:
            return ET.fromstring(answer.read())

    paths = []
    for loc in read(url + "sitemap.xml").iter(f"{SITEMAP}loc"):
        for entry in read(loc.text or "").iter(f"{SITEMAP}url"):
            found = [entry.findtext(f"{SITEMAP}loc", "")]
            links = entry.iter(f"{XHTML}link")
            found += [x.attrib["href"] for x in links if x.attrib["type"] == "text/turtle"]
            paths += [urlsplit(address).path for address in found]
    return paths


def crawl(port: int, paths: list[str], folder: Path | None = None) -> tuple[float, int]:
    """Return seconds and errors of taking all paths; keep the bytes under `folder`, if given."""
    errors: list[str] = []

    def client(part: list[str]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        headers = {} if folder else {"Accept-Encoding": "gzip"}
        for path in part:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                errors.append(path)
            elif folder:
                file = folder / path.lstrip("/")
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(body)

    threads = [threading.Thread(target=client, args=(paths[i::CLIENTS],)) for i in range(CLIENTS)]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - start, len(errors)


def memory(parent: int) -> dict[int, int]:
    """Return the memory of a process and all below it in MB, what is shared divided (PSS)."""
    try:
        lines = Path(f"/proc/{parent}/smaps_rollup").read_text().splitlines()
        threads = Path(f"/proc/{parent}/task").glob("*/children")
        children = [child for thread in threads for child in thread.read_text().split()]
    except OSError:
        return {}  # it has just ended
    found = {parent: sum(int(x.split()[1]) for x in lines if x.startswith("Pss:")) // 1024}
    for child in children:
        found |= memory(int(child))
    return found


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
