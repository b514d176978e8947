"""A small release, and engines over it: in memory and on disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.sparql import stores
from server.sparql.supervisor import WorkerEngine, Workers
from tests.sparql.asking import BASE, LIMITS, NUMBER_OF_QUADS, Asker, nquads


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
def in_memory(workers: Workers) -> Asker:
    return Asker(WorkerEngine(workers.address, LIMITS))


@pytest.fixture(scope="session")
def folder(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = Path(tmp_path_factory.mktemp("disk")) / "stores" / "r1"
    return stores.prepare_on_disk(data, BASE, NUMBER_OF_QUADS, place, lambda _: None)


@pytest.fixture(scope="session")
def on_disk(folder: Path) -> Iterator[Asker]:
    running = Workers(folder, BASE, LIMITS)
    yield Asker(WorkerEngine(running.address, LIMITS))
    running.close()
