"""A storm of runaway queries through HTTP: what light queries, memory and processes make of it.

python -m benchmarks.storm [triples] > report.md
"""

import contextlib
import http.client
import os
import platform
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from benchmarks import graph
from benchmarks.engines import started
from server.release.manifest import CURRENT

BASE = "http://127.0.0.1:8000/"
LIGHT = "SELECT ?l { <id/treaty/1957/t7> rdfs:label ?l }"
_WINDOW = 50
# The five kinds that public endpoints die of.
RUNAWAYS = {
    "cross product": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "unbounded path": "SELECT (COUNT(*) AS ?n) { ?a (!<x:a>|^!<x:b>)* ?b . ?b (!<x:a>)* ?c }",
    "sort of a large join": "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f",
    "string building": "SELECT (GROUP_CONCAT(CONCAT(STR(?a), STR(?d))) AS ?x) "
    "{ ?a ?b ?c . ?d ?e ?f }",
    "nested aggregates": "SELECT (SUM(?n) AS ?s) { { SELECT ?a (COUNT(*) AS ?n) "
    "{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } GROUP BY ?a } }",
}


@dataclass
class Storm:
    """What was measured: seconds of light queries, and statuses of the runaways.

    `since` has, for each light query after the storm, the seconds from its end to the question.
    """

    quiet: list[float] = field(default_factory=list)
    stormy: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)
    since: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    memory: int = 0
    webs: tuple[set[int], set[int]] = (set(), set())


def ask(netloc: str, query: str, source: str) -> int:
    """Return the status of a query asked from one of this machine's own addresses."""
    connection = http.client.HTTPConnection(netloc, timeout=120, source_address=(source, 0))
    with contextlib.closing(connection):
        connection.request("GET", f"/sparql?query={quote(query)}")
        response = connection.getresponse()
        response.read()
        return response.status


def light(netloc: str, count: int, pause: float = 0.02) -> Iterator[float]:
    """Yield the seconds of so many light queries, none of them asked before."""
    for _ in range(count):
        started = time.perf_counter()
        status = ask(netloc, f"{LIGHT} # {started}", "127.0.0.2")
        yield time.perf_counter() - started
        if status != 200:
            raise RuntimeError(f"a light query was answered {status}")
        time.sleep(pause)


def family(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    found = [pid]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += family(int(child))
    return found


def memory(pids: list[int]) -> int:
    """Return the bytes that processes hold, shared pages divided among those that share them.

    To look takes long, of large processes, and shows in whatever is measured beside it.
    """
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError, StopIteration):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += next(int(x.split()[1]) for x in lines if x.startswith("Pss:")) * 1024
    return total


def webs(pids: list[int], root: int) -> set[int]:
    """Return the web processes: the children of the command that are not the fork server."""
    found = set()
    for pid in pids:
        with contextlib.suppress(OSError):
            stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
            others = b"fork_server" in line or b"resource_tracker" in line
            if int(stat[1]) == root and not others:
                found.add(pid)
    return found


def run(url: str, root: int, runaways: int, count: int, watched: bool = True) -> Storm:
    """Offer so many runaways at once to the site of process `root`; ask light queries meanwhile.

    Its memory is looked at if it is `watched`.
    """
    netloc, storm, over = urlsplit(url).netloc, Storm(), threading.Event()
    storm.quiet = list(light(netloc, count))
    before = webs(family(root), root)

    def runaway(i: int) -> None:
        query = list(RUNAWAYS.values())[i % len(RUNAWAYS)]
        with contextlib.suppress(OSError):
            storm.statuses[ask(netloc, f"{query} # {i}", f"127.0.1.{i + 1}")] += 1

    def watch() -> None:
        while watched and not over.wait(0.1):
            storm.memory = max(storm.memory, memory(family(root)))

    threads = [threading.Thread(target=runaway, args=(i,)) for i in range(runaways)]
    watcher = threading.Thread(target=watch)
    for thread in (*threads, watcher):
        thread.start()
    try:
        while any(thread.is_alive() for thread in threads):
            storm.stormy += light(netloc, 1)
    finally:
        over.set()
    ended = time.perf_counter()
    for seconds in light(netloc, count):
        storm.after.append(seconds)
        storm.since.append(time.perf_counter() - seconds - ended)
    storm.webs = before, webs(family(root), root)
    return storm


def percentile(times: list[float], share: float) -> float:
    """Return the time that this share of all stays under, in milliseconds."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000


def recovered(storm: Storm, window: int, least: float = 0.0) -> float | None:
    """Return the seconds from the storm's end until all is normal; None if it never is.

    Normal are so many light queries in a row of which the 99th percentile is at most twice that in
    quiet, or `least` milliseconds.
    """
    bound = max(least, 2 * percentile(storm.quiet, 0.99))
    for i, since in enumerate(storm.since[: len(storm.after) - window + 1]):
        if percentile(storm.after[i : i + window], 0.99) <= bound:
            return since
    return None


def main() -> None:
    """Print the report."""
    triples = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        graph.release(Path(folder) / CURRENT, BASE, triples)
        with started(Path(folder), BASE, SPACELAW_QUERY_SECONDS="10") as (url, root):
            storm = run(url, root, 50, 200, watched=False)
            memory = run(url, root, 50, 20).memory  # in another storm, since to look disturbs
    print("# A storm of 50 runaway queries\n")
    print(f"{platform.platform()}, {os.cpu_count()} CPUs; {triples:,} triples; deadline 10 s.")
    print(f"Kinds: {', '.join(RUNAWAYS)}. Reproduce: `python -m benchmarks.storm {triples}`\n")
    print("| light queries | count | median, ms | 99th percentile, ms |\n|---|---:|---:|---:|")
    for name in ("quiet", "stormy", "after"):
        times = getattr(storm, name)
        print(f"| {name} | {len(times)} | {statistics.median(times) * 1000:.1f} "
              f"| {percentile(times, 0.99):.1f} |")  # fmt: skip
    ratio = percentile(storm.stormy, 0.99) / percentile(storm.quiet, 0.99)
    normal = recovered(storm, _WINDOW)
    print(f"\n99th percentile in the storm by that in quiet: {ratio:.1f}. "
          f"Back to at most twice the quiet one, over {_WINDOW} queries in a row, "
          f"{'never' if normal is None else f'{normal:.2f} s'} after the last runaway's answer. "
          f"Answers to the runaways: {dict(storm.statuses)}. Most memory of all processes: "
          f"{memory / 1024**2:.0f} MB. Web processes that died: "
          f"{len(storm.webs[0] - storm.webs[1])} of {len(storm.webs[0])}.")  # fmt: skip


if __name__ == "__main__":
    main()
