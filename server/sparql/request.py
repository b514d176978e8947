"""Reading of a SPARQL 1.1 Protocol query operation from an HTTP request."""

import re
import zlib
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple
from urllib.parse import urljoin

import pyoxigraph as ox

from server.problems import Problem
from server.rdf.form_fields import FORM, check_names, read_pairs
from server.rdf.formats import ALL_FORMATS, FORMAT_PARAMETERS
from server.rdf.negotiation import choose, named_accept
from server.rdf.vocabulary import prefixes
from server.sparql.tokens import (
    QUERY_FORMS,
    Outline,
    dataset_graphs,
    outline,
    with_plain_spaces,
)

DIRECT = "application/sparql-query"
METHODS = "GET, HEAD, POST, QUERY, OPTIONS"
PARAMETERS = ("query", "default-graph-uri", "named-graph-uri", "timeout", *FORMAT_PARAMETERS)
# What the form of Virtuoso sends beside these. All of it changes nothing here.
VIRTUOSO_PARAMETERS = (
    "CXML_redir_for_hrefs", "CXML_redir_for_subjs", "debug", "run", "signal_unconnected",
    "signal_void",
)  # fmt: skip
# What its form, and its federated queries, send to ask for nothing in particular.
ASKS_NOTHING = {"should-sponge": "", "maxrows": "10000000"}
MIN_MILLISECONDS = 1000  # a timeout from this on is in milliseconds, as Virtuoso has it
MAX_QUERY_LENGTH = 100_000
MAX_NESTING = 200

_MAX_WARNED, _MAX_WARNED_LENGTH = 3, 200  # unknown graphs, and characters of each
# What a read of a graph by the Graph Store Protocol is, with that as the default graph.
_READ_GRAPH = "CONSTRUCT WHERE { ?s ?p ?o }"

Pairs = Sequence[tuple[str, str]]


class QueryRequest(NamedTuple):
    """A query with its dataset, where it names one, and the seconds it is to take at most.

    `accept` is what parameters ask for as the result's format, where they do.

    Of the dataset in the query and the one in the protocol, that of the protocol counts
    (section 2.1.4).
    """

    query: str
    form: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    timeout: float | None = None
    accept: str | None = None

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

    A graph that is none of `graphs` is an empty one: nothing is fetched to make it. Raises Problem
    400 for what is no IRI, and 404 where such a graph itself is to be read.
    """
    dataset = request.default_graphs, request.named_graphs
    try:
        if dataset == ((), ()):
            query = outline(request.query)
            if not query.dataset:
                return request
            dataset = dataset_graphs(query, base, prefixes(base))
        default, named = (
            tuple(dict.fromkeys(ox.NamedNode(urljoin(base, g)).value for g in part))
            for part in dataset
        )
    except ValueError as error:
        raise Problem(400, f"A graph of the dataset has no well-formed IRI: {error}.") from None
    request = request._replace(default_graphs=default, named_graphs=named)
    if request.query == _READ_GRAPH and (unknown := unknown_graphs(request, graphs)):
        detail = f"<{unknown[0][0]}> is not a graph of this dataset; <{unknown[0][1]}> is one."
        raise Problem(404, detail, {"graphs": sorted(graphs)})
    return request


def unknown_graphs(request: QueryRequest, graphs: Collection[str]) -> list[tuple[str, str]]:
    """Return the graphs of a request that are none of `graphs`, each with the nearest of these.

    The first few suffice for a warning.
    """
    given = dict.fromkeys(request.default_graphs + request.named_graphs)
    unknown = [iri[:_MAX_WARNED_LENGTH] for iri in given if iri not in graphs][:_MAX_WARNED]
    return [(iri, get_close_matches(iri, sorted(graphs), 1, 0)[0]) for iri in unknown if graphs]


def read(method: str, query_string: bytes, content_type: str, body: bytes) -> QueryRequest:
    """Return the query operation that a request carries (section 2.1).

    Raises Problem 400, 403, 405 or 415 for what is no query operation that is served here.
    """
    pairs = read_pairs(query_string)
    if method in ("GET", "HEAD"):
        return _from_pairs(pairs)
    if method not in ("POST", "QUERY"):
        detail = f"{method} is not a method of the SPARQL protocol."
        raise Problem(405, detail, headers={"Allow": METHODS})
    if {"graph", "default"} & dict(pairs).keys():
        raise _read_only()
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
        query = with_plain_spaces(pairs[0][1])
        return QueryRequest(query, check(query).form)
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    if "update" in given:
        raise _read_only()
    if "query" not in given and ("graph" in given or "default" in given):
        return _graph_read(given)
    for name, value in ASKS_NOTHING.items():
        if given.get(name) == [value]:
            del given[name]
    check_names(given.keys() - set(VIRTUOSO_PARAMETERS), PARAMETERS)
    if "query" not in given:
        raise Problem(400, "The request has no query parameter.")
    once = _given_once(given)
    query = with_plain_spaces(once["query"])
    return QueryRequest(
        query=query,
        form=check(query).form,
        default_graphs=tuple(filter(None, given.get("default-graph-uri", ()))),
        named_graphs=tuple(filter(None, given.get("named-graph-uri", ()))),
        timeout=_seconds(once.get("timeout", "")),
        accept=named_accept(once),
    )


def _given_once(given: Mapping[str, list[str]]) -> dict[str, str]:
    """Return the values of all parameters but graphs; raises Problem 400 for one given twice."""
    once = {name: values for name, values in given.items() if not name.endswith("-graph-uri")}
    for name, values in once.items():
        if name in FORMAT_PARAMETERS:  # SPARQLWrapper sends name and media type of one format
            formats = {choose(named_accept({name: v}), ALL_FORMATS): v for v in values if v}
            values = [*formats.values()] or [""]
        if len(values) > 1:
            raise Problem(400, f"The request has {len(values)} {name} parameters; one is allowed.")
    return {name: next(filter(None, values), "") for name, values in once.items()}


def _graph_read(given: Mapping[str, list[str]]) -> QueryRequest:
    """Return the query that reads a graph (SPARQL 1.1 Graph Store HTTP Protocol section 5.2)."""
    check_names(given, ("graph", "default", *FORMAT_PARAMETERS))
    graph = [*given.get("graph", ()), *given.get("default", ())]
    if len(graph) > 1 or given.get("default", [""]) != [""] or given.get("graph") == [""]:
        raise Problem(400, "One graph is read at a time: ?graph=IRI, or ?default without a value.")
    graphs, accept = tuple(filter(None, graph)), named_accept(_given_once(given))
    return QueryRequest(_READ_GRAPH, "CONSTRUCT", graphs, accept=accept)


def _seconds(value: str) -> float | None:
    """Return the seconds that a timeout stands for; zero and nothing are the deadline of all."""
    if not re.fullmatch(r"(\d{1,9}(\.\d{1,3})?)?", value, re.ASCII):
        detail = f"it takes a number of seconds, or from {MIN_MILLISECONDS} on of milliseconds."
        raise Problem(400, f"timeout is {value[:50]!r}; {detail}")
    number = float(value or 0)
    return (number if number < MIN_MILLISECONDS else number / 1000) or None


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
