"""The engine that runs each query in a process of its own, forked by the zygote."""

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
from typing import cast

import pyoxigraph

from server.rdf.formats import Format
from server.sparql import disk_store
from server.sparql.engine import Engine, Finished, Limits, QueryFailed
from server.sparql.extension_functions import FUNCTIONS
from server.sparql.request import QueryRequest
from server.sparql.scheduler import Pool
from server.sparql.spool import Result
from server.sparql.worker import packed
from server.sparql.worker_messages import Message


class WorkerEngine(Engine):
    """Has queries run by workers of the zygote that listens at a Unix socket.

    All happens in one event loop: that of the web process once it is `attached`, else one in a
    thread of its own.
    """

    functions = FUNCTIONS
    version = f"pyoxigraph {pyoxigraph.__version__}"

    def __init__(self, address: str, limits: Limits) -> None:
        self.address, self.limits = address, limits
        # Waiting, running and handing over: no answer can come later.
        self.patience = limits.seconds * 3 + 5
        self.lock = threading.Lock()
        self.pool: Pool | None = None

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run in this event loop; called from within it."""
        self.pool = Pool(self.address, self.limits, loop)

    def query(
        self, request: QueryRequest, fmt: Format, client: str = "", head: int | None = None
    ) -> Result:
        """Return the whole result of a query, serialized; raise QueryFailed otherwise."""
        answer = asyncio.run_coroutine_threadsafe(
            self.answer(request, fmt, client, head), self._loop()
        )
        try:
            return answer.result(self.patience)
        except TimeoutError:
            answer.cancel()
            raise QueryFailed("deadline", "The query engine did not answer in time.") from None

    async def answer(
        self, request: QueryRequest, fmt: Format, client: str = "", head: int | None = None
    ) -> Result:
        """Do the same in the event loop; a caller that is cancelled ends the query."""
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()

        def done(found: Result | QueryFailed) -> None:
            if answer.done():  # it came just as the caller went
                _give_up(found)
            elif isinstance(found, Result):
                answer.set_result(found)
            else:
                answer.set_exception(found)

        end = self.begin(request, fmt, client, done, head)
        try:
            return await answer
        except asyncio.CancelledError:
            if answer.done() and not answer.cancelled() and not answer.exception():
                _give_up(answer.result())
            end()
            raise

    def begin(
        self, request: QueryRequest, fmt: Format, client: str, done: Finished,
        head: int | None = None,
    ) -> Callable[[], object]:  # fmt: skip
        """Do the same, calling `done`; that takes half of the steps that a coroutine does."""
        if self.pool is None:
            done(QueryFailed("unavailable", "The query engine is starting."))
            return bool

        def finished(found: Message | QueryFailed) -> None:
            done(found if isinstance(found, QueryFailed) else _result(found))

        message = packed(request, fmt.key, head)
        job = self.pool.begin(message, client, self.limits.deadline(request), finished)
        return partial(self.pool.withdraw, job)

    def _loop(self) -> asyncio.AbstractEventLoop:
        with self.lock:
            if self.pool is None:
                loop = asyncio.new_event_loop()
                threading.Thread(target=loop.run_forever, daemon=True).start()

                async def attach() -> None:
                    self.attach(loop)

                asyncio.run_coroutine_threadsafe(attach(), loop).result()
            return cast(Pool, self.pool).loop


def _give_up(found: Result | QueryFailed) -> None:
    if isinstance(found, Result):
        found.file.close()


def _result(answer: Message) -> Result | QueryFailed:
    if "reason" in answer.head:
        return QueryFailed(**answer.head)
    if answer.fd is None:
        return Result.of(answer.body, answer.head["whole"])
    return Result(open(answer.fd, "rb"), answer.head["size"], answer.head["whole"])  # noqa: PTH123


class Workers:
    """Keeps a zygote running for one release, and starts it again should it die.

    `place` is what it answers from: a file of quads, held in memory, or a store on disk.
    """

    def __init__(self, place: Path, base: str, limits: Limits) -> None:
        self.place, self.base, self.limits = place, base, limits
        self.held = disk_store.hold(place) if place.is_dir() else None
        self.folder = tempfile.TemporaryDirectory(prefix="spacelaw-")
        self.address = str(Path(self.folder.name) / "engine")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.address)
        self.listener.listen(256)
        self._engine = WorkerEngine(self.address, limits)
        self.closing = False
        self.lock = threading.Lock()
        self.process = self._start()
        threading.Thread(target=self._watch, daemon=True).start()

    def engine(self) -> WorkerEngine:
        """Return the engine of this process that has its queries run here."""
        return self._engine

    def close(self) -> None:
        """End the zygote; running queries end with it."""
        with self.lock:
            self.closing = True
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
            [sys.executable, "-m", "server.sparql.fork_server", *arguments],
            stdin=subprocess.PIPE,
            pass_fds=(descriptor,),
            start_new_session=True,
        )

    def _watch(self) -> None:
        while not self.closing:
            self.process.wait()
            time.sleep(0.2)
            with self.lock:
                if not self.closing:
                    self._end()
                    self.process = self._start()

    def _end(self) -> None:
        """Kill the zygote's whole group: its workers would go on to their deadlines."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
