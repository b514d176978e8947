"""Which query runs next: by lanes, by what is known of clients, and fair shares among these."""

import time
from collections import OrderedDict
from enum import IntEnum

from server.sparql.engine import Limits
from server.sparql.query_queues import AtWork, Job, Lane, Waiting

BRIEF = 0.003  # seconds of work after which a query gives way to lighter ones that wait
TINY = BRIEF / 10  # seconds of work; such queries one worker answers as fast as they can be sent
_LONG = 0.25  # seconds after which a query of whom nothing is known waits as a light one does
_YIELDING = 8
_REMEMBERED = 4096  # clients


class Rank(IntEnum):
    """What a client's next query is taken for, by those before."""

    LIGHT = 0
    UNKNOWN = 1
    HEAVY = 2


class Lanes:
    """The queries that wait and those that run, by lane.

    A query starts in the quick lane, and gives its place up when lighter ones wait. One that
    overruns the short budget belongs to the slow lane. Each lane has places of its own, so that
    longer queries never hold the places of light ones.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.quick, self.slow, self.running = Waiting(), Waiting(), AtWork()
        self.places = {
            Lane.QUICK: limits.workers,
            Lane.YIELDING: _YIELDING,
            Lane.SLOW: limits.slow,
        }
        self.of_one = {lane: max(1, places - 1) for lane, places in self.places.items()}
        self.work: OrderedDict[str, float] = OrderedDict()  # seconds that a client's queries take

    def admit(self, job: Job) -> Job | None:
        """Queue a new query; return the one that has no place, if that is so.

        It is the new one where its client fills half of the queue, else of those that are taken
        for the heaviest the one that came last.
        """
        self.quick.add(job)
        # What a free place will take at once does not count as waiting.
        most = self.limits.waiting + self.free(Lane.QUICK)
        waiting = self.quick.size
        if waiting > 1 and self.quick.count(job.client) > max(1, most // 2):
            return job
        if waiting <= most:
            return None
        return max(self.quick, key=lambda one: (self.rank(one.client), one.arrived))

    def slow_down(self, job: Job) -> str:
        """Queue a query that overran for the slow lane, or return why not."""
        self.running.drop(job)
        most = self.limits.waiting + self.free(Lane.SLOW)
        if len(self.slow) >= most:
            return f"{len(self.slow)} slow queries are waiting already."
        if self.slow.count(job.client) >= max(1, most // 2):
            return f"{most // 2} slow queries of yours are waiting already."
        self.slow.add(job)
        return ""

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
        return any(self.rank(client) is not Rank.HEAVY for client in self.quick.of)

    @property
    def heavier_wait(self) -> bool:
        """Whether any waits that is known to be heavy, and so may start behind others."""
        return any(self.rank(client) is Rank.HEAVY for client in self.quick.of)

    def next(self, lane: Lane) -> Job | None:
        """Take the query to run next in a lane.

        It is that of the lightest client, among these of who has the fewest at work, then the
        oldest. What is taken for heavy starts in the yielding lane as soon as others run there, so
        that it passes none of them. None where no place is free or nobody waits, or only clients
        that hold all places but one.
        """
        waiting = self.slow if lane is Lane.SLOW else self.quick
        if not waiting.size or self.free(lane) <= 0:
            return None
        found = [
            (self._turn(jobs[0]), self._load(client), jobs[0].arrived, client)
            for client, jobs in waiting.of.items()
            if self._may_run(client, lane)
        ]
        if not found:
            return None
        job = waiting.take(min(found)[-1])
        self.running.put(job, lane)
        return job

    def _turn(self, job: Job) -> Rank:
        """Return as what a query waits; of whom nothing is known yet is not held back for long."""
        rank = self.rank(job.client)
        if rank is Rank.UNKNOWN and time.monotonic() - job.arrived > _LONG:
            return Rank.LIGHT
        return rank

    def is_tiny(self, client: str) -> bool:
        """Tell whether a client's queries are known to take next to nothing."""
        return self.work.get(client, BRIEF) < TINY

    def tiny(self) -> Job | None:
        """Take a query to be sent ahead: of a client whose queries are tiny, as in `next`.

        None where others wait, who else might wait for ever.
        """
        found = []
        for client, jobs in self.quick.of.items():
            if not self.is_tiny(client):
                return None
            found.append((self._load(client), jobs[0].arrived, client))
        return self.quick.take(min(found)[-1]) if found else None

    def _may_run(self, client: str, lane: Lane) -> bool:
        if self.running.count(client, lane) >= self.of_one[lane]:
            return False
        if lane is Lane.YIELDING:
            return self.rank(client) is Rank.HEAVY
        if lane is Lane.QUICK and self.running.all[Lane.YIELDING]:
            return self.rank(client) is not Rank.HEAVY
        return True

    def _load(self, client: str) -> int:
        return self.running.count(client) + self.slow.count(client)

    def again(self, job: Job) -> None:
        """Have a query that ran run anew, before those that wait."""
        lane = self.running.drop(job)
        (self.slow if lane is Lane.SLOW else self.quick).add(job, first=True)

    def free(self, lane: Lane) -> int:
        """Return how many places of a lane are free."""
        return self.places[lane] - self.running.all[lane]

    def may_slow_down(self, job: Job) -> bool:
        """Tell whether a running query may go on in the slow lane at once."""
        mine = self.running.count(job.client, Lane.SLOW)
        return self.free(Lane.SLOW) > 0 and mine < self.of_one[Lane.SLOW]

    def waiting(self) -> list[Job]:
        """Return all that wait."""
        return [*self.quick, *self.slow]

    def drop(self, job: Job) -> None:
        """Forget a query, whether it waits or runs."""
        self.running.drop(job)
        self.quick.drop(job)
        self.slow.drop(job)
