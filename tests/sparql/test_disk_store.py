"""The store on disk: written once and whole, and answering as the one in memory does."""

import os
import shutil
import signal
import threading
import time
from pathlib import Path

import pyoxigraph as ox
import pytest

from server.rdf.formats import CSV_RESULTS, JSON_RESULTS, NTRIPLES
from server.rdf.vocabulary import graph_iri
from server.sparql import sandbox, stores
from server.sparql.engine import QueryFailed
from server.sparql.request import QueryRequest
from server.sparql.supervisor import WorkerEngine, Workers
from tests.sparql.asking import BASE, LIMITS, NUMBER_OF_QUADS, Asker, nquads

pytestmark = [
    pytest.mark.skipif(
        not sandbox.is_possible(), reason="a store on disk needs Linux on x86-64 or ARM64"
    ),
]


def written(data: Path, folder: Path) -> list[str]:
    """Have the store prepared; return what was told of it."""
    told: list[str] = []
    assert stores.prepare_on_disk(data, BASE, NUMBER_OF_QUADS, folder, told.append) == folder
    return told


OFFICIAL, PAPER, INFERRED = (graph_iri(name, BASE) for name in ("official", "paper", "inferred"))
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
QUERIES = {
    "default graph": QueryRequest(COUNT, "SELECT"),
    "a lookup": QueryRequest("SELECT ?p ?o { <id/a> ?p ?o } ORDER BY ?p ?o", "SELECT"),
    "named graphs": QueryRequest(
        "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g", "SELECT"
    ),
    "FROM": QueryRequest(COUNT.replace("{ ?s", f"FROM <{PAPER}> {{ ?s"), "SELECT"),
    "one graph": QueryRequest(COUNT, "SELECT", (PAPER,)),
    "all that is stated": QueryRequest(COUNT, "SELECT", (OFFICIAL, PAPER)),
    "a merge": QueryRequest(COUNT, "SELECT", (PAPER, INFERRED)),
    "a merge, and named graphs": QueryRequest(
        "SELECT ?o ?g { <id/a> sl:q ?o GRAPH ?g { ?s sl:n '7' } }",
        "SELECT",
        (PAPER, INFERRED),
        (OFFICIAL,),
    ),
    "named graphs alone": QueryRequest(COUNT, "SELECT", (), (PAPER,)),
    "a large result": QueryRequest(
        "SELECT * { ?s ?p ?o . ?a sl:q ?b } ORDER BY ?s ?p ?o", "SELECT"
    ),
    "a path": QueryRequest("SELECT * { <id/a> sl:p+ ?o }", "SELECT"),
}


@pytest.mark.parametrize("name", QUERIES)
def test_both_stores_answer_alike(in_memory: Asker, on_disk: Asker, name: str) -> None:
    for _ in range(2):  # a query leaves nothing behind
        answers = [one.query(QUERIES[name], CSV_RESULTS) for one in (in_memory, on_disk)]
        memory, stored = (b"".join(answer.chunks()) for answer in answers)
        assert memory == stored
        assert len(stored.splitlines()) > 1


def test_both_construct_alike(in_memory: Asker, on_disk: Asker) -> None:
    request = QueryRequest("CONSTRUCT WHERE { ?s sl:n ?o }", "CONSTRUCT")
    answers = [one.query(request, NTRIPLES) for one in (in_memory, on_disk)]
    memory, stored = (sorted(b"".join(a.chunks()).splitlines()) for a in answers)
    assert memory == stored
    assert len(stored) == 2000


def test_blank_nodes_are_the_same_in_the_default_graph(tmp_path: Path) -> None:
    data = tmp_path / "dataset.nq"
    data.write_text(f"_:x <{BASE}def/p> <{BASE}id/b> <{OFFICIAL}> .\n")
    folder = stores.prepare_on_disk(data, BASE, 1, tmp_path / "s" / "r", lambda _: None)
    assert stores.load(folder, BASE).whole.query(
        f"ASK {{ ?s ?p ?o GRAPH <{OFFICIAL}> {{ ?s ?p ?o }} }}"
    )


