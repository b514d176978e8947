"""The competency questions as data: example queries that editors find by asking the endpoint."""

import re
from pathlib import Path

import pyoxigraph as ox

from server.rdf.turtle_template import render
from server.rdf.vocabulary import CANONICAL_BASE, graph_iri
from server.sparql.questions import read_all

_FORM = re.compile(r"^\s*(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.MULTILINE)
_HEAD = re.compile(r"\A(?:#.*\n)+")


def examples(root: Path) -> list[ox.Quad]:
    """Return each question as a sh:SPARQLExecutable of the catalogue (SHACL section 5)."""
    parts = ((q, _FORM.search(q.query), _HEAD.sub("", q.query)) for q in read_all(root / "queries"))
    questions = [(question, form[1], query) for question, form, query in parts if form]
    return render("examples.ttl", CANONICAL_BASE, graph_iri("catalog"), questions=questions)
