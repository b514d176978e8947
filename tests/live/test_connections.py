"""What clients may do on a connection, by RFC 9112, and what ends it."""

import json
import resource
import socket
import time
from contextlib import ExitStack

import pytest

from server.http import connection_limits
from tests.live.site import Site
from tests.sockets import Answer, answer, answers, connected

PLAIN = b"GET /doc/id/treaty/1945/un-charter.ttl HTTP/1.1\r\nHost: x\r\n\r\n"
QUERY = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n\r\n"
POST = (
    b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    b"Accept: text/csv\r\n"
)


def exchange(site: Site, *parts: bytes) -> list[Answer]:
    """Return the answers to what is sent, one part after the other, and then no more."""
    with connected(site.port) as one:
        for part in parts:
            one.sendall(part)
            time.sleep(0.05)
        return list(answers(one))


def refused(site: Site, *parts: bytes) -> int:
    """Return the status of the one answer to what is sent; it is a problem and the last."""
    [(status, headers, body)] = exchange(site, *parts)
    assert headers["content-type"] == "application/problem+json"
    assert headers["connection"] == "close"
    assert json.loads(body)["status"] == status
    return status


LAST = b"Connection: close\r\n\r\n"


@pytest.mark.parametrize("asked", [PLAIN, QUERY, QUERY.replace(b"GET", b"HEAD"), POST +
                                   b"Content-Length: 5\r\n\r\nASK{}"])  # fmt: skip
def test_a_connection_stays_until_a_client_says_that_it_is_done(site: Site, asked: bytes) -> None:
    head, _, body = asked.partition(b"\r\n\r\n")
    with connected(site.port) as one:
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


def test_answers_come_in_the_order_of_what_was_asked_at_once(site: Site) -> None:
    """What is ready waits for a query before it, and a query for a body (section 9.3.2)."""
    count = b"SELECT(count(*)as%3Fn)%7B%3Fs%20%3Fp%20%3Fo.%3Fa%20a%20%3Fb%7D%23"
    slow = QUERY.replace(b"ASK%7B%7D", count + str(time.time()).encode())
    post = POST + b"Content-Length: 5\r\n\r\nASK{}"
    last = PLAIN[:-2] + LAST
    found = exchange(site, PLAIN + slow + QUERY + post + PLAIN + slow + last)
    kinds = [headers["content-type"].partition(";")[0] for _, headers, _ in found]
    table, turtle = "text/csv", "text/turtle"
    assert kinds == [turtle, table, table, table, turtle, table, turtle]
    assert found[1][2].startswith(b"n\r\n")


def test_a_request_may_come_in_pieces(site: Site) -> None:
    asked = QUERY[:-2] + LAST
    [(status, _, _)] = exchange(site, *(asked[i : i + 9] for i in range(0, len(asked), 9)))
    assert status == 200


def test_who_speaks_http_1_0_gets_one_answer(site: Site) -> None:
    for path in (b"/sparql?query=ASK%7B%7D", b"/doc/id/treaty/1945/un-charter.ttl", b"/about"):
        [(_, headers, _)] = exchange(site, b"GET " + path + b" HTTP/1.0\r\n\r\n" + PLAIN)
        assert headers["connection"] == "close"


def test_who_asks_for_another_protocol_is_answered_in_this_one(site: Site) -> None:
    """As Java's client does with HTTP/2 (RFC 9110 section 7.8)."""
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n"
    for asked in (QUERY, PLAIN):
        found = exchange(site, asked[:-2] + offer + b"\r\n" + asked[:-2] + LAST)
        assert [status for status, _, _ in found] == [200, 200]
    for body in (b"Content-Length: 5\r\n\r\nASK{}", b"Transfer-Encoding: chunked\r\n\r\n5\r\n"
                 b"ASK{}\r\n0\r\n\r\n"):  # fmt: skip
        whole = POST + offer + body
        for parts in ([whole], [whole[:-9], whole[-9:-3], whole[-3:]]):
            [(status, headers, _)] = exchange(site, *parts)
            assert (status, headers["connection"]) == (200, "close")


def test_a_body_is_sent_once_it_is_wanted(site: Site) -> None:
    with connected(site.port) as one:
        one.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        assert one.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        one.sendall(b"ASK{}")
        assert answer(one)[0] == 200
    with connected(site.port) as one:
        one.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n")
        assert answer(one)[0] == 413


@pytest.mark.parametrize("head", [
    b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"NONSENSE\r\n\r\n", b"GET / HTTP/1.1\r\nHost x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nASK{}",
    POST + b"Content-Length: -1\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n"])  # fmt: skip
def test_what_is_no_request_is_refused(site: Site, head: bytes) -> None:
    assert refused(site, head) == 400


def test_what_is_too_long_is_refused(site: Site) -> None:
    start = b"GET /sparql?query="
    assert refused(site, start + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n") == 414
    endless = b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 140_000
    assert refused(site, endless) == 431
    assert refused(site, b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 30_000) == 431


def test_trailers_mean_nothing(site: Site) -> None:
    chunks = b"Transfer-Encoding: chunked\r\n" + LAST + b"5\r\nASK{}\r\n0\r\n"
    [(status, _, _)] = exchange(site, POST + chunks + b"If-None-Match: *\r\n\r\n")
    assert status == 200


@pytest.mark.parametrize("begun", [
    b"GET /sparql?query=", PLAIN[:-2], POST + b"Content-Length: 50\r\n\r\nASK{}",
    POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nASK{}\r\n"])  # fmt: skip
def test_what_is_cut_off_is_refused(site: Site, begun: bytes) -> None:
    with connected(site.port) as one:
        one.sendall(begun)
        time.sleep(0.1)
        one.shutdown(socket.SHUT_WR)
        assert [status for status, _, _ in answers(one)] == [400]


def test_who_does_not_come_to_the_point_is_told_so(site: Site) -> None:
    with connected(site.port) as half, connected(site.port) as silent:
        half.sendall(PLAIN[:-2])
        begun = time.monotonic()
        assert [status for status, _, _ in answers(half)] == [408]
        assert list(answers(silent)) == []
        assert time.monotonic() - begun < connection_limits.SILENT_SECONDS + 8


def test_thousands_who_say_nothing_keep_nobody_out(site: Site) -> None:
    """More than there is room for: who is silent longest makes room."""
    many = 2 * connection_limits.CONNECTIONS + 500
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < many + 100:
        pytest.skip(f"a process may have {most} files open, and this test needs more")
    resource.setrlimit(resource.RLIMIT_NOFILE, (many + 100, most))
    with ExitStack() as stack:
        for _ in range(many):
            stack.enter_context(connected(site.port))
        [(status, _, _)] = exchange(site, QUERY[:-2] + LAST)
        assert status == 200