class TestPreparing:
    """When a store is written, and that no part of one is ever taken for it."""

    def test_a_whole_store_is_taken_as_it_is(self, data: Path, folder: Path) -> None:
        assert written(data, folder) == []

    def test_the_place_is_named_for_the_release_and_the_engine(self, tmp_path: Path) -> None:
        places = [stores.folder_on_disk(tmp_path / name) for name in ("r1", "r2")]
        assert [p.name for p in places] == [f"r1-{ox.__version__}", f"r2-{ox.__version__}"]

    @pytest.mark.parametrize("pattern", ["*.sst", "MANIFEST-*", "CURRENT", "whole.json"])
    @pytest.mark.parametrize("harm", ["removed", "cut"])
    def test_a_broken_store_is_written_again(
        self, data: Path, folder: Path, tmp_path: Path, pattern: str, harm: str
    ) -> None:
        broken = tmp_path / "stores" / "r1"
        shutil.copytree(folder, broken)
        worst = max(broken.glob(pattern), key=lambda path: path.stat().st_size)
        if harm == "cut":
            os.truncate(worst, worst.stat().st_size // 2)
        else:
            worst.unlink()
        assert not stores.is_whole(broken)
        assert written(data, broken)
        assert len(stores.load(broken, BASE).whole) == NUMBER_OF_QUADS + 2002

    def test_a_store_left_unfinished_is_not_taken(self, data: Path, tmp_path: Path) -> None:
        place = tmp_path / "stores" / "r1"
        unfinished = place.with_name(".building")
        unfinished.mkdir(parents=True)
        (unfinished / "CURRENT").write_text("MANIFEST-000001\n")
        assert written(data, place)
        assert not unfinished.exists()
        assert stores.is_whole(place)

    def test_a_failure_leaves_nothing(self, tmp_path: Path) -> None:
        data = tmp_path / "dataset.nq"
        data.write_text(nquads() + "<broken\n")
        place = tmp_path / "stores" / "r1"
        with pytest.raises(SyntaxError):
            written(data, place)
        assert [path.name for path in place.parent.iterdir()] == [".building.lock"]

    def test_a_full_disk_is_told_before_anything_is_written(
        self, data: Path, tmp_path: Path
    ) -> None:
        place = tmp_path / "stores" / "r1"
        with pytest.raises(OSError, match=r"needs \d+ MB, and \d+ MB are free"):
            stores.prepare_on_disk(data, BASE, 10**12, place, lambda _: None)
        assert not place.exists()

    def test_two_that_come_at_once_write_once(self, data: Path, tmp_path: Path) -> None:
        place, told = tmp_path / "stores" / "r1", list[str]()

        def prepare() -> None:
            told.extend(written(data, place))

        threads = [threading.Thread(target=prepare) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(told) == 1

    def test_stores_of_old_releases_go_unless_they_are_in_use(
        self, data: Path, tmp_path: Path
    ) -> None:
        old, used, new = (tmp_path / "stores" / name for name in ("old", "used", "new"))
        written(data, old)
        shutil.copytree(old, used)
        with stores.hold(used):
            written(data, new)
        assert [place.exists() for place in (old, used, new)] == [False, True, True]


def test_a_store_that_was_lost_is_told_in_time(data: Path, tmp_path: Path) -> None:
    place = tmp_path / "stores" / "r1"
    written(data, place)
    running = Workers(place, BASE, LIMITS)
    asker = Asker(WorkerEngine(running.address, LIMITS))
    try:
        assert asker.query(QUERIES["a lookup"], JSON_RESULTS).size
        (place / "CURRENT").unlink()
        for child in Path(f"/proc/{running.process.pid}/task").glob("*/children"):
            for pid in child.read_text().split():
                os.kill(int(pid), signal.SIGKILL)
        time.sleep(0.3)  # until that was noticed, and others take their places
        with pytest.raises(QueryFailed) as caught:
            asker.query(QUERIES["a lookup"], JSON_RESULTS)
        assert caught.value.reason == "busy"  # no worker came
    finally:
        running.close()
