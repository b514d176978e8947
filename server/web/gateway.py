"""What stands before Flask in each web process: kept answers, queries, and all the rest handed on.

It runs in the server's event loop, so that a client that goes away is noticed, a slow sender holds
no thread, and a query takes no more steps than it must. Flask runs in threads beside it.
"""

import asyncio
import gc
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any
from wsgiref.types import WSGIEnvironment

from flask import Flask
from granian.rsgi import Scope

from server.engine.interface import Engine
from server.web import rsgi
from server.web.prepared import ROOTS, PreparedDocuments
from server.web.results import Results, is_here
from server.web.rsgi import HTTPProtocol
from server.web.services import PROBLEM, services

BODY_SECONDS = 20.0  # for a body to arrive whole
_UNCHANGED = 4096  # requests
_LISTENED = 0.25  # seconds after which it is watched whether the client is still there


class Gateway:
    """An RSGI application: the site of a Flask application, with its queries answered here."""

    def __init__(self, app: Flask, engine: Engine, results: Results, threads: int) -> None:
        self.app, self.engine, self.results, self.threads = app, engine, results, threads
        kept = app.wsgi_app
        self.documents = kept if isinstance(kept, PreparedDocuments) else None
        self.unchanged: dict[tuple[object, ...], rsgi.Reply] = {}  # a release does not change
        with app.app_context():
            self.pages = bool(services().pages)

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start with the event loop of a web process."""
        loop.set_default_executor(ThreadPoolExecutor(self.threads))
        loop.set_task_factory(_task_begun)  # type: ignore[arg-type]
        self.engine.attach(loop)
        gc.collect()
        gc.freeze()  # what is here stays, and need not be looked at again and again

    async def __rsgi__(self, scope: Scope, proto: HTTPProtocol) -> None:
        """Answer a request."""
        if ready := self._ready(scope):
            rsgi.send(proto, ready)
            return
        await asyncio.sleep(0)  # from here on in a task: see _task_begun
        loop = asyncio.get_running_loop()
        listening = loop.call_later(_LISTENED, _listen, proto, asyncio.current_task())
        try:
            reply = await self._reply(scope, proto)
        except asyncio.CancelledError:
            return  # the client has gone
        finally:
            listening.cancel()
        rsgi.send(proto, reply)

    async def _reply(self, scope: Scope, proto: HTTPProtocol) -> rsgi.Reply:
        body, more = b"", {}  # type: bytes, dict[str, Any]
        try:
            if scope.method not in ("GET", "HEAD"):
                limit = self.app.config["MAX_CONTENT_LENGTH"]
                body = await rsgi.read_body(scope, proto, limit, BODY_SECONDS)
            if is_here(scope.path):
                found = await self.results.reply(scope, body)
                if isinstance(found, rsgi.Reply):
                    return found
                more = found
        except Exception as error:
            more = {PROBLEM: error}
        request = rsgi.environ(scope, body) | more
        return await self._asked(request)

    def _ready(self, scope: Scope) -> rsgi.Reply | None:
        """Return what is kept, and what is sooner read than waited for; None for the rest."""
        if is_here(scope.path):
            return self.results.known(scope)
        if kept := self._kept(scope):
            return kept
        if self._is_short(scope):
            return rsgi.call(self.app.wsgi_app, rsgi.environ(scope))
        return None

    def _kept(self, scope: Scope) -> rsgi.Reply | None:
        """Return a document that is kept, for which no thread is needed."""
        if self.documents is None:
            return None
        # Word for word the same request for what a client has already: most that a crawler asks.
        request = (scope.method, scope.path, scope.query_string, *scope.headers.items())
        if unchanged := self.unchanged.get(request):
            return unchanged
        got: list[Any] = []
        body = self.documents.kept(rsgi.brief(scope), lambda *start: got.extend(start))  # type: ignore[arg-type]
        if body is None:
            return None
        reply = rsgi.Reply(int(got[0][:3]), got[1], body[0] if body else b"")
        if reply.status == 304:
            if len(self.unchanged) >= _UNCHANGED:
                self.unchanged.clear()
            self.unchanged[request] = reply
        return reply

    def _is_short(self, scope: Scope) -> bool:
        """Tell whether a request is for what is ready, read sooner than a thread would run."""
        if scope.method not in ("GET", "HEAD") or scope.query_string:
            return False
        if not scope.path.startswith(ROOTS):
            return False
        if scope.path.endswith(".html") or "html" in (scope.headers.get("accept") or ""):
            return self.pages
        return not scope.path.partition(".")[0].endswith("/def")  # that is all of the ontology

    async def _asked(self, request: WSGIEnvironment) -> rsgi.Reply:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, rsgi.call, self.app.wsgi_app, request)


@lru_cache(maxsize=1)
def _done(loop: asyncio.AbstractEventLoop) -> "asyncio.Future[Any]":
    found = loop.create_future()
    found.set_result(None)
    return found


def _task_begun(
    loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], **named: Any
) -> "asyncio.Future[Any]":
    """Run the first step of a request at once; many need no other, and so no task.

    The server names the coroutine of a request so. Others begin when the loop comes to them.
    """
    if getattr(coro, "__name__", "") == "future_watcher":
        try:
            coro.send(None)
        except StopIteration:
            return _done(loop)
    return asyncio.Task(coro, loop=loop, **named)


def _listen(proto: HTTPProtocol, task: "asyncio.Task[None] | None") -> None:
    """Have a request's task cancelled when its client goes."""
    if task is None:
        return

    async def gone() -> None:
        await proto.client_disconnect()
        task.cancel()

    listener = asyncio.get_running_loop().create_task(gone())
    task.add_done_callback(lambda _: listener.cancel())
