"""What entity tags and Last-Modified depend on: on all that makes other bytes, and on no more."""

import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

import server
from server.compile import pipeline
from server.release.reader import Release
from tests.awkward import BASE
from tests.command import Site, ask
from tests.served import NO_ENGINE, Client, served

PAGE, DATA = "/doc/id/treaty/1967/outer-space.html", "/doc/id/treaty/1967/outer-space.ttl"
QUERY = "/sparql?query=SELECT%20%2A%20%7B%3Fs%20a%20sl%3AArticle%7D"


def validators(client: Client, path: str) -> tuple[str, str]:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.headers["ETag"], answer.headers["Last-Modified"]


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """Copy our software, to be changed."""
    folder = tmp_path / "code"
    shutil.copytree(Path(server.__file__).parent, folder / "server")
    return folder


@contextmanager
def running(code: Path, releases: Path) -> Iterator[Client]:
    """Serve a release by other code than that of the tests."""
    paths = os.pathsep.join([str(code), *sys.path])
    with served(releases, BASE, PYTHONPATH=paths, SPACELAW_WEB_WORKERS="1") as client:
        yield client


def test_a_template_changes_those_of_pages_alone(awkward: Release, code: Path) -> None:
    releases = awkward.folder.parent
    with running(code, releases) as client:
        page, data, query = (validators(client, path) for path in (PAGE, DATA, QUERY))
    time.sleep(1.1)  # HTTP dates have seconds
    template = code / "server/templates/base.html"
    template.write_text(template.read_text() + "<!-- changed -->\n")
    with running(code, releases) as client:
        other_page, other_data = validators(client, PAGE), validators(client, DATA)
        assert validators(client, QUERY)[0] != query[0]  # the code counts before a query has run
        assert client.get(PAGE, headers={"If-Modified-Since": page[1]}).status_code == 200
    assert other_page[0] != page[0]
    assert other_data[0] == data[0]
    assert other_page[1] == other_data[1] != page[1]


def test_a_rebuild_of_the_same_sources_changes_none(awkward: Release, tmp_path: Path) -> None:
    sources = awkward.folder.parents[1] / "sources"
    releases = tmp_path / "releases"
    pipeline.build(sources, releases, BASE)
    with served(releases, BASE, SPACELAW_WEB_WORKERS="1") as client:
        before = [validators(client, path) for path in (PAGE, DATA, QUERY)]
    time.sleep(1.1)
    pipeline.build(sources, releases, BASE)
    with served(releases, BASE, SPACELAW_WEB_WORKERS="1") as client:
        assert [validators(client, path) for path in (PAGE, DATA, QUERY)] == before


def test_another_release_that_becomes_current_is_newer(awkward: Release, tmp_path: Path) -> None:
    """Also where it was built before: who asks by the date alone must get it."""
    sources = tmp_path / "sources"
    shutil.copytree(awkward.folder.parents[1] / "sources", sources)
    releases = tmp_path / "releases"
    file = sources / "data/official/awkward.ttl"
    text, dates, tags = file.read_text(), list[str](), list[str]()
    for other in (text, text.replace("two, small", "zwei, klein"), text):
        file.write_text(other)
        pipeline.build(sources, releases, BASE)
        with served(releases, BASE, SPACELAW_WEB_WORKERS="1") as client:
            answer = client.get("/doc/id/awkward/two.ttl", headers={
                "If-Modified-Since": dates[-1] if dates else "none"})  # fmt: skip
        assert answer.status_code == 200
        dates.append(answer.headers["Last-Modified"])
        tags.append(answer.headers["ETag"])
        time.sleep(1.1)
    assert len(set(dates)) == 3
    assert tags[0] == tags[2] != tags[1]


BLANK = [
    "SELECT (BNODE() AS ?x) {}", "SELECT (bnode('a') AS ?x) {}",
    "CONSTRUCT { ?s sl:partOf [] } { ?s a sl:Treaty }",
    "CONSTRUCT { ?s sl:partOf _:b } { ?s a sl:Treaty }",
    "CONSTRUCT { ?s sl:partOf (1 2) } { ?s a sl:Treaty }",
    ]  # fmt: skip
SAME = [
    "SELECT * { ?s a sl:Treaty }", "ASK {}", "CONSTRUCT { ?s a sl:Text } { ?s a sl:Treaty }",
    "DESCRIBE <id/treaty/1967/outer-space>", "SELECT * { ?s sl:partOf [] }"]  # fmt: skip


@pytest.mark.parametrize("query", SAME)
def test_a_result_that_is_the_same_each_time_has_a_strong_tag(server: Client, query: str) -> None:
    first, second = (server.get(f"/sparql?query={quote(query)}{more}") for more in ("", "&"))
    assert first.data == second.data
    assert first.headers["ETag"] == second.headers["ETag"]
    assert first.headers["ETag"].startswith('"')


@pytest.mark.parametrize("query", BLANK)
def test_new_blank_nodes_have_a_weak_tag(server: Client, query: str) -> None:
    """Their names are others each time, though the result means the same."""
    path = f"/sparql?query={quote(query)}"
    answer = server.get(path)
    assert answer.headers["ETag"].startswith('W/"')
    tag = answer.headers["ETag"]
    assert server.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert server.get(path, headers={"If-Match": tag}).status_code == 412


class Store(BaseHTTPRequestHandler):
    """A store elsewhere that knows one answer."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"head":{"vars":["s"]},"results":{"bindings":[]}}'
        self.send_response(200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_the_tag_of_a_store_elsewhere_is_weak(awkward: Release) -> None:
    """Its engine may be another one tomorrow, and write the same result otherwise."""
    store = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    threading.Thread(target=store.serve_forever, daemon=True).start()
    settings = NO_ENGINE | {"SPACELAW_STORE": f"http://127.0.0.1:{store.server_port}/"}
    with served(awkward.folder.parent, BASE, **settings) as client:
        answer = client.get(QUERY)
    store.shutdown()
    assert answer.status_code == 200
    assert answer.headers["ETag"].startswith('W/"')


@pytest.mark.parametrize("call", ["NOW()", "RAND()", "UUID()", "STRUUID()"])
def test_a_result_that_differs_each_time_has_none(server: Client, call: str) -> None:
    answer = server.get(f"/sparql?query={quote(f'SELECT ({call} AS ?x) {{}}')}")
    assert not {"ETag", "Last-Modified", "Cache-Control"} & set(answer.headers)


def test_the_status_of_today_has_no_date(site: Site) -> None:
    """Its bytes change by the day, while neither release nor software does."""
    address = f"{site.base}status?treaty=treaty/1967/outer-space"
    for today in (address, f"{address}&asOf=2020-01-01"):
        headers = ask(today, {"Accept": "text/html"}).headers
        assert "Last-Modified" not in headers
        assert "public" not in headers["Cache-Control"]  # nor does the server keep it
    assert "Last-Modified" not in ask(address).headers
    for fixed in ("asOf=2020-01-01", "asOf=2020-01-01&knownOn=2024-01-01"):
        assert "Last-Modified" in ask(f"{address}&{fixed}").headers
