"""A resource as a table: one row for each property and value, exact enough to be read back."""

import csv
import io
from collections.abc import Iterable

import pyoxigraph as ox

from server.rdf.terms import subject_of
from server.rdf.tree import order

COLUMNS = ("property", "value", "datatype", "language", "subject")


def table(triples: Iterable[ox.Triple], focus: str) -> bytes:
    """Return triples as CSV (RFC 4180) with a header line, the statements about `focus` first.

    A value without datatype is an IRI, or a blank node where it begins with `_:`.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for t in sorted(triples, key=lambda t: order(focus, t)):
        writer.writerow((t.predicate.value, *_value(t.object), _name(subject_of(t))))
    return out.getvalue().encode()


def _value(term: object) -> tuple[str, str, str]:
    if isinstance(term, ox.Literal):
        direction = f"--{term.direction}" if term.direction else ""
        return term.value, term.datatype.value, f"{term.language or ''}{direction}"
    return _name(term), "", ""


def _name(node: object) -> str:
    return node.value if isinstance(node, ox.NamedNode) else str(node)
