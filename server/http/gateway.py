"""What every request passes in a web process: the cache, then the query endpoint or Flask.

Replies that may be kept are, so that what was answered once is sent at once.

It runs in the event loop, so that a query ends with its client, a slow sender holds no thread,
and a query takes few steps. Flask runs in threads, but for documents that are read sooner than a
thread starts.
"""

import asyncio
import gc
import logging
import os
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import httptools

from server.http import conditional
from server.http.content_coding import encoded
from server.http.logs import Record
from server.http.message import Reply, Request, prefers_page, problem_reply
from server.http.request_parser import METHODS
from server.problems import Problem

Done = Callable[[Reply], None]
Cancel = Callable[[], object]
Outcome = Reply | Problem | Mapping[str, Any]

PROBLEM = "spacelaw.problem"  # what the environment of a page holds: the problem that it shows
_DOCUMENT_ROOTS = ("/doc/", "/id/", "/def", "/shape/", "/graph/", "/static/")
_GC_THRESHOLD = 20_000  # new objects between looks for garbage in cycles
_PREFLIGHT = {  # what a browser asks before a request of another origin (Fetch, section 4.8)
    "access-control-allow-headers": "Accept, Accept-Language, Accept-Profile, Authorization, "
    "Cache-Control, Content-Encoding, Content-Type, If-Match, If-Modified-Since, If-None-Match, "
    "If-Range, If-Unmodified-Since, Pragma, Range, User-Agent, X-Requested-With, *",
    "access-control-max-age": "86400",
}
KEY_OVERHEAD_BYTES = 400  # of a key and its place, beside the texts in it
Key = tuple[bytes, tuple[str, str, str]]
logger = logging.getLogger(__name__)


class Cache:
    """Replies by what they were made from, up to `limit` bytes with their keys.

    A key is the target of a request and all that negotiation was given (`Request.key`): what is
    not in it the application never saw, so that no reply stands for another. What was not asked
    for longest goes first.
    """

    def __init__(self, limit: int) -> None:
        self.limit, self.size, self.hits = limit, 0, 0
        self.replies: OrderedDict[Key, Reply] = OrderedDict()

    def get(self, key: Key) -> Reply | None:
        """Return the reply that is kept for a key, if one is."""
        if reply := self.replies.get(key):
            self.replies.move_to_end(key)
            self.hits += 1
        return reply

    def put(self, key: Key, reply: Reply) -> None:
        """Keep a reply that may be kept: public, in memory, and no large part of all.

        A 304 is of one client's conditions, which are not in the key.
        """
        if (
            reply.file
            or reply.status == 304
            or "public" not in reply.headers.get("cache-control", "")
        ):
            return
        weight = _weight(key, reply)
        if weight > self.limit // 8 or key in self.replies:
            return
        self.replies[key] = reply
        self.size += weight
        while self.size > self.limit:
            self.size -= _weight(*self.replies.popitem(last=False))


def _weight(key: Key, reply: Reply) -> int:
    target, choice = key
    return reply.size + len(target) + sum(map(len, choice)) + KEY_OVERHEAD_BYTES


