"""Messages between web processes and query workers: a JSON head and a body over a socket."""

import json
import socket
import struct
from typing import Any

_SIZES = struct.Struct("!IQ")


class Broken(Exception):
    """The other side closed the connection before a message was whole."""


def send(connection: socket.socket, head: dict[str, Any], body: bytes = b"") -> None:
    """Send one message whole."""
    text = json.dumps(head).encode()
    connection.sendall(_SIZES.pack(len(text), len(body)) + text)
    connection.sendall(body)


def receive(connection: socket.socket) -> tuple[dict[str, Any], bytes]:
    """Return one message; raises Broken where it is cut short."""
    head_size, body_size = _SIZES.unpack(_exactly(connection, _SIZES.size))
    head = json.loads(_exactly(connection, head_size))
    return head, bytes(_exactly(connection, body_size))


def _exactly(connection: socket.socket, size: int) -> bytearray:
    data = bytearray(size)
    view = memoryview(data)
    while view:
        count = connection.recv_into(view)
        if not count:
            raise Broken
        view = view[count:]
    return data
