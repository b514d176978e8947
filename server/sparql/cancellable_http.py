"""HTTP requests in threads that another thread can break off, by closing what they wait for."""

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

T = TypeVar("T")
_thread = threading.local()


class Call:
    """What runs in some thread and waits for requests; `end` has it fail, wherever it is."""

    def __init__(self) -> None:
        self.ended = False
        self.waiting: socket.socket | None = None

    def run(self, work: Callable[..., T], *arguments: Any) -> T:
        """Return what `work` does; its requests go through an Adapter."""
        _thread.call = self
        try:
            return work(*arguments)
        finally:
            self.waiting = _thread.call = None

    def end(self) -> None:
        """Break off; nothing happens where `work` is done."""
        self.ended, waiting = True, self.waiting
        if waiting is not None:
            with contextlib.suppress(OSError):  # of TLS too, it is the connection below that ends
                socket.socket.shutdown(waiting, socket.SHUT_RDWR)


def current() -> Call | None:
    """Return the call that this thread runs."""
    return getattr(_thread, "call", None)


class _Told:
    """A connection that tells the call which it serves; raises OSError where that has ended."""

    sock: socket.socket

    def getresponse(self) -> Any:
        if call := current():
            call.waiting = self.sock  # the connection itself may let go of it
            if call.ended:
                raise ConnectionAbortedError
        return super().getresponse()  # type: ignore[misc]


class _Plain(_Told, HTTPConnection): ...


class _Secure(_Told, HTTPSConnection): ...


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class Adapter(HTTPAdapter):
    """Connections of a session whose requests can be broken off."""

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        """Have the connections tell whom they serve."""
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
