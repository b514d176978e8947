"""What a web process counts, and writes to a file each second for whoever is asked for metrics."""

import asyncio
import json
import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from server.http.message import Request

LATENCIES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_WRITE_SECONDS = 1.0
_SUFFIX = ".metrics"


class Metrics:
    """The counts of one web process; `state` returns what else is to be told.

    They are written to the folder `runtime`, where those of a process that ended stay.
    """

    def __init__(self, runtime: Path, state: Callable[[], Mapping[str, Any]]) -> None:
        self.file, self.state = runtime / f"{os.getpid()}{_SUFFIX}", state
        self.requests = Counter[str]()  # by method and status
        self.bytes = 0
        # By kind of request: how many took so long, in the order of LATENCIES; seconds in sum.
        self.latencies = {kind: [0] * (len(LATENCIES) + 1) for kind in ("query", "other")}
        self.seconds = dict.fromkeys(self.latencies, 0.0)

    def record(
        self, request: Request | None, _peer: str, status: int, size: int, seconds: float
    ) -> None:
        """Count a request whose reply is written; None is one that could not be read."""
        method = request.method if request else "none"
        kind = "query" if request and request.target.startswith(b"/sparql?") else "other"
        self.requests[f"{method} {status}"] += 1
        self.bytes += size
        self.latencies[kind][bisect_left(LATENCIES, seconds)] += 1
        self.seconds[kind] += seconds

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Write the counts now, and each second from now on."""
        self.write()
        loop.call_later(_WRITE_SECONDS, self.start, loop)

    def write(self) -> None:
        """Write the counts; on a full disk those of before stay."""
        counts = {
            "pid": os.getpid(),
            "requests": self.requests,
            "bytes": self.bytes,
            "latencies": self.latencies,
            "seconds": self.seconds,
            **self.state(),
        }
        part = self.file.with_suffix(".part")
        with suppress(OSError):
            part.write_text(json.dumps(counts), "utf-8")
            part.replace(self.file)


def written(runtime: Path) -> Iterator[dict[str, Any]]:
    """Yield the counts of all web processes of a site, those that ended too."""
    for file in sorted(runtime.glob(f"*{_SUFFIX}")):
        with suppress(OSError, ValueError):
            counts: dict[str, Any] = json.loads(file.read_text("utf-8"))
            yield counts
