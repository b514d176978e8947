"""Gives the queries of one web process to its workers: which next, in which lane, until when.

A query starts in the fast lane. Once it has worked for 3 ms while a lighter one waits, or for 250
ms, it moves to the slow lane, whose workers get the processor time that nobody else wants. Where
that lane is full, the largest query there ends: it starts over once, and then fails.

All of this runs in one event loop. A query goes from here to its worker with no other process
between; the fork server only starts workers, ends those whose channel is closed, and tells in the
channel how others ended.
"""

import asyncio
import json
import logging
import signal
import time
from collections.abc import Callable

from server.sparql.client_history import LIGHT_SECONDS, ClientHistory, Rank
from server.sparql.engine import Limits, QueryFailed
from server.sparql.worker import cause_of_death
from server.sparql.worker_messages import Kind, outcome_of
from server.sparql.worker_process import Query, WorkerProcess, private_bytes, resident_bytes

_TICK_SECONDS = 0.01  # between looks at what runs
_SHORT_TICK_SECONDS = 0.003  # the same while others wait
_GROWING_SECONDS = 0.05  # after which a query's memory is looked at
_MEMORY_CHECK_SECONDS = 0.1  # between looks that take long
_MAX_TRIES = 2
_STARTING_AGAIN = "The query engine is starting again."
_logger = logging.getLogger(__name__)


