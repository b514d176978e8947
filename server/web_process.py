"""A web process: uvicorn's server, which begins and retires when its supervisor says so.

It gets ready, and listens only when it is told to, so that all processes of a release begin at
once. When it retires it listens no more, answers what it has begun, and gives away each connection
on which nothing is under way. The processes of the next release go on with them, so that no client
has its connection closed on a request.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from functools import partial
from multiprocessing import get_context
from multiprocessing.util import register_after_fork
from types import FrameType
from typing import Any, cast

from uvicorn import Config, Server
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Process

from server.compile.beside import end_with_parent
from server.http.connection import Connection

RETIREMENT_SECONDS = 600  # after which what is still under way is cut off
_POLL_SECONDS = 0.01
_BEGIN, _RETIRE = b"begin", b"retire"

Handover = tuple[socket.socket, socket.socket]  # ends to give connections to, and to take from


class WebServer(Server):
    """uvicorn's server of one web process."""

    def __init__(self, config: Config, handover: Handover) -> None:
        super().__init__(config)
        self.giving, self.taking = handover
        self.is_warm = self.may_begin = self.is_retiring = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Get ready, and listen once it is told to."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            sys.exit(STARTUP_FAILURE)
        self.is_warm = True
        while not self.may_begin:
            if self.should_exit:
                os._exit(0)
            await asyncio.sleep(_POLL_SECONDS)
        loop = asyncio.get_running_loop()
        self.connect = partial(Connection, self.config, self.server_state, self.lifespan.state)
        self.servers = [
            await loop.create_server(self.connect, sock=one, backlog=self.config.backlog)
            for one in sockets or []
        ]
        loop.add_reader(self.taking, self._take, loop)
        self.started = True

    def retire(self) -> None:
        """End as soon as all that was begun is answered."""
        self.is_retiring = self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End on a signal: at once where the process has retired."""
        if self.is_retiring:
            os._exit(0)
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Give the connections away where others go on; then end as uvicorn does."""
        asyncio.get_running_loop().remove_reader(self.taking)
        for server in self.servers:
            server.close()
        if self.is_retiring:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RETIREMENT_SECONDS):
                    await self._give_away_all()
        await super().shutdown(sockets)

    async def _give_away_all(self) -> None:
        while self.server_state.connections or self.server_state.tasks:
            for connection in cast("set[Connection]", self.server_state.connections).copy():
                connection.retire()
                if connection.is_idle:
                    self._give_away(connection)
            await asyncio.sleep(_POLL_SECONDS)

    def _give_away(self, connection: Connection) -> None:
        """Send the socket of a connection to a process that listens, and forget it here."""
        descriptor = os.dup(connection.transport.get_extra_info("socket").fileno())
        with contextlib.suppress(BlockingIOError):  # too many are on their way; soon there is room
            socket.send_fds(self.giving, [b"."], [descriptor])
            connection.transport.abort()  # which closes our descriptor alone
        os.close(descriptor)

    def _take(self, loop: asyncio.AbstractEventLoop) -> None:
        """Go on with a connection that another process gave away."""
        with contextlib.suppress(BlockingIOError):  # another process was faster
            _, descriptors, _, _ = socket.recv_fds(self.taking, 1, 1)
            for descriptor in descriptors:
                taken = socket.socket(fileno=descriptor)
                task = loop.create_task(self._connect(taken))
                self.server_state.tasks.add(task)
                task.add_done_callback(self.server_state.tasks.discard)

    async def _connect(self, taken: socket.socket) -> None:
        await asyncio.get_running_loop().connect_accepted_socket(self.connect, taken)


class WebProcess(Process):
    """A web process, as its supervisor sees it."""

    def __init__(self, config: Config, sockets: list[socket.socket], handover: Handover) -> None:
        super().__init__(config, sockets)
        self.handover = handover
        # Forked, it has imported all modules, and shares the memory that they take.
        self.process: Any = get_context("fork").Process(target=self.target, args=(sockets,))
        register_after_fork(self, WebProcess.let_go)

    def start(self) -> None:
        """Start it; that it has died is then told by the end of the pipe."""
        super().start()
        self.child_conn.close()

    def let_go(self) -> None:
        """Close the supervisor's end of the pipe, in processes that inherit it."""
        self.parent_conn.close()

    def begin(self) -> None:
        """Have it listen as soon as it is ready."""
        self._order(_BEGIN)

    def retire(self) -> None:
        """Have it answer what it has begun, give away its connections, and end."""
        self._order(_RETIRE)

    def _order(self, order: bytes) -> None:
        with contextlib.suppress(OSError):  # it is dead
            self.parent_conn.send(order)

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        """Run in the process itself, which has inherited how the supervisor takes signals."""
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        end_with_parent()
        self._server = WebServer(self.config, self.handover)
        super().target(sockets)

    def pong(self) -> None:
        """Obey an order, or tell whether the server is ready."""
        server = self.server
        assert isinstance(server, WebServer)  # noqa: S101 - tells the type
        try:
            order = self.child_conn.recv()
        except EOFError:  # the supervisor has gone
            server.should_exit = True
            sys.exit()  # which ends the thread
        if order == _BEGIN:
            server.may_begin = True
        elif order == _RETIRE:
            server.retire()
        else:
            self.child_conn.send(server.is_warm)
