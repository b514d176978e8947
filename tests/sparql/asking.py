"""What tests of query engines share: a small release, and who asks an engine from any thread."""

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from server.rdf.formats import JSON_RESULTS, Format
from server.rdf.vocabulary import graph_iri
from server.release import schema
from server.release.manifest import DOCUMENTS, QUADS, Manifest
from server.release.reader import Release
from server.sparql.engine import MEGABYTE, Engine, Limits
from server.sparql.request import QueryRequest
from server.sparql.spool import Result

T = TypeVar("T")

BASE = "http://127.0.0.1:8000/"
NUMBER_OF_QUADS = 2004  # of what `nquads` returns
GRAPHS = {"official": 2001, "paper": 2, "inferred": 1}
LIMITS = Limits(seconds=2, memory=256 * MEGABYTE, result=64 * MEGABYTE, total=512 * MEGABYTE)
LIGHT = QueryRequest("SELECT ?o { <id/a> sl:p ?o }", "SELECT")
CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"  # for ever


def nquads(rows: int = 2000) -> str:
    """Return quads: one triple stated in two graphs, and many of one kind."""
    official, paper = (graph_iri(name, BASE) for name in ("official", "paper"))
    shared = f"<{BASE}id/a> <{BASE}def/p> <{BASE}id/b>"
    lines = [f"{shared} <{official}> .", f"{shared} <{paper}> ."]
    lines += [f'<{BASE}id/{i}> <{BASE}def/n> "{i}" <{official}> .' for i in range(rows)]
    lines.append(f'<{BASE}id/a> <{BASE}def/q> "only" <{paper}> .')
    lines.append(f'<{BASE}id/a> <{BASE}def/q> "inferred" <{graph_iri("inferred", BASE)}> .')
    return "\n".join(lines) + "\n"


def release_of(
    folder: Path, text: str, name: str = "r1", counts: Mapping[str, int] = GRAPHS
) -> Release:
    """Write a release of these quads, without resources, that counts so many quads by graph."""
    folder.mkdir(exist_ok=True)
    (folder / QUADS).write_text(text)
    with schema.created(folder / DOCUMENTS):
        pass
    Manifest(name, "1", BASE, "", "", "", 0, 0, dict(counts), {}).write(folder)
    return Release(folder)


class Asker:
    """Asks an engine, whose event loop runs in a thread of its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

        async def start() -> None:
            engine.start(self.loop)

        self.run(start()).result()

    def run(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run something in the loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def begin(
        self, request: QueryRequest, fmt: Format = JSON_RESULTS, client: str = "",
        head: int | None = None,
    ) -> Future[Result]:  # fmt: skip
        """Begin a query; it ends if what is returned is cancelled."""
        return self.run(self.engine.answer(request, fmt, client, head))

    def query(
        self, request: QueryRequest, fmt: Format = JSON_RESULTS, client: str = "",
        head: int | None = None,
    ) -> Result:  # fmt: skip
        """Return the result of a query; raises QueryFailed."""
        return self.begin(request, fmt, client, head).result(120)

    def close(self) -> None:
        """End the loop, and with it all that runs for this one."""
        self.loop.call_soon_threadsafe(self.loop.stop)
