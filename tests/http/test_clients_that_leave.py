"""Clients that go away, or take a large answer slowly."""

import contextlib
import gzip
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from server.release.reader import Release
from tests.awkward import BASE
from tests.needs import needs
from tests.processes import eventually, family, private_bytes, ticks
from tests.served import NO_ENGINE, Client, served
from tests.sockets import connected

pytestmark = needs(Path("/proc/self/task").exists(), "/proc")

CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
LARGE = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } LIMIT 300000"


def burning(server: Client) -> Callable[[], bool]:
    """Return what tells whether a worker used a quarter of a fifth of a second's time."""

    def now() -> bool:
        workers = [pid for pid in family(server.pid) if is_worker(pid)]
        before = ticks(workers)
        time.sleep(0.2)
        return ticks(workers) - before >= 5

    return now


def is_worker(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return b"fork_server" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def begin(query: str, accept: str) -> bytes:
    head = f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\n\r\n"
    return head.encode()


@pytest.mark.parametrize("accept", ["text/csv", "text/html"])
def test_the_query_of_a_client_that_goes_is_ended(server: Client, accept: str) -> None:
    with connected(server.port) as connection:
        connection.sendall(begin(f"{CROSS} # {accept}", accept))
        eventually(burning(server))
    eventually(lambda: not burning(server)())
    assert server.get("/sparql?query=ASK%7B%7D").status_code == 200


def test_a_client_may_go_in_the_middle_of_a_large_result(server: Client) -> None:
    with connected(server.port) as connection:
        connection.sendall(begin(LARGE, "text/csv"))
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
    assert server.get("/sparql?query=ASK%7B%7D").status_code == 200


def test_a_large_result_comes_whole_and_takes_no_memory_of_its_size(server: Client) -> None:
    """However slow the client is."""
    before = sum(map(private_bytes, family(server.pid)))
    with connected(server.port) as connection:
        connection.sendall(begin(LARGE, "text/tab-separated-values"))
        head = connection.recv(2000)
        time.sleep(1)
        grown = sum(map(private_bytes, family(server.pid))) - before
        length = int(head.lower().partition(b"content-length: ")[2].split()[0])
        body = head.partition(b"\r\n\r\n")[2]
        size, lines = len(body), body.count(b"\n")
        while size < length and (piece := connection.recv(2**20)):
            size += len(piece)
            lines += piece.count(b"\n")
    assert (size, lines) == (length, 300_001)
    assert length > 50 * 1024**2
    assert grown < 25 * 1024**2


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_dump_is_read_while_it_is_sent(awkward: Release, tmp_path: Path, suffix: str) -> None:
    """Bug: it was unpacked whole in memory for each request, or written to disk a second time."""
    releases, size = tmp_path / "releases", 300 * 1024**2
    shutil.copytree(awkward.folder.parent, releases, symlinks=True)
    path = f"dumps/{awkward.manifest.release}/spacelaw.nq.gz"
    file = releases / awkward.manifest.release / "dumps/spacelaw.nq.gz"
    file.write_bytes(gzip.compress(b"x" * size, compresslevel=0 if suffix else 1))
    with served(releases, BASE, **NO_ENGINE) as client, connected(client.port) as connection:
        before = sum(map(private_bytes, family(client.pid)))
        head = f"GET /{path.removesuffix('.gz')}{suffix} HTTP/1.1\r\nHost: x\r\n\r\n"
        connection.sendall(head.encode())
        text = connection.recv(2000)
        length = int(text.lower().partition(b"content-length: ")[2].split()[0])
        received, grown = len(text.partition(b"\r\n\r\n")[2]), 0
        while received < length and (piece := connection.recv(2**20)):
            received += len(piece)
            if received % 64 == 0:
                grown = max(grown, sum(map(private_bytes, family(client.pid))) - before)
    assert received == length
    assert length == (file.stat().st_size if suffix else size)
    assert grown < 40 * 1024**2
