"""A small release, and the engine over it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.rdf.vocabulary import graph_iri
from server.sparql import disk_store
from server.sparql.engine import MEGABYTE, Limits
from server.sparql.supervisor import Workers

BASE = "http://127.0.0.1:8000/"
QUADS = 2004  # of what `nquads` returns
LIMITS = Limits(seconds=2, memory=256 * MEGABYTE, result=64 * MEGABYTE, total=512 * MEGABYTE)


def nquads(rows: int = 2000) -> str:
    """Return quads: one triple stated in two graphs, and many of one kind."""
    official, paper = (graph_iri(name, BASE) for name in ("official", "paper"))
    shared = f"<{BASE}id/a> <{BASE}def/p> <{BASE}id/b>"
    lines = [f"{shared} <{official}> .", f"{shared} <{paper}> ."]
    lines += [f'<{BASE}id/{i}> <{BASE}def/n> "{i}" <{official}> .' for i in range(rows)]
    lines.append(f'<{BASE}id/a> <{BASE}def/q> "only" <{paper}> .')
    lines.append(f'<{BASE}id/a> <{BASE}def/q> "inferred" <{graph_iri("inferred", BASE)}> .')
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = Path(tmp_path_factory.mktemp("engine")) / "dataset.nq"
    file.write_text(nquads())
    return file


@pytest.fixture(scope="session")
def workers(data: Path) -> Iterator[Workers]:
    running = Workers(data, BASE, LIMITS)
    yield running
    running.close()


@pytest.fixture(scope="session")
def folder(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = Path(tmp_path_factory.mktemp("disk")) / "stores" / "r1"
    return disk_store.prepare(data, BASE, QUADS, place, lambda _: None)


@pytest.fixture(scope="session")
def on_disk(folder: Path) -> Iterator[Workers]:
    running = Workers(folder, BASE, LIMITS)
    yield running
    running.close()
