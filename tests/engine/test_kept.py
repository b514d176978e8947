"""The answers to queries that are kept for those who ask again: as many as their bound allows."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest

from server.engine.workers import WorkerEngine, Workers
from server.web.results import Results
from server.web.rsgi import Reply
from tests.engine.test_remote import release_of

pytestmark = pytest.mark.xdist_group("engine")

LIMIT = 60_000


async def asked(results: Results, query: str) -> None:
    """Ask a query thrice at once."""
    scope = SimpleNamespace(method="GET", path="/sparql", query_string=f"query={quote(query)}",
                            headers={"accept": "text/csv"}, client="127.0.0.1:1")  # fmt: skip
    replies = await asyncio.gather(*(results.reply(scope, b"") for _ in range(3)))  # type: ignore[arg-type]
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
