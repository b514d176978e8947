"""Validation of a graph: SHACL shapes, layer by layer and as a whole, and hygiene queries."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pyshacl
import rdflib
import shifty
from pyshacl.constraints.core.value_constraints import DatatypeConstraintComponent
from rdflib.namespace import RDF, SH

from server.rdf.datatypes import DATATYPES, INTEGERS, day, is_valid
from server.rdf.terms import graph_of, store_of, write
from server.rdf.vocabulary import CANONICAL_BASE, LAYERS, XSD, graph_iri

_VALUES: dict[str, Callable[[str], Any]] = dict.fromkeys(INTEGERS, int) | {
    "decimal": Decimal,
    "float": float,
    "double": float,
    "date": day,
}


def _read(datatype: str, text: str) -> Any:
    if not is_valid(text, datatype):
        raise ValueError(text)
    return _VALUES.get(datatype.removeprefix(XSD), str)(text)


# rdflib reads literals as Python does, which takes 1_000 and 1967-W41-2, knows only the years 1 to
# 9999 and logs the rest with a traceback. Shapes are to see values as the build does.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)
for _datatype in DATATYPES - {XSD + "boolean", XSD + "hexBinary", XSD + "base64Binary"}:
    _iri = rdflib.URIRef(_datatype)
    rdflib.term.bind(_iri, object, partial(_read, _datatype), datatype_specific=True)
# pyshacl asks for Python's own types besides, although rdflib has told what is ill-typed.
DatatypeConstraintComponent._assert_actual_datatype = lambda *_: True  # type: ignore[method-assign]

Place = Callable[[str], tuple[str, int | None]]


@dataclass(frozen=True)
class Violation:
    """One result of a validation: the resource at fault, the shape or rule, and what is wrong."""

    focus: str
    shape: str
    message: str
    path: str = ""
    value: str = ""
    file: str = ""
    line: int | None = None

    def __str__(self) -> str:
        place = ":".join(str(p) for p in (self.file, self.line) if p) or "(described in no file)"
        actual = f" (found: {self.value})" if self.value else ""
        return f"{place}: <{self.focus}> violates <{self.shape}>: {self.message}{actual}"


def to_rdflib(quads: Iterable[ox.Quad]) -> rdflib.Graph:
    """Return quads as an rdflib graph, with literals as they are written."""
    rdflib.NORMALIZE_LITERALS = False
    triples = dict.fromkeys(q.triple for q in quads)
    graph = rdflib.Graph()
    graph.parse(data=write(triples, ox.RdfFormat.N_TRIPLES), format="nt")
    return graph


def report(data: rdflib.Graph, shapes: rdflib.Graph) -> rdflib.Graph:
    """Return the SHACL Core validation report of `data` (SHACL section 3.6), which stay as is."""
    results: rdflib.Graph = pyshacl.validate(
        data,
        shacl_graph=shapes,
        inference="none",
        inplace=True,
        do_owl_imports=False,
        meta_shacl=False,
    )[1]
    return results


def conforms(quads: Iterable[ox.Quad], shapes: Iterable[ox.Quad]) -> bool:
    """Tell whether quads conform to shapes, by an engine ten times as fast as `report`.

    pyshacl is the reference: it says what is wrong, and `make check` runs both.
    """
    data, constraints = (
        write(dict.fromkeys(q.triple for q in part), ox.RdfFormat.N_TRIPLES)
        for part in (quads, shapes)
    )
    # "data": classes and instances of the shapes graph do not count as data, as in `report`
    return bool(shifty.validate(data, constraints, infer=False, graph_mode="data")[0])


def validate(data: rdflib.Graph, shapes: rdflib.Graph) -> list[Violation]:
    """Return the SHACL Core violations in `data`, sorted; the data are not changed."""
    return violations(report(data, shapes))


def violations(results: rdflib.Graph) -> list[Violation]:
    """Return the results of a validation report, sorted."""
    return sorted((_violation(results, r) for r in results.objects(None, SH.result)), key=str)


def only(results: rdflib.Graph, kept: Callable[[rdflib.term.Node | None], bool]) -> rdflib.Graph:
    """Return a report with the results whose focus node is `kept`, and what then holds."""
    node, own = rdflib.BNode(), rdflib.Graph()
    for result in results.objects(None, SH.result):
        if kept(results.value(result, SH.focusNode)):
            own.add((node, SH.result, result))
            for statement in results.triples((result, None, None)):
                own.add(statement)
            for path in results.objects(
                result, SH.resultPath
            ):  # which may be made of several nodes
                own += results.cbd(path)
    own.add((node, SH.conforms, rdflib.Literal((node, SH.result, None) not in own)))
    own.add((node, RDF.type, SH.ValidationReport))
    return own


def add_result(results: rdflib.Graph, focus: str, term: str, message: str) -> None:
    """Add a result for a term that is in one of our namespaces and is none of its terms."""
    (report,), result = results.subjects(RDF.type, SH.ValidationReport), rdflib.BNode()
    results.set((report, SH.conforms, rdflib.Literal(False)))
    results.add((report, SH.result, result))
    for predicate, value in (
        (RDF.type, SH.ValidationResult),
        (SH.focusNode, rdflib.URIRef(focus) if ":" in focus else rdflib.BNode()),
        (SH.value, rdflib.URIRef(term)),
        (SH.resultMessage, rdflib.Literal(message, lang="en")),
        (SH.resultSeverity, SH.Violation),
        (SH.sourceConstraintComponent, SH.InConstraintComponent),
        (SH.sourceShape, rdflib.URIRef(f"{CANONICAL_BASE}def")),
    ):
        results.add((result, predicate, value))


def _violation(results: rdflib.Graph, result: rdflib.term.Node) -> Violation:
    def text(predicate: rdflib.URIRef) -> str:
        value = results.value(result, predicate)
        return "" if value is None else str(value)

    return Violation(
        text(SH.focusNode),
        text(SH.sourceShape),
        text(SH.resultMessage),
        text(SH.resultPath),
        text(SH.value),
    )


def hygiene(quads: Iterable[ox.Quad], rules: Path) -> list[Violation]:
    """Return a violation for each row of each query in the folder `rules`.

    A rule's first variable is the resource at fault, further ones are shown; the first comment
    line of the file, `# rule: …`, is the message.
    """
    store = store_of(quads)
    return [violation for rule in sorted(rules.glob("*.rq")) for violation in _rows(store, rule)]


def _rows(store: ox.Store, rule: Path) -> Iterable[Violation]:
    query = rule.read_text("utf-8")
    message = query.partition("\n")[0].removeprefix("# rule:").strip()
    results = store.query(query)
    if not isinstance(results, ox.QuerySolutions):
        raise TypeError(f"{rule} is not a SELECT query")
    for row in results:
        focus, *rest = [term.value if hasattr(term, "value") else str(term) for term in row if term]
        yield Violation(focus, f"hygiene/{rule.stem}", message, value=", ".join(rest))


def in_layers(
    quads: list[ox.Quad], shapes: Mapping[str, list[ox.Quad]], reference: bool = False
) -> list[Violation]:
    """Return the violations of the layers' shapes, each in its own named graph alone."""
    breaches: list[Violation] = []
    for layer in LAYERS:
        graph = graph_iri(layer)
        of_layer = [q for q in quads if graph_of(q) == graph]
        if of_layer and shapes[layer]:
            breaches += violations_of(of_layer, shapes[layer], reference)
    return breaches


def violations_of(
    quads: list[ox.Quad], shapes: list[ox.Quad], reference: bool = False
) -> list[Violation]:
    """Return what quads violate of shapes, with places and messages by the reference engine.

    The reference engine runs only where the fast one finds a fault, or always if so asked.
    """
    if not reference and conforms(quads, shapes):
        return []
    return validate(to_rdflib(quads), to_rdflib(shapes))


def placed(violations: Iterable[Violation], place: Place) -> list[Violation]:
    """Return the violations with the file and line where each resource is described."""
    places = [(v, place(v.focus)) for v in violations]
    return [replace(v, file=file, line=line) for v, (file, line) in places]
