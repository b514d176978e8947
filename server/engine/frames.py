"""Messages between web processes and query workers: a JSON head, a body, perhaps an open file."""

import json
import os
import socket
import struct
from dataclasses import dataclass
from typing import Any

_SIZES = struct.Struct("!IQ")


class Broken(Exception):
    """The other side closed the connection before a message was whole."""


@dataclass
class Message:
    """A message received; `fd` is an open file that came with it, for the receiver to close."""

    head: dict[str, Any]
    body: bytes
    fd: int | None


def send(
    connection: socket.socket, head: dict[str, Any], body: bytes = b"", fd: int | None = None
) -> None:
    """Send one message whole."""
    text = json.dumps(head).encode()
    data = _SIZES.pack(len(text), len(body)) + text + body
    if fd is None:
        connection.sendall(data)
        return
    sent = socket.send_fds(connection, [data], [fd])
    connection.sendall(data[sent:])


def receive(connection: socket.socket) -> Message:
    """Return one message; raises Broken where it is cut short."""
    data, fds, _, _ = socket.recv_fds(connection, _SIZES.size, 1)
    try:
        sizes = data + _exactly(connection, _SIZES.size - len(data)) if data else b""
        if not sizes:
            raise Broken
        head_size, body_size = _SIZES.unpack(sizes)
        head = json.loads(_exactly(connection, head_size))
        body = bytes(_exactly(connection, body_size))
    except BaseException:
        for fd in fds:
            os.close(fd)
        raise
    return Message(head, body, fds[0] if fds else None)


def _exactly(connection: socket.socket, size: int) -> bytearray:
    data = bytearray(size)
    view = memoryview(data)
    while view:
        count = connection.recv_into(view)
        if not count:
            raise Broken
        view = view[count:]
    return data
