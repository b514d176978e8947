"""Reading of a SPARQL 1.1 Protocol query operation from an HTTP request."""

import re
import zlib
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from urllib.parse import urljoin

from server.problems import Problem
from server.rdf.parameters import FORM, check_names, read_pairs
from server.rdf.vocabulary import prefixes
from server.sparql.tokens import QUERY_FORMS, Outline, dataset_graphs, outline

DIRECT = "application/sparql-query"
PARAMETERS = ("query", "default-graph-uri", "named-graph-uri", "timeout", "format")
MAX_QUERY_LENGTH = 100_000
MAX_NESTING = 200

Pairs = Sequence[tuple[str, str]]


class QueryRequest(NamedTuple):
    """A query with its dataset, where it names one, and the seconds it is to take at most.

    `format` is the key of the result's format, where the request names it so.

    Of the dataset in the query and the one in the protocol, that of the protocol counts
    (section 2.1.4).
    """

    query: str
    form: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    timeout: float | None = None
    format: str | None = None

    @property
    def key(self) -> str:
        """What determines the result on a given dataset."""
        return repr((self.query, self.default_graphs, self.named_graphs))

    @property
    def volatile(self) -> bool:
        """Whether the result may differ each time on the same dataset (NOW, RAND, UUID)."""
        return outline(self.query).volatile

    @property
    def makes_blank_nodes(self) -> bool:
        """Whether the result may have new blank nodes, whose names are others each time.

        These come of the function BNODE and, in a template, of these signs, which may stand
        elsewhere too; a backslash may write the function otherwise.
        """
        signs = ("[", "(", "_:", "<<", "{|") if self.form == "CONSTRUCT" else ()
        query = self.query.lower()
        return any(sign in query for sign in (*signs, "\\", "bnode"))


def resolved(request: QueryRequest, base: str, graphs: Collection[str]) -> QueryRequest:
    """Return the request with its dataset, or that of its query, as full IRIs.

    Raises Problem 400 for a graph that is none of `graphs`: nothing is fetched to make one.
    """
    dataset = request.default_graphs, request.named_graphs
    try:
        if dataset == ((), ()):
            query = outline(request.query)
            if not query.dataset:
                return request
            dataset = dataset_graphs(query, base, prefixes(base))
        default, named = (tuple(dict.fromkeys(urljoin(base, g) for g in part)) for part in dataset)
    except ValueError as error:
        raise Problem(400, f"A graph of the dataset has no well-formed IRI: {error}.") from None
    for iri in (*default, *named):
        if iri not in graphs:
            detail = f"<{iri[:200]}> is not a graph of this dataset, and none is fetched."
            raise Problem(400, detail, {"graphs": sorted(graphs)})
    return request._replace(default_graphs=default, named_graphs=named)


def read(method: str, query_string: bytes, content_type: str, body: bytes) -> QueryRequest:
    """Return the query operation that a request carries (section 2.1).

    Raises Problem 400, 403, 405 or 415 for what is no query operation that is served here.
    """
    pairs = read_pairs(query_string)
    if method in ("GET", "HEAD"):
        return _from_pairs(pairs)
    if method != "POST":
        detail = f"{method} is not a method of the SPARQL protocol."
        raise Problem(405, detail, headers={"Allow": "GET, HEAD, POST, OPTIONS"})
    media_type, _, parameters = content_type.partition(";")
    _check_charset(parameters)
    match media_type.strip().lower():
        case "application/x-www-form-urlencoded":
            return _from_pairs([*pairs, *read_pairs(body)])
        case "application/sparql-query":
            return _from_pairs([*pairs, ("query", _text(body))])
        case "application/sparql-update":
            raise _read_only()
        case other:
            detail = f"A query is posted as {FORM} or {DIRECT}, not as {other!r}."
            raise Problem(415, detail, headers={"Accept-Post": f"{FORM}, {DIRECT}"})


def check(query: str) -> Outline:
    """Return the outline of a query that may be run; raise Problem 400, 403 or 413 otherwise."""
    if len(query) > MAX_QUERY_LENGTH:
        detail = f"The query has {len(query)} characters; {MAX_QUERY_LENGTH} are allowed."
        raise Problem(413, detail)
    checked = outline(query)
    if checked.form == "UPDATE":
        raise _read_only()
    if checked.service:
        raise Problem(403, "SERVICE is not served: this endpoint makes no requests of its own.")
    if checked.depth > MAX_NESTING:
        raise Problem(400, f"Brackets are nested {checked.depth} deep; {MAX_NESTING} are allowed.")
    if checked.form not in QUERY_FORMS:
        raise Problem(400, "The query is not a SELECT, ASK, CONSTRUCT or DESCRIBE query.")
    return checked


def _from_pairs(pairs: Pairs) -> QueryRequest:
    if len(pairs) == 1 and pairs[0][0] == "query":  # as most come
        return QueryRequest(pairs[0][1], check(pairs[0][1]).form)
    given: dict[str, list[Any]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    if "update" in given:
        raise _read_only()
    check_names(given, PARAMETERS)
    queries = given.get("query", [])
    if not queries:
        raise Problem(400, "The request has no query parameter.")
    if len(queries) > 1:
        raise Problem(400, f"The request has {len(queries)} query parameters; one is allowed.")
    if len(formats := given.get("format", [None])) > 1:
        raise Problem(400, f"The parameter format is given {len(formats)} times.")
    return QueryRequest(
        query=queries[0],
        form=check(queries[0]).form,
        default_graphs=tuple(given.get("default-graph-uri", ())),
        named_graphs=tuple(given.get("named-graph-uri", ())),
        timeout=_seconds(given.get("timeout", [])),
        format=formats[0],
    )


def _seconds(values: list[str]) -> float | None:
    if not values:
        return None
    if len(values) > 1 or not re.fullmatch(r"\d{1,6}(\.\d{1,3})?", values[0], re.ASCII):
        raise Problem(400, f"timeout is {values[0][:50]!r}; it takes one number of seconds.")
    if not float(values[0]):
        raise Problem(400, "timeout is zero; no query is that fast.")
    return float(values[0])


def unpacked(body: bytes, encoding: str, limit: int) -> bytes:
    """Return a body without its content coding (RFC 9110 section 8.4): gzip, or none.

    Raises Problem 400, 413 or 415; no more than `limit` bytes are ever unpacked.
    """
    if encoding.strip().lower() in ("", "identity"):
        return body
    if encoding.strip().lower() not in ("gzip", "x-gzip"):
        detail = f"A body is sent as gzip or as it is, not as {encoding[:50]!r}."
        raise Problem(415, detail, headers={"Accept-Encoding": "gzip"})
    stream = zlib.decompressobj(wbits=31)
    try:
        data = stream.decompress(body, limit + 1)
    except zlib.error:
        raise Problem(400, "The body is not well-formed gzip.") from None
    if len(data) > limit:
        raise Problem(413, f"The body unpacks to more than {limit} bytes.")
    if not stream.eof or stream.unused_data:
        raise Problem(400, "The body is not one whole gzip stream.")
    return data


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        detail = f"The query is not UTF-8: {error.reason} at byte {error.start}."
        raise Problem(400, detail) from None


def _check_charset(parameters: str) -> None:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip(' "').lower() not in ("utf-8", "utf8"):
            raise Problem(415, f"Queries are read as UTF-8, not as {value.strip()}.")


def _read_only() -> Problem:
    return Problem(403, "This endpoint is read-only: updates are refused.")
