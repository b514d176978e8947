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
from server.sparql import evaluate, sandbox, worker_messages
from server.sparql.engine import MEGABYTE, Limits, QueryFailed
from server.sparql.request import QueryRequest
from server.sparql.spool import SMALL, Result, Spool, unnamed
from server.sparql.stores import Dataset, on_disk

_STACK = (
    100 * MEGABYTE
)  # so that what is written flat and parsed deep, such as 5,000 OPTIONALs, fits
_KEPT = 64 * MEGABYTE  # a worker that has grown by more makes room for a fresh one
_STATM = Path("/proc/self/statm")
_FILES = 1024
_NICE = 5  # web processes and zygote, which decide what runs, come before
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


def run(source: Dataset | Path, base: str, limits: Limits, channel: socket.socket) -> NoReturn:
    """Answer the queries that come through `channel`; never return.

    They are evaluated over stores in memory, or the one on disk in a folder, whose files the
    engine opens as it needs them: then the kernel refuses sockets alone.
    """
    status = 1
    try:
        channel = lowest(channel)
        dataset = _opened(source)
        restrict(limits)
        if isinstance(source, Path):
            sandbox.no_sockets()
            spool_file = unnamed
        else:
            files(allowed=False)
            spool_file = _unnamed
        warm_up(dataset, base, limits)
        worker_messages.send(channel, {})  # ready
        reader, usual = worker_messages.Reader(channel), _peak()
        while _peak() <= usual + _KEPT:
            message = reader.read()
            if message and not serve(dataset, base, limits, channel, message, spool_file):
                break
        status = 0
    except (worker_messages.Broken, OSError):
        status = 0
    finally:
        os._exit(status)


def warm_up(dataset: Dataset, base: str, limits: Limits) -> None:
    """Evaluate a small query, so that no client's waits for pages that a fork leaves shared."""
    small = QueryRequest("SELECT * { ?s a ?type } LIMIT 1", "SELECT")
    with contextlib.suppress(QueryFailed, MemoryError):  # which queries are then told
        evaluate.evaluate(dataset, small, JSON_RESULTS, base, Spool(limits.result))


def _opened(source: Dataset | Path) -> Dataset:
    """Return the store; where it cannot be opened, end, but not in haste, for others follow."""
    if not isinstance(source, Path):
        return source
    try:
        return on_disk(source)
    except (OSError, RuntimeError):
        time.sleep(1)
        os._exit(1)


def serve(
    dataset: Dataset,
    base: str,
    limits: Limits,
    channel: socket.socket,
    message: worker_messages.Message,
    spool_file: Callable[[], BinaryIO],
) -> bool:
    """Answer one query; return whether this worker is fit for another."""
    request, fmt, wanted = unpacked(message)
    spool = Spool(limits.result, wanted, spool_file)
    signal.setitimer(signal.ITIMER_REAL, limits.deadline(request))
    try:
        try:
            result = evaluate.evaluate(dataset, request, BY_KEY[fmt], base, spool)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except QueryFailed as failure:
        fail(channel, failure)
    except MemoryError:
        fail(channel, out_of_memory(limits))
        return False
    except Exception as error:  # the engine's own errors, whatever they are, are the query's
        fail(channel, QueryFailed("crash", f"The query engine failed: {str(error)[:300]}"))
    else:
        hand_over(channel, result)
    return True


def files(allowed: bool) -> None:
    """Let this process open something, or nothing more: no file, no connection.

    So not even a SERVICE that nobody saw reaches the network.
    """
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(_FILES, hard) if allowed else 0, hard))


def _unnamed() -> BinaryIO:
    files(allowed=True)
    try:
        return unnamed()
    finally:
        files(allowed=False)


def hand_over(channel: socket.socket, result: Result) -> None:
    """Send a result: its bytes where they are few, else the open file that holds them."""
    head = {"whole": result.whole}
    with result.file as file:
        if result.size <= SMALL:
            worker_messages.send(channel, head, file.read())
        else:
            worker_messages.send(channel, head | {"size": result.size}, fd=file.fileno())


def lowest(channel: socket.socket) -> socket.socket:
    """Close what this process inherited, such as channels of others; keep `channel` alone."""
    highest = min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 65536)
    os.dup2(channel.detach(), 3)
    os.closerange(4, highest)
    return socket.socket(fileno=3)


def restrict(limits: Limits) -> None:
    """Bound this process: the kernel refuses it more memory and ends it at its timer."""
    signal.set_wakeup_fd(-1)
    os.nice(_NICE)
    for number in (signal.SIGALRM, signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    resource.setrlimit(resource.RLIMIT_STACK, (_STACK if hard == -1 else min(_STACK, hard), hard))
    if mapped := _mapped():  # address space is what the kernel can bound; count from what is mapped
        resource.setrlimit(resource.RLIMIT_AS, (mapped + limits.memory,) * 2)
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 2)  # an aborting engine writes where nobody reads
    os.close(silent)


def _mapped() -> int:
    """Return the bytes of address space in use; 0 where the system does not tell."""
    if not _STATM.exists():
        return 0
    return int(_STATM.read_text().split()[0]) * resource.getpagesize()


def _peak() -> int:
    """Return the most bytes of memory that this process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT


def packed(request: QueryRequest, fmt: str, wanted: int | None) -> bytes:
    """Return the message that asks for a query."""
    head = {"request": request[1:], "format": fmt, "wanted": wanted}
    return worker_messages.packed(head, request.query.encode(errors="replace"))


def unpacked(message: worker_messages.Message) -> tuple[QueryRequest, str, int | None]:
    """Return the request, the result format and the bytes wanted: the inverse of `packed`."""
    head = message.head
    form, default_graphs, named_graphs, *other = head["request"]
    graphs = tuple(default_graphs), tuple(named_graphs)
    request = QueryRequest(message.body.decode(), form, *graphs, *other)
    return request, head["format"], head["wanted"]


def fail(channel: socket.socket, failure: QueryFailed) -> None:
    """Tell the web process of a failure."""
    worker_messages.send(channel, {name: getattr(failure, name) for name in _FAILURE})


_FAILURE = ("reason", "detail", "line", "column")


def out_of_memory(limits: Limits) -> QueryFailed:
    """Return the failure of a query that wanted more memory than it may have."""
    return QueryFailed("memory", f"The query needs more than {limits.memory} bytes of memory.")


def cause_of_death(status: int, limits: Limits, seconds: float) -> QueryFailed:
    """Return the failure that a worker's wait status tells of."""
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if number == signal.SIGALRM:
        return QueryFailed("deadline", f"The query ran for more than {seconds:g} seconds.")
    if number in (signal.SIGABRT, signal.SIGKILL):
        return out_of_memory(limits)
    return QueryFailed("crash", "The query engine failed on this query.")
