"""The core suite of SHACL, through the code that validates sources and what people send."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from server.compile import validation
from server.rdf.vocabulary import SH
from tests.conformance import comparing
from tests.conformance.suites import FOLDER, Case, cases

ROOT = FOLDER / "data-shapes" / "data-shapes-test-suite" / "tests" / "core"
_IRI = "http://datashapes.org/sh/tests/core/"
_SHT = "http://www.w3.org/ns/shacl-test#"
_COMPARED = (
    "focusNode", "resultPath", "resultSeverity", "sourceConstraintComponent", "sourceShape",
    "value",
)  # fmt: skip


def groups() -> list[str]:
    """Return the folders of tests, such as property."""
    return sorted(p.name for p in ROOT.glob("*/") if p.is_dir())


@cache
def tests_of(group: str) -> dict[str, Case]:
    """Return the tests of a folder by their names."""
    found = [
        case
        for path in sorted((ROOT / group).glob("*.ttl"))
        for case in cases(path, _iri(path), f"core/{group}")
    ]
    return {case.name: case for case in found}


def run(case: Case) -> None:
    """Compare results with those expected, and the fast engine's verdict with them."""
    action, expected = case.one("action"), case.one("result")
    data, shapes = (
        _quads(case.graph.one(action, _SHT + name)) for name in ("dataGraph", "shapesGraph")
    )
    found = validation.report(validation.to_rdflib(data), validation.to_rdflib(shapes))
    triples = ox.parse(found.serialize(format="nt").encode(), ox.RdfFormat.N_TRIPLES)
    ours: dict[Any, list[Any]] = {}
    for t in triples:
        ours.setdefault(t.subject, []).append((t.predicate.value, t.object))
    (report,) = [s for s, said in ours.items() if any(p == SH + "conforms" for p, _ in said)]
    theirs = {
        s: [(p, o) for p, values in said.items() for o in values]
        for s, said in case.graph.values.items()
    }
    assert comparing.graph(_results(ours, report)) == comparing.graph(_results(theirs, expected))
    conforms = case.graph.one(expected, SH + "conforms").value == "true"
    assert validation.conforms(data, shapes) == conforms, "the fast engine says otherwise"


def _results(said: dict[Any, list[Any]], report: Any) -> Iterator[ox.Triple]:
    """Yield what a report says that tests compare; paths are written as text."""
    for p, o in said[report]:
        if p in (SH + "conforms", SH + "result"):
            yield ox.Triple(report, ox.NamedNode(p), o)
    for result in [o for p, o in said[report] if p == SH + "result"]:
        for p, o in said[result]:
            if p.removeprefix(SH) in _COMPARED:
                value = ox.Literal(_path(said, o)) if p == SH + "resultPath" else o
                yield ox.Triple(result, ox.NamedNode(p), value)


def _path(said: dict[Any, list[Any]], node: Any) -> str:
    if isinstance(node, ox.BlankNode):
        parts = sorted(f"{p} {_path(said, o)}" for p, o in said[node])
        return f"[{'; '.join(parts)}]"
    return str(node)


def _quads(iri: ox.NamedNode) -> list[ox.Quad]:
    path = ROOT / iri.value.removeprefix(_IRI)
    return [
        ox.Quad(*t) for t in ox.parse(path=path, format=ox.RdfFormat.TURTLE, base_iri=iri.value)
    ]


def _iri(path: Path) -> str:
    return _IRI + str(path.relative_to(ROOT))
