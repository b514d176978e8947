"""The real server over raw sockets: clients that go away, dawdle, or send what is no HTTP."""

import contextlib
import gzip
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from benchmarks import graph
from benchmarks.engines import started
from benchmarks.large import private
from benchmarks.storm import family
from server.http import request_body
from server.http.query_operation import MAX_BODY
from server.release.manifest import CURRENT
from tests.sockets import Answer, answer, connected
from tests.sparql.test_supervisor import CROSS, eventually

pytestmark = pytest.mark.xdist_group("engine")

BASE = "http://127.0.0.1:8000/"
LIGHT = "SELECT ?l { <id/treaty/1957/t7> rdfs:label ?l }"
DIRECT = "Content-Type: application/sparql-query"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(tmp_path_factory.mktemp("wire"))
    graph.release(folder / CURRENT, BASE, 5000)
    return folder


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[tuple[int, int]]:
    """Yield the port of a site, and the process that runs it."""
    with started(folder, BASE, SPACELAW_QUERY_SECONDS="60") as (url, root):
        yield urlsplit(url).port or 0, root


@pytest.fixture
def port(served: tuple[int, int]) -> int:
    return served[0]


def exchange(port: int, *lines: str, body: bytes = b"") -> Answer:
    with connected(port) as connection:
        connection.sendall("\r\n".join([*lines, "Host: x", "", ""]).encode() + body)
        return answer(connection)


def problem(found: Answer, status: int) -> str:
    assert found[0] == status, found
    assert found[1]["content-type"] == "application/problem+json"
    return str(json.loads(found[2])["detail"])


def light(port: int) -> None:
    found = exchange(port, f"GET /sparql?query={quote(LIGHT)} HTTP/1.1", "Accept: text/csv")
    assert found[0] == 200
    assert found[2].startswith(b"l\r\n")


def processes(folder: Path) -> list[int]:
    """Return the zygote over the release in `folder` and its workers."""
    found = []
    for status in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if b"fork_server\0%b" % bytes(folder) in status.read_bytes():
                found.append(int(status.parent.name))
    return found


def ticks(pids: list[int]) -> int:
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total


def burning(folder: Path) -> Callable[[], bool]:
    """Return what tells whether workers used half of a fifth of a second's time."""

    def now() -> bool:
        pids = processes(folder)
        before = ticks(pids)
        time.sleep(0.2)
        return ticks(pids) - before >= 5

    return now


