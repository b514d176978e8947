"""Requests that no well-meaning client sends, to the real server over a bare socket."""

import contextlib
import gzip
import resource
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from benchmarks import graph
from benchmarks.engines import site
from server.release.manifest import CURRENT
from tests.sockets import answer, connected

pytestmark = pytest.mark.xdist_group("engine")

BASE = "http://127.0.0.1:8000/"
POST = b"POST /sparql HTTP/1.1\r\nHost: x\r\nAccept: application/sparql-results+json\r\n"
FORM = POST + b"Content-Type: application/x-www-form-urlencoded\r\n"
DIRECT = POST + b"Content-Type: application/sparql-query\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
LIGHT = b"GET /sparql?query=ASK%20%7B%7D HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n\r\n"
MEGABYTE = 1024**2
SLOW = 1500  # more than web processes have threads, or by default take connections


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = Path(tmp_path_factory.mktemp("raw"))
    graph.release(folder / CURRENT, BASE, 1000)
    with site(folder, BASE) as url:
        yield urlsplit(url).port or 0


def status(port: int, data: bytes, end: bool = False) -> int:
    """Return the status of the answer to `data`; with `end` the client sends no more after it."""
    with connected(port) as connection:
        with contextlib.suppress(OSError):  # refused before all of it is sent
            connection.sendall(data)
            if end:
                connection.shutdown(socket.SHUT_WR)
        return answer(connection)[0]


def sized(head: bytes, body: bytes) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


ASK = b"6\r\nASK {}\r\n"


@pytest.mark.parametrize("head", [DIRECT, FORM])
def test_a_whole_body_in_chunks_is_run(port: int, head: bytes) -> None:
    body = ASK if head == DIRECT else b"6\r\nquery=\r\n" + ASK
    assert status(port, head + CHUNKED + body + b"0\r\n\r\n") == 200


@pytest.mark.parametrize(
    "body",
    [
        b"zz\r\nASK {}\r\n0\r\n\r\n",
        b"2\r\nASK {}\r\n0\r\n\r\n",
        ASK + b"zz\r\n#\r\n0\r\n\r\n",  # what came before it is a query
        ASK + b"1\r\n##\r\n0\r\n\r\n",
        ASK + b"-1\r\n",
    ],
)
def test_broken_chunks_are_not_run(port: int, body: bytes) -> None:
    assert status(port, DIRECT + CHUNKED + body) == 400


@pytest.mark.parametrize(
    "sent",
    [
        b"Content-Length: 50\r\n\r\nASK {}",
        CHUNKED + ASK,
        CHUNKED + ASK + b"0\r\n",
        CHUNKED + b"8\r\nASK {}",
        CHUNKED + ASK + b"1",
    ],
)
def test_a_body_that_ends_early_is_not_run(port: int, sent: bytes) -> None:
    assert status(port, DIRECT + sent, end=True) == 400


@pytest.mark.parametrize("way", ["length", "length alone", "chunked", "gzip"])
def test_a_body_over_the_limit_is_refused(port: int, way: str) -> None:
    if way == "length":
        data = sized(FORM, b"query=" + b"x" * 3 * MEGABYTE)
    elif way == "length alone":
        data = FORM + b"Content-Length: 99999999999\r\n\r\n"
    elif way == "chunked":
        data = FORM + CHUNKED + (b"10000\r\n" + b"x" * 65536 + b"\r\n") * 64 + b"0\r\n\r\n"
    else:
        bomb = gzip.compress(b"ASK {}" + b" " * 200 * MEGABYTE)
        assert len(bomb) < MEGABYTE
        data = sized(DIRECT + b"Content-Encoding: gzip\r\n", bomb)
    assert status(port, data) == 413
    assert status(port, LIGHT) == 200


@pytest.mark.parametrize("header", [b"Content-Type: text/plain\r\n", b"Content-Type: a\r\n"])
def test_other_media_types_are_refused(port: int, header: bytes) -> None:
    assert status(port, sized(POST + header, b"ASK {}")) == 415


def test_other_content_codings_are_refused(port: int) -> None:
    assert status(port, sized(DIRECT + b"Content-Encoding: br\r\n", b"ASK {}")) == 415


@pytest.mark.parametrize("sent", [DIRECT + b"Content-Length: 500\r\n\r\nASK", b"GET / HT", b""])
def test_slow_senders_hold_up_nobody(port: int, sent: bytes) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 4 * SLOW), most))
    with contextlib.ExitStack() as stack:
        for _ in range(SLOW):
            connection = stack.enter_context(connected(port))
            connection.sendall(sent)
        time.sleep(0.5)
        started = time.monotonic()
        assert status(port, LIGHT) == 200
        assert time.monotonic() - started < 5
