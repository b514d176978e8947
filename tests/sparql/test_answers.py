"""Answers whose asker has gone."""

import asyncio
import contextlib
import time
from pathlib import Path

from server.rdf.formats import CSV_RESULTS
from server.sparql.request import QueryRequest
from server.sparql.spool import spool_folder
from server.sparql.supervisor import WorkerEngine, Workers
from tests.needs import needs


@needs(Path("/proc/self/fd").exists(), "/proc")
def test_an_answer_that_comes_as_its_asker_goes_leaves_no_file(workers: Workers) -> None:
    engine = WorkerEngine(workers.address, workers.limits)
    large = QueryRequest("SELECT * { ?s ?p ?o }", "SELECT")

    async def leave(pause: float) -> None:
        task = asyncio.create_task(engine.answer(large, CSV_RESULTS))
        await asyncio.sleep(pause)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            (await task).file.close()

    async def leave_often() -> None:
        engine.start(asyncio.get_running_loop())
        begun = time.monotonic()
        (await engine.answer(large, CSV_RESULTS)).file.close()
        usual = time.monotonic() - begun
        for i in range(40):  # from before the answer to behind it
            await leave(usual * i / 20)

    before = files()
    asyncio.run(leave_often())
    assert files() == before


def files() -> set[str]:
    """Return the results on disk that this process has open."""
    found = set()
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(str(link.readlink()))
    return {name for name in found if name.startswith(spool_folder()) and "deleted" in name}
