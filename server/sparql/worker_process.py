"""Queries, and the workers that run them, as a web process knows them."""

import asyncio
import contextlib
import os
import resource
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from server.sparql.engine import Finished, QueryFailed
from server.sparql.spool import Result
from server.sparql.worker_messages import Kind, Message, Reader

_MAX_FOLLOWING = 7  # queries that were sent ahead, behind the one that runs
_PATIENCE = 20  # times its budget of processor time, that a query may take by the clock
_PAGE_BYTES = resource.getpagesize()
_LOWEST_PRIORITY = 19


@dataclass(eq=False)
class Query:
    """A query as it is sent to a worker, who asks it, and who is called with its outcome, once.

    `seconds` is its deadline once it runs; `tries` counts the workers that began it.
    """

    message: bytes
    client: str
    seconds: float
    done: Finished
    tries: int = 0
    is_over: bool = False  # answered, or nobody waits for it any more
    arrived: float = field(default_factory=time.monotonic)

    def finish(self, outcome: Result | QueryFailed) -> None:
        """Hand the outcome over, if anybody still waits for it."""
        if not self.is_over:
            self.is_over = True
            self.done(outcome)
        elif isinstance(outcome, Result):
            outcome.file.close()


class WorkerProcess:
    """A forked process, the channel to it, and the queries that were sent there.

    It runs the first of them now; the others follow in turn. `read` is called with this when there
    are `answers`. Raises OSError where no fork server is at the address.
    """

    def __init__(
        self, address: str, loop: asyncio.AbstractEventLoop,
        read: Callable[["WorkerProcess"], None],
    ) -> None:  # fmt: skip
        self.loop, self.channel = loop, socket.socket(socket.AF_UNIX)
        self.channel.setblocking(False)
        try:
            self.channel.connect(address)
        except OSError:
            self.channel.close()
            raise
        loop.add_reader(self.channel.fileno(), read, self)
        self.pid = 0  # until it is ready
        self.reader = Reader(self.channel)
        self.queries: list[Query] = []
        self.is_sending = False  # whether a part of the last query waits for room in the channel
        self.started = 0.0  # when the first query began, by the clock
        self.processor_seconds = 0.0  # used up to the last answer

    def send(self, query: Query) -> None:
        """Have a query run after those that are here."""
        self.queries.append(query)
        if len(self.queries) == 1:
            self._start()
        try:
            sent = self.channel.send(query.message)
        except BlockingIOError:
            sent = 0
        except OSError:  # it died, which is read soon; this query did not begin
            query.tries -= 1
            return
        if sent < len(query.message):
            self.is_sending = True
            self.loop.create_task(self._send_rest(query.message[sent:]))

    async def _send_rest(self, rest: bytes) -> None:
        with contextlib.suppress(OSError):
            await self.loop.sock_sendall(self.channel, rest)
        self.is_sending = False

    def _start(self) -> None:
        self.queries[0].tries += 1
        self.started = time.monotonic()

    @property
    def takes_more(self) -> bool:
        """Whether a query may be sent ahead, to follow the one that runs."""
        return not self.is_sending and 0 < len(self.queries) <= _MAX_FOLLOWING

    def answers(self) -> Iterator[tuple[Query | None, float, Message]]:
        """Yield each answer that came: its query, the processor time that took, and the message.

        The next query begins, if there is one. There is none where the worker became ready, or
        ended. Raises EOFError where the fork server ended.
        """
        with contextlib.suppress(BlockingIOError):
            self.reader.receive()
        while message := self.reader.next():
            if message.kind is Kind.END:
                yield None, 0, message
                return
            if message.kind is Kind.READY:
                self.pid = int(message.body)
            seconds = message.processor_seconds - self.processor_seconds
            self.processor_seconds = message.processor_seconds
            query = self.queries.pop(0) if self.queries else None
            if self.queries:
                self._start()
            yield query, seconds, message

    def take_back(self) -> list[Query]:
        """Return the queries that have not begun and for which somebody waits.

        They are still in the channel, so the worker must end once it has answered the first.
        """
        following, self.queries[1:] = self.queries[1:], []
        return [query for query in following if not query.is_over]

    def worked(self) -> float:
        """Return the processor time that the first query has had so far.

        The clock would blame it for what others do: on a busy machine time passes without work.
        """
        with contextlib.suppress(OSError):
            clock = ~self.pid << 3 | 2  # as clock_getcpuclockid(3) makes it on Linux
            return time.clock_gettime(clock) - self.processor_seconds
        # On Linux it has ended, which is no fault of the query; elsewhere only the clock tells.
        return 0.0 if sys.platform == "linux" else time.monotonic() - self.started

    def is_over(self, budget: float) -> bool:
        """Tell whether the first query has had more than so many seconds of processor time.

        For one that does not work but wait, for a disk, the clock counts in the end.
        """
        gone = time.monotonic() - self.started
        return gone > budget and (gone > _PATIENCE * budget or self.worked() > budget)

    def set_idle_priority(self) -> None:
        """Let it run only when nobody else wants the processor; there is no way back from this."""
        with contextlib.suppress(OSError):
            if hasattr(os, "SCHED_IDLE"):
                os.sched_setscheduler(self.pid, os.SCHED_IDLE, os.sched_param(0))
            else:
                os.setpriority(os.PRIO_PROCESS, self.pid, _LOWEST_PRIORITY)

    def close(self) -> None:
        """Close the channel, which ends the process."""
        self.loop.remove_reader(self.channel.fileno())
        self.reader.close()
        self.channel.close()


def resident_bytes(pid: int) -> int:
    """Return the memory that a process has, shared or not; 0 where the system does not tell."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
    return 0


def private_bytes(pid: int) -> int:
    """Return the memory that a process shares with no other; 0 where the system does not tell.

    For a large process this takes longer than most queries.
    """
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Private_Dirty:"):
                return int(line.split()[1]) * 1024
    return 0
