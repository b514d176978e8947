"""A query operation as a request carries it: what is asked, in which format, and by whom."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from server.http.responses import not_acceptable
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
from server.rdf.negotiation import choose
from server.rdf.vocabulary import graph_iri
from server.release.manifest import Manifest
from server.sparql.engine import QueryFailed, Reason
from server.sparql.request import QueryRequest, read, resolved, unpacked

MAX_BODY = 1024**2
_TABLES, _GRAPHS = (*RESULT_FORMATS, HTML), (*RDF_FORMATS, HTML)
BYTES_OF_A_PAGE = 2 * 1024**2
_STATUS: dict[Reason, int] = {
    "syntax": 400,
    "function": 400,
    "format": 406,
    "deadline": 504,
    "memory": 503,
    "size": 503,
    "busy": 429,
    "crash": 500,
    "unavailable": 503,
    "upstream": 502,
}
_RETRY: dict[Reason, str] = {"busy": "5", "unavailable": "5", "upstream": "30"}


def asked(
    method: str, query_string: bytes, kind: str, coding: str, body: bytes, manifest: Manifest
) -> QueryRequest:
    """Return the query operation of a request, its dataset resolved and known to be here.

    `kind` and `coding` are its Content-Type and Content-Encoding. Raises Problem for a faulty one.
    """
    request = read(method, query_string, kind, unpacked(body, coding, MAX_BODY))
    return resolved(request, manifest.base, _graphs(manifest.base, tuple(manifest.graphs)))


@lru_cache(maxsize=8)
def _graphs(base: str, names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(graph_iri(name, base) for name in names)


def offers(asked: QueryRequest) -> Sequence[Format]:
    """Return the formats that a query has."""
    return _TABLES if asked.form in ("SELECT", "ASK") else _GRAPHS


def result_format(asked: QueryRequest, accept: str | None) -> Format:
    """Return the format that the parameter `format` names, else the one that is negotiated.

    Raises Problem 400 for one that is not there, 406 where none is acceptable.
    """
    if asked.format is not None:
        return named_format(asked.format, offers(asked), f"{asked.form} query")
    chosen = choose(accept, offers(asked))
    if chosen is None:
        raise not_acceptable("None of the formats of the result is acceptable.", offers(asked))
    return chosen


def named_format(key: str, offers: Sequence[Format], what: str) -> Format:
    """Return the format of `offers` with this key; raises Problem 400 where there is none."""
    if key not in BY_KEY or BY_KEY[key] not in offers:
        names = ", ".join(f.key for f in offers)
        raise Problem(400, f"format is {key[:50]!r}; a {what} has {names}.")
    return BY_KEY[key]


def shown(asked: QueryRequest) -> tuple[Format, int | None]:
    """Return in which format, and how many bytes of it, a page shows the result."""
    if asked.form == "ASK":
        return JSON_RESULTS, None
    return (JSON_RESULTS if asked.form == "SELECT" else TURTLE), BYTES_OF_A_PAGE


def problem_of(failure: QueryFailed) -> Problem:
    """Return the problem that tells a client why its query has no result."""
    members: dict[str, object] = {"reason": failure.reason}
    if failure.line:
        members.update(line=failure.line, column=failure.column)
    headers = {"Retry-After": _RETRY[failure.reason]} if failure.reason in _RETRY else {}
    return Problem(_STATUS[failure.reason], failure.detail, members, headers)


@lru_cache(maxsize=1024)
def client_of(address: str) -> str:
    """Return who asks: the address, of IPv6 the network of it that one customer has (/64)."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        return str(ip_network((found, 64), strict=False))
    return str(found)
