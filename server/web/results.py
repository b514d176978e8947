"""Query operations answered without Flask: from results that are kept, else by the engine.

What is no plain result goes on to Flask: pages (with the result that they show), the service
description, problems. All of this runs in one event loop.
"""

import asyncio
from collections import OrderedDict
from email.utils import formatdate
from typing import Any
from urllib.parse import unquote_to_bytes

from granian.rsgi import Scope
from werkzeug.http import parse_date, parse_etags

from server.engine.interface import MEGABYTE, Engine, QueryFailed
from server.engine.spool import SMALL, Result
from server.formats import HTML, Format
from server.problems import Problem
from server.protocol import QueryRequest
from server.release.reader import Release
from server.web import coding, operation
from server.web.finish import EVERYWHERE, NOT_IN_304
from server.web.responses import CACHE_CONTROL, etag
from server.web.rsgi import Headers, Reply, client
from server.web.services import RESULT

_METHODS = ("GET", "HEAD", "POST")
_CONDITIONS = ("if-none-match", "if-modified-since", "if-match", "if-unmodified-since")
_LARGEST = 256 * 1024  # no larger result is kept
_LONG = 4 * 1024  # bytes of a request that takes more than a moment to read
_OVERHEAD = 2000  # bytes that one takes beside its body

Key = tuple[object, ...]


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
        self.modified = formatdate(release.made, usegmt=True)

    async def reply(self, scope: Scope, body: bytes) -> Reply | dict[str, Any]:
        """Return the answer to a request, or what Flask needs to make it.

        Raises Problem for what is refused and for what failed.
        """
        headers = scope.headers
        if scope.method not in _METHODS:
            return {}
        key = _key(scope, body)
        if found := self._found(key):
            return self._to(scope, found)
        accept, codings = headers.get("accept"), headers.get("accept-encoding")
        kind, packed = headers.get("content-type") or "", headers.get("content-encoding") or ""
        query_string = scope.query_string.encode()
        if scope.method != "POST" and not _is_operation(query_string):
            return {}
        given = scope.method, query_string, kind, packed, body, self.release.manifest
        if len(query_string) + len(body) < _LONG:
            asked = operation.asked(*given)
        else:  # which takes a while, in which others are to be answered
            loop = asyncio.get_running_loop()
            asked = await loop.run_in_executor(None, operation.asked, *given)
        fmt = operation.result_format(asked, accept)
        if fmt is HTML:
            return {RESULT: (asked, await self._run(asked, *operation.shown(asked), scope))}
        return await self._result(scope, asked, fmt, codings, key)

    def known(self, scope: Scope) -> Reply | None:
        """Return the answer to a plain GET where it is kept: at once, for such come often."""
        if scope.method != "GET" or any(name in scope.headers for name in _CONDITIONS):
            return None
        return self._found(_key(scope, b""))

    def _found(self, key: Key) -> Reply | None:
        if found := self.kept.get(key):
            self.kept.move_to_end(key)
        return found

    async def _result(
        self, scope: Scope, asked: QueryRequest, fmt: Format, codings: str | None, key: Key
    ) -> Reply:
        tag = "" if asked.volatile else etag(self.release.manifest.release, asked.key, fmt.key)
        reply = Reply(200, self._headers(fmt, tag))
        if scope.method != "POST" and _has_it(scope, reply):
            return self._to(scope, reply)
        result = await self._run(asked, fmt, None, scope)
        if result.size > SMALL:
            # The length lets every client tell a broken transfer.
            reply.headers.append(("content-length", str(result.size)))
            reply.file = result.file
            return self._to(scope, reply)
        reply.body = result.read()
        chosen, reply.body = coding.quick(reply.body, codings)
        if chosen != "identity":
            reply.headers = self._headers(fmt, tag and f"{tag}-{chosen}")
            reply.headers.append(("content-encoding", chosen))
        if tag:
            self._keep(key, reply)
        return self._to(scope, reply)

    async def _run(
        self, asked: QueryRequest, fmt: Format, head: int | None, scope: Scope
    ) -> Result:
        who = operation.client_of(client(scope, self.proxies))
        try:
            return await self.engine.answer(asked, fmt, who, head)
        except QueryFailed as failure:
            raise operation.problem_of(failure) from None

    def _headers(self, fmt: Format, tag: str) -> Headers:
        found = [("content-type", fmt.content_type), ("vary", "Accept, Accept-Encoding"), *_ALWAYS]
        if tag:
            found += [
                ("etag", f'"{tag}"'),
                ("last-modified", self.modified),
                ("cache-control", CACHE_CONTROL),
            ]
        return found

    def _keep(self, key: Key, reply: Reply) -> None:
        if len(reply.body) > _LARGEST or key in self.kept:  # asked for twice at once
            return
        self.kept[key] = reply
        self.size += _weight(key, reply)
        while self.size > self.limit:
            self.size -= _weight(*self.kept.popitem(last=False))

    def _to(self, scope: Scope, reply: Reply) -> Reply:
        """Return an answer as this request gets it: whole, as 304, or without a body.

        Raises Problem 412 where a precondition fails.
        """
        if scope.method == "POST":
            return reply
        if _refused(scope, reply):
            raise Problem(412, "The representation is not the one that the request names.")
        if _has_it(scope, reply):
            brief = [(name, value) for name, value in reply.headers if name not in NOT_IN_304]
            return Reply(304, brief)
        if scope.method == "HEAD":
            told = [("content-length", str(len(reply.body)))] if reply.file is None else []
            return Reply(200, [*reply.headers, *told])
        return reply


_ALWAYS = [(name.lower(), value) for name, value in EVERYWHERE.items()]


def _key(scope: Scope, body: bytes) -> Key:
    get, posted = scope.headers.get, scope.method == "POST"
    sent = (get("content-type"), get("content-encoding"), body) if posted else ()
    return (posted, scope.query_string, get("accept"), get("accept-encoding"), *sent)


def is_here(path: str) -> bool:
    """Tell whether a path is that of the endpoint, however many slashes it has."""
    return path == "/sparql" or path.strip("/") == "sparql"


def _is_operation(query_string: bytes) -> bool:
    """Tell whether parameters name an operation; names may be percent-encoded too."""
    names = (part.partition(b"=")[0] for part in query_string.split(b"&"))
    return any(unquote_to_bytes(name) in (b"query", b"update") for name in names)


def _weight(key: Key, reply: Reply) -> int:
    return (
        len(reply.body)
        + sum(len(part) for part in key if isinstance(part, (str, bytes)))
        + _OVERHEAD
    )


def _refused(scope: Scope, reply: Reply) -> bool:
    """Tell whether a precondition fails (RFC 9110 sections 13.1.1 and 13.1.4)."""
    if (wanted := scope.headers.get("if-match")) is not None:
        tag = dict(reply.headers).get("etag", "")
        return not parse_etags(wanted).contains(tag.strip('"'))
    if since := parse_date(scope.headers.get("if-unmodified-since")):
        made = parse_date(dict(reply.headers).get("last-modified"))
        return bool(made and made > since)
    return False


def _has_it(scope: Scope, reply: Reply) -> bool:
    """Tell whether a client's condition says that it has this answer (RFC 9110 section 13.2.2)."""
    wanted = scope.headers.get("if-none-match")
    values = dict(reply.headers)
    if "etag" not in values:
        return False
    if wanted is not None:
        return bool(parse_etags(wanted).contains_weak(values["etag"].strip('"')))
    return bool(scope.headers.get("if-modified-since") == values["last-modified"])
