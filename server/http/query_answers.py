"""Query operations answered without Flask: from results that are kept, else by the engine.

What is no plain result goes on to Flask: pages (with the result that they show), the service
description, problems. All of this runs in one event loop.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from werkzeug.http import parse_date, parse_etags

from server.http import content_coding, query_operation
from server.http.context import RESULT
from server.http.finishing import EVERYWHERE, NOT_IN_304
from server.http.message import Headers, Reply, Request
from server.http.responses import CACHE_CONTROL, etag
from server.problems import Problem
from server.rdf.formats import HTML, Format
from server.release.reader import Release
from server.sparql.engine import MEGABYTE, Engine, QueryFailed
from server.sparql.request import QueryRequest
from server.sparql.spool import SMALL, Result

_METHODS = ("GET", "HEAD", "POST")
_LARGEST = 256 * 1024  # no larger result is kept
_LONG = 4 * 1024  # bytes of a request that takes more than a moment to read
_OVERHEAD = 2000  # bytes that one takes beside its body

Key = tuple[str | bytes | None, ...]
Done = Callable[[Reply | Problem], None]


class Results:
    """Answers the query operations of one release; keeps up to `limit` bytes of results.

    Clients are told apart by address, also behind so many `proxies` of ours.
    """

    def __init__(
        self, release: Release, engine: Engine, limit: int = 32 * MEGABYTE, proxies: int = 0
    ) -> None:
        self.release, self.engine, self.proxies = release, engine, proxies
        self.limit, self.size = limit, 0
        self.kept: OrderedDict[Key, Reply] = OrderedDict()
        self.begun: dict[tuple[Format, bool], Reply] = {}  # what all of a format have in common

    async def reply(self, request: Request, body: bytes) -> Reply | dict[str, Any]:
        """Return the answer to a request, or what Flask needs to make it.

        Raises Problem for what is refused and for what failed.
        """
        headers = request.headers
        if request.method not in _METHODS:
            return {}
        key = _key(request, body)
        if found := self._found(key):
            return self._to(request, found)
        accept, codings = headers.get("accept"), headers.get("accept-encoding")
        kind, packed = headers.get("content-type") or "", headers.get("content-encoding") or ""
        query_string = request.query.encode("latin-1")
        if request.method != "POST" and not _is_operation(query_string):
            return {}
        given = request.method, query_string, kind, packed, body, self.release.manifest
        if len(query_string) + len(body) < _LONG:
            asked = query_operation.asked(*given)
        else:  # which takes a while, in which others are to be answered
            loop = asyncio.get_running_loop()
            asked = await loop.run_in_executor(None, query_operation.asked, *given)
        fmt = query_operation.result_format(asked, accept)
        if fmt is HTML:
            return {RESULT: (asked, await self._run(asked, *query_operation.shown(asked), request))}
        return await self._result(request, asked, fmt, codings, key)

    def known(self, request: Request) -> Reply | None:
        """Return the answer to a plain GET where it is kept: at once, for such come often."""
        if request.method != "GET" or request.headers.conditional:
            return None
        return self._found(_key(request, b""))

    def _found(self, key: Key) -> Reply | None:
        if found := self.kept.get(key):
            self.kept.move_to_end(key)
        return found

    def begin(self, request: Request, done: Done) -> Callable[[], object] | None:
        """Begin to answer a plain GET; `done` is called with the answer or the refusal.

        Returns what ends it when the client goes; None where `reply` must be asked.
        """
        query_string = request.query.encode("latin-1")
        if request.method != "GET" or request.headers.conditional or len(query_string) > _LONG:
            return None
        if not _is_operation(query_string):
            return None
        accept, codings = request.headers.get("accept"), request.headers.get("accept-encoding")
        try:
            asked = query_operation.asked("GET", query_string, "", "", b"", self.release.manifest)
            fmt = query_operation.result_format(asked, accept)
        except Problem:
            return None
        if fmt is HTML:
            return None

        def finished(found: Result | QueryFailed) -> None:
            if isinstance(found, QueryFailed):
                done(query_operation.problem_of(found))
            else:
                done(self._answer(found, reply, fmt, tag, codings, key))

        who = query_operation.client_of(request.client(self.proxies))
        end = self.engine.begin(asked, fmt, who, finished)
        # While the engine is at work; what it tells at once is a failure, which needs none of it.
        tag, key = self._tag(asked, fmt), _key(request, b"")
        reply = self._begun(fmt, tag)
        return end

    async def _result(
        self, request: Request, asked: QueryRequest, fmt: Format, codings: str | None, key: Key
    ) -> Reply:
        tag = self._tag(asked, fmt)
        reply = self._begun(fmt, tag)
        if request.headers.conditional and request.method != "POST" and _has_it(request, reply):
            return self._to(request, reply)
        result = await self._run(asked, fmt, None, request)
        return self._to(request, self._answer(result, reply, fmt, tag, codings, key))

    def _tag(self, asked: QueryRequest, fmt: Format) -> str:
        return "" if asked.volatile else etag(self.release.manifest.release, asked.key, fmt.key)

    def _begun(self, fmt: Format, tag: str) -> Reply:
        """Return the reply but for its body."""
        lasting = bool(tag)
        if not (begun := self.begun.get((fmt, lasting))):
            begun = self.begun[fmt, lasting] = Reply(200, self._headers(fmt, lasting))
        return begun.also("etag", f'"{tag}"') if tag else Reply(200, begun.headers)

    def _answer(
        self, result: Result, reply: Reply, fmt: Format, tag: str, codings: str | None, key: Key
    ) -> Reply:
        """Return the reply with a result, and keep it if it is small and stays true."""
        if result.size > SMALL:
            # The length lets every client tell a broken transfer.
            length = ("content-length", str(result.size))
            return Reply(200, [*reply.headers, length], file=result.file)
        chosen, body = content_coding.quick(result.read(), codings)
        if chosen != "identity":
            reply = self._begun(fmt, tag and f"{tag}-{chosen}").also("content-encoding", chosen)
        reply.body = body
        if tag:
            self._keep(key, reply)
        return reply

    async def _run(
        self, asked: QueryRequest, fmt: Format, head: int | None, request: Request
    ) -> Result:
        who = query_operation.client_of(request.client(self.proxies))
        try:
            return await self.engine.answer(asked, fmt, who, head)
        except QueryFailed as failure:
            raise query_operation.problem_of(failure) from None

    def _headers(self, fmt: Format, lasting: bool) -> Headers:
        found = [("content-type", fmt.content_type), ("vary", "Accept, Accept-Encoding"), *_ALWAYS]
        if lasting:
            found += [("last-modified", self.release.modified), ("cache-control", CACHE_CONTROL)]
        return found

    def _keep(self, key: Key, reply: Reply) -> None:
        if len(reply.body) > _LARGEST or key in self.kept:  # asked for twice at once
            return
        self.kept[key] = reply
        self.size += _weight(key, reply)
        while self.size > self.limit:
            self.size -= _weight(*self.kept.popitem(last=False))

    def _to(self, request: Request, reply: Reply) -> Reply:
        """Return an answer as this request gets it: whole, as 304, or without a body.

        Raises Problem 412 where a precondition fails.
        """
        if request.method == "POST":
            return reply
        if request.headers.conditional:
            if _refused(request, reply):
                raise Problem(412, "The representation is not the one that the request names.")
            if _has_it(request, reply):
                brief = [(name, value) for name, value in reply.headers if name not in NOT_IN_304]
                return Reply(304, brief)
        if request.method == "HEAD":
            told = [("content-length", str(len(reply.body)))] if reply.file is None else []
            return Reply(200, [*reply.headers, *told])
        return reply


_ALWAYS = [(name.lower(), value) for name, value in EVERYWHERE.items()]


def _key(request: Request, body: bytes) -> Key:
    get = request.headers.get
    if request.method != "POST":
        return (request.query, get("accept"), get("accept-encoding"))
    kind, packed = get("content-type"), get("content-encoding")
    return (request.query, get("accept"), get("accept-encoding"), body, kind, packed)


def is_here(path: str) -> bool:
    """Tell whether a path is that of the endpoint, however many slashes it has."""
    return path == "/sparql" or path.strip("/") == "sparql"


def _is_operation(query_string: bytes) -> bool:
    """Tell whether parameters name an operation; names may be percent-encoded too."""
    if query_string.startswith(b"query="):
        return True
    names = (part.partition(b"=")[0] for part in query_string.split(b"&"))
    return any(unquote_to_bytes(name) in (b"query", b"update") for name in names)


def _weight(key: Key, reply: Reply) -> int:
    return len(reply.body) + sum([len(part) for part in key if part]) + _OVERHEAD


def _refused(request: Request, reply: Reply) -> bool:
    """Tell whether a precondition fails (RFC 9110 sections 13.1.1 and 13.1.4)."""
    if (wanted := request.headers.get("if-match")) is not None:
        tag = dict(reply.headers).get("etag", "")
        return not parse_etags(wanted).contains(tag.strip('"'))
    if since := parse_date(request.headers.get("if-unmodified-since")):
        made = parse_date(dict(reply.headers).get("last-modified"))
        return bool(made and made > since)
    return False


def _has_it(request: Request, reply: Reply) -> bool:
    """Tell whether a client's condition says that it has this answer (RFC 9110 section 13.2.2)."""
    wanted = request.headers.get("if-none-match")
    values = dict(reply.headers)
    if "etag" not in values:
        return False
    if wanted is not None:
        return bool(parse_etags(wanted).contains_weak(values["etag"].strip('"')))
    return bool(request.headers.get("if-modified-since") == values["last-modified"])
