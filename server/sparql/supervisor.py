"""The engine that runs queries in workers, and the supervisor of the server that forks these."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pyoxigraph

from server.rdf.formats import JSON_RESULTS, Format
from server.rdf.vocabulary import XSD
from server.sparql import stores
from server.sparql.engine import Engine, Finished, Limits, QueryFailed
from server.sparql.request import QueryRequest
from server.sparql.scheduler import Scheduler
from server.sparql.worker_messages import pack_query
from server.sparql.worker_process import Query

_RESTART_SECONDS = 0.2  # between the death of a fork server and the start of the next
_GEOMETRY = (
    "area asGeoJSON centroid convexHull coordinateDimension difference dimension distance "
    "envelope getSRID intersection isEmpty isSimple length perimeter relate spatialDimension "
    "symDifference union ehContains ehCoveredBy ehCovers ehDisjoint ehEquals ehInside ehMeet "
    "ehOverlap rcc8dc rcc8ec rcc8eq rcc8ntpp rcc8ntppi rcc8po rcc8tpp rcc8tppi sfContains "
    "sfCrosses sfDisjoint sfEquals sfIntersects sfOverlaps sfTouches sfWithin"
)
_CASTS = (
    "date dayTimeDuration duration gDay gMonth gMonthDay gYear gYearMonth time yearMonthDuration"
)


class WorkerEngine(Engine):
    """Has queries run by workers of the fork server that listens at a Unix socket."""

    functions = (
        *(f"http://www.opengis.net/def/function/geosparql/{name}" for name in _GEOMETRY.split()),
        *(XSD + name for name in _CASTS.split()),
    )
    version = f"pyoxigraph {pyoxigraph.__version__}"

    def __init__(self, address: str, limits: Limits) -> None:
        self.address, self.limits = address, limits
        self.scheduler: Scheduler | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to answer in this event loop; called from within it."""
        super().start(loop)
        self.scheduler = Scheduler(self.address, self.limits, loop)

    async def warm(self) -> None:
        """Wait until workers answer: their store is loaded first."""
        while True:
            with contextlib.suppress(QueryFailed):
                await self.answer(QueryRequest("ASK {}", "ASK"), JSON_RESULTS)
                return
            await asyncio.sleep(_RESTART_SECONDS)

    def status(self) -> dict[str, int]:
        """Return whether workers are there, and how many queries wait and run in each lane."""
        s = self.scheduler
        if s is None:
            return {"up": 0}
        lanes = {"waiting": len(s.waiting), "fast": len(s.fast), "slow": len(s.slow)}
        return {"up": int(bool(s.idle or s.fast or s.slow)), **lanes}

    def begin(
        self, request: QueryRequest, fmt: Format, client: str, done: Finished,
        head: int | None = None,
    ) -> Callable[[], object]:  # fmt: skip
        """Begin a query; see Engine.begin. What ends it kills the worker that runs it."""
        message = pack_query(request, fmt.key, head)
        query = Query(message, client, self.limits.deadline(request), done)
        if self.scheduler is None:
            query.finish(QueryFailed("unavailable", "The query engine is starting."))
            return lambda: None
        self.scheduler.begin(query)
        return partial(self.scheduler.end, query)


class Workers:
    """Keeps a fork server running for one release, and starts it again should it die.

    `place` is what it answers from: a file of quads, held in memory, or a store on disk.
    """

    def __init__(self, place: Path, base: str, limits: Limits) -> None:
        self.place, self.base, self.limits = place, base, limits
        self.held = stores.hold(place) if place.is_dir() else None
        # The path of a socket has room for a hundred bytes (unix(7)).
        usual = tempfile.gettempdir()
        short = usual if len(os.fsencode(usual)) < 70 else "/tmp"  # noqa: S108 (a folder in it)
        self.folder = tempfile.TemporaryDirectory(prefix="spacelaw-", dir=short)
        self.address = str(Path(self.folder.name) / "engine")
        # The socket outlives the fork server: who connects meanwhile waits for the next.
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.address)
        self.listener.listen(256)
        self.is_closing = False
        self.lock = threading.Lock()
        self.process = self._start()
        threading.Thread(target=self._watch, daemon=True).start()

    def close(self) -> None:
        """End the fork server; running queries end with it."""
        with self.lock:
            self.is_closing = True
            self._end()
            self.listener.close()
            if self.held:
                self.held.close()
        with contextlib.suppress(OSError):
            self.folder.cleanup()

    def _start(self) -> subprocess.Popen[bytes]:
        descriptor = self.listener.fileno()
        arguments = [str(self.place), self.base, str(descriptor), json.dumps(asdict(self.limits))]
        return subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-P", "-m", "server.sparql.fork_server", *arguments],
            stdin=subprocess.PIPE,  # which closes with this process, and ends the fork server
            pass_fds=(descriptor,),
            start_new_session=True,
        )

    def _watch(self) -> None:
        while not self.is_closing:
            self.process.wait()
            time.sleep(_RESTART_SECONDS)
            with self.lock:
                if not self.is_closing:
                    self._end()
                    self.process = self._start()

    def _end(self) -> None:
        """Kill the whole process group: the workers would go on to their deadlines."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
