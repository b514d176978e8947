"""A site that is served takes each release as a whole, and no client notices more than that."""

import http.client
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from server.compile import pipeline
from server.release import shelf
from server.release.manifest import CURRENT, DOCUMENTS
from tests import tinysource
from tests.command import COMMAND, environment
from tests.measured import MEASURED
from tests.processes import eventually
from tests.served import Client, served
from tests.sockets import answer, connected, free_port

BASE = tinysource.BASE
LAW = """
<id/concept/law> a skos:Concept ;
    skos:prefLabel "law"@en ;
    skos:definition "What binds."@en ;
    dcterms:source <https://example.org/dictionary> .
"""
DOCUMENT = "/doc/id/concept/law.ttl"
QUERY = "/sparql?query=ASK%7B%3Cid/concept/law%3E+%3Fp+%3Fo%7D&format=csv"
COUNT = "/sparql?format=csv&query=SELECT+(COUNT(*)+AS+?n){{?a+?b+?c{}}}"


class Releases:
    """A folder with two releases; the second has one concept more. The first is current."""

    def __init__(self, folder: Path) -> None:
        root = tinysource.write(folder / "sources")
        self.folder = folder / "releases"
        self.first = pipeline.build(root, self.folder, BASE)
        tinysource.put(root, "data/editor/concept/law.ttl", LAW)
        self.second = pipeline.build(root, self.folder, BASE)
        self.elsewhere = pipeline.build(root, self.folder, "http://law.example/")
        shelf.point(self.folder, self.first)

    def command(self, client: Client, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command beside the site."""
        settings = environment(self.folder, client.port, BASE_IRI=BASE) | MEASURED
        return subprocess.run(
            [*COMMAND, *arguments], env=settings, capture_output=True, text=True, timeout=120
        )


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    return Releases(tmp_path)


def is_served(client: Client, release: Path) -> bool:
    found: str = client.get("/health/ready").json["release"]
    return found == release.name


@contextmanager
def busy(client: Client, path: str, kinds: list[tuple[int, bytes]]) -> Iterator[None]:
    """Ask for a path again and again on one connection, and note each new kind of answer."""
    ended, failures = threading.Event(), list[BaseException]()

    def ask() -> None:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", client.port, timeout=60)) as one:
                while not ended.is_set():
                    one.request("GET", path)
                    found = one.getresponse()
                    body = found.read()[:100]
                    assert not found.will_close
                    if not kinds or kinds[-1] != (found.status, body):
                        kinds.append((found.status, body))
        except BaseException as failure:
            failures.append(failure)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    assert not failures


def test_a_site_follows_the_current_release_and_no_request_fails(releases: Releases) -> None:
    documents, queries = list[tuple[int, bytes]](), list[tuple[int, bytes]]()
    with (
        served(releases.folder, BASE, SPACELAW_WEB_WORKERS="2") as client,
        busy(client, DOCUMENT, documents),
        busy(client, QUERY, queries),
    ):
        for release in (releases.second, releases.first):
            shelf.point(releases.folder, release)
            eventually(lambda wanted=release: is_served(client, wanted), 90)  # type: ignore[misc]
            time.sleep(0.2)
    # Each changes once with each release, and never goes back and forth.
    assert [status for status, _ in documents] == [404, 200, 404]
    assert [body for _, body in queries] == [b"false", b"true", b"false"]


def test_a_query_ends_on_the_release_that_it_began_on(releases: Releases) -> None:
    patient = {"SPACELAW_WEB_WORKERS": "1", "SPACELAW_CLIENT_SECONDS": "300"}
    patient["SPACELAW_QUERY_SECONDS"] = "300"
    with served(releases.folder, BASE, **patient) as client:
        (number,) = map(int, client.get(COUNT.format("")).text.split()[1:])
        with closing(connected(client.port)) as connection:
            connection.settimeout(300)
            shelf.point(releases.folder, releases.second)
            # This runs for seconds, while the other release gets ready and begins.
            path = COUNT.format(".?d+?e+?f.?g+?h+?i+VALUES+?x{1+2+3+4}")
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            eventually(lambda: is_served(client, releases.second), 90)
            _, _, body = answer(connection)
            assert body.split()[1:] == [str(4 * number**3).encode()]
            # The connection goes on, with the other release.
            connection.sendall(f"GET {QUERY} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert answer(connection)[2].strip() == b"true"


def test_a_damaged_release_is_not_taken_until_it_is_whole_again(releases: Releases) -> None:
    file = releases.second / DOCUMENTS
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + b"?")
    with served(releases.folder, BASE, SPACELAW_WEB_WORKERS="1", **MEASURED) as client:
        done = releases.command(client, "reload", releases.second.name)
        assert done.returncode == 1
        assert done.stderr.splitlines() == [
            f"spacelaw: Release {releases.second.name} is not taken: "
            f"{DOCUMENTS} is not the file that the manifest tells of."
        ]
        refused = client.get("/health/ready").json["refused"]
        assert refused["release"] == releases.second.name
        assert client.get(DOCUMENT).status_code == 404
        file.write_bytes(whole)
        done = releases.command(client, "reload")
        assert done.stdout == f"Release {releases.second.name} is served.\n"
        assert client.get("/health/ready").json["refused"] is None
        assert client.get(DOCUMENT).status_code == 200


def test_a_release_with_identifiers_of_another_address_is_not_taken(releases: Releases) -> None:
    with served(releases.folder, BASE, SPACELAW_WEB_WORKERS="1", **MEASURED) as client:
        shelf.point(releases.folder, releases.elsewhere)
        eventually(lambda: client.get("/health/ready").json["refused"] is not None, 60)
        reason = client.get("/health/ready").json["refused"]["reason"]
        assert "http://law.example/" in reason
        assert BASE in client.get("/doc/id/concept/cooperation.nt").text


def test_releases_are_listed_and_pruned_but_for_those_in_use(releases: Releases) -> None:
    with served(releases.folder, BASE, SPACELAW_WEB_WORKERS="1", **MEASURED) as client:
        # Another becomes current while the first is still served: that of another address.
        shelf.point(releases.folder, releases.elsewhere)
        lines = releases.command(client, "releases").stdout.splitlines()
        assert len(lines) == 3
        told = {line.split()[0]: line.rpartition("  ")[2] for line in lines}
        assert told[releases.first.name] == "served"
        assert told[releases.elsewhere.name] == "current"
        # The first is older than the second, which alone would be kept of this base.
        done = releases.command(client, "prune", "--keep", "1")
        assert (done.stdout, done.returncode) == ("", 0)
        shelf.point(releases.folder, releases.first)
        assert releases.command(client, "reload", releases.second.name).returncode == 0
        eventually(lambda: releases.command(client, "prune", "--keep", "1").stdout != "", 60)
        assert not releases.first.exists()
        assert client.get(DOCUMENT).status_code == 200


def test_reload_says_where_no_site_answers(releases: Releases) -> None:
    done = releases.command(Client(free_port()), "reload", releases.second.name)
    assert done.returncode == 1
    assert done.stderr.startswith("spacelaw: No site answers at http://127.0.0.1:")
    assert (releases.folder / CURRENT).resolve() == releases.second.resolve()
