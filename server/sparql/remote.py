"""A SPARQL 1.1 store elsewhere, and the engine that sends each query to it."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import httpx2
import pyoxigraph as ox

from server.rdf.formats import JSON_RESULTS, Format
from server.rdf.vocabulary import NOT_IN_DEFAULT_GRAPH, STATED, graph_iri, prefixes
from server.sparql.engine import Engine, Finished, Limits, QueryFailed
from server.sparql.request import QueryRequest
from server.sparql.spool import CHUNK, Enough, Result, Spool, TooLarge

CONNECT_SECONDS = 3.0
_PAUSE_SECONDS = 2.0  # in which a store that is down is not asked again
# Where a store of each kind takes graphs (Graph Store Protocol) and updates, beside its queries.
_SIBLING_PATHS = {
    "virtuoso": ("sparql-graph-crud-auth", "sparql-auth"),
    "fuseki": ("data", "update"),
    "rdf4j": ("rdf-graphs/service", "statements"),  # GraphDB too; these are below the queries
    "": ("store", "update"),  # Oxigraph
}


@dataclass(frozen=True)
class Store:
    """The query endpoint of a store, and the credentials for it, if any."""

    url: str
    user: str = ""
    password: str = field(default="", repr=False)

    def client_options(self, kind: str = "", seconds: float | None = None) -> dict[str, Any]:
        """Return the options of an HTTP client for a store of this kind, signed in if need be.

        It reads no proxy and no password from the environment, and follows no redirect: what is
        posted would arrive elsewhere as a GET. Each step of a request may take so many seconds.
        """
        method = httpx2.DigestAuth if kind == "virtuoso" else httpx2.BasicAuth
        return {
            "auth": method(self.user, self.password) if self.user else None,
            "timeout": httpx2.Timeout(seconds, connect=CONNECT_SECONDS),
            "trust_env": False,
        }

    def addresses(self, kind: str) -> tuple[str, str]:
        """Return the addresses for graphs and for updates."""
        folder = self.url if kind == "rdf4j" else self.url.rpartition("/")[0]
        graphs, update = _SIBLING_PATHS[kind]
        return f"{folder}/{graphs}", f"{folder}/{update}"


def kind_of(response: httpx2.Response) -> str:
    """Return "virtuoso", "fuseki", "rdf4j" or "", by what differs in headers and addresses."""
    if "Fuseki-Request-Id" in response.headers:
        return "fuseki"
    if "/repositories/" in response.url.path:
        return "rdf4j"
    return "virtuoso" if "virtuoso" in response.headers.get("Server", "").lower() else ""


class RemoteEngine(Engine):
    """Asks a store that holds the release as `spacelaw publish` put it there."""

    def __init__(self, store: Store, base: str, graphs: Collection[str], limits: Limits) -> None:
        self.store, self.base, self.graphs, self.limits = store, base, graphs, limits
        self.most = limits.workers + limits.waiting  # queries at the store at once
        # How many are there is bounded by `most`, so the client needs no bound of its own.
        pool = httpx2.Limits(max_connections=None, max_keepalive_connections=self.most)
        self.client = httpx2.AsyncClient(limits=pool, **store.client_options())
        self.running = Counter[str]()  # queries at the store, by client
        self.down_until = 0.0  # by the loop's clock
        self.kind: str | None = None

    def status(self) -> dict[str, int]:
        """Return whether the store answered lately, and how many queries it has."""
        is_up = time.monotonic() >= self.down_until
        return {"up": int(is_up), "running": self.running.total()}

    def begin(
        self, request: QueryRequest, fmt: Format, client: str, done: Finished,
        head: int | None = None,
    ) -> Callable[[], object]:  # fmt: skip
        """Begin a query; see Engine.begin. What ends it closes its connection to the store."""

        def finished(task: asyncio.Task[Result]) -> None:
            if task.cancelled():
                return
            error = task.exception()
            if error is None:
                done(task.result())
            elif isinstance(error, QueryFailed):
                done(error)
            else:
                done(QueryFailed("crash", f"The query engine failed: {error!r:.300}"))

        task = asyncio.get_running_loop().create_task(self._run(request, fmt, client, head))
        task.add_done_callback(finished)
        return task.cancel

    async def _run(
        self, request: QueryRequest, fmt: Format, client: str, head: int | None
    ) -> Result:
        seconds = self.limits.deadline(request)
        loop = asyncio.get_running_loop()
        if loop.time() < self.down_until:
            raise QueryFailed("unavailable", "The query engine does not answer now.")
        # No client has more than half of the places.
        if self.running.total() >= self.most or self.running[client] > self.most // 2:
            raise QueryFailed("busy", f"{self.running.total()} queries are waiting already.")
        self.running[client] += 1
        try:
            async with asyncio.timeout(seconds):
                if request.form == "ASK":
                    return _boolean(await self._ask(request, JSON_RESULTS, seconds, None), fmt)
                return await self._ask(request, fmt, seconds, head)
        except TimeoutError:
            raise _late(seconds) from None
        finally:
            self.running -= Counter([client])  # drops clients of whom none runs

    async def _ask(
        self, request: QueryRequest, fmt: Format, seconds: float, head: int | None
    ) -> Result:
        async with self._response(self._parameters(request, seconds), fmt) as response:
            self.kind = kind_of(response)
            await _check(response, fmt, seconds)
            most = response.headers.get("X-SPARQL-MaxRows")  # Virtuoso's limit, reached or passed
            if most and head is None:
                raise QueryFailed("size", f"The query engine gives no more than {most} rows.")
            spool = Spool(self.limits.result, head)
            try:
                async for chunk in response.aiter_bytes(CHUNK):
                    # In a thread, for a large result goes to a file, and disks may be slow.
                    await asyncio.to_thread(spool.write, chunk)
            except Enough:
                return spool.result(whole=False)
            except TooLarge as error:
                raise QueryFailed("size", str(error)) from None
            return spool.result(whole=not most)

    @asynccontextmanager
    async def _response(
        self, parameters: dict[str, Any], fmt: Format
    ) -> AsyncIterator[httpx2.Response]:
        """Yield the store's response; raise QueryFailed where it sends none, or not all of it."""
        answered, accept = False, {"Accept": fmt.media_type}
        url = self.store.url
        try:
            async with self.client.stream("POST", url, data=parameters, headers=accept) as response:
                answered = True
                yield response
        except httpx2.RequestError as error:
            if answered:
                detail = "The query engine broke its answer off."
                raise QueryFailed("upstream", detail) from error
            self.down_until = asyncio.get_running_loop().time() + _PAUSE_SECONDS
            raise QueryFailed("unavailable", "The query engine cannot be reached.") from error

    def _parameters(self, request: QueryRequest, seconds: float) -> dict[str, Any]:
        """Return the operation as form parameters, its dataset always named.

        Stores differ in what their default graph is; `graph/default` holds ours.
        """
        default, named = request.default_graphs, request.named_graphs
        stated = {self._graph(name) for name in self.graphs if name not in NOT_IN_DEFAULT_GRAPH}
        if not default and not named:
            default, named = (self._graph(STATED),), tuple(map(self._graph, self.graphs))
        elif set(default) == stated:
            default = (self._graph(STATED),)
        declared = "".join(f"PREFIX {p}: <{ns}> " for p, ns in prefixes(self.base).items())
        parameters: dict[str, Any] = {
            "query": f"BASE <{self.base}> {declared}{request.query}",
            "default-graph-uri": default,
            "named-graph-uri": named,
        }
        if self.kind is not None:  # until its first answer, we do not know in which unit
            milliseconds = self.kind == "virtuoso"
            parameters["timeout"] = f"{seconds * 1000:.0f}" if milliseconds else f"{seconds:g}"
        return parameters

    def _graph(self, name: str) -> str:
        return graph_iri(name, self.base)


