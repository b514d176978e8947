"""Tests of the messages between web processes and query workers."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.sparql import worker_messages

Pair = tuple[socket.socket, socket.socket]


def receive(connection: socket.socket) -> worker_messages.Message:
    reader = worker_messages.Reader(connection)
    try:
        while (message := reader.next()) is None:
            reader.receive()
    except EOFError:
        reader.close()
        raise
    return message


def receive_many(connection: socket.socket, count: int) -> list[worker_messages.Message]:
    """Return so many messages, in however many pieces they come."""
    reader, found = worker_messages.Reader(connection), list[worker_messages.Message]()
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


@pytest.mark.parametrize("head", [{}, {"a": 1, "b": None, "c": "é\n", "d": 1.5}])
@pytest.mark.parametrize("body", [b"", b"\0\xff" * 100])
def test_message_arrives_as_it_was_sent(pair: Pair, head: dict[str, object], body: bytes) -> None:
    worker_messages.send(pair[0], head, body)
    found = receive(pair[1])
    assert found[:3] == (head, body, None)
    assert 0 < found.processor_seconds <= time.process_time()


def test_messages_arrive_one_by_one(pair: Pair) -> None:
    for number in range(3):
        worker_messages.send(pair[0], {"n": number}, b"x" * number)
    assert [message.body for message in receive_many(pair[1], 3)] == [b"", b"x", b"xx"]


@pytest.mark.parametrize("with_file", [False, True])
def test_message_that_is_larger_than_the_buffers_arrives_whole(
    pair: Pair, with_file: bool, tmp_path: Path
) -> None:
    body = bytes(range(256)) * 20_000
    with (tmp_path / "f").open("wb") as file:
        fd = file.fileno() if with_file else None
        sender = threading.Thread(target=worker_messages.send, args=(pair[0], {"n": 1}, body, fd))
        sender.start()
        found = receive(pair[1])
        sender.join()
    assert (found.head, found.body) == ({"n": 1}, body)
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
            worker_messages.send(pair[0], {"n": number}, b"x" * number * 2500, fd)
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
        worker_messages.send(pair[0], {}, b"body", file.fileno())
    path.unlink()
    found = receive(pair[1])
    assert found.file is not None
    with os.fdopen(found.file, "rb") as received:
        assert received.read() == b"whole"
    assert found.body == b"body"


@pytest.mark.parametrize("kept", [0, 1, 20, 21, 22, 30, -1])
def test_message_that_is_cut_short_is_broken(pair: Pair, kept: int) -> None:
    worker_messages.send(pair[0], {"a": 1}, b"body")
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
