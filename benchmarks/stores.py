"""The store in memory beside the one on disk: time to start, memory, latency.

python -m benchmarks.stores 100000 1000000 > report.md
"""

import contextlib
import os
import platform
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import geometric_mean

from benchmarks import graph
from benchmarks.engines import over_http, started
from benchmarks.queries import BASE, timed
from server.release.manifest import CURRENT
from tests.crawling import memory

_NEVER = "1000000000"  # quads, from which on the store is on disk
_STORES = {"memory": _NEVER, "disk": "0"}


def report(triples: int) -> None:
    """Print the table for a graph of so many triples."""
    told: dict[str, list[str]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        graph.release(Path(name) / CURRENT, BASE, triples)
        asks, sites = {}, {}
        for store, most in _STORES.items():
            for again in ("first", "later"):
                begun = time.monotonic()
                site = contextlib.ExitStack()
                url, pid = site.enter_context(
                    started(Path(name), BASE, SPACELAW_MEMORY_QUADS=most, SPACELAW_WEB_WORKERS="1")
                )
                told[f"seconds to the {again} start"].append(f"{time.monotonic() - begun:.1f}")
                if again == "first":
                    site.close()
            stack.push(site)
            asks[store], sites[store] = over_http(url), pid
        ratios: dict[str, list[float]] = defaultdict(list)
        for label, (kind, query) in graph.queries(BASE).items():
            times = timed(asks, query)
            told[f"{label} ({kind}), ms"] += [f"{times[s] * 1000:.2f}" for s in _STORES]
            ratios[kind].append(times["disk"] / times["memory"])
        for store in _STORES:
            told["MB of memory, all processes"].append(f"{sum(memory(sites[store]).values())}")
    print(f"\n## {triples:,} triples\n\n| | memory | disk |\n|---|---:|---:|")
    for label, values in told.items():
        print(f"| {label} | " + " | ".join(values) + " |")
    for kind, found in ratios.items():
        print(f"| **{kind}, disk to memory, geometric mean** | | {geometric_mean(found):.2f} |")


def main() -> None:
    """Print the report for the sizes given as arguments."""
    sizes = [int(text) for text in sys.argv[1:]] or [100_000, 1_000_000]
    print("# Stores in memory and on disk, through HTTP\n")
    print(f"{platform.platform()}, {os.cpu_count()} CPUs. "
          f"Reproduce: `python -m benchmarks.stores {' '.join(map(str, sizes))}`")  # fmt: skip
    for size in sizes:
        report(size)


if __name__ == "__main__":
    main()
