"""The process that holds the store in memory and forks a worker for each query.

A fork takes a few milliseconds and shares the store's memory, so every query gets a process of
its own that the kernel ends at the deadline, whatever the engine is doing, and whose memory is
bounded. Where the client hangs up, its worker is killed.
"""

import contextlib
import gc
import os
import resource
import select
import signal
import socket
import sys
from collections import deque
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import pyoxigraph as ox

from server.engine import embedded, frames
from server.engine.interface import Limits, QueryFailed
from server.formats import BY_KEY
from server.protocol import QueryRequest

# Linux tells at once of a client that has gone; elsewhere the deadline ends its worker.
_HANGUP = getattr(select, "POLLRDHUP", 0) | select.POLLHUP | select.POLLERR


class Zygote:
    """Accepts queries on a listening socket and runs each in a forked worker."""

    def __init__(self, store: ox.Store, base: str, limits: Limits, listener: socket.socket) -> None:
        self.store, self.base, self.limits, self.listener = store, base, limits, listener
        self.running: dict[int, socket.socket] = {}
        self.waiting: deque[socket.socket] = deque()
        self.poll = select.poll()

    def serve(self) -> None:
        """Serve until standard input closes, which it does when the parent process ends."""
        wake, wakened = os.pipe()
        for end in (wake, wakened):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wakened, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for fd in (self.listener.fileno(), wake, sys.stdin.fileno()):
            self.poll.register(fd, select.POLLIN)
        while True:
            ready = [fd for fd, _ in self.poll.poll()]
            if sys.stdin.fileno() in ready:
                for pid in self.running:
                    os.kill(pid, signal.SIGKILL)
                return
            if wake in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(wake, 4096)
            self._step(ready)

    def _step(self, ready: list[int]) -> None:
        self._hang_up(ready)
        self._reap()
        if self.listener.fileno() in ready:
            self._accept()
        while self.waiting and len(self.running) < self.limits.workers:
            self._start(self.waiting.popleft())

    def _accept(self) -> None:
        connection, _ = self.listener.accept()
        if len(self.waiting) < self.limits.waiting:
            self.waiting.append(connection)
            return
        fail(connection, QueryFailed("busy", f"{len(self.waiting)} queries are waiting already."))
        connection.close()

    def _start(self, connection: socket.socket) -> None:
        pid = os.fork()
        if not pid:
            self._work(connection)
        self.running[pid] = connection
        self.poll.register(connection.fileno(), _HANGUP)

    def _work(self, connection: socket.socket) -> NoReturn:
        self.listener.close()
        limit_process(self.limits)
        status = 1
        try:
            request, fmt = read_request(connection)
            result = embedded.evaluate(
                self.store, request, BY_KEY[fmt], self.base, self.limits.result
            )
            signal.setitimer(signal.ITIMER_REAL, 0)
            frames.send(connection, {}, result)
            status = 0
        except QueryFailed as failure:
            status = fail(connection, failure)
        except MemoryError:
            status = fail(connection, out_of_memory(self.limits))
        finally:
            os._exit(status)

    def _hang_up(self, ready: list[int]) -> None:
        for pid, connection in self.running.items():
            if connection.fileno() in ready:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _reap(self) -> None:
        while self.running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            connection = self.running.pop(pid)
            self.poll.unregister(connection.fileno())
            if status:
                fail(connection, cause_of_death(status, self.limits))
            connection.close()


def limit_process(limits: Limits) -> None:
    """Bound this process: the kernel ends it at the deadline and refuses it more memory."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, limits.seconds)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    statm = Path("/proc/self/statm")
    if statm.exists():  # address space is what the kernel can bound; count from what is mapped
        mapped = int(statm.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (mapped + limits.memory,) * 2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # an aborting engine writes where nobody reads


def read_request(connection: socket.socket) -> tuple[QueryRequest, str]:
    """Return the request and the result format that a web process sent."""
    head, _ = frames.receive(connection)
    fmt = head.pop("format")
    request: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in head.items()}
    return QueryRequest(**request), fmt


def write_request(connection: socket.socket, request: QueryRequest, fmt: str) -> None:
    """Send a request to the zygote: the inverse of `read_request`."""
    head: dict[str, Any] = {**asdict(request), "format": fmt}
    frames.send(connection, head)


def fail(connection: socket.socket, failure: QueryFailed) -> int:
    """Tell the web process of a failure, if it still listens; return the exit status 0."""
    with contextlib.suppress(OSError):
        connection.settimeout(1)
        frames.send(
            connection,
            {
                "reason": failure.reason,
                "detail": failure.detail,
                "line": failure.line,
                "column": failure.column,
            },
        )
    return 0


def out_of_memory(limits: Limits) -> QueryFailed:
    """Return the failure of a query that wanted more memory than it may have."""
    return QueryFailed("memory", f"The query needs more than {limits.memory} bytes of memory.")


def cause_of_death(status: int, limits: Limits) -> QueryFailed:
    """Return the failure that a worker's wait status tells of."""
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if number == signal.SIGALRM:
        return QueryFailed("deadline", f"The query ran for more than {limits.seconds:g} seconds.")
    if number in (signal.SIGABRT, signal.SIGKILL):
        return out_of_memory(limits)
    return QueryFailed("crash", "The query engine failed on this query.")


def main(nquads: str, base: str, descriptor: str, *limits: str) -> None:
    """Load a release and serve the listening socket that the parent passed as a descriptor."""
    store = embedded.load(Path(nquads), base)
    gc.freeze()  # keeps the collector from writing to pages that workers share
    seconds, memory, result, workers, waiting = limits
    listener = socket.socket(fileno=int(descriptor))
    bounds = Limits(float(seconds), int(memory), int(result), int(workers), int(waiting))
    Zygote(store, base, bounds, listener).serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
