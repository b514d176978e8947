"""The W3C's test suites beside the checkout: their manifests, and which tests are skipped, and why.

They are not ours to copy: where they are missing, the tests say so and are skipped.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from server.rdf.vocabulary import RDF

FOLDER = Path(__file__).parents[3] / "shared" / "w3c"
SKIPS = Path(__file__).with_name("skips")
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
needs_suites = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the W3C's suites are not in ../shared/w3c beside the checkout"
)


class Graph:
    """The triples of a file in Turtle or RDF/XML, whose relative IRIs are on `base`."""

    def __init__(self, path: Path, base: str) -> None:
        self.values: dict[Any, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
        for t in ox.parse(path=path, base_iri=base):
            self.values[t.subject][t.predicate.value].append(t.object)

    def all(self, node: Any, predicate: str) -> list[Any]:
        """Return the values of a property."""
        return self.values[node][predicate] if node in self.values else []

    def one(self, node: Any, predicate: str) -> Any:
        """Return the first value of a property, None where there is none."""
        return next(iter(self.all(node, predicate)), None)

    def items(self, node: Any) -> Iterator[Any]:
        """Yield the members of a list."""
        while (first := self.one(node, RDF + "first")) is not None:
            yield first
            node = self.one(node, RDF + "rest")

    def having(self, predicate: str) -> list[Any]:
        """Return the subjects that have a property."""
        return [s for s, properties in self.values.items() if predicate in properties]


@dataclass(frozen=True)
class Case:
    """A test: its name in reports and lists of skips, and its node in a manifest."""

    name: str
    graph: Graph
    node: Any

    @cached_property
    def kind(self) -> str:
        """The local name of its class."""
        iri: str = self.graph.one(self.node, RDF + "type").value
        return iri.rpartition("#")[2]

    def all(self, prop: str) -> list[Any]:
        """Return the values of a property of the manifest's vocabulary."""
        return self.graph.all(self.node, MF + prop)

    def one(self, prop: str) -> Any:
        """Return the first of them."""
        return self.graph.one(self.node, MF + prop)


def cases(manifest: Path, base: str, group: str) -> list[Case]:
    """Return the tests of a manifest, in its order; `base` is its own IRI."""
    graph = Graph(manifest, base)
    heads = [graph.one(node, MF + "entries") for node in graph.having(MF + "entries")]
    nodes = [node for head in heads for node in graph.items(head)]
    return [Case(f"{group}#{_local(node.value)}", graph, node) for node in nodes]


def _local(iri: str) -> str:
    return re.split("[#/]", iri)[-1]


@cache
def skips(suite: str) -> dict[str, str]:
    """Return why tests of a suite are skipped, by their names."""
    path = SKIPS / f"{suite}.toml"
    listed = tomllib.loads(path.read_text("utf-8")).get("skip", []) if path.exists() else []
    return {name: entry["reason"] for entry in listed for name in entry["tests"]}


def check(suite: str, names: Iterable[str], run: Callable[[str], None]) -> None:
    """Run tests by their names: all must pass, but those skipped, which must fail."""
    skipped, wrong = skips(suite), []
    for name in names:
        failure = _failure(run, name)
        if failure and name not in skipped:
            wrong.append(f"{name}: {failure}")
        elif not failure and name in skipped:
            wrong.append(f"{name}: passes; take it from skips/{suite}.toml")
    assert not wrong, "\n".join([f"{len(wrong)} tests of {suite}", *wrong])


def _failure(run: Callable[[str], None], name: str) -> str:
    """Return why a test fails, "" where it passes."""
    try:
        run(name)
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
    return ""
