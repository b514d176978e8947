"""Gives the queries of one web process to its workers: which next, in which lane, until when.

All of it runs in one event loop. The zygote forks the workers and reaps them; a query goes from
here to a worker and its answer comes back with no other process between.
"""

import asyncio
import contextlib
import os
import signal
import socket
import time
from typing import cast

from server.sparql import process_priority, worker, worker_messages
from server.sparql.engine import Limits, QueryFailed
from server.sparql.fork_channel import Link
from server.sparql.query_lanes import BRIEF, Lanes
from server.sparql.query_queues import Done, Job, Lane
from server.sparql.worker_handle import Worker

_TICK = 0.01  # seconds between looks at what runs
_HURRY = 0.003  # the same while others wait
_GROWING = 0.05  # seconds after which a query's memory is looked at
_BETWEEN_LOOKS = 0.1  # seconds, where it takes a long look
_TRIES = 2
_LONGER = 0.02  # seconds of work after which a query gives way to any other that runs


class Pool:
    """The workers of one event loop, forked by the zygote that listens at a Unix socket."""

    def __init__(self, address: str, limits: Limits, loop: asyncio.AbstractEventLoop) -> None:
        self.limits, self.loop = limits, loop
        self.link = Link(address, loop, self)
        self.lanes = Lanes(limits)
        self.workers: dict[int, Worker] = {}
        self.idle: list[Worker] = []
        self.behind: list[Worker] = []  # idle too, but such as come later than others
        self.expected = 0  # workers asked for and not here yet
        self.changed = False  # whether others may be needed
        self.watcher: asyncio.Task[None] | None = None
        self.next_look = 0.0
        self._connect()

    def begin(self, message: bytes, client: str, seconds: float, done: Done) -> Job:
        """Have a query run by a worker, and `done` called with its answer or its failure."""
        job = Job(message, client, seconds, done)
        if self.link.connection is None and not self._connect():
            self._fail(job, QueryFailed("unavailable", "The query engine is starting again."))
            return job
        if refused := self.lanes.admit(job):
            self._fail(refused, QueryFailed("busy", "Too many queries are waiting already."))
        self._dispatch()
        if self.watcher is None:
            self.watcher = self.loop.create_task(self._watch())
        return job

    def withdraw(self, job: Job) -> None:
        """End a query whose answer nobody wants any more, and with it the worker that runs it.

        One that was sent ahead is ended when it begins.
        """
        job.answered = True
        self.lanes.drop(job)
        for one in [w for w in self.workers.values() if w.job is job]:
            self._end(one)
        self._dispatch()

    # Of workers

    def _connect(self) -> bool:
        if connected := self.link.connect():
            self.changed = True
            self._fill()
        return connected

    def lost(self) -> None:
        """Go on without the zygote, which died: its workers are ended, and another is coming."""
        self.expected = 0
        for one in list(self.workers.values()):
            job = self._forget(one)
            if job:
                self._fail(job, QueryFailed("unavailable", "The query engine is starting again."))
        self._connect()

    def born(self, pid: int, channel: socket.socket) -> None:
        """Take a new worker, which tells when it is ready."""
        channel.setblocking(False)
        one = self.workers[pid] = Worker(pid, channel, worker_messages.Reader(channel), self.loop)
        self.expected -= 1
        self.loop.add_reader(channel.fileno(), self._hear, one)

    def died(self, pid: int, status: int) -> None:
        """Tell whoever waits for a worker why it will not answer, or have its query run anew."""
        if not (one := self.workers.get(pid)):
            return
        self._hear_the_last(one)
        ran = time.monotonic() - one.started
        job = self._forget(one)
        if job and not job.answered:
            killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
            # One that left before it read the query, or that somebody killed, says nothing of it.
            if status == 0 or (killed and ran < self.limits.short and job.tries < _TRIES):
                self.lanes.again(job)
            else:
                self._fail(job, worker.cause_of_death(status, self.limits, job.seconds))
        self._dispatch()

    def _fill(self) -> None:
        """Have one worker more than quick places, busy or ready, and one for what waits slowly.

        So whoever comes after a runaway need not wait for a fork.
        """
        self.changed = False
        waiting = len(self.lanes.slow)
        slow = min(self.lanes.free(Lane.SLOW), waiting) if waiting else 0
        ready = sum(one.lane is Lane.QUICK for one in self.workers.values()) + self.expected
        wanted = self.limits.workers + 1 + slow - ready
        for _ in range(wanted):
            self.link.more()
            self.expected += 1
        for one in self.idle[:-wanted] if wanted < 0 else []:
            self._end(one)

    def _dispatch(self) -> None:
        lanes, idle = self.lanes, self.idle
        if lanes.quick.size:
            self._send_ahead()
        while idle and (job := lanes.next(Lane.QUICK)):
            idle.pop().run(job)
        heavy = lanes.quick.size and lanes.heavier_wait
        while heavy and (idle or self.behind) and (job := lanes.next(Lane.YIELDING)):
            if self.behind:
                one = self.behind.pop()
            else:
                self._move(one := idle.pop(), job, Lane.YIELDING)
            one.run(job)
        while lanes.slow.size and idle and (job := lanes.next(Lane.SLOW)):
            self._move(one := idle.pop(), job, Lane.SLOW)
            one.run(job)
        if self.changed or lanes.slow.size:
            self._fill()

    def _send_ahead(self) -> None:
        """Send what is tiny to workers that are at work on such: they need not wait for more."""
        for one in self.workers.values():
            if one.job and self.lanes.is_tiny(one.job.client):
                while one.takes_more and (job := self.lanes.tiny()):
                    one.follow(job)

    def _hear(self, one: Worker) -> None:
        """Take a worker's answers, or word that it is ready."""
        try:
            message = one.reader.read()
            while message:
                self._heard(one, message)
                message = one.reader.next()
        except BlockingIOError:
            pass
        except (OSError, worker_messages.Broken):
            self.loop.remove_reader(one.channel.fileno())
            self._drop_idle(one)
            return  # the zygote tells of what it died

    def _heard(self, one: Worker, message: worker_messages.Message) -> None:
        """Hand an answer over. The worker stays for another query unless this was a slow one."""
        job = self._finish(one, message)
        if one.job and one.job.answered:
            self._end(one)
        elif one.job is None and one.lane is Lane.QUICK:
            self.idle.append(one)
        elif one.lane is Lane.YIELDING and not one.spent and len(self.behind) < self.limits.workers:
            self.behind.append(one)
        elif one.lane is not Lane.QUICK:
            self._end(one)
        self._dispatch()
        self._hand_over(job, message)

    def _hear_the_last(self, one: Worker) -> None:
        """Hand over what a worker answered before it died of the query that came next."""
        with contextlib.suppress(OSError, worker_messages.Broken):
            while one.job:
                if message := one.reader.read():
                    self._hand_over(self._finish(one, message), message)

    def _finish(self, one: Worker, message: worker_messages.Message) -> Job | None:
        took = message.worked - one.worked
        job = one.finish(message.worked)
        if job:
            self.lanes.note(job.client, took)
            self.lanes.running.drop(job)
        if one.job and not one.job.answered:
            self.lanes.running.put(one.job, Lane.QUICK)
        return job

    @staticmethod
    def _hand_over(job: Job | None, message: worker_messages.Message) -> None:
        if not (job and job.answer(message)) and message.fd is not None:
            os.close(message.fd)

    def _forget(self, one: Worker) -> Job | None:
        """Have done with a worker; return the query that it leaves behind."""
        self.changed = True
        self.workers.pop(one.pid, None)
        self._drop_idle(one)
        self.loop.remove_reader(one.channel.fileno())
        one.reader.drop()
        one.channel.close()
        self._give_back(one)
        job, one.job = one.job, None
        return job

    def _give_back(self, one: Worker) -> None:
        """Have the queries that were to follow wait again, before others."""
        for job in reversed(one.give_back()):
            if not job.answered:
                self.lanes.again(job)

    def _drop_idle(self, one: Worker) -> None:
        for idle in (self.idle, self.behind):
            if one in idle:
                idle.remove(one)

    def _end(self, one: Worker, failure: QueryFailed | None = None) -> None:
        """Kill a worker; its query fails so."""
        job = self._forget(one)
        self.link.kill(one.pid)
        if job and failure:
            self._fail(job, failure)

    def _fail(self, job: Job, failure: QueryFailed) -> None:
        self.lanes.drop(job)
        job.answer(failure)

    # Over time

    async def _watch(self) -> None:
        """Move what overruns to other lanes, and hold the memory of all to its bound."""
        try:
            while self.lanes.running or self.lanes.quick or self.lanes.slow:
                await asyncio.sleep(_HURRY if self._others_wait() else _TICK)
                self._look(time.monotonic())
                await self._bound()
                self._dispatch()
        finally:
            self.watcher = None

    def _look(self, now: float) -> None:
        for job in self.lanes.waiting():
            if now - job.arrived > self.limits.seconds * 2:
                self._fail(job, QueryFailed("busy", "It waited too long for a free place."))
        for one in list(self.workers.values()):
            if one.job and one.lane is not Lane.SLOW:
                if one.is_over(now, self.limits.short):
                    self._overrun(one, one.job)
                elif one.lane is Lane.QUICK and one.is_over(now, self._until_others_count(one)):
                    self._yield(one, one.job)

    def _others_wait(self) -> bool:
        return bool(self.lanes.quick or any(one.following for one in self.workers.values()))

    def _until_others_count(self, one: Worker) -> float:
        """Return the seconds of work after which a query gives way: soon where lighter ones wait.

        Later where others only run, for they too take the processor from each other.
        """
        if one.following or self.lanes.lighter_wait:
            return BRIEF
        return _LONGER if len(self.lanes.running) > 1 else self.limits.short

    def _yield(self, one: Worker, job: Job) -> None:
        """Let a query go on behind lighter ones; where too many do, the largest goes."""
        if not self.lanes.free(Lane.YIELDING):
            behind = [w for w in self.workers.values() if w.lane is Lane.YIELDING and w.job]
            largest = max(behind, key=lambda w: process_priority.worked(w.pid) - w.worked)
            self._overrun(largest, cast(Job, largest.job))
        self._move(one, job, Lane.YIELDING)

    def _overrun(self, one: Worker, job: Job) -> None:
        """Let a query go on in the slow lane; where that is full, have it wait and start anew."""
        self.lanes.note(job.client, self.limits.short)
        if self.lanes.may_slow_down(job):
            self._move(one, job, Lane.SLOW)
            return
        one.job = None
        self._end(one)
        if refusal := self.lanes.slow_down(job):
            self._fail(job, QueryFailed("busy", f"The query is a slow one: {refusal}"))

    def _move(self, one: Worker, job: Job, lane: Lane) -> None:
        self._give_back(one)
        one.lane, self.changed = lane, True
        self.lanes.running.put(job, lane)
        process_priority.come_last(one.pid)

    async def _bound(self) -> None:
        """End the largest query where all together hold too much."""
        now = time.monotonic()
        busy = [w for w in self.workers.values() if w.job and now - w.started > _GROWING]
        if not busy:
            return
        pids = [one.pid for one in busy]
        # What they hold counts the store that they share; only a longer look tells it apart.
        if sum(map(process_priority.resident, pids)) <= self.limits.total or now < self.next_look:
            return
        self.next_look = now + _BETWEEN_LOOKS
        held = await self.loop.run_in_executor(
            None, lambda: [process_priority.private(pid) for pid in pids]
        )
        if sum(held) > self.limits.total:
            worst = busy[held.index(max(held))]
            detail = f"All queries together need more than {self.limits.total} bytes of memory."
            if worst.job:
                self._end(worst, QueryFailed("memory", detail))
