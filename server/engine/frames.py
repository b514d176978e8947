"""Messages between web processes and query workers: a JSON head, a body, perhaps an open file."""

import json
import os
import socket
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_SIZES = struct.Struct("!IQ")
_PIECE = 72 * 1024  # what most answers fit in
_BESIDE = socket.CMSG_SPACE(struct.calcsize("i"))  # room for one open file


class Broken(Exception):
    """The other side closed the connection before a message was whole."""


@dataclass
class Message:
    """A message received; `fd` is an open file that came with it, for the receiver to close."""

    head: dict[str, Any]
    body: bytes
    fd: int | None


def packed(head: dict[str, Any], body: bytes = b"") -> bytes:
    """Return one message as it is sent; what the head holds is hashable."""
    text = _dumped(tuple(head.items()))
    return b"".join((_SIZES.pack(len(text), len(body)), text, body))


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
    """Send one message whole."""
    data = packed(head, body)
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
        self.data, self.used = bytearray(), 0
        self.fd: int | None = None

    def read(self) -> Message | None:
        """Take what is there; return a message once one is whole.

        Raises Broken where the other side has closed the connection, BlockingIOError where nothing
        is there and the connection does not block.
        """
        if self.data and (message := self._message()):
            return message
        size, beside, _, _ = self.connection.recvmsg_into([self.piece], _BESIDE)
        if not size:
            raise Broken
        for level, kind, data in beside:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                (self.fd,) = struct.unpack("i", data)
        piece = memoryview(self.piece)[:size]
        if not self.data and (message := self._first(piece, whole=True)):
            return message  # most come so, and are read where they lie
        self.data += piece
        return self._message()

    def _message(self) -> Message | None:
        with memoryview(self.data) as data:
            message = self._first(data)
        if message:
            del self.data[: self.used]
        return message

    def _first(self, data: memoryview, whole: bool = False) -> Message | None:
        """Return the first message in `data`, or the one that is all of it."""
        if len(data) < _SIZES.size:
            return None
        head_size, body_size = _SIZES.unpack_from(data)
        start = _SIZES.size + head_size
        self.used = end = start + body_size
        if len(data) < end or (whole and len(data) > end):
            return None
        head = _loaded(bytes(data[_SIZES.size : start]))
        message = Message(head, bytes(data[start:end]), self.fd)
        self.fd = None
        return message

    def drop(self) -> None:
        """Close the file of a message that does not become whole."""
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None
