"""What stands before Flask in each web process: kept answers, queries, and all the rest handed on.

It runs in the web server's event loop, so that a query ends when its client goes, a slow sender
holds no thread, and a query takes no more steps than it must. Flask runs in threads beside it.
"""

import asyncio
import gc
import multiprocessing
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from wsgiref.types import WSGIEnvironment

from flask import Flask

from server.http import request_body, wsgi
from server.http.cache import ROOTS, PreparedDocuments, today
from server.http.context import PROBLEM, services
from server.http.message import Reply, Request
from server.http.query_answers import Done, Results, is_here
from server.http.request_body import Receive
from server.problems import Problem
from server.sparql.engine import MEGABYTE, Engine

_ALIKE = 4096  # bytes of a request's head, for which it is known again
_REPEATED = 16 * MEGABYTE  # of answers, which most often are kept elsewhere too
_OVERHEAD = 1000
_OBJECTS = 20_000  # new ones, between looks for what is garbage in cycles


class Gateway:
    """The site of a Flask application, with its queries answered here."""

    def __init__(self, app: Flask, engine: Engine, results: Results, threads: int) -> None:
        self.app, self.engine, self.results, self.threads = app, engine, results, threads
        kept = app.wsgi_app
        self.documents = kept if isinstance(kept, PreparedDocuments) else None
        # Requests word for word the same, as those of a crawler are, or of whoever waits for news.
        self.repeated: dict[tuple[object, ...], Reply] = {}
        self.weight, self.day = 0, 0
        with app.app_context():
            self.pages = bool(services().pages)

    async def __call__(
        self,
        _: dict[str, Any],
        receive: Receive,
        to: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Begin and end with the web process (ASGI's lifespan); requests come by `answer`."""
        await receive()
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(self.threads))
        self.engine.attach(loop)
        gc.collect()
        gc.freeze()  # what is here stays, and need not be looked at again and again
        gc.set_threshold(_OBJECTS)
        if parent := multiprocessing.parent_process():
            _end_with(parent.pid, loop)
        await to({"type": "lifespan.startup.complete"})
        await receive()
        os._exit(0)  # threads may still wait for what nobody will fetch

    def known(self, key: tuple[object, ...]) -> Reply | None:
        """Return the answer to a request that came before word for word, if it is still so."""
        if (day := today()) != self.day:  # pages tell what is so on the day
            self.repeated.clear()
            self.weight, self.day = 0, day
        return self.repeated.get(key)

    def ready(self, request: Request, key: tuple[object, ...]) -> Reply | None:
        """Return what is kept, and what is sooner read than waited for; None for the rest."""
        here = is_here(request.path)
        found = self.results.known(request) if here else self._kept(request)
        if found:
            self._repeat(key, found)
        elif not here and self._is_short(request):
            found = wsgi.call(self.app.wsgi_app, wsgi.environ(request))
        return found

    def begin(self, request: Request, done: Done) -> Callable[[], object] | None:
        """Begin to answer a query, if that is all that is asked; see `Results.begin`."""
        return self.results.begin(request, done) if is_here(request.path) else None

    async def answer(
        self, request: Request, receive: Receive, problem: Problem | None = None
    ) -> Reply:
        """Return the answer to a request, or the one that tells of a problem with it.

        Whoever cancels this has its query ended.
        """
        body, more = b"", {}  # type: bytes, dict[str, Any]
        try:
            if problem:
                raise problem
            if request.method not in ("GET", "HEAD"):
                limit = self.app.config["MAX_CONTENT_LENGTH"]
                body = await request_body.read(request.headers, receive, limit)
            if is_here(request.path):
                found = await self.results.reply(request, body)
                if isinstance(found, Reply):
                    return found
                more = found
        except Exception as error:
            more = {PROBLEM: error}
        return await self._asked(wsgi.environ(request, body) | more)

    def _repeat(self, key: tuple[object, ...], reply: Reply) -> None:
        """Know a request again when it comes word for word as now."""
        size = len(str(key))
        if size > _ALIKE:
            return
        self.weight += size + 2 * len(reply.body) + _OVERHEAD  # small ones are put together, too
        if self.weight > _REPEATED:
            self.repeated.clear()
            self.weight = 0
        self.repeated[key] = reply

    def _kept(self, request: Request) -> Reply | None:
        """Return a document that is kept, for which no thread is needed."""
        if self.documents is None:
            return None
        got: list[Any] = []
        body = self.documents.kept(wsgi.brief(request), lambda *start: got.extend(start))  # type: ignore[arg-type]
        if body is None:
            return None
        return Reply(int(got[0][:3]), got[1], body[0] if body else b"")

    def _is_short(self, request: Request) -> bool:
        """Tell whether a request is for what is ready, read sooner than a thread would run."""
        if request.query or not request.path.startswith(ROOTS):
            return False
        if request.path.endswith(".html") or "html" in request.headers.get("accept", ""):
            return self.pages
        return not request.path.partition(".")[0].endswith("/def")  # that is all of the ontology

    async def _asked(self, request: WSGIEnvironment) -> Reply:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, wsgi.call, self.app.wsgi_app, request)


def _end_with(parent: int | None, loop: asyncio.AbstractEventLoop) -> None:
    """End when the process that started this one is gone, which else nobody here would notice."""
    if os.getppid() != parent:
        os._exit(1)
    loop.call_later(1, _end_with, parent, loop)
