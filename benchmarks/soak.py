"""Endurance: mixed clients on sites of its own, whose releases change and whose processes die.

python -m benchmarks.soak [--seconds 600] [--switch 60] [--kill 45] [--trouble 30] > report.md

By turns the disk is full (a small tmpfs; as root), the clock jumps a day forth and back (a C
compiler), and the store of a second site goes away and returns. It fails where a good request
failed that was not told beforehand: a request on a connection of a web process that is killed, a
query while the process that forks query workers is replaced, and one to a store that is away.
"""

import argparse
import contextlib
import http.client
import os
import random
import signal
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from benchmarks.troubles import AwayStore, clock_settings, fill, jump, small_disk
from server.compile import pipeline
from server.release import shelf
from tests import tinysource
from tests.crawling import memory
from tests.processes import family
from tests.served import Client, served

_LAW = """
<id/concept/law> a skos:Concept ;
    skos:prefLabel "law"@en ;
    skos:definition "What binds."@en ;
    dcterms:source <https://example.org/dictionary> .
"""
_TREATY = "id/treaty/1967/outer-space"
_HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
_LIGHT = "SELECT ?l { <id/treaty/1967/outer-space> rdfs:label ?l }"
_BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
_PATHS = {
    "crawler": [(f"/doc/{_TREATY}{suffix}", "*/*") for suffix in (".ttl", ".jsonld", ".nt", ".rdf")]
    + [("/sitemap.xml", "*/*"), (f"/{_TREATY}", "text/turtle"), ("/catalog.ttl", "*/*")],
    "browser": [(path, _BROWSER) for path in ("/", f"/doc/{_TREATY}", "/search?q=treaty", "/def")],
    "light query": [(f"/sparql?query={quote(_LIGHT)}", "text/csv")],
    "heavy query": [(f"/sparql?timeout=2&query={quote(_HEAVY)}", "text/csv")],
}
_PATHS["page beside a store"] = _PATHS["browser"]
_PATHS["query to a store"] = _PATHS["light query"]
_STORED = ("page beside a store", "query to a store")  # what the second site is asked
_GOOD = {"heavy query": {200, 429, 503, 504}}  # told beforehand: it has a deadline
_HOSTILE = (
    b"GET / HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01\x02",
    b"GET /" + b"a" * 70_000,
    b"POST /sparql HT",
)
_EXCUSED_SECONDS = 5.0  # after a kill


class Soak:
    """What clients saw, and what was done to the sites.

    `troubles` are what befalls them by turns, by name; each is over when it returns.
    """

    def __init__(self, site: Client, stored: Client, releases: list[Path]) -> None:
        self.site, self.stored, self.releases = site, stored, releases
        self.counts, self.failures = Counter[str](), list[str]()
        self.killed = self.away = float("-inf")  # when a process was killed, and the store was away
        self.switches = self.kills = 0
        self.troubles: dict[str, Callable[[], None]] = {}
        self.had = Counter[str]()
        self.is_over = threading.Event()

    def ask_for_ever(self, kind: str, seed: int) -> None:
        """Ask as one kind of client does, on one connection as long as it lasts."""
        choice, connection = random.Random(seed), None
        while not self.is_over.is_set():
            path, accept = choice.choice(_PATHS[kind])
            began = time.monotonic()
            try:
                connection = connection or http.client.HTTPConnection(
                    "127.0.0.1", (self.stored if kind in _STORED else self.site).port, timeout=60
                )
                connection.request("GET", path, headers={"Accept": accept})
                answer = connection.getresponse()
                answer.read()
                self._note(kind, answer.status in _GOOD.get(kind, {200, 303}), began,
                           f"{kind} {path[:60]}: {answer.status}")  # fmt: skip
            except (OSError, http.client.HTTPException) as error:
                self._note(kind, False, began, f"{kind} {path[:60]}: {error!r}")
                connection = None

    def _note(self, kind: str, is_good: bool, began: float, what: str) -> None:
        self.counts[kind] += 1
        since = {"query to a store": self.away, "page beside a store": float("-inf")}
        if not is_good and since.get(kind, self.killed) + _EXCUSED_SECONDS > began:
            self.counts[f"{kind}, told beforehand"] += 1
        elif not is_good:
            self.failures.append(f"{time.strftime('%H:%M:%S')} {what}")

    def be_hostile(self) -> None:
        """Send what is no request, and go."""
        while not self.is_over.wait(0.1):
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", self.site.port), timeout=5) as one,
            ):
                one.sendall(random.choice(_HOSTILE))
                self.counts["hostile"] += 1

    def switch(self) -> None:
        """Make the other release the current one and wait until it is served, whole."""
        self.switches += 1
        wanted = self.releases[self.switches % 2]
        shelf.point(wanted.parent, wanted)
        deadline = time.monotonic() + 300
        while self.site.get("/health/ready").json["release"] != wanted.name:
            if time.monotonic() > deadline:
                self.failures.append(f"release {wanted.name} was not taken")
                return
            time.sleep(0.1)
        expected = 200 if wanted is self.releases[1] else 404
        found = {self.site.get("/doc/id/concept/law.ttl").status_code for _ in range(20)}
        if found != {expected}:
            self.failures.append(f"release {wanted.name} answers {found} and not {expected}")

    def kill(self) -> None:
        """Kill a process of the site: a web process, a query worker or what forks these."""
        processes = family(self.site.pid)[1:]
        if processes:
            self.killed, self.kills = time.monotonic(), self.kills + 1
            with contextlib.suppress(ProcessLookupError):
                os.kill(random.choice(processes), signal.SIGKILL)

    def lose(self, store: AwayStore) -> None:
        """Have the store of the second site go away and return."""
        self.away = float("inf")
        store.go_away()
        self.away = time.monotonic()

    def trouble(self) -> None:
        """Have the next trouble, which others had before it as often."""
        for name in sorted(self.troubles, key=lambda one: self.had[one])[:1]:
            self.troubles[name]()
            self.had[name] += 1

    def run(self, seconds: float, switch: float, kill: float, trouble: float) -> tuple[int, int]:
        """Go on for so long; return the memory in MB after a first switch, and at the end."""
        threads = [
            threading.Thread(target=self.ask_for_ever, args=(kind, number))
            for number, kind in enumerate([*_PATHS, "crawler", "browser", "light query"])
        ]
        threads.append(threading.Thread(target=self.be_hostile))
        for thread in threads:
            thread.start()
        end = time.monotonic() + seconds
        try:
            self.switch()
            time.sleep(2)
            before = sum(memory(self.site.pid).values())
            acts = (
                _every(switch, self.switch),
                _every(kill, self.kill),
                _every(trouble, self.trouble),
            )
            while time.monotonic() < end or self.switches < 2:
                for act in acts:
                    next(act)
                time.sleep(0.2)
            time.sleep(_EXCUSED_SECONDS)
        finally:
            self.is_over.set()
            for thread in threads:
                thread.join()
        return before, sum(memory(self.site.pid).values())


