"""Which query runs next: by lanes, by what is known of clients, and fair shares among these."""

import asyncio
import time
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from enum import Enum, IntEnum

from server.engine.frames import Message
from server.engine.interface import Limits

BRIEF = 0.003  # seconds of work after which a query gives way to lighter ones that wait
_YIELDING = 8
_REMEMBERED = 4096  # clients


class Lane(Enum):
    """Where a query runs: in a place for light ones, behind these, or when nobody else would."""

    QUICK = "quick"
    YIELDING = "yielding"
    SLOW = "slow"


class Rank(IntEnum):
    """What a client's next query is taken for, by those before."""

    LIGHT = 0
    UNKNOWN = 1
    HEAVY = 2


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

    A query starts in the quick lane, and gives its place up when lighter ones wait. One that
    overruns the short budget belongs to the slow lane. Each lane has places of its own, so that
    longer queries never hold the places of light ones.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.quick: list[Job] = []
        self.slow: list[Job] = []
        self.running: dict[Job, Lane] = {}
        self.places = {
            Lane.QUICK: limits.workers,
            Lane.YIELDING: _YIELDING,
            Lane.SLOW: limits.slow,
        }
        self.work: OrderedDict[str, float] = OrderedDict()  # seconds that a client's queries take

    def admit(self, job: Job) -> Job | None:
        """Queue a new query; return the one that has no place, if that is so.

        It is the new one where its client fills half of the queue, else of those that are taken
        for the heaviest the one that came last.
        """
        self.quick.append(job)
        # What a free place will take at once does not count as waiting.
        most = self.limits.waiting + self.free(Lane.QUICK)
        if len(self.quick) > 1 and self._of(job.client, self.quick) > max(1, most // 2):
            return job
        if len(self.quick) <= most:
            return None
        return max(self.quick, key=lambda one: (self.rank(one.client), one.arrived))

    def slow_down(self, job: Job) -> str:
        """Queue a query that overran for the slow lane, or return why not."""
        self.running.pop(job)
        most = self.limits.waiting + self.free(Lane.SLOW)
        if len(self.slow) >= most:
            return f"{len(self.slow)} slow queries are waiting already."
        if self._of(job.client, self.slow) >= max(1, most // 2):
            return f"{most // 2} slow queries of yours are waiting already."
        self.slow.append(job)
        return ""

    @staticmethod
    def _of(client: str, lane: list[Job]) -> int:
        return sum(job.client == client for job in lane)

    def note(self, client: str, seconds: float) -> None:
        """Remember how much processor time a query of a client took; older ones count less."""
        self.work[client] = (self.work.pop(client, seconds) + seconds) / 2
        if len(self.work) > _REMEMBERED:
            self.work.popitem(last=False)

    def rank(self, client: str) -> Rank:
        """Return what the next query of a client is taken for."""
        work = self.work.get(client)
        if work is None:
            return Rank.UNKNOWN
        return Rank.HEAVY if work > BRIEF else Rank.LIGHT

    @property
    def lighter_wait(self) -> bool:
        """Whether any waits that is not known to be heavy, for which others give way."""
        return any(self.rank(job.client) is not Rank.HEAVY for job in self.quick)

    def next(self, lane: Lane) -> Job | None:
        """Take the query to run next in a lane.

        It is that of the lightest client, among these of who has the fewest at work, then the
        oldest. What is taken for heavy starts in the yielding lane as soon as others run there, so
        that it passes none of them. None where nobody waits, or only clients that hold all places
        but one.
        """
        waiting = self.slow if lane is Lane.SLOW else self.quick
        if len(waiting) == 1 and not self.running and lane is not Lane.YIELDING:
            self.running[waiting[0]] = lane
            return waiting.pop()
        mine = Counter(job.client for job, where in self.running.items() if where is lane)
        allowed = [job for job in waiting if mine[job.client] < max(1, self.places[lane] - 1)]
        if lane is Lane.YIELDING:
            allowed = [job for job in allowed if self.rank(job.client) is Rank.HEAVY]
        elif lane is Lane.QUICK and Lane.YIELDING in self.running.values():
            allowed = [job for job in allowed if self.rank(job.client) is not Rank.HEAVY]
        if not allowed:
            return None
        load = Counter(job.client for job in (*self.running, *self.slow))
        chosen = min(
            allowed, key=lambda job: (self.rank(job.client), load[job.client], job.arrived)
        )
        waiting.remove(chosen)
        self.running[chosen] = lane
        return chosen

    def again(self, job: Job) -> None:
        """Have a query that ran run anew, before those that wait."""
        (self.slow if self.running.pop(job, None) is Lane.SLOW else self.quick).insert(0, job)

    def free(self, lane: Lane) -> int:
        """Return how many places of a lane are free."""
        return self.places[lane] - sum(where is lane for where in self.running.values())

    def may_slow_down(self, job: Job) -> bool:
        """Tell whether a running query may go on in the slow lane at once."""
        running = self.running.items()
        mine = sum(lane is Lane.SLOW and other.client == job.client for other, lane in running)
        return self.free(Lane.SLOW) > 0 and mine < max(1, self.limits.slow - 1)

    def waiting(self) -> list[Job]:
        """Return all that wait."""
        return [*self.quick, *self.slow]

    def drop(self, job: Job) -> None:
        """Forget a query, whether it waits or runs."""
        self.running.pop(job, None)
        for lane in (self.quick, self.slow):
            if job in lane:
                lane.remove(job)
