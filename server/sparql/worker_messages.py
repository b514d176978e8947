"""Messages between web processes and query workers: queries one way, outcomes the other.

A message has a kind, a body, and perhaps an open file beside.
"""

import json
import os
import socket
import struct
import time
from collections import deque
from enum import IntEnum
from typing import NamedTuple

from server.sparql.engine import QueryFailed
from server.sparql.request import QueryRequest
from server.sparql.spool import SMALL, Result

# Kind, whether with a file, bytes of the body, processor seconds that the sender has used so far.
_HEADER = struct.Struct("!B?Id")
_PIECE = 72 * 1024  # bytes that most messages fit in
_MAX_FILES = 8  # that may come with one piece


class Kind(IntEnum):
    """What a message is; results are whole, or the beginnings of what is longer.

    A worker that is ready tells its process id. Its end is told by the fork server.
    """

    READY = 0
    QUERY = 1
    RESULT = 2
    BEGINNING = 3
    FAILURE = 4
    END = 5


class Message(NamedTuple):
    """A message received; `file` is the descriptor that came with it, for the receiver to close."""

    kind: Kind
    body: bytes
    file: int | None
    processor_seconds: float


def pack(kind: Kind, body: bytes = b"", seconds: float = 0.0, with_file: bool = False) -> bytes:
    """Return a message as it is sent, with the processor seconds that the sender has used."""
    return _HEADER.pack(kind, with_file, len(body), seconds) + body


def send(channel: socket.socket, kind: Kind, body: bytes = b"", file: int | None = None) -> None:
    """Send one message whole."""
    data = pack(kind, body, time.process_time(), file is not None)
    if file is not None:
        data = data[socket.send_fds(channel, [data], [file]) :]
    channel.sendall(data)


class Reader:
    """Reads messages from a channel, in as many pieces as they come."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel
        self.data = bytearray()
        self.files = deque[int]()  # of messages that are not read yet, in their order

    def receive(self) -> None:
        """Take what is there.

        Raises EOFError where the other side has closed the channel, BlockingIOError where nothing
        is there and the channel does not block.
        """
        data, files, _, _ = socket.recv_fds(self.channel, _PIECE, _MAX_FILES)
        self.files.extend(files)
        if not data:
            raise EOFError
        self.data += data

    def next(self) -> Message | None:
        """Return the first message of what was received, None if it is not whole yet."""
        if len(self.data) < _HEADER.size:
            return None
        kind, with_file, size, seconds = _HEADER.unpack_from(self.data)
        end = _HEADER.size + size
        if len(self.data) < end:
            return None
        body = bytes(self.data[_HEADER.size : end])
        del self.data[:end]
        return Message(Kind(kind), body, self.files.popleft() if with_file else None, seconds)

    def close(self) -> None:
        """Forget what came, and close the files of messages that nobody read."""
        self.data.clear()
        while self.files:
            os.close(self.files.popleft())


def pack_query(request: QueryRequest, fmt: str, head: int | None) -> bytes:
    """Return the message that asks for a result, or for so many bytes of its head."""
    return pack(Kind.QUERY, json.dumps((request, fmt, head)).encode())


def unpack_query(message: Message) -> tuple[QueryRequest, str, int | None]:
    """Return the request, the key of the format and the bytes wanted, as `pack_query` has them."""
    (query, form, default_graphs, named_graphs, *others), fmt, head = json.loads(message.body)
    graphs = tuple(default_graphs), tuple(named_graphs)
    return QueryRequest(query, form, *graphs, *others), fmt, head


def pack_end(status: int, unread: int, written: bytes) -> bytes:
    """Return the message that tells of an exit status, negative for a signal, and standard error.

    The worker has left so many bytes unread.
    """
    told = status, unread, written[:256].decode(errors="replace")
    return pack(Kind.END, json.dumps(told).encode())


def send_outcome(channel: socket.socket, outcome: Result | QueryFailed) -> None:
    """Send a failure, or a result: its bytes where they are few, else the file that holds them."""
    if isinstance(outcome, QueryFailed):
        send(channel, Kind.FAILURE, json.dumps(vars(outcome)).encode())
        return
    kind = Kind.RESULT if outcome.whole else Kind.BEGINNING
    with outcome.file as file:
        if outcome.size <= SMALL:
            send(channel, kind, file.read())
        else:
            send(channel, kind, file=file.fileno())


def outcome_of(message: Message) -> Result | QueryFailed:
    """Return what `send_outcome` sent."""
    if message.kind is Kind.FAILURE:
        return QueryFailed(**json.loads(message.body))
    is_whole = message.kind is Kind.RESULT
    if message.file is None:
        return Result.of(message.body, is_whole)
    return Result(open(message.file, "rb"), os.fstat(message.file).st_size, is_whole)  # noqa: PTH123
