"""Answers whose asker has gone."""

import asyncio
import contextlib
from pathlib import Path
from typing import cast

import pytest

from server.rdf.formats import CSV_RESULTS
from server.sparql.request import QueryRequest
from server.sparql.scheduler import Pool
from server.sparql.spool import folder
from server.sparql.supervisor import WorkerEngine, Workers
from server.sparql.worker_handle import Worker
from server.sparql.worker_messages import Message
from tests.needs import needs

pytestmark = pytest.mark.xdist_group("engine")


@needs(Path("/proc/self/fd").exists(), "/proc")
def test_an_answer_that_comes_as_its_asker_goes_leaves_no_file(workers: Workers) -> None:
    engine = WorkerEngine(workers.address, workers.limits)
    large = QueryRequest("SELECT * { ?s ?p ?o }", "SELECT")

    async def leave() -> None:
        engine.attach(asyncio.get_running_loop())
        pool = cast(Pool, engine.pool)
        deliver = pool._heard

        def and_go(one: Worker, message: Message) -> None:
            job = one.job
            deliver(one, message)
            if job:
                task.cancel()

        pool._heard = and_go  # type: ignore[method-assign]
        task = asyncio.create_task(engine.answer(large, CSV_RESULTS))
        with pytest.raises(asyncio.CancelledError):
            await task

    before = files()
    asyncio.run(leave())
    assert files() == before


def files() -> set[str]:
    """Return the results on disk that this process has open."""
    found = set()
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(str(link.readlink()))
    return {name for name in found if name.startswith(folder()) and "deleted" in name}
