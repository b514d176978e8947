"""HTTP over a bare socket: for what no well-behaved client would send or notice."""

import contextlib
import http.client
import socket
from collections.abc import Iterator, Mapping
from email.message import Message

import pytest

Answer = tuple[int, dict[str, str], bytes]


def free_port(*wanted: int) -> int:
    """Return the first of the `wanted` ports that nothing listens on, else any such port."""
    for candidate in (*wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", candidate))
            port: int = probe.getsockname()[1]
            return port
    raise OSError("no port is free")


def connected(port: int) -> socket.socket:
    """Return a connection to this machine that waits for no other piece before it sends one."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def exchange(
    port: int, method: str, target: str, headers: Mapping[str, str], body: bytes | None
) -> tuple[int, "Message[str, str]", bytes]:
    """Return the answer to a request with these headers, Host and Content-Length alone."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(connection):
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        return response.status, response.headers, response.read()


def answers(connection: socket.socket) -> Iterator[Answer]:
    """Yield status, headers and body of what comes, until the connection ends."""
    with connection.makefile("rb") as lines:
        while first := lines.readline():
            headers: dict[str, str] = {}
            while (line := lines.readline().strip()) != b"":
                name, _, value = line.decode("latin-1").partition(": ")
                assert name not in headers, name
                headers[name] = value
            status = int(first.split()[1])
            if status != 100:
                size = 0 if status in (204, 304) else int(headers["content-length"])
                yield status, headers, lines.read(size)


def answer(connection: socket.socket) -> Answer:
    """Return the first answer that comes."""
    with contextlib.suppress(ConnectionResetError):
        for found in answers(connection):
            return found
    pytest.fail("the connection ended before an answer came")
