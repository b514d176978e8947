"""Crawls every address of a site's sitemap with 4 clients, then the same bytes from nginx.

Run against a site that is being served: `python -m benchmarks.crawl http://127.0.0.1:8000/`.
"""

import http.client
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

CLIENTS, ROUNDS, PORT = 4, 3, 8499
SITEMAP, XHTML = "{http://www.sitemaps.org/schemas/sitemap/0.9}", "{http://www.w3.org/1999/xhtml}"
CONFIGURATION = """worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/error.log;
daemon off;
events {{ }}
http {{
  access_log off; gzip on; gzip_types text/turtle; types {{ text/html html; text/turtle ttl; }}
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


def main(url: str) -> None:
    """Print the rates of the site, from cold to warm, and of nginx."""
    folder = Path(tempfile.mkdtemp())
    paths, port = listed(url), urlsplit(url).port or 80
    rates: dict[str, float] = {}
    try:
        crawl(port, paths, folder / "files")
        (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, port=PORT))
        folder.chmod(0o755)
        server = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)])
        time.sleep(1)
        for number in range(ROUNDS):
            for name, at in (("site", port), ("nginx", PORT)):
                seconds, errors = crawl(at, paths)
                rates[name] = len(paths) / seconds
                print(f"{name} {number}: {rates[name]:.0f}/s, {errors} errors of {len(paths)}")
        server.terminate()
        server.wait(10)
        print(f"ratio in the last round: {rates['site'] / rates['nginx']:.2f}")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1])
