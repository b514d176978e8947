"""Query operations of the SPARQL 1.1 Protocol: from a request to the engine, and to its reply.

They are answered in the event loop, before Flask; what Flask answers at the same path is in
`sparql_page`.
"""

import asyncio
import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from urllib.parse import unquote_to_bytes

from server.http import conditional
from server.http.content_coding import coded_tag, encoded
from server.http.gateway import Cancel, Outcome, nothing
from server.http.message import CACHE_CONTROL, Reply, Request, client_network
from server.http.request_parser import MAX_BODY_BYTES
from server.problems import Problem
from server.rdf.formats import HTML, Format
from server.rdf.iris import uri_of
from server.rdf.vocabulary import graph_iri
from server.release.manifest import Manifest
from server.sparql.engine import Engine, QueryFailed
from server.sparql.request import QueryRequest, read, resolved, unknown_graphs, unpacked
from server.sparql.result_formats import evaluated_as, result_format
from server.sparql.spool import SMALL, Result

# What the environment of a page of Flask's holds: a query and its result.
RESULT = "spacelaw.result"
_OPERATIONS = (b"query", b"update", b"graph", b"default")  # what each has as a parameter
_LONG_BYTES = 4 * 1024  # of a request that takes more than a moment to read
_OTHER_CONDITIONS = frozenset({"if-match", "if-unmodified-since", "range"})

Operation = tuple[QueryRequest, Format]


class QueryOperations:
    """Answers the query operations on one release.

    `code` is a digest of our software, `modified` the HTTP date of its last change or that of the
    release. `proxies` are how many of ours stand between clients and us.
    """

    def __init__(
        self, manifest: Manifest, engine: Engine, code: str, modified: str, proxies: int
    ) -> None:
        self.engine, self.modified, self.proxies = engine, modified, proxies
        self.failures = Counter[str]()  # queries that failed, by reason
        self.base = manifest.base
        self.graphs = frozenset(graph_iri(name, self.base) for name in manifest.graphs)
        # What determines a result beside the query: the same data, code and engine.
        self.version = manifest.dataset, manifest.base, code, engine.version

    def begin(self, request: Request, done: Callable[[Outcome], None]) -> Cancel | None:
        """Begin to answer a query operation; return what ends it, or None where it is none.

        `done` is called once, perhaps at once, unless the query is ended before: with the reply,
        with the problem, or with the result that a page shows, as Flask is given it.
        """
        is_past = b"release=" in request.query_string or "accept-datetime" in request.head.fields
        if is_past or not _is_operation(request):
            return None  # Flask leads to the earlier release
        if len(request.target) + len(request.body) < _LONG_BYTES:
            return self._start(request, self._read(request), done)
        loop = asyncio.get_running_loop()
        reading = loop.run_in_executor(None, self._read, request)  # others are answered meanwhile
        cancel: list[Cancel] = [reading.cancel]

        def start(read: "asyncio.Future[Operation | Problem]") -> None:
            if not read.cancelled():
                cancel[0] = self._start(request, read.result(), done)

        reading.add_done_callback(start)
        return lambda: cancel[0]()

    def _read(self, request: Request) -> Operation | Problem:
        """Return the query of a request and the format of its result, or why there is neither."""
        fields = request.head.fields
        kind, coding = fields.get("content-type", ""), fields.get("content-encoding", "")
        try:
            body = unpacked(request.body, coding, MAX_BODY_BYTES)
            method = "GET" if request.method == "HEAD" else request.method
            query = resolved(read(method, request.query_string, kind, body), self.base, self.graphs)
            return query, result_format(query, request.head.choice[0])
        except Problem as problem:
            return problem

    def _start(
        self, request: Request, operation: Operation | Problem, done: Callable[[Outcome], None]
    ) -> Cancel:
        if isinstance(operation, Problem):
            done(operation)
            return nothing
        query, fmt = operation
        headers = self._headers(query, fmt, request)
        if unchanged := _unchanged(request, headers):
            done(unchanged)
            return nothing

        def finished(result: Result | QueryFailed) -> None:
            if isinstance(result, QueryFailed):
                self.failures[result.reason] += 1
            try:
                outcome = _outcome(request, query, fmt, headers, result)
            except Exception:
                logging.getLogger(__name__).exception("No reply could be made of a result.")
                outcome = Problem(500, "The server failed on this request.")
            done(outcome)

        client = client_network(request.client(self.proxies))
        evaluated, most = evaluated_as(query, fmt)
        return self.engine.begin(query, evaluated, client, finished, most)

    def _headers(self, query: QueryRequest, fmt: Format, request: Request) -> dict[str, str]:
        """Return the headers of a result; one that may be other each time has no validators."""
        headers = {"content-type": fmt.content_type, "vary": "Accept-Datetime"}
        if unknown := unknown_graphs(query, self.graphs):
            links = (f'<{uri_of(iri)}>; nearest="{uri_of(near)}"' for iri, near in unknown)
            headers["unknown-graph"] = ", ".join(links)
        if query.accept is None:
            headers["vary"] = "Accept, Accept-Datetime"
        if query.volatile or not request.is_read or fmt is HTML:
            return headers
        parts = "\0".join((*self.version, query.key, fmt.key))
        tag = hashlib.blake2b(parts.encode(errors="replace"), digest_size=12).hexdigest()
        # New blank nodes have other names each time; an unknown engine may have changed.
        weak = "W/" if query.makes_blank_nodes or not self.engine.version else ""
        return headers | {
            "etag": f'{weak}"{tag}"',
            "last-modified": self.modified,
            "cache-control": CACHE_CONTROL,
        }


def _unchanged(request: Request, headers: Mapping[str, str]) -> Reply | None:
    """Return the 304 for a client that has the result already, coded or not; it need not run."""
    fields = request.head.fields
    if (
        "etag" not in headers
        or "if-none-match" not in fields
        or not _OTHER_CONDITIONS.isdisjoint(fields)
    ):
        return None
    coding = request.head.choice[2].partition(",")[0]
    for tag in (headers["etag"], coded_tag(headers["etag"], coding)):
        reply = Reply(200, {**headers, "etag": tag})
        unchanged = conditional.evaluate(request.head, reply, request.method)
        if unchanged.status == 304:
            return unchanged
    return None


def _outcome(
    request: Request, query: QueryRequest, fmt: Format, headers: Mapping[str, str],
    result: Result | QueryFailed,
) -> Outcome:  # fmt: skip
    if isinstance(result, QueryFailed):
        return result.problem()
    if fmt is HTML:
        return {RESULT: (query, result, headers.get("unknown-graph"))}
    if result.size > SMALL:
        return encoded(Reply(200, headers, file=result.file, length=result.size), request.head)
    return encoded(Reply(200, headers, result.read()), request.head)


def _is_operation(request: Request) -> bool:
    """Tell whether a request is a query operation; names of parameters may be encoded too."""
    if not request.is_read:
        return request.method in ("POST", "QUERY")
    if request.query_string.startswith(b"query="):
        return True
    names = (part.partition(b"=")[0] for part in request.query_string.split(b"&"))
    return any(unquote_to_bytes(name) in _OPERATIONS for name in names)
