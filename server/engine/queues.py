"""Queries that wait and those at work, counted by client as they come and go."""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from server.engine.frames import Message
from server.engine.interface import QueryFailed

Done = Callable[[Message | QueryFailed], None]


class Lane(Enum):
    """Where a query runs: in a place for light ones, behind these, or when nobody else would."""

    QUICK = "quick"
    YIELDING = "yielding"
    SLOW = "slow"


@dataclass(eq=False)
class Job:
    """A query as it is sent to a worker, who asks it, and who is called with its answer, once.

    `seconds` is its deadline once it runs; `tries` counts the workers that were given it.
    """

    message: bytes
    client: str
    seconds: float
    done: Done
    tries: int = 0
    answered: bool = False
    arrived: float = field(default_factory=time.monotonic)

    def answer(self, found: Message | QueryFailed) -> bool:
        """Hand over the answer, or the failure; return whether anybody still wanted it."""
        wanted, self.answered = not self.answered, True
        if wanted:
            self.done(found)
        return wanted


class Waiting:
    """Queries that wait: those of each client in the order in which they came."""

    def __init__(self) -> None:
        self.of: dict[str, deque[Job]] = {}
        self.size = 0

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[Job]:
        for jobs in self.of.values():
            yield from jobs

    def add(self, job: Job, first: bool = False) -> None:
        """Put a query at the end of its client's, or before them."""
        jobs = self.of.setdefault(job.client, deque())
        if first:
            jobs.appendleft(job)
        else:
            jobs.append(job)
        self.size += 1

    def take(self, client: str) -> Job:
        """Take the first query of a client."""
        job = self.of[client].popleft()
        self._less(client)
        return job

    def drop(self, job: Job) -> None:
        """Forget a query, if it is here."""
        if job in self.of.get(job.client, ()):
            self.of[job.client].remove(job)
            self._less(job.client)

    def count(self, client: str) -> int:
        """Return how many queries of a client wait."""
        return len(self.of.get(client, ()))

    def _less(self, client: str) -> None:
        self.size -= 1
        if not self.of[client]:
            del self.of[client]


class AtWork:
    """Queries that run, each in a lane."""

    def __init__(self) -> None:
        self.lanes: dict[Job, Lane] = {}
        self.counts: Counter[tuple[Lane | None, str | None]] = Counter()

    def __len__(self) -> int:
        return len(self.lanes)

    def put(self, job: Job, lane: Lane) -> None:
        """Have a query run in a lane, wherever it was."""
        self.drop(job)
        self.lanes[job] = lane
        self._count(job, lane, 1)

    def drop(self, job: Job) -> Lane | None:
        """Forget a query; return the lane that it ran in, if it ran."""
        lane = self.lanes.pop(job, None)
        if lane:
            self._count(job, lane, -1)
        return lane

    def count(self, lane: Lane | None = None, client: str | None = None) -> int:
        """Return how many queries run, in a lane if one is given, of a client if one is given."""
        return self.counts[lane, client]

    def _count(self, job: Job, lane: Lane, change: int) -> None:
        for key in ((lane, None), (lane, job.client), (None, job.client)):
            self.counts[key] += change
            if not self.counts[key]:
                del self.counts[key]
