"""Loading into stores by their documented protocols; a stand-in has that of those not here."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox
import pytest

from server.rdf.formats import CSV_RESULTS
from server.rdf.vocabulary import STATED, graph_iri
from server.sparql.engine import Limits
from server.sparql.release_loading import publish, write_quads
from server.sparql.remote import RemoteEngine, Store
from server.sparql.request import QueryRequest
from tests.sparql.asking import BASE, GRAPHS, Asker, nquads, release_of

REPOSITORY = "/repositories/law"


class Repository(BaseHTTPRequestHandler):
    """A repository as RDF4J's REST protocol, which GraphDB has too, describes it."""

    store: ox.Store

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def _answer(self, status: int, body: bytes = b"", kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_HEAD(self) -> None:
        self._answer(400)  # a query is missing

    def do_PUT(self) -> None:
        self._load(replacing=True)

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        if path == f"{REPOSITORY}/rdf-graphs/service":
            self._load(replacing=False)
        elif path == f"{REPOSITORY}/statements":
            assert self.headers["Content-Type"] == "application/sparql-update"
            self.store.update(self._body().decode())
            self._answer(204)
        elif path == REPOSITORY:
            self._query(parse_qs(self._body().decode()))
        else:
            self._answer(404)

    def _load(self, replacing: bool) -> None:
        asked = urlsplit(self.path)
        graph = ox.NamedNode(parse_qs(asked.query)["graph"][0])
        if replacing:
            self.store.remove_graph(graph)
        self.store.load(self._body(), ox.RdfFormat.TURTLE, to_graph=graph)
        self._answer(204 if asked.path == f"{REPOSITORY}/rdf-graphs/service" else 404)

    def _query(self, form: dict[str, list[str]]) -> None:
        defaults, named = (
            [ox.NamedNode(iri) for iri in form.get(f"{which}-graph-uri", [])]
            for which in ("default", "named")
        )
        found = self.store.query(
            form["query"][0], default_graph=[*defaults] or None, named_graphs=[*named] or None
        )
        assert isinstance(found, ox.QuerySolutions)
        is_csv = "csv" in self.headers["Accept"]
        fmt = ox.QueryResultsFormat.CSV if is_csv else ox.QueryResultsFormat.JSON
        self._answer(200, found.serialize(format=fmt) or b"", fmt.media_type)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def repository() -> Iterator[Store]:
    handler = type("Law", (Repository,), {"store": ox.Store()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Store(f"http://127.0.0.1:{server.server_port}{REPOSITORY}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_release_is_loaded_by_the_protocol_of_rdf4j_and_graphdb(
    repository: Store, tmp_path: Path
) -> None:
    for name, rows in (("r1", 10), ("r2", 2000)):
        release = release_of(tmp_path / name, nquads(rows), name)
        assert publish(release, repository, lambda _: None) == 2 * rows + 6
    engine = Asker(RemoteEngine(repository, BASE, GRAPHS, Limits()))
    query = "SELECT (COUNT(*) AS ?n) (COUNT(DISTINCT ?g) AS ?graphs) { GRAPH ?g { ?s ?p ?o } }"
    try:
        for text, told in (("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", b"2002"), (query, b"2004,3")):
            found = engine.query(QueryRequest(text, "SELECT"), CSV_RESULTS).read()
            assert found.split()[1] == told
    finally:
        engine.close()


def test_a_file_for_loaders_holds_what_is_published(tmp_path: Path) -> None:
    release, file = release_of(tmp_path / "r", nquads(100)), tmp_path / "store.nq"
    assert write_quads(release, file) == 206
    store = ox.Store()
    store.load(path=str(file), format=ox.RdfFormat.N_QUADS)
    sizes = {
        graph: len(list(store.quads_for_pattern(None, None, None, graph)))
        for graph in store.named_graphs()
    }
    expected = {"official": 101, "paper": 2, "inferred": 1, STATED: 102}
    assert sizes == {ox.NamedNode(graph_iri(name, BASE)): n for name, n in expected.items()}
