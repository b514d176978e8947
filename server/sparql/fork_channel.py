"""The connection of a web process to the zygote: orders for workers out, news of them in."""

import asyncio
import contextlib
import socket
from typing import Protocol

from server.sparql.fork_server import BORN, MORE, NEWS, ORDER


class Listener(Protocol):
    """Who is told what becomes of workers."""

    def born(self, pid: int, channel: socket.socket) -> None:
        """Take a new worker and the channel to it."""

    def died(self, pid: int, status: int) -> None:
        """Know of a worker's end, by its wait status."""

    def lost(self) -> None:
        """Know that the zygote died, and that nothing will be heard of its workers."""


class Link:
    """Orders workers of the zygote that listens at a Unix socket, and reports what it tells.

    All of it happens in one event loop. After a loss, `connect` links to the zygote that follows.
    """

    def __init__(self, address: str, loop: asyncio.AbstractEventLoop, listener: Listener) -> None:
        self.address, self.loop, self.listener = address, loop, listener
        self.connection: socket.socket | None = None

    def connect(self) -> bool:
        """Tell whether there is a connection, after an attempt to make one."""
        if self.connection:
            return True
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(self.address)
        except OSError:
            connection.close()
            return False
        connection.setblocking(False)
        self.connection = connection
        self.loop.add_reader(connection.fileno(), self._news, connection)
        return True

    def more(self) -> None:
        """Have another worker forked."""
        self._order(MORE)

    def kill(self, pid: int) -> None:
        """Have a worker killed."""
        self._order(pid)

    def _order(self, number: int) -> None:
        if self.connection:
            with contextlib.suppress(OSError):  # its end is read as news
                self.connection.send(ORDER.pack(number))

    def _news(self, connection: socket.socket) -> None:
        try:
            while data := socket.recv_fds(connection, NEWS.size, 1)[:2]:
                news, fds = data
                if len(news) < NEWS.size:
                    break
                pid, status = NEWS.unpack(news)
                if status == BORN:
                    self.listener.born(pid, socket.socket(fileno=fds[0]))
                else:
                    self.listener.died(pid, status)
        except BlockingIOError:
            return
        except OSError:
            pass
        self.loop.remove_reader(connection.fileno())
        connection.close()
        self.connection = None
        self.listener.lost()
