"""Latency of the same queries on every engine, side by side in one run, as a Markdown report.

python -m benchmarks.queries 10000 100000 > report.md
"""

import itertools
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import pyoxigraph as ox
import requests

from benchmarks import graph
from benchmarks.engines import Ask, all_engines

BASE = "http://127.0.0.1:8000/"
_SECONDS = 0.6  # spent on each query and engine
_TURNS = 6
_once = itertools.count()


class _Failed(str):
    """Why an engine did not answer."""


def answer(ask: Ask, query: str) -> object:
    """Return an answer in a form that is the same whatever the order and the engine's style."""
    try:
        body = ask(query)
    except requests.RequestException as error:
        return _Failed(str(error))
    if "CONSTRUCT" in query:
        return sorted(str(q) for q in ox.parse(body, ox.RdfFormat.TURTLE))
    found = json.loads(body)
    if "boolean" in found:
        return found["boolean"]
    if "__ASK_RETVAL" in found["head"]["vars"]:  # Virtuoso's own way
        return found["results"]["bindings"][0]["__ASK_RETVAL"]["value"] == "1"
    rows = found["results"]["bindings"]
    return sorted(sorted((k, v["value"]) for k, v in row.items()) for row in rows)


def timed(asks: dict[str, Ask], query: str) -> dict[str, float]:
    """Return the median seconds of each engine; no text is asked twice.

    They are taken in turns, each for a while, so that none finds the processor's caches full of
    another's, as no server does that is in use.
    """
    times: dict[str, list[float]] = defaultdict(list)
    for _ in range(_TURNS):
        for name, ask in asks.items():
            ends = time.monotonic() + _SECONDS / _TURNS
            while time.monotonic() < ends or not times[name]:
                started = time.perf_counter()
                ask(f"{query} # {next(_once)}")
                times[name].append(time.perf_counter() - started)
    return {name: statistics.median(t) for name, t in times.items()}


def report(triples: int) -> None:
    """Print the table for a graph of so many triples."""
    with (
        tempfile.TemporaryDirectory() as folder,
        all_engines(Path(folder), BASE, triples) as asks,
    ):
        ours, *others = asks
        print(f"\n## {triples:,} triples\n")
        print("Milliseconds (median), and spacelaw's time divided by theirs.\n")
        print("| query | " + " | ".join([ours, *others]) + " | answers |")
        print("|---|" + "---:|" * len(asks) + "---|")
        ratios: dict[tuple[str, str], list[float]] = defaultdict(list)
        sums: dict[str, float] = dict.fromkeys(asks, 0.0)
        for label, (kind, query) in graph.queries(BASE).items():
            answers = {name: answer(ask, query) for name, ask in asks.items()}
            able = {n: ask for n, ask in asks.items() if not isinstance(answers[n], _Failed)}
            times = timed(able, query)
            for name in able:
                ratios[kind, name].append(times[ours] / times[name])
            sums = {n: total + times[n] for n, total in sums.items() if n in times}
            cells = [_cell(times, ours, name) for name in asks]
            differ = [n for n in others if answers[n] != answers[ours]]
            told = f"differ: {', '.join(differ)}" if differ else "same"
            print(f"| {label} ({kind}) | " + " | ".join(cells) + f" | {told} |", flush=True)
        for kind in ("lookup", "analytic"):
            means = [f"({statistics.geometric_mean(ratios[kind, n]):.2f})" for n in others]
            print(f"| **{kind}, geometric mean** | | " + " | ".join(means) + " | |")
        both = {n: ratios["lookup", n] + ratios["analytic", n] for n in others}
        means = [f"({statistics.geometric_mean(both[n]):.2f})" for n in others]
        print("| **all, geometric mean** | | " + " | ".join(means) + " | |")
        cells = [_cell(sums, ours, name) for name in asks]
        print("| **all, sum** | " + " | ".join(cells) + " | |", flush=True)


def _cell(times: dict[str, float], ours: str, name: str) -> str:
    if name not in times:
        return "failed"
    ratio = f" ({times[ours] / times[name]:.2f})" if name != ours else ""
    return f"{times[name] * 1000:.2f}{ratio}"


def main() -> None:
    """Print the report for the sizes given as arguments."""
    sizes = [int(text) for text in sys.argv[1:]] or [10_000, 100_000]
    print("# Queries: latency through HTTP\n")
    print(f"{platform.platform()}, {os.cpu_count()} CPUs, Python {platform.python_version()}. "
          f"Reproduce: `python -m benchmarks.queries {' '.join(map(str, sizes))}`")  # fmt: skip
    for size in sizes:
        report(size)


if __name__ == "__main__":
    main()
