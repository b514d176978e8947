"""What clients may do on a connection, by RFC 9112, and what ends it."""

import json
import resource
import socket
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest

from server.http.connection import MAX_CONNECTIONS
from tests.processes import eventually
from tests.served import Client
from tests.sockets import Answer, answer, answers, connected

PLAIN = b"GET /doc/id/treaty/1967/outer-space.ttl HTTP/1.1\r\nHost: x\r\n\r\n"
QUERY = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n\r\n"
POST = (
    b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    b"Accept: text/csv\r\n"
)
LAST = b"Connection: close\r\n\r\n"
ESTABLISHED = "01"  # in /proc/net/tcp


def exchange(server: Client, *parts: bytes) -> list[Answer]:
    """Return the answers to what is sent, one part after the other, and then no more."""
    with connected(server.port) as one:
        for part in parts:
            one.sendall(part)
            time.sleep(0.05)
        return list(answers(one))


def refused(server: Client, *parts: bytes) -> int:
    """Return the status of the one answer to what is sent; it is a problem and the last."""
    [(status, headers, body)] = exchange(server, *parts)
    assert headers["content-type"] == "application/problem+json"
    assert headers["connection"] == "close"
    assert json.loads(body)["status"] == status
    return status


@pytest.mark.parametrize("asked", [PLAIN, QUERY, QUERY.replace(b"GET", b"HEAD"), POST +
                                   b"Content-Length: 5\r\n\r\nASK{}"])  # fmt: skip
def test_a_connection_stays_until_a_client_says_that_it_is_done(
    server: Client, asked: bytes
) -> None:
    head, _, body = asked.partition(b"\r\n\r\n")
    with connected(server.port) as one:
        one.sendall(asked + asked + head + b"\r\n" + LAST + body)
        if asked.startswith(b"HEAD"):
            text = b""
            while piece := one.recv(65536):
                text += piece
            assert text.count(b"HTTP/1.1 200") == 3
            return
        found = list(answers(one))
    assert [status for status, _, _ in found] == [200] * 3
    assert [headers.get("connection") for _, headers, _ in found] == [None, None, "close"]
    assert len({body for _, _, body in found}) == 1


def test_answers_come_in_the_order_of_what_was_asked_at_once(server: Client) -> None:
    """What is ready waits for a query before it, and a query for a body (section 9.3.2)."""
    count = b"SELECT(count(*)as%3Fn)%7B%3Fs%20%3Fp%20%3Fo.%3Fa%20a%20%3Fb%7D%23"
    slow = QUERY.replace(b"ASK%7B%7D", count + str(time.time()).encode())
    post = POST + b"Content-Length: 5\r\n\r\nASK{}"
    last = PLAIN[:-2] + LAST
    found = exchange(server, PLAIN + slow + QUERY + post + PLAIN + slow + last)
    kinds = [headers["content-type"].partition(";")[0] for _, headers, _ in found]
    table, turtle = "text/csv", "text/turtle"
    assert kinds == [turtle, table, table, table, turtle, table, turtle]
    assert found[1][2].startswith(b"n\r\n")


def test_thousands_may_be_asked_at_once(server: Client) -> None:
    """Of which many come in one piece."""
    with connected(server.port) as one:
        one.sendall(PLAIN * 3000 + PLAIN[:-2] + LAST)
        assert [status for status, _, _ in answers(one)] == [200] * 3001


def test_what_is_refused_is_answered_after_what_was_asked_before(server: Client) -> None:
    found = exchange(server, PLAIN + QUERY + b"NONSENSE\r\n\r\n")
    assert [status for status, _, _ in found] == [200, 200, 400]
    assert found[-1][1]["connection"] == "close"


def test_a_request_may_come_in_pieces(server: Client) -> None:
    asked = QUERY[:-2] + LAST
    [(status, _, _)] = exchange(server, *(asked[i : i + 9] for i in range(0, len(asked), 9)))
    assert status == 200


def test_a_request_that_came_before_is_known_only_where_it_begins(server: Client) -> None:
    """Within a body, or cut differently, the same bytes are what they are there."""
    whole = exchange(server, PLAIN, PLAIN, PLAIN[:-2] + LAST)
    assert [status for status, _, _ in whole] == [200] * 3
    assert len({body for _, _, body in whole}) == 1
    post = POST + b"Content-Length: %d\r\n\r\n" % len(PLAIN)
    parts = [post, PLAIN, PLAIN + PLAIN[:9], PLAIN[9:], b"\r\n", PLAIN, PLAIN[:-2] + LAST, PLAIN]
    statuses = [status for status, _, _ in exchange(server, *parts)]
    assert statuses == [400] + [200] * 4  # that body is no query; nothing follows the last
    assert refused(server, PLAIN[:-2] + b"X: " + PLAIN, PLAIN[:-4]) == 400


def test_who_speaks_http_1_0_gets_one_answer(server: Client) -> None:
    for path in (b"/sparql?query=ASK%7B%7D", b"/doc/id/treaty/1967/outer-space.ttl", b"/quality"):
        [(_, headers, _)] = exchange(server, b"GET " + path + b" HTTP/1.0\r\n\r\n" + PLAIN)
        assert headers["connection"] == "close"


def test_a_whole_uri_is_answered_as_its_path(server: Client) -> None:
    """As a proxy sends it (section 3.2.2)."""
    whole = PLAIN.replace(b"/doc", b"http://elsewhere.example/doc")
    found = exchange(server, PLAIN + whole[:-2] + LAST)
    assert found[0][2] == found[1][2]


