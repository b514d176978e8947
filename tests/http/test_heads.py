"""Heads of requests as an attack: bounded in all that takes time or memory."""

import json
from pathlib import Path

import pytest

from server.http.message import (
    MAX_FIELD_BYTES,
    MAX_FIELDS,
    MAX_MEMBERS,
    MAX_NEGOTIATION_BYTES,
    MAX_PARAMETERS,
)
from tests.needs import needs
from tests.processes import family, private_bytes
from tests.served import Client
from tests.sockets import answers, connected

PATH = b"/doc/id/treaty/1967/outer-space"


def status(server: Client, *fields: bytes, host: bytes = b"Host: x") -> int:
    """Return the status of the answer to a request with these header fields."""
    head = b"\r\n".join([b"GET %b HTTP/1.1" % PATH, host, *fields, b"Connection: close", b"", b""])
    with connected(server.port) as one:
        one.sendall(head)
        [(found, headers, body)] = list(answers(one))
    if found >= 400:
        assert json.loads(body)["status"] == found
        assert headers["connection"] == "close"
    return found


def members(name: str, count: int, more: str = "") -> bytes:
    return f"{name}: {', '.join(f'a/b{n}{more}' for n in range(count))}".encode()


@pytest.mark.parametrize("name", ["Accept", "Accept-Encoding", "Accept-Profile"])
def test_what_negotiation_reads_is_short(server: Client, name: str) -> None:
    assert status(server, f"{name}: {'a' * (MAX_NEGOTIATION_BYTES - 50)}".encode()) == 200
    assert status(server, f"{name}: {'a' * MAX_NEGOTIATION_BYTES}".encode()) == 431
    assert status(server, members(name, MAX_MEMBERS)) in (200, 406)
    assert status(server, members(name, MAX_MEMBERS + 1)) == 431
    assert status(server, *[members(name, 2)] * (MAX_MEMBERS // 2 + 1)) == 431  # in several fields
    assert status(server, f"{name}: a/b{';a=b' * 200}".encode()) == 431


@pytest.mark.parametrize("name", ["If-None-Match", "If-Match"])
def test_what_conditions_read_has_few_members(server: Client, name: str) -> None:
    few = ", ".join(f'"{n}"' for n in range(MAX_MEMBERS))
    assert status(server, f"{name}: {few}".encode()) in (200, 412)
    assert status(server, f'{name}: {few}, "x"'.encode()) == 431


def test_a_field_and_their_number_are_bounded(server: Client) -> None:
    assert status(server, b"X: " + b"a" * (MAX_FIELD_BYTES - 10)) == 200
    assert status(server, b"X: " + b"a" * MAX_FIELD_BYTES) == 431
    assert status(server, *(b"X%d: a" % n for n in range(MAX_FIELDS - 2))) == 200
    assert status(server, *(b"X%d: a" % n for n in range(MAX_FIELDS))) == 431


@needs(Path("/proc/self/smaps_rollup").exists(), "/proc")
def test_heads_that_are_read_leave_little_in_memory(server: Client) -> None:
    """Bug: 124 kB of Accept took half a second of all others' time, and 11 MB each ten times."""
    assert status(server, b"Accept: a/b") == 406
    before = sum(map(private_bytes, family(server.pid)))
    for n in range(600):
        longest = ", ".join(f"a/b;a={n:03};b={m:02};q=0.5" for m in range(MAX_PARAMETERS // 3))
        assert status(server, f"Accept: {longest}".encode()) == 406
    assert sum(map(private_bytes, family(server.pid))) - before < 12 * 1024**2


@pytest.mark.parametrize("host", [
    b"Host: a", b"Host: a:80", b"Host: a.example:", b"Host:", b"Host: [::1]:80", b"Host: 127.0.0.1",
    b"Host: [v7.a:b]", b"Host: a_b~c.example", b"Host: caf%C3%A9.example"])  # fmt: skip
def test_a_host_with_an_optional_port_is_one(server: Client, host: bytes) -> None:
    assert status(server, host=host) == 200


@pytest.mark.parametrize("host", [
    b"Host: a b", b"Host: a b/c@d", b"Host: c@d", b"Host: a/b", b"Host: a:b", b"Host: a:80:90",
    b"Host: http://a", b"Host: [::1", b"Host: [x]", b"Host: a?b", b"Host: a#b", b"Host: a%zz",
    b"Host: a, b", b"Host: caf\xc3\xa9", b"Host: a\r\nHost: a", b"Accept: */*"])  # fmt: skip
def test_what_is_no_host_is_refused(server: Client, host: bytes) -> None:
    """RFC 9112 section 3.2: exactly one, of the form uri-host and port."""
    assert status(server, host=host) == 400
