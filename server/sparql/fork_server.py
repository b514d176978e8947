"""The process that forks query workers, and holds the store if it is in memory.

A fork takes a few milliseconds and shares the store's memory; one on disk each worker opens.
Who connects is answered by a worker of its own. That is killed when the connection is closed, and
where it dies before, the last message tells how: its exit status, how many bytes of queries it has
not read, and what it wrote to standard error.
"""

import contextlib
import fcntl
import gc
import json
import os
import select
import signal
import socket
import struct
import sys
import termios
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from server.sparql import worker
from server.sparql.engine import Limits
from server.sparql.stores import Dataset, load
from server.sparql.worker_messages import pack_end

_PIPE_BYTES = 64 * 1024
_INT = struct.Struct("i")


class _Worker(NamedTuple):
    channel: socket.socket
    errors: int  # the end to read of a pipe, which is standard error to the worker


class ForkServer:
    """Forks and reaps the workers of who connects to a listening socket."""

    def __init__(
        self, source: Dataset | Path, base: str, limits: Limits, listener: socket.socket
    ) -> None:
        self.source, self.base, self.limits, self.listener = source, base, limits, listener
        self.workers: dict[int, _Worker] = {}  # by their process id
        self.poll = select.poll()

    def serve(self) -> None:
        """Serve until standard input closes, which it does when the parent process ends."""
        child_ended = _wake_descriptor()
        self.listener.setblocking(False)
        for fd in (self.listener.fileno(), child_ended, sys.stdin.fileno()):
            self.poll.register(fd, select.POLLIN)
        while sys.stdin.fileno() not in (ready := {fd for fd, _ in self.poll.poll()}):
            if child_ended in ready:
                os.read(child_ended, 4096)
            self._reap()
            for pid, (channel, _) in self.workers.items():
                if channel.fileno() in ready:  # closed; a process that is not reaped has its id
                    self.poll.unregister(channel)
                    os.kill(pid, signal.SIGKILL)
            if self.listener.fileno() in ready:
                self._fork()
        for pid in self.workers:
            os.kill(pid, signal.SIGKILL)

    def _fork(self) -> None:
        try:
            channel, _ = self.listener.accept()
        except OSError:
            return
        errors, write_end = os.pipe()
        for end in (errors, write_end):
            os.set_blocking(end, False)  # what does not fit the pipe is lost, and holds nobody up
        pid = os.fork()
        if not pid:
            worker.run(self.source, self.base, self.limits, channel, write_end)
        os.close(write_end)
        self.workers[pid] = _Worker(channel, errors)
        self.poll.register(channel, 0)  # whose end is told in any case

    def _reap(self) -> None:
        while self.workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            channel, errors = self.workers.pop(pid)
            written = b""
            with contextlib.suppress(OSError):
                written = os.read(errors, _PIPE_BYTES).strip()
            os.close(errors)
            with contextlib.suppress(KeyError):
                self.poll.unregister(channel)
            with channel, contextlib.suppress(OSError):
                channel.shutdown(socket.SHUT_RD)  # nothing is sent any more to who is dead
                (unread,) = _INT.unpack(fcntl.ioctl(channel, termios.FIONREAD, bytes(_INT.size)))
                ended = os.waitstatus_to_exitcode(status), unread, written
                channel.send(pack_end(*ended), socket.MSG_DONTWAIT)


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
