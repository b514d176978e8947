"""What a forked worker does: one query after another, each under the kernel's own limits."""

import contextlib
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NoReturn

from server.rdf.formats import BY_KEY, JSON_RESULTS
from server.sparql import sandbox
from server.sparql.engine import MEGABYTE, Limits, QueryFailed
from server.sparql.evaluate import evaluate
from server.sparql.request import QueryRequest
from server.sparql.spool import Result, Spool, unnamed_file
from server.sparql.stores import Dataset, load
from server.sparql.worker_messages import (
    Kind,
    Message,
    Reader,
    send,
    send_outcome,
    unpack_query,
)

# What is written flat and parsed deep, such as 5,000 OPTIONALs, takes so much.
_STACK_BYTES = 100 * MEGABYTE
# One that has grown by more ends, and a new one starts small.
_MAX_GROWTH_BYTES = 64 * MEGABYTE
_STATM = Path("/proc/self/statm")
_MAX_FILES = 1024
_NICENESS = 5  # web processes and fork server, which decide what runs, come before
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # of getrusage(2)


def run(
    source: Dataset | Path, base: str, limits: Limits, channel: socket.socket, errors: int
) -> NoReturn:
    """Answer the queries that come through `channel`; never return.

    They are evaluated over stores in memory, or the one on disk in a folder, whose files the
    engine opens as it needs them: then the kernel refuses sockets alone. Standard error goes to
    the descriptor `errors`.
    """
    status = 1
    try:
        channel = _keep_only(channel, errors)
        dataset = _opened(source, base)
        _restrict(limits)
        if isinstance(source, Path):
            sandbox.no_sockets()
            open_file = unnamed_file
        else:
            _allow_files(False)
            open_file = _unnamed_file
        worker = Worker(dataset, base, limits, channel, open_file)
        worker.warm_up()
        worker.serve()
        status = 0
    except (EOFError, OSError):  # the web process has gone
        status = 0
    finally:
        os._exit(status)


class Worker:
    """Answers queries, one at a time; its spool's large files are opened by `open_file`."""

    def __init__(
        self, dataset: Dataset, base: str, limits: Limits, channel: socket.socket,
        open_file: Callable[[], BinaryIO],
    ) -> None:  # fmt: skip
        self.dataset, self.base, self.limits = dataset, base, limits
        self.channel, self.open_file = channel, open_file

    def warm_up(self) -> None:
        """Evaluate a small query, so that no client's waits for pages that a fork leaves shared."""
        small = QueryRequest("SELECT * { ?s a ?type } LIMIT 1", "SELECT")
        with contextlib.suppress(QueryFailed, MemoryError):  # queries will fail so too, and tell
            evaluate(self.dataset, small, JSON_RESULTS, self.base, Spool(self.limits.result))

    def serve(self) -> None:
        """Tell that this worker is ready, and answer until it is not fit for another query.

        Raises EOFError where the web process has closed the channel.
        """
        send(self.channel, Kind.READY, str(os.getpid()).encode())
        reader, most = Reader(self.channel), _peak_bytes() + _MAX_GROWTH_BYTES
        while _peak_bytes() <= most:
            while not (message := reader.next()):
                reader.receive()
            outcome, is_fit = self._answer(message)
            send_outcome(self.channel, outcome)
            if not is_fit:
                return

    def _answer(self, message: Message) -> tuple[Result | QueryFailed, bool]:
        """Return the outcome of a query, and whether this worker is fit for another."""
        request, fmt, head = unpack_query(message)
        spool = Spool(self.limits.result, head, self.open_file, self.limits.disk_reserve)
        signal.setitimer(signal.ITIMER_REAL, self.limits.deadline(request))
        try:
            return evaluate(self.dataset, request, BY_KEY[fmt], self.base, spool), True
        except QueryFailed as failure:
            return failure, True
        except MemoryError:
            return out_of_memory(self.limits), False
        except Exception as error:  # the engine's own errors, whatever they are, are the query's
            return QueryFailed("crash", f"The query engine failed: {str(error)[:300]}"), True
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _opened(source: Dataset | Path, base: str) -> Dataset:
    if not isinstance(source, Path):
        return source
    try:
        return load(source, base)
    except (OSError, RuntimeError):
        time.sleep(1)  # for the worker that is forked in place of this one can open it no more
        os._exit(1)


def _allow_files(allowed: bool) -> None:
    """Let this process open something, or nothing more: no file, no connection.

    So not even a SERVICE that nobody saw reaches the network.
    """
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(_MAX_FILES, hard) if allowed else 0, hard))


def _unnamed_file() -> BinaryIO:
    _allow_files(True)
    try:
        return unnamed_file()
    finally:
        _allow_files(False)


def _keep_only(channel: socket.socket, errors: int) -> socket.socket:
    """Return the channel; close all else that was inherited, such as channels of other workers."""
    highest = min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 65536)
    os.dup2(errors, 2)
    os.dup2(channel.detach(), 3)
    os.closerange(4, highest)
    return socket.socket(fileno=3)


def _restrict(limits: Limits) -> None:
    """Bound this process: the kernel refuses it more memory and ends it at its timer."""
    signal.set_wakeup_fd(-1)
    os.nice(_NICENESS)
    for number in (signal.SIGALRM, signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _bound(resource.RLIMIT_STACK, _STACK_BYTES)
    if _STATM.exists():
        # The kernel bounds address space and not memory in use, so count from what is mapped now.
        mapped = int(_STATM.read_text().split()[0]) * resource.getpagesize()
        _bound(resource.RLIMIT_AS, mapped + limits.memory)


def _bound(kind: int, most: int) -> None:
    """Set a limit, or leave a lower one that is set for all."""
    hard = resource.getrlimit(kind)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))


def _peak_bytes() -> int:
    """Return the most bytes of memory that this process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT


def out_of_memory(limits: Limits) -> QueryFailed:
    """Return the failure of a query that wanted more memory than it may have."""
    return QueryFailed("memory", f"The query needs more than {limits.memory} bytes of memory.")


def cause_of_death(status: int, written: str, limits: Limits, seconds: float) -> QueryFailed:
    """Return the failure of a query whose worker ended with this exit status, or -signal.

    `written` is what the worker wrote to standard error.
    """
    number = -status
    if number <= 0:
        return QueryFailed("crash", "The query engine failed on this query.")
    if number == signal.SIGALRM:
        return QueryFailed("deadline", f"The query ran for more than {seconds:g} seconds.")
    # An engine that is refused memory says so and aborts, as it does on its own errors.
    if number == signal.SIGABRT and ("memory allocation of" in written or "bad_alloc" in written):
        return out_of_memory(limits)
    name = signal.Signals(number).name
    if number == signal.SIGKILL:
        detail = f"The query's process was killed ({name}), not by this site."
        return QueryFailed("crash", detail)
    return QueryFailed("crash", f"The query engine crashed ({name}) on this query.")
