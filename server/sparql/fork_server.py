"""The process that forks query workers for web processes, and holds the store if it is in memory.

A fork takes a few milliseconds and shares the store's memory; one on disk each worker opens.
Each web process asks for workers through a connection of its own, is handed a channel to each, and
told how each ended.
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

from server.sparql import worker
from server.sparql.engine import Limits
from server.sparql.stores import Dataset, load

# To the zygote: 0 for one more worker, or the process id of one to kill. From it: a process id,
# and BORN with the channel to a new worker, or the wait status of one that ended.
ORDER, NEWS = struct.Struct("!i"), struct.Struct("!ii")
MORE, BORN = 0, -1


class Zygote:
    """Forks and reaps the workers of the web processes that connect to a listening socket."""

    def __init__(
        self, source: Dataset | Path, base: str, limits: Limits, listener: socket.socket
    ) -> None:
        self.source, self.base, self.limits, self.listener = source, base, limits, listener
        self.webs: dict[int, socket.socket] = {}
        self.owners: dict[int, socket.socket] = {}  # by the process id of the worker
        self.poll = select.poll()

    def serve(self) -> None:
        """Serve until standard input closes, which it does when the parent process ends."""
        wake = _woken_by_children()
        self.listener.setblocking(False)
        for fd in (self.listener.fileno(), wake, sys.stdin.fileno()):
            self.poll.register(fd, select.POLLIN)
        while sys.stdin.fileno() not in (ready := [fd for fd, _ in self.poll.poll()]):
            if wake in ready:
                os.read(wake, 4096)
            self._reap()
            if self.listener.fileno() in ready:
                self._accept()
            for web in [self.webs[fd] for fd in ready if fd in self.webs]:
                self._obey(web)
        for pid in self.owners:
            os.kill(pid, signal.SIGKILL)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            web, _ = self.listener.accept()
            web.settimeout(1)
            self.webs[web.fileno()] = web
            self.poll.register(web.fileno(), select.POLLIN)

    def _obey(self, web: socket.socket) -> None:
        """Carry out one order; a web process that has gone takes its workers with it."""
        try:
            order = web.recv(ORDER.size, socket.MSG_WAITALL)
            if len(order) == ORDER.size:
                (pid,) = ORDER.unpack(order)
                if pid == MORE:
                    self._fork(web)
                elif self.owners.get(pid) is web:
                    os.kill(pid, signal.SIGKILL)  # it is not reaped yet, so the number is its own
                return
        except OSError:
            pass
        for pid, owner in self.owners.items():
            if owner is web:
                os.kill(pid, signal.SIGKILL)
        self.poll.unregister(web.fileno())
        del self.webs[web.fileno()]
        web.close()

    def _fork(self, web: socket.socket) -> None:
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if not pid:
            worker.run(self.source, self.base, self.limits, theirs)
        theirs.close()
        self.owners[pid] = web
        with ours, contextlib.suppress(OSError):
            socket.send_fds(web, [NEWS.pack(pid, BORN)], [ours.fileno()])

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            if owner := self.owners.pop(pid, None):
                with contextlib.suppress(OSError):
                    owner.sendall(NEWS.pack(pid, status))


def _woken_by_children() -> int:
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
    with ThreadPoolExecutor(1) as thread:  # whose part of the heap is its own (malloc(3), "arena"):
        # what queries allocate does not fall into gaps of the store, on pages that workers share
        source = path if path.is_dir() else thread.submit(load, path, base).result()
    gc.freeze()  # keeps the collector from writing to pages that workers share
    listener = socket.socket(fileno=int(descriptor))
    Zygote(source, base, Limits(**json.loads(limits)), listener).serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