@dataclass(eq=False)
class Gateway:
    """Answers the requests of all connections of a web process.

    `begin_query` begins to answer a request for /sparql and returns what ends it, or None where
    it asks no query. It calls back with a reply, a problem, or what Flask shows on a page.
    `render` has Flask answer a request, given what is in a mapping besides. `start` makes ready,
    `end` is called last. `prefix` is a path that may stand before that of each request.
    `pages_are_made` tells whether the pages of all resources are there to be read. A client has
    `client_seconds` to send a head. Each of `records` is told of each reply.
    """

    begin_query: Callable[[Request, Callable[[Outcome], None]], Cancel | None]
    render: Callable[[Request, Mapping[str, Any]], Reply]
    start: Callable[[], Awaitable[None]]
    end: Callable[[], None]
    prefix: bytes
    cache: Cache
    pages_are_made: Callable[[], bool]
    threads: int
    client_seconds: float
    records: Sequence[Record]

    async def __call__(
        self, _: object, receive: Callable[[], Awaitable[object]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:  # fmt: skip
        """Begin and end with the web process (ASGI's lifespan); requests come by `answer`."""
        await receive()
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(self.threads))
        await self.start()
        gc.collect()
        gc.freeze()  # what is here stays, and need not be looked at again and again
        gc.set_threshold(_GC_THRESHOLD)
        logger.info("Web process %d is ready.", os.getpid())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.end()
        os._exit(0)  # threads may still wait for what nobody will fetch

    def answer(self, request: Request, done: Done) -> Cancel:
        """Call `done` with the reply to a request, perhaps at once; return what ends the work.

        Once it is ended, `done` is not called any more.
        """
        try:
            if request.is_kept and (reply := self.cache.get(request.key)):
                return self._deliver(request, reply, done)
            return self._answer(request, done)
        except Exception:
            done(log_failure(request))
        return nothing

    def _answer(self, request: Request, done: Done) -> Cancel:
        if self.prefix and request.target.startswith(self.prefix + b"/"):
            target = request.target.removeprefix(self.prefix)
            return self.answer(_with_target(request, target), done)
        if not request.target.startswith(b"/"):
            return self._answer_unusual_target(request, done)
        begun = None
        if request.path.strip("/") == "sparql":
            begun = self.begin_query(request, partial(self._handle_outcome, request, done))
        return begun or self._render(request, {}, done)

    def _answer_unusual_target(self, request: Request, done: Done) -> Cancel:
        """Answer a whole URI as if it were its path, and OPTIONS of all (RFC 9112 section 3.2)."""
        if request.target == b"*" and request.method == "OPTIONS":
            done(Reply(204, {"allow": METHODS}))  # RFC 9110 section 9.3.7
        elif request.target.startswith((b"http://", b"https://")):
            url = httptools.parse_url(request.target)
            target = b"?".join(filter(None, (url.path or b"/", url.query)))
            return self._answer(_with_target(request, target), done)
        else:
            done(problem_reply(Problem(400, "The request target is neither a path nor a URI.")))
        return nothing

    def _handle_outcome(self, request: Request, done: Done, outcome: Outcome) -> None:
        """Send the reply to a query, its problem, or the page of its result."""
        if isinstance(outcome, Reply):
            self._finish(request, outcome, done)
        elif isinstance(outcome, Problem):
            self._refuse(request, outcome, done)
        else:
            self._render(request, outcome, done)

    def _finish(self, request: Request, reply: Reply, done: Done) -> None:
        if request.is_kept:
            self.cache.put(request.key, reply)
        self._deliver(request, reply, done)

    def _deliver(self, request: Request, reply: Reply, done: Done) -> Cancel:
        if request.head.is_conditional and request.is_read:
            try:
                reply = conditional.evaluate(request.head, reply, request.method)
            except Problem as problem:
                return self._refuse(request, problem, done)
        done(reply)
        return nothing

    def _refuse(self, request: Request, problem: Problem, done: Done) -> Cancel:
        """Answer with a problem document, or have Flask make a page of it for people."""
        if prefers_page(request.head.choice[0]):
            return self._render(request, {PROBLEM: problem}, done)
        done(problem_reply(problem))
        return nothing

    def _render(self, request: Request, extra: Mapping[str, Any], done: Done) -> Cancel:
        """Have Flask answer, given what is in `extra` besides the request."""
        if not extra and self._is_prepared(request):
            self._finish(request, self._call(request, extra), done)
            return nothing
        loop = asyncio.get_running_loop()
        rendering = loop.run_in_executor(None, self._call, request, extra)

        def finish(rendered: "asyncio.Future[Reply]") -> None:
            if rendered.cancelled():
                return
            try:
                self._finish(request, rendered.result(), done)
            except Exception:
                done(log_failure(request))

        rendering.add_done_callback(finish)
        return rendering.cancel

    def _is_prepared(self, request: Request) -> bool:
        """Tell whether a document was made with the release, so that it only needs to be read."""
        path = request.path
        if not request.is_read or b"?" in request.target:
            return False
        if not path.startswith(_DOCUMENT_ROOTS):
            return False
        if path.endswith(".html") or "html" in request.head.choice[0]:
            return self.pages_are_made()
        return not path.partition(".")[0].endswith("/def")  # that is all of the ontology

    def _call(self, request: Request, extra: Mapping[str, Any]) -> Reply:
        reply = encoded(self.render(request, extra), request.head)
        if request.method == "OPTIONS" and "access-control-request-method" in request.head.fields:
            methods = reply.headers.get("allow", "")
            allowed = {**_PREFLIGHT, "access-control-allow-methods": methods}
            return Reply(reply.status, {**reply.headers, **allowed}, reply.body)
        return reply


def _with_target(request: Request, target: bytes) -> Request:
    same = (request.head, request.peer, request.keep_alive, request.version)
    other = Request(request.method, target, *same)
    other.body = request.body
    return other


def log_failure(request: Request) -> Reply:
    """Log the exception that is being handled and return the reply that tells of no more."""
    logger.exception("A request failed at %s (%s)", request.path[:200], request.id)
    return problem_reply(Problem(500, "The server failed on this request."))


def nothing() -> None:
    """End what has ended."""
