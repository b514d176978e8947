"""Tests of the messages between web processes and query workers."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.sparql.engine import QueryFailed
from server.sparql.request import QueryRequest
from server.sparql.spool import SMALL, Result, Spool
from server.sparql.worker_messages import (
    Kind,
    Message,
    Reader,
    outcome_of,
    pack_query,
    send,
    send_outcome,
    unpack_query,
)

Pair = tuple[socket.socket, socket.socket]


def receive(connection: socket.socket) -> Message:
    reader = Reader(connection)
    try:
        while (message := reader.next()) is None:
            reader.receive()
    except EOFError:
        reader.close()
        raise
    return message


def receive_many(connection: socket.socket, count: int) -> list[Message]:
    """Return so many messages, in however many pieces they come."""
    reader, found = Reader(connection), list[Message]()
    while len(found) < count:
        if message := reader.next():
            found.append(message)
        else:
            reader.receive()
    return found


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    for end in (ours, theirs):
        end.settimeout(5)
    with ours, theirs:
        yield ours, theirs


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("body", [b"", b"\0\xff" * 100])
def test_message_arrives_as_it_was_sent(pair: Pair, kind: Kind, body: bytes) -> None:
    send(pair[0], kind, body)
    found = receive(pair[1])
    assert found[:3] == (kind, body, None)
    assert 0 < found.processor_seconds <= time.process_time()


@pytest.mark.parametrize("request_", [
    QueryRequest("ASK { # é\n}", "ASK"),
    QueryRequest("SELECT * {}", "SELECT", ("a:b", "a:c"), ("a:d",), 1.5, "csv")])  # fmt: skip
@pytest.mark.parametrize("head", [None, 99])
def test_a_query_arrives_as_it_was_asked(
    pair: Pair, request_: QueryRequest, head: int | None
) -> None:
    pair[0].sendall(pack_query(request_, "srj", head))
    assert unpack_query(receive(pair[1])) == (request_, "srj", head)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("size", [0, SMALL, SMALL + 1])
def test_a_result_arrives_whole(pair: Pair, size: int, whole: bool) -> None:
    spool = Spool(10**6)
    spool.write(b"x" * size)
    sender = threading.Thread(target=send_outcome, args=(pair[0], spool.result(whole)))
    sender.start()
    found = outcome_of(receive(pair[1]))
    sender.join()
    assert isinstance(found, Result)
    assert (found.size, found.whole) == (size, whole)
    assert found.read() == b"x" * size


def test_a_failure_arrives_with_its_place(pair: Pair) -> None:
    send_outcome(pair[0], QueryFailed("syntax", "é is not expected", 1, 2))
    found = outcome_of(receive(pair[1]))
    assert isinstance(found, QueryFailed)
    assert vars(found) == {
        "reason": "syntax", "detail": "é is not expected", "line": 1, "column": 2
    }  # fmt: skip


def test_messages_arrive_one_by_one(pair: Pair) -> None:
    for number in range(3):
        send(pair[0], Kind.QUERY, b"x" * number)
    assert [message.body for message in receive_many(pair[1], 3)] == [b"", b"x", b"xx"]


@pytest.mark.parametrize("with_file", [False, True])
def test_message_that_is_larger_than_the_buffers_arrives_whole(
    pair: Pair, with_file: bool, tmp_path: Path
) -> None:
    body = bytes(range(256)) * 20_000
    with (tmp_path / "f").open("wb") as file:
        fd = file.fileno() if with_file else None
        sender = threading.Thread(target=send, args=(pair[0], Kind.QUERY, body, fd))
        sender.start()
        found = receive(pair[1])
        sender.join()
    assert found.body == body
    assert (found.file is not None) is with_file
    if found.file is not None:
        os.close(found.file)


def test_each_message_has_its_own_file_however_they_come(pair: Pair, tmp_path: Path) -> None:
    sent = []
    for number in range(6):
        path = tmp_path / str(number)
        path.write_text(str(number))
        with path.open("rb") as file:
            fd = file.fileno() if number % 2 else None
            send(pair[0], Kind.QUERY, b"x" * number * 2500, fd)
        sent.append(str(number) if number % 2 else None)
    found: list[str | None] = []
    for message in receive_many(pair[1], len(sent)):
        found.append(None)
        if message.file is not None:
            with os.fdopen(message.file) as received:
                found[-1] = received.read()
    assert found == sent


def test_open_file_comes_along(pair: Pair, tmp_path: Path) -> None:
    path = tmp_path / "result"
    path.write_bytes(b"whole")
    with path.open("rb") as file:
        send(pair[0], Kind.RESULT, b"body", file.fileno())
    path.unlink()
    found = receive(pair[1])
    assert found.file is not None
    with os.fdopen(found.file, "rb") as received:
        assert received.read() == b"whole"
    assert found.body == b"body"


@pytest.mark.parametrize("kept", [0, 1, 13, 14, 15, -1])
def test_message_that_is_cut_short_is_broken(pair: Pair, kept: int) -> None:
    send(pair[0], Kind.RESULT, b"body")
    data = pair[1].recv(1000)
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        ours.sendall(data[:kept])
        ours.close()
        with pytest.raises(EOFError):
            receive(theirs)


def test_file_of_a_message_that_is_cut_short_is_closed(pair: Pair, tmp_path: Path) -> None:
    path = tmp_path / "result"
    with path.open("wb") as file:
        socket.send_fds(pair[0], [b"\0\0"], [file.fileno()])
    pair[0].close()
    with pytest.raises(EOFError):
        receive(pair[1])
    opened = (link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
    assert path not in opened


def test_silence_is_a_timeout_and_not_a_break(pair: Pair) -> None:
    pair[1].settimeout(0.05)
    with pytest.raises(TimeoutError):
        receive(pair[1])
