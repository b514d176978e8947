"""Queries that wait and those at work, counted by client as they come and go."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from server.sparql.engine import QueryFailed
from server.sparql.worker_messages import Message

Done = Callable[[Message | QueryFailed], None]


class Lane(IntEnum):
    """Where a query runs: in a place for light ones, behind these, or when nobody else would."""

    QUICK = 0
    YIELDING = 1
    SLOW = 2


_LANES = len(Lane)


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
        self.all = [0] * _LANES  # how many, by lane
        self.of: dict[str, list[int]] = {}  # the same of each client

    def __len__(self) -> int:
        return len(self.lanes)

    def put(self, job: Job, lane: Lane) -> None:
        """Have a query run in a lane, wherever it was."""
        self.drop(job)
        self.lanes[job] = lane
        self.all[lane] += 1
        self.of.setdefault(job.client, [0] * _LANES)[lane] += 1

    def drop(self, job: Job) -> Lane | None:
        """Forget a query; return the lane that it ran in, if it ran."""
        lane = self.lanes.pop(job, None)
        if lane is not None:
            self.all[lane] -= 1
            mine = self.of[job.client]
            mine[lane] -= 1
            if not any(mine):
                del self.of[job.client]
        return lane

    def count(self, client: str, lane: Lane | None = None) -> int:
        """Return how many queries of a client run, in a lane if one is given."""
        mine = self.of.get(client)
        if mine is None:
            return 0
        return sum(mine) if lane is None else mine[lane]
