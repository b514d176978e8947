"""Measures two checkouts of this project beside each other on the same data; prints ratios.

python -m benchmarks.beside FOLDER [--turns 5] [--seconds 2] > report.md

FOLDER holds the other checkout with its .venv set up. Needs wrk (Debian: wrk). Each figure is the
median of the turns, in which both are measured one after the other; the spread is that of ratios.
Documents are those of a small source tree that both build, queries go to a generated graph.
"""

import argparse
import contextlib
import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import requests

from benchmarks import graph
from benchmarks.http.compare import CYCLE, rate
from benchmarks.throughput import script
from tests import tinysource

BASE = "http://127.0.0.1:8000/"
HERE = Path(__file__).parents[1]
# What each checkout runs by itself, for both have modules of the same names.
_WRITE = """
import sys; from pathlib import Path; from benchmarks import graph
graph.release(Path(sys.argv[1]), sys.argv[2], 10_000)
"""
_SERVE = """
import sys; from pathlib import Path; from benchmarks.engines import site
with site(Path(sys.argv[1]), sys.argv[2]) as url:
    print(url, flush=True); sys.stdin.read()
"""
_SUFFIXES = ("ttl", "jsonld", "html")
Measure = Callable[[str], float]


class Checkout:
    """A checkout whose code serves the same data as that of another."""

    def __init__(self, folder: Path, work: Path, sources: Path) -> None:
        self.folder, self.documents, self.graph = folder, work / "documents", work / "graph"
        self._settings = {**os.environ, "PYTHONPATH": str(folder), "SPACELAW_BASE_IRI": BASE}
        self._settings |= {"SPACELAW_SOURCES": str(sources), "SPACELAW_QUERY_WAITING": "256"}
        build = {**self._settings, "SPACELAW_RELEASES": str(self.documents)}
        subprocess.run([folder / ".venv/bin/spacelaw", "build"], check=True, cwd=folder, env=build)
        self._run(_WRITE, self.graph / "current", self._settings).wait()

    def _run(self, code: str, folder: Path, settings: dict[str, str]) -> subprocess.Popen[str]:
        command = [str(self.folder / ".venv/bin/python"), "-c", code, str(folder), BASE]
        return subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                cwd=self.folder, env=settings)  # fmt: skip

    @contextlib.contextmanager
    def served(self, releases: Path, **settings: str) -> Iterator[str]:
        """Serve releases; yield the address of the site."""
        process = self._run(_SERVE, releases, self._settings | settings)
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip().removesuffix("sparql")
        finally:
            process.communicate("")


def each_document(folder: Path, suffix: str) -> Path:
    """Write a script for wrk that asks for one document after the other; return its file."""
    paths, file = folder / f"paths-{suffix}.txt", folder / f"cycle-{suffix}.lua"
    paths.write_text("\n".join(f"/doc/id/many/{n}.{suffix}" for n in range(1, 206)))
    file.write_text(CYCLE.format(file=paths))
    return file


def answers(query: str, url: str) -> float:
    """Return how often a second a query is answered that was not asked before."""
    session = requests.Session()
    session.trust_env = False
    begun, asked = time.perf_counter(), 0
    while time.perf_counter() - begun < 1:
        answer = session.get(f"{url}sparql", params={"query": f"{query} # {time.time_ns()}"})
        answer.raise_for_status()
        asked += 1
    return asked / (time.perf_counter() - begun)


def compare(what: str, turns: int, sides: tuple[str, str], measure: Measure) -> None:
    """Measure both sides in turns and print their medians, and the median of the ratios."""
    pairs = []
    for turn in range(turns + 1):  # the first is to warm up
        if turn % 2:
            pairs.append((measure(sides[0]), measure(sides[1])))
        else:
            pairs.append((measure(sides[1]), measure(sides[0]))[::-1])
    ratios = [new / old for old, new in pairs[1:]]
    old, new = (statistics.median(side) for side in zip(*pairs[1:], strict=True))
    spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    print(f"| {what} | {old:,.0f} | {new:,.0f} | {spread} |", flush=True)


def documents(old: Checkout, new: Checkout, turns: int, seconds: int, folder: Path) -> None:
    """Compare documents: one that is kept, and all of them where nothing is kept."""
    with old.served(old.documents) as one, new.served(new.documents) as two:
        for suffix in _SUFFIXES:
            document = f"doc/id/many/7.{suffix}"
            compare(f"kept, {suffix}", turns, (one, two),
                    lambda url: rate(url + document, seconds))  # noqa: B023  # fmt: skip
    # The setting had another name before version 0.3; a checkout ignores what it does not know.
    bare = {"SPACELAW_CACHE_MB": "0", "SPACELAW_DOCUMENTS_MB": "0"}
    with old.served(old.documents, **bare) as one, new.served(new.documents, **bare) as two:
        for suffix in _SUFFIXES:
            cycle = each_document(folder, suffix)
            compare(f"first time, {suffix}", turns, (one, two),
                    lambda url: rate(url, seconds, script=cycle))  # noqa: B023  # fmt: skip


def queries(old: Checkout, new: Checkout, turns: int, seconds: int, folder: Path) -> None:
    """Compare small queries, none asked before and repeatedly, and each analytic one."""
    with old.served(old.graph) as one, new.served(new.graph) as two:
        for what, distinct in (("none asked before", True), ("asked repeatedly", False)):
            compare(f"small queries, {what}", turns, (one, two),
                    lambda url: rate(f"{url}sparql", seconds,
                                     script=script(folder, "/sparql", distinct)))  # noqa: B023  # fmt: skip
        for name, (kind, query) in graph.queries(BASE).items():
            if kind == "analytic":
                compare(f"analytic query: {name}", turns, (one, two),
                        lambda url: answers(query, url))  # noqa: B023  # fmt: skip


def main() -> None:
    """Build for both, serve both, measure, stop all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        many = {"data/editor/odd.ttl": tinysource.ODD, "data/editor/many.ttl": tinysource.MANY}
        sources = tinysource.write(folder / "sources", many)
        old = Checkout(asked.checkout.resolve(), folder / "old", sources)
        new = Checkout(HERE, folder / "new", sources)
        print(f"{platform.platform()}, {os.cpu_count()} CPUs, which the client shares; medians of "
              f"{asked.turns} turns of {asked.seconds} s.\n")  # fmt: skip
        print("| what | other, a second | this, a second | ratio (spread) |\n|---|---:|---:|---:|")
        documents(old, new, asked.turns, asked.seconds, folder)
        queries(old, new, asked.turns, asked.seconds, folder)


if __name__ == "__main__":
    main()
