"""Answers that nobody fetches: those kept for who asks again, and those whose asker has gone."""

import asyncio
import contextlib
from pathlib import Path
from typing import cast
from urllib.parse import quote

import pytest

from server.http.message import Reply, Request, head
from server.http.query_answers import Results
from server.rdf.formats import CSV_RESULTS, Format
from server.sparql.request import QueryRequest
from server.sparql.scheduler import Pool
from server.sparql.spool import Result, folder
from server.sparql.supervisor import WorkerEngine, Workers
from server.sparql.worker_handle import Worker
from server.sparql.worker_messages import Message
from tests.needs import needs
from tests.sparql.test_remote import release_of

pytestmark = pytest.mark.xdist_group("engine")

LIMIT = 60_000


def request(query: str, *forwarded: str) -> Request:
    told = [(b"x-forwarded-for", address.encode()) for address in forwarded]
    target = f"query={quote(query)}".encode()
    return Request.of(
        "GET", b"/sparql", target, head(((b"accept", b"text/csv"), *told)), "127.0.0.1"
    )


async def asked(results: Results, query: str) -> None:
    """Ask a query thrice at once."""
    replies = await asyncio.gather(*(results.reply(request(query), b"") for _ in range(3)))
    assert all(isinstance(reply, Reply) and reply.status == 200 for reply in replies)


# Bug: each counted, so that in time no room was left for any.
def test_what_is_asked_for_twice_at_once_is_kept_once(workers: Workers, tmp_path: Path) -> None:
    results = Results(release_of(tmp_path / "r", ""), WorkerEngine(workers.address, workers.limits),
                      limit=LIMIT)  # fmt: skip

    async def many() -> None:
        results.engine.attach(asyncio.get_running_loop())
        for i in range(20):
            await asked(results, f"SELECT * {{ ?s ?p ?o }} LIMIT 40 # {i}")

    asyncio.run(many())
    assert len(results.kept) > 5
    assert results.size <= LIMIT
    assert results.size > LIMIT / 2


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


class Recording(WorkerEngine):
    """The engine, noting by whom it is asked."""

    asked_by: str

    async def answer(
        self, request: QueryRequest, fmt: Format, client: str = "", head: int | None = None
    ) -> Result:
        self.asked_by = client
        return await super().answer(request, fmt, client, head)


@pytest.mark.parametrize(
    ("proxies", "told", "client"),
    [
        (0, ["192.0.2.7"], "127.0.0.1"),  # anybody may write it
        (1, [], "127.0.0.1"),
        (1, ["203.0.113.9, 192.0.2.7"], "192.0.2.7"),
        (1, ["203.0.113.9", "192.0.2.7"], "192.0.2.7"),
        (2, ["203.0.113.9, 192.0.2.7, 10.0.0.1"], "192.0.2.7"),
        (2, ["10.0.0.1"], "10.0.0.1"),
        (1, ["2001:db8:1:2:3::4"], "2001:db8:1:2::/64"),
        (1, ["no address"], ""),
    ],
)
def test_clients_behind_proxies_are_told_apart(
    workers: Workers, tmp_path: Path, proxies: int, told: list[str], client: str
) -> None:
    engine = Recording(workers.address, workers.limits)
    results = Results(release_of(tmp_path / "r", ""), engine, proxies=proxies)

    async def once() -> None:
        engine.attach(asyncio.get_running_loop())
        await results.reply(request("ASK{}", *told), b"")

    asyncio.run(once())
    assert engine.asked_by == client