def _every(seconds: float, act: Callable[[], None]) -> Iterator[None]:
    due = time.monotonic() + seconds
    while True:
        if time.monotonic() >= due:
            act()
            due = time.monotonic() + seconds
        yield


def _releases(folder: Path) -> list[Path]:
    """Write two releases, of which the second has one concept more; the first is current."""
    root = tinysource.write(folder / "sources")
    first = pipeline.build(root, folder / "releases", tinysource.BASE)
    tinysource.put(root, "data/editor/concept/law.ttl", _LAW)
    second = pipeline.build(root, folder / "releases", tinysource.BASE)
    shelf.point(first.parent, first)
    return [first, second]


@contextlib.contextmanager
def two_sites(folder: Path) -> Iterator[Soak]:
    """Serve a site, and a second one in front of a store, on a disk and with a clock of theirs."""
    disk, clock = folder / "disk", folder / "clock"
    with small_disk(disk) as is_small, contextlib.ExitStack() as running:
        (disk / "tmp").mkdir()
        moved = clock_settings(clock)
        settings = {"TMPDIR": str(disk / "tmp"), **moved}
        releases = _releases(disk)
        store = AwayStore(folder / "store", releases[0])
        running.callback(store.running.close)
        beside = {"SPACELAW_STORE": store.url, "SPACELAW_WEB_WORKERS": "1"}
        shelf_of_both = releases[0].parent
        site = running.enter_context(served(shelf_of_both, tinysource.BASE, **settings))
        stored = running.enter_context(served(shelf_of_both, tinysource.BASE, **settings, **beside))
        soak = Soak(site, stored, releases)
        soak.troubles["a store that is away"] = lambda: soak.lose(store)
        if is_small:
            soak.troubles["a full disk"] = lambda: fill(disk)
        if moved:
            soak.troubles["a clock that jumps"] = lambda: jump(clock)
        yield soak


def main() -> int:
    """Print the report; return 1 where good requests failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--switch", type=float, default=60, help="seconds between releases")
    parser.add_argument("--kill", type=float, default=45, help="seconds between killed processes")
    parser.add_argument("--trouble", type=float, default=30, help="seconds between troubles")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, two_sites(Path(folder)) as soak:
        before, after = soak.run(given.seconds, given.switch, given.kill, given.trouble)
    times = f"a release each {given.switch:g} s ({soak.switches})"
    deaths = f"a killed process each {given.kill:g} s ({soak.kills})"
    troubles = ", ".join(f"{name} ({soak.had[name]})" for name in sorted(soak.troubles))
    print(f"# Soak\n\n{given.seconds:g} seconds, {times}, {deaths}, and by turns {troubles}.\n")
    print("| requests | number |\n|---|---:|")
    for kind, number in sorted(soak.counts.items()):
        print(f"| {kind} | {number} |")
    print(f"| failed | {len(soak.failures)} |\n")
    print(f"Memory: {before} MB after the first change of release, {after} MB at the end.")
    for failure in soak.failures[:50]:
        print(f"- {failure}")
    return min(1, len(soak.failures))


if __name__ == "__main__":
    sys.exit(main())
