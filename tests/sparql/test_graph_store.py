"""What publishing asks of a store, by sections of the SPARQL 1.1 Graph Store HTTP Protocol."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
import requests

from server.rdf.vocabulary import STATED, graph_iri
from server.release.reader import Release
from server.sparql.release_loading import NotPublished, publish
from server.sparql.remote import Store
from tests.sparql.asking import BASE, nquads, release_of
from tests.sparql.servers import oxigraph


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with oxigraph() as url:
        yield Store(url)


@pytest.fixture
def release(tmp_path: Path) -> Release:
    text = (
        nquads(20)
        + f'<{BASE}id/é> <{BASE}def/q> "é \\" \\r\\n"@fr <{graph_iri("paper", BASE)}> .\n'
    )
    return release_of(tmp_path / "r", text)


def held(store: Store, name: str) -> set[str]:
    """Return what the store has in a graph, asked by the protocol (5.2)."""
    graphs, _ = store.addresses("")
    answer = requests.get(graphs, params={"graph": graph_iri(name, BASE)},
                          headers={"Accept": "application/n-triples"}, timeout=20)  # fmt: skip
    if answer.status_code == 404:
        return set()
    return {str(q.triple) for q in ox.parse(answer.content, ox.RdfFormat.N_TRIPLES)}


def stated(release: Release, *names: str) -> set[str]:
    quads = ox.parse(path=release.quads_file, format=ox.RdfFormat.N_QUADS)
    wanted = {graph_iri(name, BASE) for name in names}
    return {str(q.triple) for q in quads if q.graph_name.value in wanted}


def test_4_2_each_graph_stands_under_its_own_name(store: Store, release: Release) -> None:
    publish(release, store, lambda _: None)
    for name in ("official", "paper", "inferred"):
        assert held(store, name) == stated(release, name)
    assert held(store, STATED) == stated(release, "official", "paper")


def test_5_3_putting_replaces_and_5_4_what_is_gone_is_deleted(
    store: Store, release: Release, tmp_path: Path
) -> None:
    publish(release, store, lambda _: None)
    less = f"<{BASE}id/a> <{BASE}def/p> <{BASE}id/b> <{graph_iri('paper', BASE)}> .\n"
    publish(release_of(tmp_path / "less", less, "r2"), store, lambda _: None)
    assert len(held(store, "paper")) == 1
    assert held(store, "official") == held(store, "inferred") == set()


def test_5_5_posting_adds_to_what_was_put(store: Store, release: Release) -> None:
    publish(release, store, lambda _: None, triples_per_request=3)
    assert held(store, "official") == stated(release, "official")


@pytest.mark.parametrize("status", [302, 400, 403, 404, 405, 500])
def test_5_1_any_answer_but_success_is_no_publication(release: Release, status: int) -> None:
    class Faulty(http.server.BaseHTTPRequestHandler):
        """Refuses graphs so; sends on to where all seems well."""

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(200 if self.path == "/fine" else status)
            self.send_header("Location", "/fine")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET = do_PUT = do_POST = answer  # noqa: N815 - as its base has them

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Faulty) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/query"
        with pytest.raises(NotPublished):
            publish(release, Store(url), lambda _: None)
        server.shutdown()
