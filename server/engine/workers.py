"""The engine that runs each query in a process of its own, forked by the zygote."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import astuple
from pathlib import Path

from server.engine import frames
from server.engine.interface import Engine, Limits, QueryFailed
from server.engine.zygote import write_request
from server.formats import Format
from server.protocol import QueryRequest


class WorkerEngine(Engine):
    """Sends queries to the zygote that listens at a Unix socket."""

    def __init__(self, address: str, patience: float) -> None:
        """Wait at most `patience` seconds for an answer, time in the queue included."""
        self.address, self.patience = address, patience

    def query(self, request: QueryRequest, fmt: Format) -> bytes:
        """Return the whole result of a query, serialized; raise QueryFailed otherwise."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(self.patience)
            try:
                connection.connect(self.address)
                write_request(connection, request, fmt.key)
                head, body = frames.receive(connection)
            except TimeoutError:
                raise QueryFailed("deadline", "The query engine did not answer in time.") from None
            except (OSError, frames.Broken):
                raise QueryFailed("unavailable", "The query engine is starting again.") from None
        if "reason" in head:
            raise QueryFailed(**head)
        return body


class Workers:
    """Keeps a zygote running for one release, and starts it again should it die."""

    def __init__(self, nquads: Path, base: str, limits: Limits) -> None:
        self.nquads, self.base, self.limits = nquads, base, limits
        self.folder = tempfile.TemporaryDirectory(prefix="spacelaw-")
        self.address = str(Path(self.folder.name) / "engine")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.address)
        self.listener.listen(256)
        self.closing = False
        self.process = self._start()
        threading.Thread(target=self._watch, daemon=True).start()

    def engine(self) -> WorkerEngine:
        """Return an engine that sends its queries here."""
        queued = self.limits.seconds * (1 + self.limits.waiting / self.limits.workers)
        return WorkerEngine(self.address, queued + 5)

    def close(self) -> None:
        """End the zygote; running queries end with it."""
        self.closing = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.listener.close()
        with contextlib.suppress(OSError):
            self.folder.cleanup()

    def _start(self) -> subprocess.Popen[bytes]:
        descriptor = self.listener.fileno()
        arguments = [str(self.nquads), self.base, str(descriptor), *map(str, astuple(self.limits))]
        return subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", "server.engine.zygote", *arguments],
            stdin=subprocess.PIPE,
            pass_fds=(descriptor,),
            start_new_session=True,
        )

    def _watch(self) -> None:
        while not self.closing:
            self.process.wait()
            if not self.closing:
                time.sleep(0.2)
                self.process = self._start()