def test_options_of_the_server_tells_its_methods(server: Client) -> None:
    """RFC 9110 section 9.3.7."""
    [(status, headers, _)] = exchange(server, b"OPTIONS * HTTP/1.1\r\nHost: x\r\n" + LAST)
    assert (status, headers["allow"]) == (204, "GET, HEAD, POST, OPTIONS")
    assert exchange(server, b"GET * HTTP/1.1\r\nHost: x\r\n" + LAST)[0][0] == 400


def test_who_asks_for_another_protocol_is_answered_in_this_one(server: Client) -> None:
    """As Java's client does with HTTP/2 (RFC 9110 section 7.8)."""
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n"
    for asked in (QUERY, PLAIN):
        found = exchange(server, asked[:-2] + offer + b"\r\n" + asked[:-2] + LAST)
        assert [status for status, _, _ in found] == [200, 200]
    for body in (b"Content-Length: 5\r\n\r\nASK{}", b"Transfer-Encoding: chunked\r\n\r\n5\r\n"
                 b"ASK{}\r\n0\r\n\r\n"):  # fmt: skip
        whole = POST + offer + body
        for parts in ([whole], [whole[:-9], whole[-9:-3], whole[-3:]]):
            [(status, headers, _)] = exchange(server, *parts)
            assert (status, headers["connection"]) == (200, "close")


def test_a_body_is_sent_once_it_is_wanted(server: Client) -> None:
    with connected(server.port) as one:
        one.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        assert one.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        one.sendall(b"ASK{}")
        assert answer(one)[0] == 200
    with connected(server.port) as one:
        one.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n")
        assert answer(one)[0] == 413


@pytest.mark.parametrize("head", [
    b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"NONSENSE\r\n\r\n", b"GET / HTTP/1.1\r\nHost x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n",
    POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nASK{}",
    POST + b"Content-Length: -1\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n"])  # fmt: skip
def test_what_is_no_request_is_refused(server: Client, head: bytes) -> None:
    assert refused(server, head) == 400


def test_this_is_no_proxy(server: Client) -> None:
    assert refused(server, b"CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n") == 405


def test_what_is_too_long_is_refused(server: Client) -> None:
    start = b"GET /sparql?query="
    assert refused(server, start + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n") == 414
    assert refused(server, start + b"a" * 140_000) == 414
    endless = b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 140_000
    assert refused(server, endless) == 431
    assert refused(server, b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 30_000) == 431


def test_trailers_mean_nothing(server: Client) -> None:
    chunks = b"Transfer-Encoding: chunked\r\n" + LAST + b"5\r\nASK{}\r\n0\r\n"
    [(status, _, _)] = exchange(server, POST + chunks + b"If-None-Match: *\r\n\r\n")
    assert status == 200


@pytest.mark.parametrize("begun", [
    b"GET /sparql?query=", PLAIN[:-2], POST + b"Content-Length: 50\r\n\r\nASK{}",
    POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nASK{}\r\n"])  # fmt: skip
def test_what_is_cut_off_is_refused(server: Client, begun: bytes) -> None:
    with connected(server.port) as one:
        one.sendall(begun)
        time.sleep(0.1)
        one.shutdown(socket.SHUT_WR)
        assert [status for status, _, _ in answers(one)] == [400]


# More than a second of work; a comment makes each another query.
LONG = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g a ?h } #"


@pytest.mark.parametrize("accept", ["text/csv", "text/html"])
def test_who_sends_no_more_is_answered_all_the_same(server: Client, accept: str) -> None:
    """As `printf … | nc -N` does: the connection is closed on one side only (section 9.6)."""
    query = quote(f"{LONG} {accept}")
    head = f"GET /sparql?query={query}&timeout=30 HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\n\r\n"
    with connected(server.port) as one:
        one.sendall(PLAIN + head.encode() + PLAIN)
        one.shutdown(socket.SHUT_WR)
        found = list(answers(one))
    assert [status for status, _, _ in found] == [200] * 3


def test_who_does_not_come_to_the_point_is_told_so(server: Client) -> None:
    with connected(server.port) as half, connected(server.port) as silent:
        half.sendall(PLAIN[:-2])
        assert [status for status, _, _ in answers(half)] == [408]
        assert list(answers(silent)) == []


def server_end(one: socket.socket) -> str:
    """Return the state of the server's end of a connection, as Linux numbers it."""
    ports = [f":{port:04X}" for port in (one.getpeername()[1], one.getsockname()[1])]
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines())
    return next((row[3] for row in rows if [row[1][8:], row[2][8:]] == ports), "")


def test_who_takes_nothing_of_an_answer_is_left(server: Client) -> None:
    """Of one larger than the buffers on the way, the rest is not kept for ever."""
    query = quote("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } LIMIT 300000")
    with connected(server.port) as one:
        one.sendall(f"GET /sparql?query={query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        eventually(lambda: server_end(one) != ESTABLISHED, 300)
        text = one.recv(4000)
        length = int(text.lower().partition(b"content-length: ")[2].split()[0])
        size = 0
        while piece := one.recv(2**20):
            size += len(piece)
        assert size < length / 2


def test_thousands_who_say_nothing_keep_nobody_out(server: Client) -> None:
    """More than there is room for: who is silent longest makes room."""
    many = MAX_CONNECTIONS + 500
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < many + 100:
        pytest.skip(f"a process may have {most} files open, and this test needs more")
    resource.setrlimit(resource.RLIMIT_NOFILE, (many + 100, most))
    with ExitStack() as stack:
        for _ in range(many):
            stack.enter_context(connected(server.port))
        [(status, _, _)] = exchange(server, QUERY[:-2] + LAST)
        assert status == 200
