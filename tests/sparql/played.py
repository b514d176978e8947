"""A fork server and its workers, played by a test through the sockets that the real ones use."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from server.sparql.engine import Limits, QueryFailed
from server.sparql.scheduler import Scheduler
from server.sparql.spool import Result
from server.sparql.worker_messages import Kind, Reader, pack, pack_end
from server.sparql.worker_process import Query

TINY, LIGHT, HEAVY = 1e-5, 1e-3, 1.0  # seconds of processor time, one of each kind
_MORE_THAN_USED = 1000.0  # seconds of processor time: with them told, a query has worked for none
_IDLE_PROCESS = "import json, sys; sys.stdin.read()"  # which to start took more than 3 ms of work


class PlayedWorker:
    """The other end of a worker's channel; its process is one that only waits."""

    def __init__(self, channel: socket.socket, told: float) -> None:
        self.channel = channel
        self.reader = Reader(self.channel)
        self.process = subprocess.Popen([sys.executable, "-c", _IDLE_PROCESS],
                                        stdin=subprocess.PIPE)  # fmt: skip
        self.pid = self.process.pid
        self.told = told

    def tell(self, kind: Kind, body: bytes = b"", seconds: float = 0.0) -> None:
        """Send a message: an answer after so many more seconds of processor time."""
        self.told += seconds
        self.channel.send(pack(kind, body, self.told))

    def answer(self, text: str = "", seconds: float = LIGHT) -> None:
        """Answer a query after so many seconds of processor time."""
        self.tell(Kind.RESULT, text.encode(), seconds)

    def queries(self) -> list[str]:
        """Return the queries that came since the last look."""
        self.is_killed()
        found = list[str]()
        while message := self.reader.next():
            found.append(message.body.decode())
        return found

    def is_killed(self) -> bool:
        """Tell whether the channel is closed, upon which a fork server kills the worker."""
        with contextlib.suppress(BlockingIOError):
            try:
                while True:
                    self.reader.receive()
            except (EOFError, ConnectionResetError):
                return True
        return False


class Played:
    """A scheduler whose fork server and workers are played; `outcomes` has what became of queries.

    A query is named, and its outcome is the text of the answer or the reason why there is none.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(folder / "engine"))
        self.listener.listen(100)
        self.listener.setblocking(False)
        loop = asyncio.get_running_loop()
        # The bytes that a process is said to have for itself.
        self.measure: Callable[[int], int] = lambda _: 0
        self.scheduler = Scheduler(
            str(folder / "engine"), limits, loop, lambda pid: self.measure(pid)
        )
        self.workers: list[PlayedWorker] = []
        self.outcomes: dict[str, str] = {}
        self.ordered: list[socket.socket] = []  # workers that were not started yet

    async def start(self, count: int = 1, worked: float | None = None) -> list[PlayedWorker]:
        """Start so many workers, and have them tell that they are ready.

        What they run will have `worked` for so long, besides what their processes took to start.
        """
        told = _MORE_THAN_USED if worked is None else -worked
        while self.forks() < len(self.workers) + count:
            await asyncio.sleep(0.001)
        started = [PlayedWorker(self.ordered.pop(0), told) for _ in range(count)]
        for worker in started:
            self.workers.append(worker)
            worker.tell(Kind.READY, str(worker.pid).encode())
            await self.turn()
        return started

    async def turn(self) -> None:
        """Let the scheduler take what was sent."""
        for _ in range(10):
            await asyncio.sleep(0)

    def ask(self, name: str, client: str = "client") -> Query:
        """Begin a query."""

        def done(outcome: Result | QueryFailed) -> None:
            if isinstance(outcome, QueryFailed):
                self.outcomes[name] = outcome.reason
            else:
                self.outcomes[name] = outcome.read().decode()

        query = Query(pack(Kind.QUERY, name.encode()), client, 30, done)
        self.scheduler.begin(query)
        return query

    def end(self, worker: PlayedWorker, status: int, written: bytes = b"", unread: int = 0) -> None:
        """Tell that a worker ended with a wait status, and left so many bytes unread."""
        worker.channel.send(pack_end(os.waitstatus_to_exitcode(status), unread, written))
        worker.channel.close()

    def forks(self) -> int:
        """Return how many workers were asked for so far."""
        with contextlib.suppress(BlockingIOError):
            while True:
                channel, _ = self.listener.accept()
                channel.setblocking(False)
                self.ordered.append(channel)
        return len(self.workers) + len(self.ordered)

    async def known(self, worker: PlayedWorker, **clients: float) -> None:
        """Have clients known for queries that take so many seconds; `worker` answers these."""
        for client, seconds in clients.items():
            self.ask("before", client)
            worker.queries()
            worker.answer(seconds=seconds)
            await self.turn()

    def close(self) -> None:
        self.listener.close()
        for channel in self.ordered:
            channel.close()
        for worker in self.workers:
            worker.channel.close()
            worker.process.kill()
            worker.process.wait()


@contextlib.asynccontextmanager
async def played(folder: Path, **limits: float) -> AsyncIterator[Played]:
    """Play a fork server with these limits; its workers are there to be started."""
    played = Played(folder, Limits(**limits))  # type: ignore[arg-type]
    try:
        async with asyncio.timeout(20):
            yield played
    finally:
        played.close()
