"""Crawling a site as its sitemap lists it, and the memory that its processes take."""

import http.client
import threading
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

CLIENTS = 4
SITEMAP, XHTML = "{http://www.sitemaps.org/schemas/sitemap/0.9}", "{http://www.w3.org/1999/xhtml}"


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
