"""The competency questions as data: example queries that editors find by asking the endpoint."""

import re
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from server.compile.partitions import DECLARED
from server.rdf.vocabulary import CANONICAL_BASE, DCTERMS, PREFIXES, RDF_TYPE, RDFS, SH, graph_iri
from server.sparql.questions import read_all

_FORM = re.compile(r"^\s*(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.MULTILINE)
_HEAD = re.compile(r"\A(?:#.*\n)+")


def examples(root: Path) -> Iterator[ox.Quad]:
    """Yield each question as a sh:SPARQLExecutable of the catalogue (SHACL section 5)."""
    graph = ox.NamedNode(graph_iri("catalog"))
    for question in read_all(root / "queries"):
        form = _FORM.search(question.query)
        if form is None:
            continue
        kind, about = form[1].capitalize(), CANONICAL_BASE + f"id/question/{question.slug}"
        said: list[tuple[str, ox.NamedNode | ox.Literal]] = [
            (RDF_TYPE, ox.NamedNode(SH + "SPARQLExecutable")),
            (RDF_TYPE, ox.NamedNode(f"{SH}SPARQL{kind}Executable")),
            (RDFS + "label", ox.Literal(question.title, language="en")),
            (RDFS + "comment", ox.Literal(question.title, language="en")),
            (DCTERMS + "description", ox.Literal(question.description, language="en")),
            (SH + form[1].lower(), ox.Literal(_HEAD.sub("", question.query))),
            (PREFIXES["schema"] + "target", ox.NamedNode(CANONICAL_BASE + "sparql")),
            (SH + "prefixes", DECLARED),
            (RDFS + "seeAlso", ox.NamedNode(f"{CANONICAL_BASE}questions/{question.slug}")),
        ]
        yield from (ox.Quad(ox.NamedNode(about), ox.NamedNode(p), o, graph) for p, o in said)
