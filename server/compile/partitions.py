"""What editors of queries ask an endpoint for: what a class has, prefixes, example queries."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pyoxigraph as ox

from server.rdf.terms import graph_of, subject_of
from server.rdf.turtle_template import render
from server.rdf.vocabulary import (
    CANONICAL_BASE,
    DCTERMS,
    PREFIXES,
    RDF_TYPE,
    XSD,
    graph_iri,
    prefixed,
)  # fmt: skip
from server.sparql.questions import read_all

DECLARED = ox.NamedNode(graph_iri("catalog"))
_FORM = re.compile(r"^\s*(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.MULTILINE)
_HEAD = re.compile(r"\A(?:#.*\n)+")
_FRAGMENT = ".well-known/void#class-"


def examples(root: Path) -> list[ox.Quad]:
    """Return each question as a sh:SPARQLExecutable of the catalogue (SHACL section 5)."""
    parts = ((q, _FORM.search(q.query), _HEAD.sub("", q.query)) for q in read_all(root / "queries"))
    questions = [(question, form[1], query) for question, form, query in parts if form]
    return render("examples.ttl", CANONICAL_BASE, DECLARED.value, questions=questions)


def catalogued(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Yield what the catalogue tells editors: nested partitions, and the prefixes of queries.

    The partitions are blank nodes: they have no documents of their own, but identifiers, by
    which the dataset is canonicalized as fast as without them.
    """
    quads_of_partitions = partitions(quads, CANONICAL_BASE)
    nodes: dict[object, ox.BlankNode] = {
        q.subject: ox.BlankNode(f"p{n}") for n, q in enumerate(quads_of_partitions)
    }
    for q in quads_of_partitions:
        yield ox.Quad(nodes[q.subject], q.predicate, nodes.get(q.object) or q.object, DECLARED)
    for iri, node in nodes.items():
        name = ox.Literal(str(iri)[1:-1].partition(_FRAGMENT)[2])
        yield ox.Quad(node, ox.NamedNode(DCTERMS + "identifier"), name, DECLARED)
    yield from render("prefixes.ttl", CANONICAL_BASE, DECLARED.value, declared=PREFIXES)


def partitions(quads: Iterable[ox.Quad], base: str) -> list[ox.Quad]:
    """Return nested partitions (VoID section 4.3) of all things; the catalogue does not count."""
    left_out = {graph_iri("catalog", base), graph_iri("inferred", base)}
    statements = dict.fromkeys(q.triple for q in quads if graph_of(q) not in left_out)
    types: dict[object, list[ox.NamedNode]] = defaultdict(list)
    for t in statements:
        if t.predicate.value == RDF_TYPE and isinstance(t.object, ox.NamedNode):
            types[t.subject].append(t.object)
    # Statements by class and property: all of them under "", then by the kind of their values.
    classes: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for t in statements:
        if subject_of(t).value.startswith(f"{base}id/"):
            kinds = [t.object.datatype] if isinstance(t.object, ox.Literal) else types[t.object]
            for cls in types[t.subject]:
                classes[cls.value][t.predicate.value].update(["", *(kind.value for kind in kinds)])

    def node(*path: str) -> str:
        return f"<{base}{_FRAGMENT}{'-'.join(key_of(iri, base) for iri in path)}>"

    return render("partitions.ttl", base, classes=classes, node=node, xsd=XSD)


def key_of(iri: str, base: str) -> str:
    """Return a short and lasting name for an IRI, fit for a fragment."""
    if name := prefixed(iri, base):
        return name.replace(":", "-")
    host = urlsplit(iri).netloc if iri.endswith("/") else ""
    return host.replace(":", "-") or hashlib.sha256(iri.encode()).hexdigest()[:12]
