"""HTTP/1.1 connections of a web process: uvicorn's, with bounds, and short ways for what is ready.

uvicorn parses requests (by llhttp) and gives each a task, as ASGI has it. What the gateway has
ready is written at once instead. RFC 9112 says what is refused here.
"""

import asyncio
import json
import logging
import os
from collections.abc import Coroutine
from email.utils import formatdate
from typing import Any, BinaryIO, cast

import httptools
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from server.http.connection_limits import Bounded
from server.http.error_pages import PROBLEM_TYPE
from server.http.gateway import Gateway
from server.http.message import Head, Reply, Request, head
from server.http.request_body import Receive
from server.http.uvicorn_cycle import Cycle, Rest
from server.problems import Problem

_PIECE = 64 * 1024  # bytes of a file that are sent at once
_TARGET, _HEAD, _MESSAGE = 64 * 1024, 128 * 1024, 16 * 1024**2  # bytes
_FRAMING = (b"content-length", b"transfer-encoding")


class Connection(Bounded):
    """A connection, on which one request after another is answered."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.gateway = cast(Gateway, self.app)
        self.in_head, self.answered, self.offers = True, False, False
        self.request: Request | None = None

    # A request

    def eof_received(self) -> None:
        """Refuse a request that is cut off; whoever has sent all and leaves is gone."""
        if (self.size and self.in_head) or (self.is_busy and self.cycle.more_body):
            self.refuse(Problem(400, "The request is cut off."))

    def data_received(self, data: bytes) -> None:
        """Take a piece of a request; refuse one whose head or encoding goes on without end."""
        self.size += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            self._decline(data[offer.args[0] :])
        except httptools.HttpParserError as error:
            if self._is_ours(error):
                self.refuse(Problem(500, "The server failed on this request."))
            else:
                self.refuse(Problem(400, "This is no request of HTTP/1.1."))
        if self.size > (_HEAD if self.in_head else _MESSAGE) and not self.transport.is_closing():
            self.refuse(Problem(431 if self.in_head else 413, "The request is too long."))

    @staticmethod
    def _is_ours(error: httptools.HttpParserError) -> bool:
        """Tell whether what the parser passes on is a fault of what it called, and log that."""
        cause = error.__context__
        if not isinstance(error, httptools.HttpParserCallbackError):
            return False
        if isinstance(cause, httptools.HttpParserError):
            return False
        logging.getLogger(__name__).error("A request failed.", exc_info=cause)
        return True

    def _decline(self, rest: bytes) -> None:
        """Go on after the head of a request that offers to speak another protocol than this.

        The parser takes what follows for that protocol; a body is read by another one.
        """
        if self.offers:
            self.offers = False
            framed = [b"%b: %b\r\n" % (n, v) for n, v in self.headers if n in _FRAMING]
            self.parser = httptools.HttpRequestParser(Rest(self.on_body, self.on_message_complete))
            self.parser.feed_data(b"".join((b"POST / HTTP/1.1\r\n", *framed, b"\r\n")))
        self.size -= len(rest)
        self.data_received(rest)

    def on_message_begin(self) -> None:
        """Begin a request; what uvicorn notes of one, it notes once it is to have it."""
        self.url, self.headers = b"", []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field; those after the body, trailers, mean nothing here."""
        if self.in_head:
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Answer at once what is ready, begin a query, and have a task do the rest."""
        self.in_head, self.request = False, None
        method, parser = self.parser.get_method(), self.parser
        fields = tuple(self.headers)
        key = (method, self.url, fields)
        stays = parser.should_keep_alive() and parser.get_http_version() != "1.0"
        free = not self.is_busy and not self.flow.write_paused
        if self.transport.is_closing():
            self.answered = True
        elif free and (known := self.gateway.known(key)):
            self._answer(known, stays)
        elif problem := self._fault(told := head(fields)):
            self.refuse(problem)
        elif free and self._is_plain(method, told):
            self._answer_plain(key, stays)
        else:
            self._queue()

    def _answer(self, reply: Reply, stays: bool) -> None:
        self.answered = True
        self._write(reply, stays)

    def _is_plain(self, method: bytes, told: Head) -> bool:
        """Tell whether a request has neither body nor anything unusual; note it."""
        path, _, query = self.url.partition(b"?")
        if method not in (b"GET", b"HEAD") or not path.startswith(b"/") or b"#" in self.url:
            return False
        self.request = Request.of(method.decode(), path, query, told, self._peer())
        return not told.framed

    def _answer_plain(self, key: tuple[object, ...], stays: bool) -> None:
        request: Request = self.request  # type: ignore[assignment]
        ready = self.gateway.ready(request, key)
        if ready and ready.file:
            cycle = Cycle(stays)
            self.cycle = cast(RequestResponseCycle, cycle)
            self._come(cycle, request, ready)
        elif ready:
            self._answer(ready, stays)
        elif not self._begun(request, stays):
            self._queue()

    def _queue(self) -> None:
        """Have uvicorn begin the work on a request when those before it are answered."""
        url, headers = self.url, self.headers
        super().on_message_begin()
        for field in headers:
            super().on_header(*field)
        self.url = url
        self.scope["request"] = self.request  # type: ignore[typeddict-unknown-key]
        super().on_headers_complete()
        if self.parser.should_upgrade() and any(name in _FRAMING for name, _ in headers):
            self.offers, self.cycle.keep_alive = True, False

    def _begun(self, request: Request, stays: bool) -> bool:
        """Tell whether an answer will come without a task."""
        cycle, before = Cycle(stays), self.cycle
        self.cycle, self.end = cycle, bool  # type: ignore[assignment]
        end = self.gateway.begin(request, lambda found: self._come(cycle, request, found))
        if end is None:
            self.cycle = before
        elif self.end is bool:  # else it has come already, and a task tells what it is
            self.end = end
        return end is not None

    def _come(self, cycle: Cycle, request: Request, found: Reply | Problem) -> None:
        if isinstance(found, Reply) and not found.file and not self.flow.write_paused:
            self._finish(cycle, found)
        else:
            self._start(self._work(cycle, request, found))

    def on_body(self, body: bytes) -> None:
        """Take a piece of a request's body."""
        if not self.answered:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request; another may follow."""
        if self.offers:
            return  # its body comes yet
        self.in_head, self.size, self.since = True, 0, self.loop.time()
        if self.answered:
            self.answered = False
        else:
            super().on_message_complete()

    def _fault(self, told: Head) -> Problem | None:
        if len(self.url) > _TARGET:
            return Problem(414, f"The request target is longer than {_TARGET} bytes.")
        if told.hosts > 1 or (not told.hosts and self.parser.get_http_version() != "1.0"):
            return Problem(400, "A request has one Host.")
        return None

    def _peer(self) -> str:
        return self.client[0] if self.client else ""

    def _start_asgi_task(self, cycle: RequestResponseCycle, _: Any) -> None:
        """Begin the work on a request; uvicorn says when, after what was asked before."""
        scope = cast("dict[str, Any]", cycle.scope)
        request = scope["request"] or Request.of(scope["method"], scope["raw_path"],
                  scope["query_string"], head(tuple(scope["headers"])), self._peer())  # fmt: skip
        self._start(self._work(cycle, request))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self.loop.create_task(work)
        self.end = task.cancel
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _work(
        self, cycle: RequestResponseCycle | Cycle, request: Request,
        found: Reply | Problem | None = None,
    ) -> None:  # fmt: skip
        """Answer a request, with what was `found` if anything was."""
        try:
            receive = cast(Receive, cycle.receive)
            if not isinstance(found, Reply):
                found = await self.gateway.answer(request, receive, found)
            if self.flow.write_paused:
                await self.flow.drain()
            if found.file:
                await self._send_file(cycle, found)
            else:
                self._finish(cycle, found)
        except asyncio.CancelledError:
            pass  # the client has gone
        except Exception:
            logging.getLogger(__name__).exception("A request failed at %s", request.path)
            problem = Problem(500, "The server failed on this request.")
            if cycle.response_started:
                self.transport.abort()
            else:
                self._finish(cycle, refusal(problem))

    # The answer

    def _finish(self, cycle: RequestResponseCycle | Cycle, reply: Reply) -> None:
        if self.transport.is_closing():
            return  # of requests sent at once, uvicorn tells the last one alone
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        self._write(reply, cycle.keep_alive)
        self.on_response_complete()

    async def _send_file(self, cycle: RequestResponseCycle | Cycle, reply: Reply) -> None:
        """Send a response whose body is in a file, as fast as the client takes it."""
        cycle.response_started, place = True, 0
        with cast(BinaryIO, reply.file) as file:
            self.transport.write(reply.begin(self._date(), cycle.keep_alive))
            # Whoever wrote the file may share its place in it.
            while piece := os.pread(file.fileno(), _PIECE, place):
                if self.flow.write_paused:
                    await self.flow.drain()
                if self.transport.is_closing():
                    return
                self.transport.write(piece)
                place += len(piece)
        cycle.response_complete = True
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def _date(self) -> bytes:
        told = self.server_state.default_headers  # the date, and nothing before the first second
        return told[0][1] if told else formatdate(usegmt=True).encode()

    def _write(self, reply: Reply, stays: bool) -> None:
        """Write a response in one piece: two would be two calls of the system."""
        if stays and not reply.closes:
            self.transport.write(reply.whole(self._date()))
        else:
            self.transport.write(reply.begin(self._date(), stays) + reply.body)
            self.transport.close()

    def on_response_complete(self) -> None:
        """Go on to the next request; `_look` watches how long it takes to come."""
        self.since = self.loop.time()
        if not self.transport.is_closing():
            self.flow.resume_reading()
            if self.pipeline:
                self._start_asgi_task(*self.pipeline.pop())

    def refuse(self, problem: Problem) -> None:
        """Answer a request that cannot be read, and read no more.

        Where another waits for its answer, or has but a part of it, no word of this can be said.
        """
        self.answered = True
        if self.is_busy and (self.cycle.response_started or not self.cycle.more_body):
            self.transport.abort()
        elif not self.transport.is_closing():
            self._write(refusal(problem), stays=False)


def refusal(problem: Problem) -> Reply:
    """Return the answer to a request that the site never sees."""
    body = json.dumps(problem.document()).encode()
    return Reply(problem.status, [("Content-Type", PROBLEM_TYPE), ("Connection", "close")], body)
