"""The formats that the result of a query has, and which of them a request asks for."""

from collections.abc import Sequence

from server.problems import Problem
from server.rdf.formats import (
    BY_KEY,
    HTML,
    JSON_RESULTS,
    RDF_FORMATS,
    RESULT_FORMATS,
    TURTLE,
    Format,
)
from server.rdf.negotiation import choose, not_acceptable
from server.sparql.request import QueryRequest

MAX_PAGE_BYTES = 2 * 1024**2  # of a result that a page shows
_TABLES, _GRAPHS = (*RESULT_FORMATS, HTML), (*RDF_FORMATS, HTML)


def offers(query: QueryRequest) -> Sequence[Format]:
    """Return the formats that the result of a query has; HTML is a page that shows it."""
    return _TABLES if query.form in ("SELECT", "ASK") else _GRAPHS


def result_format(query: QueryRequest, accept: str) -> Format:
    """Return the format that the parameter `format` names, else the one that is negotiated.

    Raises Problem 400 for one that is not there, 406 where none is acceptable.
    """
    if query.format is not None:
        return named_format(query.format, offers(query), f"{query.form} query")
    chosen = choose(accept, offers(query))
    if chosen is None:
        raise not_acceptable("None of the formats of the result is acceptable.", offers(query))
    return chosen


def named_format(key: str, offers: Sequence[Format], what: str) -> Format:
    """Return the format of `offers` with this key; raises Problem 400 where there is none."""
    if key not in BY_KEY or BY_KEY[key] not in offers:
        names = ", ".join(f.key for f in offers)
        raise Problem(400, f"format is {key[:50]!r}; a {what} has {names}.")
    return BY_KEY[key]


def evaluated_as(query: QueryRequest, fmt: Format) -> tuple[Format, int | None]:
    """Return in which format a query is evaluated, and how many bytes of it suffice for a page."""
    if fmt is not HTML:
        return fmt, None
    if query.form == "ASK":
        return JSON_RESULTS, None
    return (JSON_RESULTS if query.form == "SELECT" else TURTLE), MAX_PAGE_BYTES