async def _check(response: httpx2.Response, fmt: Format, seconds: float) -> None:
    """Raise QueryFailed where the answer is no result in the format that was asked for."""
    headers = response.headers
    if response.status_code == 400:
        text = (await anext(response.aiter_bytes(2000), b"")).decode(errors="replace")
        raise QueryFailed("syntax", " ".join(text.split())[:500] or "The query is malformed.")
    if response.status_code in (429, 503):
        raise QueryFailed("unavailable", "The query engine has no room for the query now.")
    if response.status_code in (408, 504) or "X-SQL-State" in headers:
        raise _late(seconds)  # Virtuoso sends what it has so far, and this header
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if response.status_code != 200 or kind not in (fmt.media_type, *fmt.aliases):
        answer = f"{response.status_code} and {kind or 'no type'}"
        raise QueryFailed("upstream", f"The query engine answered {answer}, not {fmt.name}.")
    chunked = headers.get("Transfer-Encoding", "").lower() == "chunked"
    if "Content-Length" not in headers and not chunked:  # then nobody can tell if it is cut off
        raise QueryFailed("upstream", "The query engine does not tell where its answer ends.")


def _boolean(result: Result, fmt: Format) -> Result:
    """Return the answer to an ASK as the standard has it; Virtuoso 7 answers with a row."""
    try:
        answer = json.loads(result.read())
        if "boolean" not in answer:
            rows = answer["results"]["bindings"]  # none where the answer is no
            answer["boolean"] = any(r["__ASK_RETVAL"]["value"] == "1" for r in rows)
    except (ValueError, KeyError, TypeError):
        raise QueryFailed("upstream", "The query engine answered no yes or no.") from None
    standard = json.dumps({"head": {}, "boolean": str(answer["boolean"]).lower() == "true"})
    found = ox.parse_query_results(standard, ox.QueryResultsFormat.JSON)
    form = ox.QueryResultsFormat.from_media_type(fmt.media_type)
    return Result.of(cast(ox.QueryBoolean, found).serialize(format=form) or b"")


def _late(seconds: float) -> QueryFailed:
    return QueryFailed("deadline", f"The query ran for more than {seconds:g} seconds.")