class TestClientGone:
    """A query whose client has closed the connection stops (issue: it must not burn on)."""

    @pytest.mark.parametrize("accept", ["text/csv", "text/html"])
    def test_its_worker_stops(self, port: int, folder: Path, accept: str) -> None:
        with connected(port) as connection:
            request = f"GET /sparql?query={quote(CROSS + '#' + accept)} HTTP/1.1\r\nHost: x\r\n"
            connection.sendall(f"{request}Accept: {accept}\r\n\r\n".encode())
            eventually(burning(folder))
        eventually(lambda: not burning(folder)())
        light(port)

    def test_in_the_middle_of_a_large_result(self, port: int) -> None:
        query = quote("SELECT * { ?s ?p ?o . ?a <http://127.0.0.1:8000/def/number> 1 }")
        with connected(port) as connection:
            connection.sendall(f"GET /sparql?query={query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        light(port)


class TestLargeResults:
    """A large result comes whole, and takes no memory of its size, however slow the client."""

    def test_to_a_slow_client(self, served: tuple[int, int]) -> None:
        port, root = served
        query = f"SELECT * {{ ?s ?p ?o . ?a <{BASE}def/number> ?n }} LIMIT 400000"
        before = sum(map(private, family(root)))
        with connected(port) as connection:
            request = f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: x\r\nAccept: text/csv"
            connection.sendall(f"{request}\r\n\r\n".encode())
            head = connection.recv(2000)
            time.sleep(1)
            grown = sum(map(private, family(root))) - before
            length = int(head.lower().partition(b"content-length: ")[2].split()[0])
            body = head.partition(b"\r\n\r\n")[2]
            size, lines = len(body), body.count(b"\n")
            while size < length and (piece := connection.recv(2**20)):
                size += len(piece)
                lines += piece.count(b"\n")
        assert (size, lines) == (length, 400_001)
        assert length > 50 * 1024**2
        assert grown < 25 * 1024**2


class TestBodies:
    """What is wrong with a body is told; nothing of it takes a thread or much memory."""

    def test_one_that_says_it_is_too_large(self, port: int) -> None:
        found = exchange(port, "POST /sparql HTTP/1.1", DIRECT, f"Content-Length: {MAX_BODY + 1}")
        assert str(MAX_BODY) in problem(found, 413)

    def test_one_that_grows_too_large_in_chunks(self, port: int) -> None:
        with connected(port) as connection:
            head = f"POST /sparql HTTP/1.1\r\nHost: x\r\n{DIRECT}\r\nTransfer-Encoding: chunked\r\n"
            connection.sendall(head.encode() + b"\r\n")
            chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
            with contextlib.suppress(OSError):  # it hangs up on us
                for _ in range(MAX_BODY // 65536 + 2):
                    connection.sendall(chunk)
            problem(answer(connection), 413)

    def test_one_that_unpacks_to_too_much(self, port: int) -> None:
        bomb = gzip.compress(b" " * 200 * MAX_BODY)
        found = exchange(port, "POST /sparql HTTP/1.1", DIRECT, "Content-Encoding: gzip",
                          f"Content-Length: {len(bomb)}", body=bomb)  # fmt: skip
        assert "unpacks" in problem(found, 413)

    @pytest.mark.parametrize(("header", "said"), [
        ("Content-Type: text/plain", "text/plain"),
        (f"{DIRECT}; charset=latin-1", "UTF-8"),
        (f"{DIRECT}\r\nContent-Encoding: br", "gzip")])  # fmt: skip
    def test_one_of_another_type_charset_or_coding(self, port: int, header: str, said: str) -> None:
        found = exchange(port, "POST /sparql HTTP/1.1", header, "Content-Length: 6", body=b"ASK {}")
        assert said in problem(found, 415)

    def test_a_whole_one_in_chunks_is_read(self, port: int) -> None:
        body = b"".join(b"%x\r\n%c\r\n" % (1, byte) for byte in LIGHT.encode()) + b"0\r\n\r\n"
        found = exchange(port, "POST /sparql HTTP/1.1", DIRECT, "Accept: text/csv",
                          "Transfer-Encoding: chunked", body=body)  # fmt: skip
        assert found[0] == 200

    @pytest.mark.parametrize("rest", [b"ZZ\r\nASK\r\n", b"5\r\nASK {}xx\r\n0\r\n\r\n", b"-1\r\n"])
    def test_broken_chunks(self, port: int, rest: bytes) -> None:
        found = exchange(port, "POST /sparql HTTP/1.1", DIRECT, "Transfer-Encoding: chunked",
                          body=b"3\r\nASK\r\n" + rest)  # fmt: skip
        assert found[0] == 400

    def test_both_a_length_and_chunks(self, port: int) -> None:
        found = exchange(port, "POST /sparql HTTP/1.1", DIRECT, "Transfer-Encoding: chunked",
                          "Content-Length: 6", body=b"6\r\nASK {}\r\n0\r\n\r\n")  # fmt: skip
        assert found[0] in (200, 400)  # RFC 9112 section 6.3: the chunks count, or an error
        light(port)

    def test_hundreds_that_dawdle_hold_nobody_up(self, port: int) -> None:
        head = f"POST /sparql HTTP/1.1\r\nHost: x\r\n{DIRECT}\r\nContent-Length: 6\r\n\r\nA"
        with contextlib.ExitStack() as stack:
            slow = [stack.enter_context(connected(port)) for _ in range(300)]
            for connection in slow:
                connection.sendall(head.encode())
            light(port)
            seconds = f"{request_body.SECONDS:g} seconds"
            assert seconds in problem(answer(slow[0]), 408)
            assert slow[-1].recv(12) == b"HTTP/1.1 408"
        light(port)
