"""The engine that sends each query to a SPARQL 1.1 store elsewhere."""

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Collection

import requests

from server.rdf.formats import JSON_RESULTS, Format
from server.rdf.vocabulary import NOT_IN_DEFAULT_GRAPH, STATED, graph_iri, prefixes
from server.sparql.cancellable_http import Call, current
from server.sparql.engine import Engine, Limits, QueryFailed
from server.sparql.remote_store import CONNECT_SECONDS, Store, kind_of
from server.sparql.request import QueryRequest
from server.sparql.spool import CHUNK, Enough, Result, Spool, TooLarge

_AFTER_A_FAILURE = 2.0  # seconds in which a store that is down is not asked again


_BOOLEAN = {
    "srj": '{{"head":{{}},"boolean":{}}}',
    "srx": '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#">'
    "<head></head><boolean>{}</boolean></sparql>",
}


def _boolean(result: Result, fmt: Format) -> Result:
    """Return the answer to an ASK as the standard has it; Virtuoso 7 answers with a row."""
    try:
        found = json.loads(result.read())
        if "boolean" not in found:
            rows = found["results"]["bindings"]  # none where the answer is no
            found["boolean"] = any(r["__ASK_RETVAL"]["value"] == "1" for r in rows)
    except (ValueError, KeyError, TypeError):
        raise QueryFailed("upstream", "The query engine answered no yes or no.") from None
    return Result.of(_BOOLEAN.get(fmt.key, "{}").format(str(found["boolean"]).lower()).encode())


class _Places:
    """How many queries are at the store, of which no client has more than half."""

    def __init__(self, most: int) -> None:
        self.most, self.taken, self.lock = most, Counter[str](), threading.Lock()

    def take(self, client: str) -> None:
        """Count a query in; raises QueryFailed where there is no place for it."""
        with self.lock:
            if self.taken.total() >= self.most or self.taken[client] > self.most // 2:
                raise QueryFailed("busy", f"{self.taken.total()} queries are waiting already.")
            self.taken[client] += 1

    def leave(self, client: str) -> None:
        """Count a query out."""
        with self.lock:
            self.taken -= Counter([client])


class RemoteEngine(Engine):
    """Asks a store that holds the release as `spacelaw publish` put it there."""

    def __init__(self, store: Store, base: str, graphs: Collection[str], limits: Limits) -> None:
        self.store, self.base, self.graphs, self.limits = store, base, graphs, limits
        self.session = store.session()
        self.places = _Places(limits.workers + limits.waiting)
        self.down_until = 0.0
        self.kind: str | None = None

    async def answer(
        self, request: QueryRequest, fmt: Format, client: str = "", head: int | None = None
    ) -> Result:
        """Do as `query` does, in a thread; it ends with its deadline or with its caller."""
        call, loop = Call(), asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.limits.deadline(request)):
                arguments = self.query, request, fmt, client, head
                return await loop.run_in_executor(None, call.run, *arguments)
        except TimeoutError:
            raise self._late(request) from None
        finally:
            call.end()

    def query(
        self, request: QueryRequest, fmt: Format, client: str = "", head: int | None = None
    ) -> Result:
        """Return the whole result of a query, serialized; raise QueryFailed otherwise."""
        if time.monotonic() < self.down_until:
            raise QueryFailed("unavailable", "The query engine does not answer now.")
        self.places.take(client)
        try:
            if request.form == "ASK":
                return _boolean(self._ask(request, JSON_RESULTS, None), fmt)
            return self._ask(request, fmt, head)
        except requests.ConnectTimeout as error:
            raise self._down() from error
        except requests.Timeout as error:
            raise self._late(request) from error
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
            raise QueryFailed("upstream", "The query engine broke its answer off.") from None
        except requests.ConnectionError as error:
            if "Read timed out" in str(error) or ((call := current()) and call.ended):
                raise self._late(request) from error
            raise self._down() from error
        finally:
            self.places.leave(client)

    def _ask(self, request: QueryRequest, fmt: Format, head: int | None) -> Result:
        seconds = self.limits.deadline(request)
        ends = time.monotonic() + seconds
        with self.session.post(
            self.store.url,
            data=self._parameters(request, seconds),
            headers={"Accept": fmt.media_type},
            timeout=(CONNECT_SECONDS, seconds),
            stream=True,
            allow_redirects=False,
        ) as response:
            self.kind = kind_of(response)
            self._check(response, fmt, request)
            most = response.headers.get("X-SPARQL-MaxRows")  # Virtuoso's limit, reached or passed
            if most and head is None:
                raise QueryFailed("size", f"The query engine gives no more than {most} rows.")
            spool = Spool(self.limits.result, head)
            try:
                for chunk in response.iter_content(CHUNK):
                    if time.monotonic() > ends:
                        raise self._late(request)
                    spool.write(chunk)
            except Enough:
                return spool.result(whole=False)
            except TooLarge as error:
                raise QueryFailed("size", str(error)) from None
            return spool.result(whole=not most)

    def _parameters(self, request: QueryRequest, seconds: float) -> list[tuple[str, str]]:
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
        return [
            ("query", f"BASE <{self.base}> {declared}{request.query}"),
            *(("default-graph-uri", iri) for iri in default),
            *(("named-graph-uri", iri) for iri in named),
            *self._deadline(seconds),
        ]

    def _deadline(self, seconds: float) -> list[tuple[str, str]]:
        """Return the deadline as the store takes it, once it has told what it is."""
        if self.kind is None:
            return []
        return [("timeout", f"{seconds * 1000:.0f}" if self.kind == "virtuoso" else f"{seconds:g}")]

    def _graph(self, name: str) -> str:
        return graph_iri(name, self.base)

    def _check(self, response: requests.Response, fmt: Format, request: QueryRequest) -> None:
        """Raise QueryFailed where the answer is no result in the format that was asked for."""
        if response.status_code == 400:
            text = next(response.iter_content(2000), b"").decode(errors="replace")
            raise QueryFailed("syntax", " ".join(text.split())[:500] or "The query is malformed.")
        if response.status_code in (429, 503):
            raise QueryFailed("unavailable", "The query engine has no room for the query now.")
        if response.status_code in (408, 504) or "X-SQL-State" in response.headers:
            raise self._late(request)  # Virtuoso sends what it has so far, and this header
        found = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if response.status_code != 200 or found not in (fmt.media_type, *fmt.aliases):
            told = f"{response.status_code} and {found or 'no type'}"
            raise QueryFailed("upstream", f"The query engine answered {told}, not {fmt.name}.")
        if "Content-Length" not in response.headers and not response.raw.chunked:
            detail = "The query engine does not tell where its answer ends."  # it may be cut off
            raise QueryFailed("upstream", detail)

    def _late(self, request: QueryRequest) -> QueryFailed:
        seconds = self.limits.deadline(request)
        return QueryFailed("deadline", f"The query ran for more than {seconds:g} seconds.")

    def _down(self) -> QueryFailed:
        self.down_until = time.monotonic() + _AFTER_A_FAILURE
        return QueryFailed("unavailable", "The query engine cannot be reached.")
