"""The process that forks query workers for web processes, and holds the store if it is in memory.

A fork takes a few milliseconds and shares the store's memory; one on disk each worker opens.
Each web process asks for workers through a connection of its own, and is handed a channel to each.
When a worker ends, it is told how: the wait status, and what the worker wrote to standard error.
"""

import contextlib
import gc
import json
import os
import select
import signal
import socket
import struct
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from server.sparql import worker
from server.sparql.engine import Limits
from server.sparql.stores import Dataset, load

# To the fork server: FORK for one more worker, or the process id of one to kill.
# From it: a process id; STARTED with the channel to a new worker, or the wait status of one that
# ended; and the beginning of what that wrote to standard error.
ORDER, NEWS = struct.Struct("!i"), struct.Struct("!ii256s")
FORK, STARTED = 0, -1
_PIPE_BYTES = 64 * 1024


class _Worker(NamedTuple):
    web: socket.socket
    errors: int  # the end to read of a pipe, which is standard error to the worker


class ForkServer:
    """Forks and reaps the workers of the web processes that connect to a listening socket."""

    def __init__(
        self, source: Dataset | Path, base: str, limits: Limits, listener: socket.socket
    ) -> None:
        self.source, self.base, self.limits, self.listener = source, base, limits, listener
        self.webs: dict[int, socket.socket] = {}  # by their descriptor
        self.workers: dict[int, _Worker] = {}  # by their process id
        self.poll = select.poll()

    def serve(self) -> None:
        """Serve until standard input closes, which it does when the parent process ends."""
        child_ended = _wake_descriptor()
        self.listener.setblocking(False)
        for fd in (self.listener.fileno(), child_ended, sys.stdin.fileno()):
            self.poll.register(fd, select.POLLIN)
        while sys.stdin.fileno() not in (ready := [fd for fd, _ in self.poll.poll()]):
            if child_ended in ready:
                os.read(child_ended, 4096)
            self._reap()
            if self.listener.fileno() in ready:
                self._accept()
            for web in [self.webs[fd] for fd in ready if fd in self.webs]:
                self._obey(web)
        for pid in self.workers:
            os.kill(pid, signal.SIGKILL)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            web, _ = self.listener.accept()
            web.settimeout(1)
            self.webs[web.fileno()] = web
            self.poll.register(web.fileno(), select.POLLIN)

    def _obey(self, web: socket.socket) -> None:
        """Carry out one order; a web process that has gone takes its workers with it."""
        order = b""
        with contextlib.suppress(OSError):
            order = web.recv(ORDER.size, socket.MSG_WAITALL)
        if len(order) < ORDER.size:
            self._forget(web)
            return
        (pid,) = ORDER.unpack(order)
        if pid == FORK:
            self._fork(web)
        elif pid in self.workers and self.workers[pid].web is web:
            os.kill(pid, signal.SIGKILL)  # it is not reaped yet, so no other process has its id

    def _forget(self, web: socket.socket) -> None:
        for pid, one in self.workers.items():
            if one.web is web:
                os.kill(pid, signal.SIGKILL)
        self.poll.unregister(web.fileno())
        del self.webs[web.fileno()]
        web.close()

    def _fork(self, web: socket.socket) -> None:
        ours, theirs = socket.socketpair()
        errors, write_end = os.pipe()
        for end in (errors, write_end):
            os.set_blocking(end, False)  # what does not fit the pipe is lost, and holds nobody up
        pid = os.fork()
        if not pid:
            worker.run(self.source, self.base, self.limits, theirs, write_end)
        theirs.close()
        os.close(write_end)
        self.workers[pid] = _Worker(web, errors)
        with ours, contextlib.suppress(OSError):
            socket.send_fds(web, [NEWS.pack(pid, STARTED, b"")], [ours.fileno()])

    def _reap(self) -> None:
        while self.workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            web, errors = self.workers.pop(pid)
            written = b""
            with contextlib.suppress(OSError):
                written = os.read(errors, _PIPE_BYTES).strip()
            os.close(errors)
            with contextlib.suppress(OSError):
                web.sendall(NEWS.pack(pid, status, written[:256]))


def _wake_descriptor() -> int:
    """Return a descriptor that is readable once a child has ended."""
    wake, wakened = os.pipe()
    for end in (wake, wakened):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(wakened, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return wake


def main(place: str, base: str, descriptor: str, limits: str) -> None:
    """Serve the listening socket that the parent passed as a descriptor.

    `place` is a store on disk, a folder, or a file of quads to load into memory.
    """
    path = Path(place)
    # What queries allocate must not fall into gaps of the store, on pages that workers share and
    # would copy. glibc gives a thread a part of the heap of its own (malloc(3), "arena"), so the
    # store is loaded in one; forked workers run on the main thread (decision 32).
    with ThreadPoolExecutor(1) as thread:
        source = path if path.is_dir() else thread.submit(load, path, base).result()
    gc.freeze()  # keeps the collector from writing to pages that workers share
    listener = socket.socket(fileno=int(descriptor))
    ForkServer(source, base, Limits(**json.loads(limits)), listener).serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
