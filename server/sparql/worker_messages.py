"""Messages between web processes and query workers: queries one way, outcomes the other.

A message is a JSON object as its head, a body, and perhaps an open file beside.
"""

import json
import os
import socket
import struct
import time
from collections import deque
from dataclasses import asdict
from functools import lru_cache
from typing import Any, NamedTuple

from server.sparql.engine import QueryFailed
from server.sparql.request import QueryRequest
from server.sparql.spool import SMALL, Result

_HEADER = struct.Struct("!IQd?")  # bytes of head and body, processor seconds, whether with a file
_PIECE = 72 * 1024  # bytes that most messages fit in
_MAX_FILES = 8  # that may come with one piece


class Message(NamedTuple):
    """A message received; `file` is the descriptor that came with it, for the receiver to close.

    `processor_seconds` is what the sender had used so far, if it tells.
    """

    head: dict[str, Any]
    body: bytes
    file: int | None
    processor_seconds: float


def pack(
    head: dict[str, Any], body: bytes = b"", processor_seconds: float = 0.0, with_file: bool = False
) -> bytes:
    """Return a message as it is sent; all values of its head are hashable."""
    text = _dumped(tuple(head.items()))
    return _HEADER.pack(len(text), len(body), processor_seconds, with_file) + text + body


# Most heads are alike.
@lru_cache(maxsize=256)
def _dumped(head: tuple[tuple[str, Any], ...]) -> bytes:
    return json.dumps(dict(head)).encode()


@lru_cache(maxsize=256)
def _loaded(text: bytes) -> dict[str, Any]:
    return dict(json.loads(text))


def send(
    channel: socket.socket, head: dict[str, Any], body: bytes = b"", file: int | None = None
) -> None:
    """Send one message whole, with the processor time that this process has used."""
    data = pack(head, body, time.process_time(), file is not None)
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
        data = self.data
        if len(data) < _HEADER.size:
            return None
        head_size, body_size, processor_seconds, with_file = _HEADER.unpack_from(data)
        start = _HEADER.size + head_size
        end = start + body_size
        if len(data) < end:
            return None
        head, body = bytes(data[_HEADER.size : start]), bytes(data[start:end])
        del data[:end]
        file = self.files.popleft() if with_file else None
        return Message(_loaded(head), body, file, processor_seconds)

    def close(self) -> None:
        """Forget what came, and close the files of messages that nobody read."""
        self.data.clear()
        while self.files:
            os.close(self.files.popleft())


def pack_query(request: QueryRequest, fmt: str, head: int | None) -> bytes:
    """Return the message that asks for a result, or for so many bytes of its head."""
    fields = {"request": request[1:], "format": fmt, "head": head}
    return pack(fields, request.query.encode(errors="replace"))


def unpack_query(message: Message) -> tuple[QueryRequest, str, int | None]:
    """Return the request, the key of the format and the bytes wanted, as `pack_query` has them."""
    form, default_graphs, named_graphs, *others = message.head["request"]
    graphs = tuple(default_graphs), tuple(named_graphs)
    request = QueryRequest(message.body.decode(), form, *graphs, *others)
    return request, message.head["format"], message.head["head"]


def send_outcome(channel: socket.socket, outcome: Result | QueryFailed) -> None:
    """Send a failure, or a result: its bytes where they are few, else the file that holds them."""
    if isinstance(outcome, QueryFailed):
        send(channel, asdict(outcome))
        return
    with outcome.file as file:
        if outcome.size <= SMALL:
            send(channel, {"whole": outcome.whole}, file.read())
        else:
            head = {"whole": outcome.whole, "size": outcome.size}
            send(channel, head, file=file.fileno())


def outcome_of(message: Message) -> Result | QueryFailed:
    """Return what `send_outcome` sent."""
    head = message.head
    if "reason" in head:
        return QueryFailed(**head)
    if message.file is None:
        return Result.of(message.body, head["whole"])
    return Result(open(message.file, "rb"), head["size"], head["whole"])  # noqa: PTH123
