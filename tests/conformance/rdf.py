"""The suites of RDF's syntaxes: what is read is written in each of our formats, and read back."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pyoxigraph as ox

from server.problems import Problem
from server.rdf.formats import DATA_FORMATS, NQUADS, NTRIPLES, Format
from server.rdf.serialization import serialize
from server.rdf.vocabulary import CANONICAL_BASE
from tests.conformance import comparing
from tests.conformance.suites import FOLDER, Case, cases
from tests.reading import read

ROOT = FOLDER / "rdf-tests" / "rdf"
_IRI = "https://w3c.github.io/rdf-tests/rdf/"
_BY_KIND = {
    "NTriples": ox.RdfFormat.N_TRIPLES, "NQuads": ox.RdfFormat.N_QUADS, "XML": ox.RdfFormat.RDF_XML,
    "Turtle": ox.RdfFormat.TURTLE, "Trig": ox.RdfFormat.TRIG,
}  # fmt: skip


def groups() -> list[str]:
    """Return the folders of tests, such as rdf11/rdf-turtle."""
    found = [str(p.parent.relative_to(ROOT)) for p in sorted(ROOT.glob("rdf1?/**/manifest.ttl"))]
    return [group for group in found if tests_of(group)]


@cache
def tests_of(group: str) -> dict[str, Case]:
    """Return the tests of a folder that are about a syntax, by their names."""
    found = cases(ROOT / group / "manifest.ttl", f"{_IRI}{group}/manifest.ttl", group)
    return {c.name: c for c in found if c.kind.startswith("Test")}


def run(case: Case) -> None:
    """Run a test; raises AssertionError or what the reader raises."""
    fmt = next(f for name, f in _BY_KIND.items() if case.kind.startswith(f"Test{name}"))
    path = _path(case.one("action").value)
    if "Negative" in case.kind:
        refused(lambda: _read(path, fmt))
        return
    quads = _read(path, fmt)
    if case.kind.endswith("Eval"):
        expected = _read(_path(case.one("result").value), None)
        assert comparing.graph(quads) == comparing.graph(expected)
    if case.kind.endswith("C14N"):
        written = NTRIPLES if fmt == ox.RdfFormat.N_TRIPLES else NQUADS
        lines = _path(case.one("result").value).read_bytes().splitlines()
        assert sorted(serialize(quads, written, CANONICAL_BASE).splitlines()) == sorted(lines)
    for target in DATA_FORMATS:
        round_trip(quads, target)


def refused(read: Callable[[], object]) -> None:
    """Check that something cannot be read."""
    try:
        read()
    except (SyntaxError, ValueError):
        return
    raise AssertionError("it is read")


def round_trip(quads: list[ox.Quad], fmt: Format) -> None:
    """Write quads, and compare what is read back; a format may refuse what it cannot hold."""
    try:
        body = serialize(quads, fmt, CANONICAL_BASE)
    except Problem:
        return
    expected = quads if fmt.kind == "quads" else [ox.Quad(*q.triple) for q in quads]
    assert comparing.graph(read(body, fmt)) == comparing.graph(expected), f"{fmt.key}: {body!r}"


def _read(path: Path, fmt: ox.RdfFormat | None) -> list[ox.Quad]:
    base = _IRI + str(path.relative_to(ROOT))
    found = ox.parse(path=path, format=fmt, base_iri=base)
    return [q if isinstance(q, ox.Quad) else ox.Quad(*q) for q in found]


def _path(iri: str) -> Path:
    return ROOT / iri.removeprefix(_IRI)
