"""The engine that asks a real store elsewhere, and loading a release into one."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
import requests

from server.rdf.formats import CSV_RESULTS, JSON_RESULTS, NTRIPLES, RESULT_FORMATS, TURTLE, Format
from server.rdf.vocabulary import graph_iri
from server.release.manifest import CURRENT
from server.sparql.engine import Limits, QueryFailed
from server.sparql.release_loading import NotPublished, publish
from server.sparql.remote import RemoteEngine, Store
from server.sparql.request import QueryRequest
from tests.needs import missing, needs
from tests.processes import eventually
from tests.served import served
from tests.sparql.asking import BASE, GRAPHS, Asker, nquads, release_of
from tests.sparql.servers import FUSEKI, VIRTUOSO, fuseki, oxigraph, virtuoso

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


def remote(store: Store, seconds: float = 5) -> Asker:
    return Asker(RemoteEngine(Store(store.url), BASE, GRAPHS, Limits(seconds=seconds)))


@pytest.fixture(scope="module", params=["oxigraph", "virtuoso", "fuseki"])
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    if request.param == "oxigraph":
        with oxigraph() as url:
            yield Store(url)
    elif request.param == "fuseki":
        if FUSEKI is None:  # not packaged anywhere, so that it may lack in CI too
            pytest.skip("Apache Jena Fuseki: set FUSEKI_JAR or FUSEKI_HOME, and have Java 17")
        with fuseki(Path(tmp_path_factory.mktemp("fuseki"))) as url:
            yield Store(url)
    elif VIRTUOSO is None:
        missing("Virtuoso (Debian: virtuoso-opensource-7)")
    else:
        with virtuoso(Path(tmp_path_factory.mktemp("virtuoso"))) as url:
            yield Store(url, "dba", "dba")


@pytest.fixture(scope="module")
def engine(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Asker:
    folder = Path(tmp_path_factory.mktemp("release"))
    assert publish(release_of(folder, nquads()), store, lambda _: None) == 4006
    return remote(store)


def hang_up(asker: Asker) -> None:
    """Close the connections to the store that are kept for further queries."""
    assert isinstance(asker.engine, RemoteEngine)
    asker.run(asker.engine.client.aclose()).result()


def number(engine: Asker, query: str, *graphs: str) -> int:
    request = QueryRequest(query, "SELECT", tuple(graph_iri(g, BASE) for g in graphs))
    return int(engine.query(request, CSV_RESULTS).read().split()[1].strip(b'"'))


def answers(engine: Asker) -> bool:
    try:
        return engine.query(QueryRequest("ASK {}", "ASK")).size > 0
    except QueryFailed:
        return False


def test_the_default_graph_is_ours_whatever_the_store_makes_of_it(engine: Asker) -> None:
    assert number(engine, COUNT) == 2002
    assert number(engine, COUNT, "official", "paper") == 2002
    assert number(engine, COUNT, "paper") == 2


def test_the_named_graphs_are_those_of_the_release(engine: Asker) -> None:
    query = "SELECT (COUNT(DISTINCT ?g) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    assert number(engine, query) == 3
    assert number(engine, "SELECT (COUNT(*) AS ?n) { GRAPH <graph/paper> { ?s ?p ?o } }") == 2


def test_prefixes_and_base_need_no_declaration(engine: Asker) -> None:
    body = engine.query(QueryRequest("SELECT ?o { <id/a> sl:p ?o }", "SELECT"), JSON_RESULTS).read()
    assert f"{BASE}id/b".encode() in body


@pytest.mark.parametrize("fmt", [TURTLE, NTRIPLES])
def test_construct(engine: Asker, fmt: object) -> None:
    query = "CONSTRUCT { ?s sl:q ?o } { ?s sl:q ?o }"
    body = engine.query(QueryRequest(query, "CONSTRUCT"), fmt).read()  # type: ignore[arg-type]
    assert b'"only"' in body
    assert b"inferred" not in body


@pytest.mark.parametrize("fmt", RESULT_FORMATS)
def test_ask_is_answered_as_the_standard_has_it(engine: Asker, fmt: Format) -> None:
    for query, told in (("ASK { <id/a> sl:p ?o }", b"true"), ("ASK { <id/z> ?p ?o }", b"false")):
        assert told in engine.query(QueryRequest(query, "ASK"), fmt).read()


def test_a_syntax_error_is_the_clients(engine: Asker) -> None:
    with pytest.raises(QueryFailed) as caught:
        number(engine, "SELECT * {")
    assert caught.value.reason == "syntax"


def test_publishing_again_replaces_what_was_there(store: Store, engine: Asker,
                                                  tmp_path: Path) -> None:  # fmt: skip
    publish(release_of(tmp_path / "less", nquads(10), "r2"), store, lambda _: None)
    assert number(engine, COUNT) == 12
    publish(release_of(tmp_path / "more", nquads(), "r3"), store, lambda _: None)
    assert number(engine, COUNT) == 2002


@pytest.mark.usefixtures("engine")
def test_readers_see_the_old_release_or_the_new_one(store: Store, tmp_path: Path) -> None:
    count = "{{ SELECT (COUNT(*) AS ?{}) {{ {} }} }}"
    query = "SELECT ?a ?b {" + count.format("a", "?s ?p ?o") \
        + count.format("b", "GRAPH <graph/official> { ?s ?p ?o }") + "}"  # fmt: skip
    patient = remote(store, 60)
    seen, over = set[str](), threading.Event()

    def read() -> None:
        while not over.is_set():
            body = patient.query(QueryRequest(query, "SELECT"), CSV_RESULTS).read().decode()
            seen.add(body.split()[1].replace('"', ""))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for rows in (1000, 3000, 2000):
            publish(
                release_of(tmp_path / str(rows), nquads(rows), str(rows)), store, lambda _: None
            )
    finally:
        over.set()
        reader.join()
        hang_up(patient)
    assert seen <= {f"{rows + 2},{rows + 1}" for rows in (1000, 2000, 3000)}
    assert len(seen) > 1


def test_a_release_that_does_not_load_leaves_the_old_one(tmp_path: Path) -> None:
    with oxigraph() as url:
        store = Store(url)
        publish(release_of(tmp_path / "a", nquads(5)), store, lambda _: None)
        engine = remote(store)

        def cut(message: str) -> None:
            if message == "Loading paper":
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            publish(release_of(tmp_path / "b", nquads(9), "r2"), store, cut)
        assert number(engine, COUNT) == 7
        every = "SELECT (COUNT(DISTINCT ?g) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
        response = requests.post(url, {"query": every}, headers={"Accept": "text/csv"}, timeout=20)
        assert response.text.split() == ["n", "4"]


def test_a_store_that_is_away_and_comes_back(tmp_path: Path) -> None:
    with oxigraph() as url:
        pass
    engine = remote(Store(url))
    for _ in range(2):
        with pytest.raises(QueryFailed) as caught:
            number(engine, COUNT)
        assert caught.value.reason == "unavailable"
    with pytest.raises(NotPublished, match="cannot be reached"):
        publish(release_of(tmp_path / "a", nquads(5)), Store(url), lambda _: None)
    with oxigraph(port=int(url.split(":")[2].split("/")[0])):
        eventually(lambda: answers(engine))  # it is not asked again at once
        assert number(engine, COUNT) == 0


@needs(VIRTUOSO, "Virtuoso (Debian: virtuoso-opensource-7)")
def test_rows_that_virtuoso_cuts_are_no_result(tmp_path: Path) -> None:
    (tmp_path / "virtuoso").mkdir()
    with virtuoso(tmp_path / "virtuoso", rows=100) as url:
        publish(release_of(tmp_path / "r", nquads(500)), Store(url, "dba", "dba"), lambda _: None)
        engine = remote(Store(url))
        query = QueryRequest("SELECT * { ?s ?p ?o }", "SELECT")
        with pytest.raises(QueryFailed, match="no more than 100 rows") as caught:
            engine.query(query, CSV_RESULTS)
        assert caught.value.reason == "size"
        assert not engine.query(query, JSON_RESULTS, head=10**6).whole
        few = QueryRequest("SELECT * { ?s ?p ?o } LIMIT 99", "SELECT")
        assert engine.query(few, CSV_RESULTS).read().count(b"\n") == 100


def connections(url: str) -> int:
    """Return how many connections clients on this machine have to a store."""
    port = f":{urlsplit(url).port:04X}"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(line[2].endswith(port) and line[3] == "01" for line in lines)


@needs(Path("/proc/net/tcp").exists(), "/proc")
def test_a_query_ends_with_its_client(store: Store, engine: Asker, tmp_path: Path) -> None:
    # Half a minute at the store, and no more, for not every store ends what nobody waits for.
    cross = f"SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c . ?d ?e ?f VALUES ?x {{ {'1 ' * 20} }} }}"
    hang_up(engine)
    release_of(tmp_path / CURRENT, nquads())
    settings = {"SPACELAW_STORE": store.url, "SPACELAW_WEB_WORKERS": "1"}
    with served(tmp_path, BASE, **settings) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(f"GET /sparql?query={quote(cross)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            eventually(lambda: connections(store.url) == 1)
            time.sleep(1)
            assert connections(store.url) == 1
        eventually(lambda: connections(store.url) == 0)
        assert server.get("/sparql?query=ASK%7B%7D").json["boolean"] is True


def test_the_deadline_holds_whatever_the_store_sends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def dribble() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                head = "HTTP/1.1 200 OK", "Content-Type: text/csv", "Transfer-Encoding: chunked"
                connection.sendall("\r\n".join([*head, "Connection: close", "", ""]).encode())
                while True:
                    connection.sendall(b"3\r\n1\r\n\r\n")
                    time.sleep(0.1)

        thread = threading.Thread(target=dribble)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/sparql"
        engine = remote(Store(url), 1)
        began = time.monotonic()
        with pytest.raises(QueryFailed) as caught:
            engine.query(QueryRequest(COUNT, "SELECT"), CSV_RESULTS)
        assert caught.value.reason == "deadline"
        assert time.monotonic() - began < 20  # the store would go on for ever
        thread.join(5)  # its connection is closed
        assert not thread.is_alive()


ANSWERS = {
    "never": (b"", "deadline"),
    "not SPARQL": (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi",
                   "upstream"),
    "an error": (b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", "upstream"),
    "a redirect": (b"HTTP/1.1 302 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
                   "upstream"),
    "no room": (b"HTTP/1.1 503 Full\r\nContent-Length: 0\r\n\r\n", "unavailable"),
    "broken off": (b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: 99\r\n\r\nn\r\n1",
                   "upstream"),
    "broken chunks": (b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n"
                      b"\r\n5\r\nn\r\n1", "upstream"),
    "without an end": (b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n\r\nn\r\n1\r\n", "upstream"),
    "partial as Virtuoso does": (b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n"
                                 b"X-SQL-State: S1TAT\r\nContent-Length: 1\r\n\r\nn", "deadline"),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_what_a_faulty_store_answers_is_a_failure(name: str) -> None:
    body, reason = ANSWERS[name]
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        done = threading.Event()

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(body)
                if not body:
                    done.wait(5)

        thread = threading.Thread(target=answer)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/sparql"
        engine = remote(Store(url), 1)
        with pytest.raises(QueryFailed) as caught:
            number(engine, COUNT)
        done.set()
        thread.join()
    assert caught.value.reason == reason
