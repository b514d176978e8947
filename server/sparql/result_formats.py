"""The formats that the result of a query has, and which of them a request asks for."""

from collections.abc import Sequence

from server.problems import Problem
from server.rdf.formats import (
    BOOLEAN,
    CSV_RESULTS,
    HTML,
    JSON_RESULTS,
    N3,
    RDF_FORMATS,
    RESULT_FORMATS,
    TSV_RESULTS,
    TURTLE,
    XML_RESULTS,
    Format,
)
from server.rdf.negotiation import choose, not_acceptable
from server.sparql.request import QueryRequest

MAX_PAGE_BYTES = 2 * 1024**2  # of a result that a page shows
GRAPH_FORMATS = (*RDF_FORMATS, N3, HTML)
_OFFERS = {
    "SELECT": (*RESULT_FORMATS, HTML),
    "ASK": (JSON_RESULTS, XML_RESULTS, BOOLEAN, CSV_RESULTS, TSV_RESULTS, HTML),
}


def offers(query: QueryRequest) -> Sequence[Format]:
    """Return the formats that the result of a query has; HTML is a page that shows it."""
    return _OFFERS.get(query.form, GRAPH_FORMATS)


def result_format(query: QueryRequest, accept: str) -> Format:
    """Return the format that parameters name, else the one that is negotiated.

    Raises Problem 400 for one that is not there, 406 where none is acceptable.
    """
    if query.accept is not None:
        return named_format(query.accept, offers(query), f"{query.form} query")
    chosen = choose(accept, offers(query))
    if chosen is None:
        raise not_acceptable("None of the formats of the result is acceptable.", offers(query))
    return chosen


def named_format(accept: str, offers: Sequence[Format], what: str) -> Format:
    """Return the format of `offers` that was named; raises Problem 400 where there is none."""
    chosen = choose(accept, offers)
    if chosen is None:
        names = ", ".join(f.key for f in offers)
        raise Problem(400, f"The format of a {what} is not {accept[:80]!r}; there are {names}.")
    return chosen


def evaluated_as(query: QueryRequest, fmt: Format) -> tuple[Format, int | None]:
    """Return in which format a query is evaluated, and how many bytes of it suffice for a page."""
    if fmt is BOOLEAN:
        return TSV_RESULTS, None  # which writes the same
    if fmt is not HTML:
        return fmt, None
    if query.form == "ASK":
        return JSON_RESULTS, None
    return (JSON_RESULTS if query.form == "SELECT" else TURTLE), MAX_PAGE_BYTES
