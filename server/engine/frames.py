"""Messages between web processes and query workers: a JSON head, a body, perhaps an open file."""

import json
import os
import socket
import struct
from dataclasses import dataclass
from typing import Any

_SIZES = struct.Struct("!IQ")
_PIECE = 72 * 1024  # what most answers fit in


class Broken(Exception):
    """The other side closed the connection before a message was whole."""


@dataclass
class Message:
    """A message received; `fd` is an open file that came with it, for the receiver to close."""

    head: dict[str, Any]
    body: bytes
    fd: int | None


def packed(head: dict[str, Any], body: bytes = b"") -> bytes:
    """Return one message as it is sent."""
    text = json.dumps(head).encode()
    return b"".join((_SIZES.pack(len(text), len(body)), text, body))


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


def receive(connection: socket.socket) -> Message:
    """Wait for one message; raises Broken where it is cut short."""
    reader = Reader(connection)
    try:
        while (message := reader.read()) is None:
            pass
    except BaseException:
        reader.drop()
        raise
    return message


class Reader:
    """Reads messages from a connection that carries one at a time, in as many pieces as come."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.data, self.fd = bytearray(), None  # type: bytearray, int | None
        self.wanted = _SIZES.size

    def read(self) -> Message | None:
        """Take what is there; return the message once it is whole.

        Raises Broken where the other side has closed the connection, BlockingIOError where nothing
        is there and the connection does not block.
        """
        most = max(self.wanted - len(self.data), 1)
        piece, fds, _, _ = socket.recv_fds(self.connection, min(most, _PIECE), 1)
        if not piece:
            raise Broken
        if fds:
            self.fd = fds[0]
        self.data += piece
        if len(self.data) < self.wanted:
            return None
        head_size, body_size = _SIZES.unpack_from(self.data)
        self.wanted = _SIZES.size + head_size + body_size
        return self._message(head_size) if len(self.data) == self.wanted else None

    def _message(self, head_size: int) -> Message:
        start = _SIZES.size + head_size
        head = json.loads(self.data[_SIZES.size : start])
        message = Message(head, bytes(self.data[start:]), self.fd)
        self.data, self.fd, self.wanted = bytearray(), None, _SIZES.size
        return message

    def drop(self) -> None:
        """Close the file of a message that does not become whole."""
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None
