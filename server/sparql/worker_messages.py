"""Messages between web processes and query workers: a JSON head, a body, perhaps an open file."""

import json
import os
import socket
import struct
from functools import lru_cache
from typing import Any, NamedTuple

from server.sparql import process_priority

_SIZES = struct.Struct("!IQd")
_PIECE = 72 * 1024  # what most answers fit in
_BESIDE = socket.CMSG_SPACE(struct.calcsize("i"))  # room for one open file


class Broken(Exception):
    """The other side closed the connection before a message was whole."""


class Message(NamedTuple):
    """A message received; `fd` is an open file that came with it, for the receiver to close.

    `worked` is the seconds of processor time that the sender had taken, if it tells.
    """

    head: dict[str, Any]
    body: bytes
    fd: int | None
    worked: float = 0.0


def packed(head: dict[str, Any], body: bytes = b"", worked: float = 0.0) -> bytes:
    """Return one message as it is sent; what the head holds is hashable."""
    text = _dumped(tuple(head.items()))
    return b"".join((_SIZES.pack(len(text), len(body), worked), text, body))


@lru_cache(maxsize=256)
def _dumped(head: tuple[tuple[str, Any], ...]) -> bytes:
    return json.dumps(dict(head)).encode()


@lru_cache(maxsize=256)
def _loaded(text: bytes) -> dict[str, Any]:
    """Return the head of a message; most are alike, and none is changed."""
    return dict(json.loads(text))


def send(
    connection: socket.socket, head: dict[str, Any], body: bytes = b"", fd: int | None = None
) -> None:
    """Send one message whole, and tell what this process has worked."""
    data = packed(head, body, process_priority.worked(os.getpid()))
    if fd is None:
        connection.sendall(data)
        return
    sent = socket.send_fds(connection, [data], [fd])
    connection.sendall(data[sent:])


class Reader:
    """Reads messages from a connection, in as many pieces as they come."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.piece = bytearray(_PIECE)  # kept: a fresh one costs more than the reading
        self.data = bytearray()
        self.fd: int | None = None
        self.fd_end = 0  # how much of the data came up to the open file

    def read(self) -> Message | None:
        """Take what is there; return a message once one is whole.

        Raises Broken where the other side has closed the connection, BlockingIOError where nothing
        is there and the connection does not block.
        """
        if message := self.next():
            return message
        size, beside, _, _ = self.connection.recvmsg_into([self.piece], _BESIDE)
        if not size:
            raise Broken
        self.data += memoryview(self.piece)[:size]
        for level, kind, data in beside:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                (self.fd,) = struct.unpack("i", data)
                self.fd_end = len(self.data)  # beyond which nothing is read with it
        return self.next()

    def next(self) -> Message | None:
        """Return the first message of what came, if it is whole."""
        data = self.data
        if len(data) < _SIZES.size:
            return None
        head_size, body_size, worked = _SIZES.unpack_from(data)
        start = _SIZES.size + head_size
        end = start + body_size
        if len(data) < end:
            return None
        with memoryview(data) as view:
            head, body = _loaded(bytes(view[_SIZES.size : start])), bytes(view[start:end])
        del data[:end]
        return Message(head, body, self._file(end), worked)

    def _file(self, end: int) -> int | None:
        """Return the open file of a message that ended there, if it came with this one."""
        self.fd_end -= end
        if self.fd is None or self.fd_end > 0:
            return None
        fd, self.fd = self.fd, None
        return fd

    def drop(self) -> None:
        """Forget what came; close the file of a message that does not become whole."""
        self.data.clear()
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None
