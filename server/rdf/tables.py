"""A resource as a table: one row for each property and value, exact enough to be read back."""

import csv
import io
from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox

from server.rdf.terms import subject_of
from server.rdf.tree import order

COLUMNS = ("property", "value", "datatype", "language", "subject")


def table(triples: Iterable[ox.Triple], focus: str) -> bytes:
    """Return triples as CSV (RFC 4180) with a header line, the statements about `focus` first.

    A value without datatype is an IRI, or a blank node where it begins with `_:`.
    """
    ordered = sorted(triples, key=lambda t: order(focus, t))
    rows = ((t.predicate.value, *_value(t.object), _name(subject_of(t))) for t in ordered)
    return csv_text(COLUMNS, rows).encode()


def csv_text(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Return a table as CSV, its lines ended by CRLF as RFC 4180 has them."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _value(term: object) -> tuple[str, str, str]:
    if isinstance(term, ox.Literal):
        direction = f"--{term.direction}" if term.direction else ""
        return term.value, term.datatype.value, f"{term.language or ''}{direction}"
    return _name(term), "", ""


def _name(node: object) -> str:
    return node.value if isinstance(node, ox.NamedNode) else str(node)
