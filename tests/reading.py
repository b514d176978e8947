"""What documents say in each of our formats, as others read them."""

import csv
import io
from typing import Any

import pyoxigraph as ox

from server.rdf.formats import Format

READERS = {
    "ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES, "rdf": ox.RdfFormat.RDF_XML,
    "trig": ox.RdfFormat.TRIG, "nq": ox.RdfFormat.N_QUADS, "n3": ox.RdfFormat.N3,
}  # fmt: skip


def read(body: bytes, fmt: Format) -> list[ox.Quad]:
    """Return what a document says; triples stand in the default graph."""
    if fmt.key == "csv":
        return [_row(row) for row in csv.DictReader(io.StringIO(body.decode(), newline=""))]
    found = ox.parse(body, READERS.get(fmt.key, ox.RdfFormat.JSON_LD))
    return [q if isinstance(q, ox.Quad) else ox.Quad(*q) for q in found]


def _row(row: dict[str, str]) -> ox.Quad:
    """Return the statement of a row of our tables."""
    if row["language"]:
        language, _, direction = row["language"].partition("--")
        of_text = ox.BaseDirection(direction) if direction else None
        value: Any = ox.Literal(row["value"], language=language, direction=of_text)
    elif row["datatype"]:
        value = ox.Literal(row["value"], datatype=ox.NamedNode(row["datatype"]))
    else:
        value = _node(row["value"])
    return ox.Quad(_node(row["subject"]), ox.NamedNode(row["property"]), value)


def _node(text: str) -> Any:
    return ox.BlankNode(text[2:]) if text.startswith("_:") else ox.NamedNode(text)
