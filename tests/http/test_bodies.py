"""Bodies of requests: whole, broken, too large, slow, or coded."""

import contextlib
import gzip
import json
import resource
import socket
from collections.abc import Iterator

import pytest

from server.http.connection import BODY_TIMEOUT_FACTOR
from server.http.request_parser import MAX_BODY_BYTES
from tests.http.conftest import CLIENT_SECONDS
from tests.served import Client
from tests.sockets import answer, connected

POST = b"POST /sparql HTTP/1.1\r\nHost: x\r\nAccept: application/sparql-results+json\r\n"
FORM = POST + b"Content-Type: application/x-www-form-urlencoded\r\n"
DIRECT = POST + b"Content-Type: application/sparql-query\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
ASK = b"6\r\nASK {}\r\n"
SLOW = 1500  # more than web processes have threads, or by default take connections


@pytest.fixture(autouse=True)
def many_files() -> Iterator[None]:
    """Let this process have as many connections as the tests need."""
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 4 * SLOW), most))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (before, most))


def status(server: Client, data: bytes, end: bool = False) -> int:
    """Return the status of the answer to `data`; with `end` the client sends no more after it."""
    with connected(server.port) as connection:
        with contextlib.suppress(OSError):  # refused before all of it is sent
            connection.sendall(data)
            if end:
                connection.shutdown(socket.SHUT_WR)
        return answer(connection)[0]


def light(server: Client) -> int:
    return server.get("/sparql?query=ASK%7B%7D").status_code


def sized(head: bytes, body: bytes) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize("head", [DIRECT, FORM])
def test_a_whole_body_in_chunks_is_run(server: Client, head: bytes) -> None:
    body = ASK if head == DIRECT else b"6\r\nquery=\r\n" + ASK
    assert status(server, head + CHUNKED + body + b"0\r\n\r\n") == 200


def test_a_body_in_chunks_of_one_byte_is_run(server: Client) -> None:
    body = b"".join(b"1\r\n%c\r\n" % byte for byte in b"SELECT * { ?s a sl:Treaty }")
    assert status(server, DIRECT + CHUNKED + body + b"0\r\n\r\n") == 200


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
def test_broken_chunks_are_not_run(server: Client, body: bytes) -> None:
    assert status(server, DIRECT + CHUNKED + body) == 400


def test_both_a_length_and_chunks(server: Client) -> None:
    """RFC 9112 section 6.3: the chunks count, or it is an error."""
    data = DIRECT + b"Content-Length: 6\r\n" + CHUNKED + ASK + b"0\r\n\r\n"
    assert status(server, data) in (200, 400)
    assert light(server) == 200


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
def test_a_body_that_ends_early_is_not_run(server: Client, sent: bytes) -> None:
    assert status(server, DIRECT + sent, end=True) == 400


def test_a_large_body_is_read_whole(server: Client) -> None:
    """Though much of it comes in one piece with its head."""
    text = "".join(f"<urn:a{n}> <urn:b> <urn:c{n}> .\n" for n in range(20_000))
    headers = {"Content-Type": "application/n-triples", "Accept": "text/turtle"}
    assert 500_000 < len(text) < MAX_BODY_BYTES
    assert server.post("/validate", data=text, headers=headers).status_code == 200


@pytest.mark.parametrize("way", ["length", "length alone", "a byte", "chunked", "gzip"])
def test_a_body_over_the_limit_is_refused(server: Client, way: str) -> None:
    if way == "length":
        data = sized(FORM, b"query=" + b"x" * 3 * MAX_BODY_BYTES)
    elif way == "length alone":
        data = FORM + b"Content-Length: 99999999999\r\n\r\n"
    elif way == "a byte":
        data = FORM + b"Content-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1)
    elif way == "chunked":
        data = FORM + CHUNKED + (b"10000\r\n" + b"x" * 65536 + b"\r\n") * 64 + b"0\r\n\r\n"
    else:
        bomb = gzip.compress(b"ASK {}" + b" " * 200 * MAX_BODY_BYTES)
        assert len(bomb) < MAX_BODY_BYTES
        data = sized(DIRECT + b"Content-Encoding: gzip\r\n", bomb)
    assert status(server, data) == 413
    assert light(server) == 200


@pytest.mark.parametrize(("header", "said"), [
    (b"Content-Type: text/plain", "text/plain"), (b"Content-Type: a", "'a'"),
    (b"Content-Type: application/sparql-query; charset=latin-1", "UTF-8"),
    (b"Content-Type: application/sparql-query\r\nContent-Encoding: br", "gzip")])  # fmt: skip
def test_another_type_charset_or_coding_is_refused(
    server: Client, header: bytes, said: str
) -> None:
    with connected(server.port) as connection:
        connection.sendall(sized(POST + header + b"\r\n", b"ASK {}"))
        code, headers, body = answer(connection)
    assert (code, headers["content-type"]) == (415, "application/problem+json")
    assert said in json.loads(body)["detail"]


@pytest.mark.parametrize("sent", [DIRECT + b"Content-Length: 500\r\n\r\nASK", b"GET / HT", b""])
def test_slow_senders_hold_up_nobody(server: Client, sent: bytes) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(SLOW):
            connection = stack.enter_context(connected(server.port))
            connection.sendall(sent)
        assert light(server) == 200


def test_who_is_slow_with_a_body_is_told_so(server: Client) -> None:
    with connected(server.port) as connection:
        connection.sendall(DIRECT + b"Content-Length: 500\r\n\r\nASK")
        code, _, body = answer(connection)
    assert code == 408
    assert f"{CLIENT_SECONDS * BODY_TIMEOUT_FACTOR} seconds" in json.loads(body)["detail"]
