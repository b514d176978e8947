"""HTTP/1.1 connections: requests are answered in their order, and bounded in time.

uvicorn runs the web processes, their sockets and their end. Its own connections give each request
a task, hold replies to ASGI and set few bounds: a small query would take twice as long. So this
takes their place (docs/decisions/0037). It asks of uvicorn no more than its server gives any
protocol: the arguments of `__init__`, the set of connections, and a call of `shutdown`.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import BinaryIO, cast

from uvicorn import Config
from uvicorn.server import ServerState

from server.http.gateway import Gateway, log_failure
from server.http.message import UNKNOWN_LENGTH, Reply, Request, problem_reply
from server.http.request_parser import RequestParser
from server.problems import Problem

MAX_CONNECTIONS = 4096  # of each web process; beyond it the one that is silent longest is closed
LINGER_SECONDS, WARNING_SECONDS = 2.0, 60.0
# Timeouts as multiples of the setting for how long a request head may take.
BODY_TIMEOUT_FACTOR, WRITE_TIMEOUT_FACTOR, CHECK_INTERVAL_FACTOR = 2, 12, 0.25
logger = logging.getLogger(__name__)
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(asyncio.Protocol):
    """A connection, on which one request after another is answered."""

    warned = float("-inf")  # when too many connections were last logged

    def __init__(
        self, config: Config, server_state: ServerState, app_state: object, _loop: object = None
    ) -> None:
        del app_state, _loop  # which uvicorn's server gives too
        self.gateway = cast(Gateway, config.loaded_app)
        self.connections = cast("set[Connection]", server_state.connections)
        self.loop = asyncio.get_running_loop()
        self.current: Request | None = None
        self.cancel: Callable[[], object] | None = None
        self.sending: asyncio.Task[None] | None = None  # a file
        self.refusal: Problem | None = None  # the last reply, after those to all good requests
        self.closing = False  # nothing more is read
        self.half_closed = False  # the client sends no more, but may read on
        self.ended = False  # nothing more is written
        self.in_turn = self.paused = self.asked_for_body = self.is_retiring = False
        self.write_resumed: asyncio.Future[None] | None = None  # while a client takes too little
        self.idle_since = self.loop.time()  # when the wait for the client began
        self.started = 0.0  # when the current request was

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; where there are too many, close the one that is silent longest."""
        self.transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self.parser = RequestParser(str(peer[0]) if peer else "")
        self.connections.add(self)
        self._check_timeouts_later()
        if len(self.connections) > MAX_CONNECTIONS:
            self._make_room()

    def _make_room(self) -> None:
        idle = (c for c in self.connections if c.current is None)
        min(idle, key=lambda c: c.idle_since, default=self).transport.abort()
        if self.idle_since - Connection.warned > WARNING_SECONDS:
            Connection.warned = self.idle_since
            logger.warning("More than %d connections; idle ones are closed.", MAX_CONNECTIONS)

    def connection_lost(self, _: Exception | None) -> None:
        """End, and with it the work on the request of a client that has gone."""
        self.connections.discard(self)
        self.timer.cancel()
        if self.sending:
            self.sending.cancel()
        elif self.current and self.cancel:
            self.cancel()

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing of a request or reply is under way, nor of an end."""
        ends = self.closing or self.transport.is_closing()
        writes = self.current or self.transport.get_write_buffer_size()
        return not (ends or writes or self.parser.size or self.parser.requests)

    def retire(self) -> None:
        """Read no request that was not begun, for another process goes on with the connection."""
        self.is_retiring = True
        self._answer_waiting()

    def shutdown(self) -> None:
        """Close as soon as the current request is answered, for the server ends."""
        self.closing = True
        self.parser.requests.clear()
        if self.current is None:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Take a piece of what the client sends, and answer the requests that are whole by it."""
        if self.closing:
            return
        waited_for_head = self.parser.unfinished is None
        try:
            self.parser.feed(data)
        except Problem as problem:
            self.refusal, self.closing = problem, True
        if self.parser.unfinished and waited_for_head:
            self.idle_since, self.asked_for_body = self.loop.time(), False
        self.closing = self.closing or self.parser.is_last
        self._answer_waiting()

    def eof_received(self) -> bool:
        """Answer what a client asked before it closed its side; refuse what it cut off."""
        self.half_closed = True
        if self.parser.size and not self.closing:
            self.refusal = Problem(400, "The request is cut off.")
        self.closing = True
        self._answer_waiting()
        return self.current is not None

    def _check_timeouts(self) -> None:
        """Close a connection on which nothing happens."""
        seconds, silent = self.gateway.client_seconds, self.loop.time() - self.idle_since
        takes_nothing = self.write_resumed or self.transport.get_write_buffer_size()
        if takes_nothing or self.ended:
            if silent > (seconds * WRITE_TIMEOUT_FACTOR if takes_nothing else LINGER_SECONDS):
                self.transport.abort()
        elif self.current is None:
            self._check_request_timeout(silent)
        # Has this client gone, or only closed its side? To write tells, and it skips a 100.
        elif self.half_closed and not self.sending and self.current.version == "1.1":
            self.transport.write(_CONTINUE)
        self._check_timeouts_later()

    def _check_timeouts_later(self) -> None:
        seconds = self.gateway.client_seconds * CHECK_INTERVAL_FACTOR
        self.timer = self.loop.call_later(seconds, self._check_timeouts)

    def _check_request_timeout(self, silent: float) -> None:
        seconds, what = self.gateway.client_seconds, "request"
        if self.parser.unfinished:
            seconds, what = seconds * BODY_TIMEOUT_FACTOR, "whole body"
        detail = f"No {what} came within {seconds:g} seconds."
        if silent > seconds and self.parser.size:
            self.refusal, self.closing = Problem(408, detail), True
            self._answer_waiting()
        elif silent > seconds:
            self.transport.close()

    def pause_writing(self) -> None:
        """Wait for the client, which takes its reply more slowly than it is written."""
        self.write_resumed, self.idle_since = self.loop.create_future(), self.loop.time()

    def resume_writing(self) -> None:
        """Go on with what waits."""
        if self.write_resumed:
            self.write_resumed.set_result(None)
            self.write_resumed, self.idle_since = None, self.loop.time()
            self._answer_waiting()

    def _answer_waiting(self) -> None:
        """Answer what waits, one after the other, as far as the client takes the replies."""
        if self.in_turn or self.transport.is_closing():
            return  # within the loop below, a reply came at once
        self.in_turn, waiting = True, self.parser.requests
        while waiting and not self.current and not self.write_resumed:
            self.current = request = waiting.popleft()
            self.started = time.monotonic()
            self.cancel = self.gateway.answer(request, self._send)
        self.in_turn = False
        if self.refusal and not waiting and not self.current and not self.ended:
            self._write(None, problem_reply(self.refusal))
        self._ask_for_body()
        # A client may not send without end before it reads, nor to a process that retires.
        pause = bool(waiting) or (self.is_retiring and not self.parser.size)
        if pause is not self.paused and not self.transport.is_closing():
            self.paused = pause
            (self.transport.pause_reading if pause else self.transport.resume_reading)()

    def _ask_for_body(self) -> None:
        """Tell a client that waits with its body to send it, once it is its turn."""
        request = self.parser.unfinished
        is_its_turn = not (self.parser.requests or self.current or self.closing)
        if request and request.head.expects_continue and is_its_turn and not self.asked_for_body:
            self.asked_for_body = True
            self.transport.write(_CONTINUE)

    def _send(self, reply: Reply) -> None:
        """Send the reply to the current request, if anybody is still there."""
        request = self.current
        if request is None or self.transport.is_closing():
            reply.close()
        elif reply.file and request.method != "HEAD":
            self.sending = self.loop.create_task(self._write_file(request, reply, reply.file))
        else:
            self._write(request, reply)

    def _write(self, request: Request | None, reply: Reply) -> None:
        """Write a reply that is in memory, or the head of any."""
        last = self.closing and not self.parser.requests and (not request or not self.refusal)
        data = reply.before_body(not last, request.id if request else "")
        data += b"" if request and request.method == "HEAD" else reply.body
        reply.close()
        self.transport.write(data)
        self._sent(request, reply, len(data), last)

    async def _write_file(self, request: Request, reply: Reply, file: BinaryIO) -> None:
        """Write a reply whose body is in a file, as fast as the client takes it."""
        last = self.closing and not self.parser.requests and not self.refusal
        # In HTTP/1.0 the end of the connection tells where a body of unknown length ends.
        chunked, sent = reply.length == UNKNOWN_LENGTH and request.version != "1.0", 0
        try:
            self.transport.write(reply.before_body(not last, request.id, chunked))
            pieces = reply.pieces(file, chunked)
            while piece := await self.loop.run_in_executor(None, next, pieces, b""):
                self.transport.write(piece)
                sent += len(piece)
                if self.write_resumed:
                    await self.write_resumed
        except Exception:
            log_failure(request)  # a client sees that the body is shorter than its length
            self.transport.abort()
        finally:
            file.close()
            self.sending = None
        self._sent(request, reply, sent, last)

    def _sent(self, request: Request | None, reply: Reply, size: int, last: bool) -> None:
        """Note that a reply is written, and go on to the next request, or end."""
        told = request, self.parser.peer, reply.status, size, time.monotonic() - self.started
        for record in self.gateway.records:
            record(*told)
        self.current = self.cancel = None
        self.idle_since = self.loop.time()
        if last:
            self._end()
        else:
            self._answer_waiting()

    def _end(self) -> None:
        """Close after the last reply, once the client has read it (RFC 9112 section 9.6)."""
        self.closing = self.ended = True
        if self.half_closed:
            self.transport.close()
        elif not self.transport.is_closing():
            self.transport.write_eof()
            if self.paused:
                self.transport.resume_reading()