class Scheduler:
    """The waiting and running queries of one event loop, and the workers that run them.

    A worker is starting, idle, or busy in one of the lanes. `address` is that of the fork server;
    `measure` returns the bytes that a process has for itself.
    """

    def __init__(
        self, address: str, limits: Limits, loop: asyncio.AbstractEventLoop,
        measure: Callable[[int], int] = private_bytes,
    ) -> None:  # fmt: skip
        self.address, self.limits, self.loop, self.measure = address, limits, loop, measure
        self.clients = ClientHistory()
        self.waiting: list[Query] = []
        self.workers: set[WorkerProcess] = set()
        self.idle: list[WorkerProcess] = []
        self.fast: set[WorkerProcess] = set()
        self.slow: set[WorkerProcess] = set()
        self.watcher: asyncio.Task[None] | None = None
        self.next_memory_check = 0.0
        self._dispatch()

    def begin(self, query: Query) -> None:
        """Have a query run by a worker; it is told its outcome, perhaps at once."""
        self._order_workers()
        if not self.workers:
            query.finish(QueryFailed("unavailable", _STARTING_AGAIN))
            return
        self.waiting.append(query)
        if refused := self._one_too_many(query):
            self.waiting.remove(refused)
            refused.finish(QueryFailed("busy", "Too many queries are waiting already."))
        self._dispatch()
        if self.watcher is None:
            self.watcher = self.loop.create_task(self._watch())

    def end(self, query: Query) -> None:
        """End a query for which nobody waits any more, and with it the worker that runs it.

        One that was sent ahead is ended when it begins.
        """
        query.is_over = True
        if query in self.waiting:
            self.waiting.remove(query)
        for worker in [w for w in (*self.fast, *self.slow) if w.queries[0] is query]:
            self._end(worker)
        self._dispatch()

    def _one_too_many(self, query: Query) -> Query | None:
        """Return the query to refuse where too many wait.

        It is the new one where its client fills half of the queue, else that which came last of
        those that are taken for the heaviest.
        """
        # What a free place takes at once does not count as waiting.
        most = self.limits.waiting + self.limits.workers - len(self.fast)
        if len(self.waiting) == 1:
            return query if most < 1 else None
        if sum(one.client == query.client for one in self.waiting) > max(1, most // 2):
            return query
        if len(self.waiting) <= most:
            return None
        return max(self.waiting, key=lambda one: (self.clients.rank(one.client), one.arrived))

    # What runs next

    def _dispatch(self) -> None:
        """Start the queries that may start, and have workers ready for others."""
        if self.waiting:
            self._send_ahead()
        while self.waiting and self.idle:
            lane = self.fast
            query = self._next(lane, self.limits.workers)
            if query is None and self.slow:
                lane = self.slow
                query = self._next(lane, self.limits.slow)
            if query is None:
                break
            worker = self.idle.pop()
            lane.add(worker)
            if lane is self.slow:
                worker.set_idle_priority()
            worker.send(query)
        self._order_workers()

    def _send_ahead(self) -> None:
        """Send tiny queries to workers that are at work on such, to follow these.

        This comes before waking another worker: one answers them faster than they can be sent.
        None is sent where others wait, who else might wait for ever.
        """
        if not all(self.clients.is_tiny(query.client) for query in self.waiting):
            return
        for worker in self.fast:
            if self.clients.is_tiny(worker.queries[0].client):
                while self.waiting and worker.takes_more:
                    worker.send(self._lightest(self.waiting, self.fast))

    def _next(self, lane: set[WorkerProcess], places: int) -> Query | None:
        """Take the waiting query to run next in a lane; return None where none may start there.

        No client has all places of a lane. What is known to be heavy starts in the slow lane once
        others run there, for in the fast lane it would pass them.
        """
        if len(lane) >= places:
            return None
        running = _clients(lane)
        most = max(1, places - 1)

        def may_start(query: Query) -> bool:
            if running.count(query.client) >= most:
                return False
            is_heavy = self.clients.rank(query.client) is Rank.HEAVY
            return is_heavy if lane is self.slow else not (is_heavy and self.slow)

        candidates = [query for query in self.waiting if may_start(query)]
        return self._lightest(candidates, lane) if candidates else None

    def _lightest(self, candidates: list[Query], lane: set[WorkerProcess]) -> Query:
        """Take a query of the lightest client, of who has the fewest in a lane, the oldest."""
        running, now, rank = _clients(lane), time.monotonic(), self.clients.rank
        query = min(
            candidates,
            key=lambda q: (rank(q.client, now - q.arrived), running.count(q.client), q.arrived),
        )
        self.waiting.remove(query)
        return query

    # Workers

    def _order_workers(self) -> None:
        """Have one more than the fast lane has places, so that nobody waits for a fork."""
        while len(self.workers) - len(self.slow) <= self.limits.workers:
            try:
                self.workers.add(WorkerProcess(self.address, self.loop, self._read_answers))
            except OSError:  # there is no fork server
                return

    def _read_answers(self, worker: WorkerProcess) -> None:
        """Take a worker's answers, word that it is ready, or how it ended."""
        try:
            for query, seconds, message in worker.answers():
                if message.kind is Kind.END:
                    self._worker_died(worker, *json.loads(message.body))
                    return
                if query:
                    self.clients.note(query.client, seconds)
                self._settle(worker)
                self._dispatch()
                if query:
                    query.finish(outcome_of(message))
        except (OSError, EOFError):  # the fork server has died, and another is coming
            if query := self._end(worker):
                query.finish(QueryFailed("unavailable", _STARTING_AGAIN))
            self._dispatch()

    def _settle(self, worker: WorkerProcess) -> None:
        """Decide what becomes of a worker that has answered."""
        if worker.queries:
            if worker.queries[0].is_over:  # nobody waits for it any more
                self._end(worker)
        elif worker in self.slow:  # it would stay slow, and queries may be left in its channel
            self._end(worker)
        else:
            self.fast.discard(worker)
            self.idle.append(worker)

    def _worker_died(self, worker: WorkerProcess, status: int, unread: int, written: str) -> None:
        """Fail the query of which a worker died, or have it run anew if it is not to blame."""
        seconds = time.monotonic() - worker.started
        sent = sum(len(query.message) for query in worker.queries)
        has_begun = status != 0 and unread < sent  # it leaves with 0 between two queries
        query = self._end(worker)
        if query and not query.is_over:
            was_early = seconds < self.limits.short and query.tries < _MAX_TRIES
            killed_early = status == -signal.SIGKILL and was_early
            if killed_early or not has_begun:
                query.tries -= not has_begun
                self.waiting.append(query)
            else:
                failure = cause_of_death(status, written, self.limits, query.seconds)
                if failure.reason == "crash":
                    _logger.warning("A query worker ended with status %d: %r", status, written)
                query.finish(failure)
        self._dispatch()

    def _end(self, worker: WorkerProcess) -> Query | None:
        """End a worker; return the query that it runs. Those that follow wait again."""
        self.workers.discard(worker)
        if worker in self.idle:
            self.idle.remove(worker)
        self.fast.discard(worker)
        self.slow.discard(worker)
        worker.close()
        self.waiting += worker.take_back()
        return worker.queries.pop() if worker.queries else None

    # Over time

    async def _watch(self) -> None:
        """Move what overruns to the slow lane, and hold the memory of all to its bound."""
        try:
            while self.fast or self.slow or self.waiting:
                others_wait = self.waiting or any(len(worker.queries) > 1 for worker in self.fast)
                await asyncio.sleep(_SHORT_TICK_SECONDS if others_wait else _TICK_SECONDS)
                self._refuse_old()
                ranks = (self.clients.rank(query.client) for query in self.waiting)
                lighter_ones_wait = any(rank is not Rank.HEAVY for rank in ranks)
                for worker in [*self.fast]:
                    is_in_the_way = lighter_ones_wait or len(worker.queries) > 1
                    if worker.is_over(LIGHT_SECONDS if is_in_the_way else self.limits.short):
                        self._move_to_slow_lane(worker)
                await self._check_memory()
                self._dispatch()
        finally:
            self.watcher = None

    def _refuse_old(self) -> None:
        latest = time.monotonic() - 2 * self.limits.seconds
        for query in [query for query in self.waiting if query.arrived < latest]:
            self.waiting.remove(query)
            query.finish(QueryFailed("busy", "It waited too long for a free place."))

    def _move_to_slow_lane(self, worker: WorkerProcess) -> None:
        """Let a query go on slowly; where too many do, the one that has worked longest ends."""
        self.clients.note(worker.queries[0].client, worker.worked())
        if len(self.slow) >= self.limits.slow:
            largest = max((worker, *self.slow), key=WorkerProcess.worked)
            query = self._end(largest)
            if query and query.tries < _MAX_TRIES:
                self.waiting.append(query)
            elif query:
                detail = "Too many slow queries are running, and this was the slowest of them."
                query.finish(QueryFailed("busy", detail))
            if largest is worker:
                return
        self.fast.discard(worker)
        self.slow.add(worker)
        worker.set_idle_priority()
        self.waiting += worker.take_back()

    async def _check_memory(self) -> None:
        """End the query that holds most where all together hold too much."""
        now = time.monotonic()
        busy = [w for w in (*self.fast, *self.slow) if now - w.started > _GROWING_SECONDS]
        # What they hold counts the store that they share; only a longer look tells it apart.
        held = sum(resident_bytes(worker.pid) for worker in busy)
        if held <= self.limits.total or now < self.next_memory_check:
            return
        self.next_memory_check = now + _MEMORY_CHECK_SECONDS
        measured = {worker: worker.queries[0] for worker in busy}
        private = await self.loop.run_in_executor(
            None, lambda: {worker: self.measure(worker.pid) for worker in measured}
        )
        largest = max(private, key=lambda worker: private[worker])
        if sum(private.values()) <= self.limits.total:
            return
        # In the meantime it may have answered that query, and run another.
        if measured[largest] in largest.queries[:1] and (query := self._end(largest)):
            detail = f"All queries together need more than {self.limits.total} bytes of memory."
            query.finish(QueryFailed("memory", detail))


def _clients(lane: set[WorkerProcess]) -> list[str]:
    return [worker.queries[0].client for worker in lane]
