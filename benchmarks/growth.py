"""Whether a lookup and a dereference take longer in a large graph than in a small one.

python -m benchmarks.growth [small] [large] > report.md

A lookup is a query for one thing; a dereference the Turtle of a thing, the first time that it is
asked for and kept. The builder of releases describes all things of both graphs, and makes ready the
documents of those that are asked for: all would take half an hour. They are kept in var/benchmarks.
"""

import os
import platform
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack

import requests

from benchmarks import graph
from benchmarks.engines import over_http, started
from benchmarks.queries import BASE
from server.release.manifest import CURRENT
from server.release.reader import Release

ROUNDS, WARMING = 120, 50


class Subject:
    """One graph, served, and the things in it that are asked for: others each time."""

    def __init__(self, stack: ExitStack, triples: int) -> None:
        folder = graph.kept(BASE, triples)
        graph.documents(folder / CURRENT, BASE)
        instruments = dict(Release(folder / CURRENT).types())[f"{BASE}def/Treaty"]
        chosen = random.Random(triples).sample(range(1, instruments + 1), ROUNDS + WARMING)
        self.things = [graph.instrument(BASE, number) for number in chosen]
        site = started(folder, BASE, SPACELAW_WEB_WORKERS="1")
        self.endpoint = stack.enter_context(site)[0]
        self.ask = over_http(self.endpoint)
        self.session = requests.Session()
        self.session.trust_env = False

    def lookup(self, number: int) -> None:
        """Ask for all that is said of a thing."""
        self.ask(f"SELECT ?p ?o {{ <{self.things[number]}> ?p ?o }}")

    def dereference(self, number: int) -> None:
        """Get a thing's Turtle."""
        path = self.things[number].removeprefix(BASE)
        url = self.endpoint.removesuffix("sparql") + f"doc/{path}.ttl"
        self.session.get(url, timeout=60).raise_for_status()


MEASURED: dict[str, Callable[[Subject, int], None]] = {
    "lookup (SPARQL)": Subject.lookup,
    "dereference, first time": Subject.dereference,
    "dereference, kept": Subject.dereference,
}


def main() -> None:
    """Print the report."""
    sizes = [int(text) for text in sys.argv[1:]] or [10_000, 10_000_000]
    times: dict[tuple[str, int], list[float]] = defaultdict(list)
    with ExitStack() as stack:
        subjects = {n: Subject(stack, n) for n in sizes}
        for name, measure in MEASURED.items():
            for number in reversed(range(ROUNDS + WARMING)):
                for triples, subject in subjects.items():
                    begun = time.perf_counter()
                    measure(subject, number)
                    if number < ROUNDS:
                        times[name, triples].append(time.perf_counter() - begun)
    print("# Growth\n")
    print(f"{platform.platform()}, {os.cpu_count()} CPUs. "
          f"Reproduce: `python -m benchmarks.growth {' '.join(map(str, sizes))}`\n")  # fmt: skip
    print(f"Milliseconds (median) through HTTP, in turns, of {ROUNDS} things, "
          f"after {WARMING} others.\n")  # fmt: skip
    print("| | " + " | ".join(f"{n:,} triples" for n in sizes) + " | ratio |")
    print("|---|" + "---:|" * (len(sizes) + 1))
    for name in MEASURED:
        found = [statistics.median(times[name, n]) * 1000 for n in sizes]
        cells = " | ".join(f"{ms:.2f}" for ms in found)
        print(f"| {name} | {cells} | {found[-1] / found[0]:.2f} |")


if __name__ == "__main__":
    main()
