"""The engine that runs each query in a process of its own, forked by the zygote."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict
from pathlib import Path

from server.engine import frames
from server.engine.interface import Engine, Limits, QueryFailed
from server.engine.spool import Result
from server.engine.worker import packed
from server.formats import Format
from server.protocol import QueryRequest


def patience(limits: Limits) -> float:
    """Return the seconds after which no answer can come: waiting, running and handing over."""
    return limits.seconds * 3 + 5


class WorkerEngine(Engine):
    """Sends queries to the zygote that listens at a Unix socket."""

    def __init__(self, address: str, patience: float) -> None:
        """Wait at most `patience` seconds for an answer, time in the queue included."""
        self.address, self.patience = address, patience

    def query(
        self, request: QueryRequest, fmt: Format, client: str = "", head: int | None = None
    ) -> Result:
        """Return the whole result of a query, serialized; raise QueryFailed otherwise."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(self.patience)
            try:
                connection.connect(self.address)
                frames.send(connection, packed(request, fmt.key, client, head))
                answer = frames.receive(connection)
            except TimeoutError:
                raise QueryFailed("deadline", "The query engine did not answer in time.") from None
            except (OSError, frames.Broken):
                raise QueryFailed("unavailable", "The query engine is starting again.") from None
        if "reason" in answer.head:
            raise QueryFailed(**answer.head)
        if answer.fd is None:
            return Result.of(answer.body, answer.head["whole"])
        return Result(open(answer.fd, "rb"), answer.head["size"], answer.head["whole"])  # noqa: PTH123


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
        self.lock = threading.Lock()
        self.process = self._start()
        threading.Thread(target=self._watch, daemon=True).start()

    def engine(self) -> WorkerEngine:
        """Return an engine that sends its queries here."""
        return WorkerEngine(self.address, patience(self.limits))

    def close(self) -> None:
        """End the zygote; running queries end with it."""
        with self.lock:
            self.closing = True
            self._end()
            self.listener.close()
        with contextlib.suppress(OSError):
            self.folder.cleanup()

    def _start(self) -> subprocess.Popen[bytes]:
        descriptor = self.listener.fileno()
        arguments = [str(self.nquads), self.base, str(descriptor), json.dumps(asdict(self.limits))]
        return subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", "server.engine.zygote", *arguments],
            stdin=subprocess.PIPE,
            pass_fds=(descriptor,),
            start_new_session=True,
        )

    def _watch(self) -> None:
        while not self.closing:
            self.process.wait()
            time.sleep(0.2)
            with self.lock:
                if not self.closing:
                    self._end()
                    self.process = self._start()

    def _end(self) -> None:
        """Kill the zygote's whole group: its workers would go on to their deadlines."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
