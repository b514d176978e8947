"""The process that holds the store in memory, forks workers and gives each query to one.

A fork takes a few milliseconds and shares the store's memory. Workers are forked before they are
needed and serve until one overruns; then it is killed, or goes on in the slow lane, and another
takes its place. Where the client hangs up, its worker is killed.
"""

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from server.engine import embedded, frames, worker
from server.engine.interface import Limits, QueryFailed
from server.engine.lanes import Job, Lanes

# Linux tells at once of a client that has gone; elsewhere the deadline ends its worker.
_HANGUP = getattr(select, "POLLRDHUP", 0) | select.POLLHUP | select.POLLERR
_TICK = 50  # milliseconds between looks at what runs
_SLOW_PRIORITY = 15  # nice value: light queries come first on a busy machine


@dataclass(eq=False)
class Worker:
    """A forked process, the channel to it, and the query that it runs."""

    pid: int
    channel: socket.socket
    job: Job | None = None
    slow: bool = False
    started: float = 0.0
    failure: QueryFailed | None = None  # why it was killed, to tell its client


class Zygote:
    """Accepts queries on a listening socket and has each run by a worker."""

    def __init__(self, store: ox.Store, base: str, limits: Limits, listener: socket.socket) -> None:
        self.store, self.base, self.limits, self.listener = store, base, limits, listener
        self.workers: dict[int, Worker] = {}
        self.lanes = Lanes(limits)
        self.poll = select.poll()
        self.looked = 0.0

    def serve(self) -> None:
        """Serve until standard input closes, which it does when the parent process ends."""
        wake, wakened = os.pipe()
        for end in (wake, wakened):
            os.set_blocking(end, False)
        self.listener.setblocking(False)
        signal.set_wakeup_fd(wakened, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for fd in (self.listener.fileno(), wake, sys.stdin.fileno()):
            self.poll.register(fd, select.POLLIN)
        self._fill()
        while True:
            ready = dict(self.poll.poll(_TICK if self.lanes.running else None))
            if sys.stdin.fileno() in ready:
                for pid in self.workers:
                    os.kill(pid, signal.SIGKILL)
                return
            if wake in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(wake, 4096)
            self._step(ready)

    def _step(self, ready: dict[int, int]) -> None:
        for one in list(self.workers.values()):
            if one.channel.fileno() in ready:
                self._hear(one)
        self._hang_up(ready)
        self._reap()
        if self.listener.fileno() in ready:
            self._accept()
        self._look()
        self._dispatch()

    # From clients

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                connection, _ = self.listener.accept()
                self._admit(connection)

    def _admit(self, connection: socket.socket) -> None:
        try:
            connection.settimeout(1)
            head = frames.receive(connection).head
        except (OSError, frames.Broken, ValueError):
            connection.close()
            return
        request, _, _ = worker.unpacked(head)
        job = Job(connection, head, head["client"], self.limits.deadline(request))
        if refusal := self.lanes.admit(job):
            self._end(job, QueryFailed("busy", refusal))
        else:
            self.poll.register(connection.fileno(), _HANGUP)

    def _end(self, job: Job, failure: QueryFailed | None = None) -> None:
        with contextlib.suppress(KeyError):
            self.poll.unregister(job.connection.fileno())
        self.lanes.drop(job)
        if failure:
            worker.fail(job.connection, failure)
        job.connection.close()

    def _hang_up(self, ready: dict[int, int]) -> None:
        for one in list(self.workers.values()):
            if one.job and one.job.connection.fileno() in ready:
                self._kill(one)
        for job in self.lanes.waiting():
            if job.connection.fileno() in ready:
                self._end(job)

    # To and from workers

    def _fork(self, slow: bool) -> Worker:
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if not pid:
            worker.run(self.store, self.base, self.limits, theirs)
        theirs.close()
        one = self.workers[pid] = Worker(pid, ours)
        self.poll.register(ours.fileno(), select.POLLIN)
        if slow:
            self._slow_down(one)
        return one

    def _fill(self) -> None:
        """Have as many workers in the quick lane as it has places, busy or ready."""
        for _ in range(self.limits.workers - sum(not w.slow for w in self.workers.values())):
            self._fork(slow=False)

    def _dispatch(self) -> None:
        self._fill()
        for one in [w for w in self.workers.values() if not w.job and not w.slow]:
            if not self._run(one, self.lanes.next()):
                break
        while self.lanes.free(slow=True) > 0 and (job := self.lanes.next(slow=True)):
            self._run(self._fork(slow=True), job)

    def _run(self, one: Worker, job: Job | None) -> bool:
        if job is None:
            return False
        one.job, one.started = job, time.monotonic()
        with contextlib.suppress(OSError):  # a worker that died meanwhile is reaped with its query
            frames.send(one.channel, job.head, fd=job.connection.fileno())
        return True

    def _hear(self, one: Worker) -> None:
        """Take note that a worker is done with its query; it stays for another, or leaves."""
        said = one.channel.recv(1)
        if one.job:
            if not said:
                return  # it died; `_reap` tells of what
            self._end(one.job)
            one.job = None
        if said != worker.READY or one.slow:
            self._forget(one)

    def _forget(self, one: Worker) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one.pid, signal.SIGKILL)
        with contextlib.suppress(KeyError):
            self.poll.unregister(one.channel.fileno())
        one.channel.close()
        self.workers.pop(one.pid, None)

    def _kill(self, one: Worker, failure: QueryFailed | None = None) -> None:
        """End a worker and its query with it."""
        job, one.job = one.job, None
        self._forget(one)
        if job:
            self._end(job, failure)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            if one := self.workers.get(pid):
                seconds = one.job.seconds if one.job else 0.0
                self._kill(one, worker.cause_of_death(status, self.limits, seconds))

    # Over time

    def _look(self) -> None:
        """Move what overran to the slow lane, and hold the memory of all to its bound."""
        now = time.monotonic()
        if now - self.looked < _TICK / 1000:
            return
        self.looked = now
        for job in self.lanes.waiting():
            if now - job.arrived > self.limits.seconds * 2:
                self._end(job, QueryFailed("busy", "The query waited too long for a free place."))
        busy = [w for w in self.workers.values() if w.job]
        for one in busy:
            if not one.slow and now - one.started > self.limits.short:
                self._overrun(one)
        self._bound([w for w in busy if w.job and now - w.started > _TICK / 1000])

    def _overrun(self, one: Worker) -> None:
        """Let a query go on in the slow lane; where that is full, have it wait and start anew."""
        job = one.job
        if job is None:
            return
        if self.lanes.may_slow_down(job):
            self.lanes.running[job] = True
            self._slow_down(one)
            return
        one.job = None
        self._forget(one)
        self.lanes.running.pop(job)
        if refusal := self.lanes.admit(job, slow=True):
            self._end(job, QueryFailed("busy", f"The query is a slow one: {refusal}"))

    def _slow_down(self, one: Worker) -> None:
        one.slow = True
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, one.pid, _SLOW_PRIORITY)

    def _bound(self, busy: list[Worker]) -> None:
        held = {one: _private(one.pid) for one in busy}
        if sum(held.values()) > self.limits.total:
            worst = max(held, key=lambda one: held[one])
            detail = f"All queries together need more than {self.limits.total} bytes of memory."
            self._kill(worst, QueryFailed("memory", detail))


def _private(pid: int) -> int:
    """Return the bytes of memory that a process shares with no other; 0 if it is not told."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Private_Dirty:"):
                return int(line.split()[1]) * 1024
    return 0


def main(nquads: str, base: str, descriptor: str, limits: str) -> None:
    """Load a release and serve the listening socket that the parent passed as a descriptor."""
    store = embedded.load(Path(nquads), base)
    gc.freeze()  # keeps the collector from writing to pages that workers share
    listener = socket.socket(fileno=int(descriptor))
    Zygote(store, base, Limits(**json.loads(limits)), listener).serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
