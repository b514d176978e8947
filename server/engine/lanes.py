"""Which query runs next: two lanes, and fair shares by client."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

from server.engine.frames import Message
from server.engine.interface import Limits

_HURRIED = 0.003  # seconds


@dataclass(eq=False)
class Job:
    """A query as it is sent to a worker, who asks it, and where its answer is awaited.

    `seconds` is its deadline once it runs; `tries` counts the workers that were given it.
    """

    message: bytes
    client: str
    seconds: float
    answer: asyncio.Future[Message]
    tries: int = 0
    arrived: float = field(default_factory=time.monotonic)


class Lanes:
    """The queries that wait and those that run, by lane.

    A query starts in the quick lane. One that overruns the short budget belongs to the slow lane,
    which has places of its own, so that slow queries never hold the places of light ones.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.quick: list[Job] = []
        self.slow: list[Job] = []
        self.running: dict[Job, bool] = {}  # whether it runs in the slow lane

    def admit(self, job: Job) -> Job | None:
        """Queue a new query; return the one that has no place, if that is so.

        It is the new one where its client fills half of the queue, else the one that waited
        longest: queues fill with what holds places until it overruns; light ones must get by.
        """
        self.quick.append(job)
        # What a free place will take at once does not count as waiting.
        most = self.limits.waiting + self.free(slow=False)
        if len(self.quick) > 1 and self._of(job.client, self.quick) > max(1, most // 2):
            return job
        return self.quick[0] if len(self.quick) > most else None

    def slow_down(self, job: Job) -> str:
        """Queue a query that overran for the slow lane, or return why not."""
        self.running.pop(job)
        most = self.limits.waiting + self.free(slow=True)
        if len(self.slow) >= most:
            return f"{len(self.slow)} slow queries are waiting already."
        if self._of(job.client, self.slow) >= max(1, most // 2):
            return f"{most // 2} slow queries of yours are waiting already."
        self.slow.append(job)
        return ""

    @staticmethod
    def _of(client: str, lane: list[Job]) -> int:
        return sum(job.client == client for job in lane)

    @property
    def budget(self) -> float:
        """The seconds of processor time that a query has in the quick lane: few if others wait."""
        return _HURRIED if self.quick else self.limits.short

    def next(self, slow: bool = False) -> Job | None:
        """Take the query to run next: of the client with the fewest at work.

        Of these, in the quick lane the newest, for who waited long has met runaways; in the slow
        lane the oldest.

        None where nobody waits, or only clients that hold all places but one.
        """
        lane = self.slow if slow else self.quick
        if not lane:
            return None
        if len(lane) == 1 and not self.running:
            self.running[lane[0]] = slow
            return lane.pop()
        places = self.limits.slow if slow else self.limits.workers
        mine = Counter(job.client for job, is_slow in self.running.items() if is_slow == slow)
        load = Counter(job.client for job in (*self.running, *self.slow))
        allowed = [job for job in lane if mine[job.client] < max(1, places - 1)]
        if not allowed:
            return None
        turn = 1 if slow else -1
        chosen = min(allowed, key=lambda job: (load[job.client], turn * job.arrived))
        lane.remove(chosen)
        self.running[chosen] = slow
        return chosen

    def again(self, job: Job) -> None:
        """Have a query that ran run anew, before those that wait."""
        (self.slow if self.running.pop(job, False) else self.quick).insert(0, job)

    def free(self, slow: bool) -> int:
        """Return how many places of a lane are free."""
        taken = sum(is_slow == slow for is_slow in self.running.values())
        return (self.limits.slow if slow else self.limits.workers) - taken

    def may_slow_down(self, job: Job) -> bool:
        """Tell whether a running query may go on in the slow lane at once."""
        mine = sum(slow and other.client == job.client for other, slow in self.running.items())
        return self.free(slow=True) > 0 and mine < max(1, self.limits.slow - 1)

    def waiting(self) -> list[Job]:
        """Return all that wait."""
        return [*self.quick, *self.slow]

    def drop(self, job: Job) -> None:
        """Forget a query, whether it waits or runs."""
        self.running.pop(job, None)
        for lane in (self.quick, self.slow):
            if job in lane:
                lane.remove(job)
