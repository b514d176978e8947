"""A worker as its web process knows it: the query that it runs, and those sent ahead to follow."""

import asyncio
import contextlib
import socket
import time
from collections import deque
from dataclasses import dataclass, field

from server.sparql import process_priority, worker_messages
from server.sparql.query_queues import Job, Lane

_AHEAD = 7  # queries that may follow the one that runs
_PATIENCE = 20  # times its budget, a query may take by the clock


@dataclass(eq=False)
class Worker:
    """A forked process, the channel to it, and the queries that it has in there.

    It runs them in turn. One that is `spent` still has queries that others answer meanwhile.
    """

    pid: int
    channel: socket.socket
    reader: worker_messages.Reader
    loop: asyncio.AbstractEventLoop
    job: Job | None = None
    following: deque[Job] = field(default_factory=deque)
    sending: bool = False  # whether a part of the last query waits for room in the channel
    spent: bool = False
    lane: Lane = Lane.QUICK
    started: float = 0.0
    worked: float = 0.0  # processor time up to the last answer, as it told

    def run(self, job: Job) -> None:
        """Have a query run."""
        self._send(job.message)
        self._start(job)

    def follow(self, job: Job) -> None:
        """Have a query run after the others here."""
        self.following.append(job)
        self._send(job.message)

    @property
    def takes_more(self) -> bool:
        """Whether a query may be sent ahead to follow the one that runs."""
        quick = self.job is not None and self.lane is Lane.QUICK
        return quick and not self.sending and len(self.following) < _AHEAD

    def finish(self, worked: float) -> Job | None:
        """Know of an answer; return the query that it is for. The next begins, if there is one."""
        job, self.job, self.worked = self.job, None, worked
        if self.following:
            self._start(self.following.popleft())
        return job

    def give_back(self) -> list[Job]:
        """Return the queries that were to follow: they have not begun, and go elsewhere."""
        found = list(self.following)
        self.following.clear()
        self.spent = self.spent or bool(found)
        return found

    def is_over(self, now: float, budget: float) -> bool:
        """Tell whether its query has had more than so many seconds of processor time.

        On a busy machine time goes by without work, which is not the query's fault; up to a point.
        """
        gone = now - self.started
        if gone <= budget:
            return False
        return gone > _PATIENCE * budget or process_priority.worked(self.pid) - self.worked > budget

    def _send(self, message: bytes) -> None:
        try:
            sent = self.channel.send(message)
        except BlockingIOError:
            sent = 0
        except OSError:  # it died meanwhile, which the zygote tells
            return
        if sent < len(message):
            self.sending = True
            self.loop.create_task(self._send_rest(message[sent:]))

    async def _send_rest(self, rest: bytes) -> None:
        with contextlib.suppress(OSError):
            await self.loop.sock_sendall(self.channel, rest)
        self.sending = False

    def _start(self, job: Job) -> None:
        self.job = job
        job.tries += 1
        self.started = time.monotonic()
