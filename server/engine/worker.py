"""What a forked worker does: one query after another, each under the kernel's own limits."""

import contextlib
import os
import resource
import signal
import socket
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import pyoxigraph as ox

from server.engine import embedded, frames
from server.engine.interface import MEGABYTE, Limits, QueryFailed
from server.engine.spool import SMALL, Result, Spool
from server.formats import BY_KEY
from server.protocol import QueryRequest

READY, LEAVING = b".", b"x"
_STACK = (
    100 * MEGABYTE
)  # so that what is written flat and parsed deep, such as 5,000 OPTIONALs, fits
_KEPT = 64 * MEGABYTE  # a worker that has grown by more makes room for a fresh one
_STATM = Path("/proc/self/statm")


def run(store: ox.Store, base: str, limits: Limits, channel: socket.socket) -> NoReturn:
    """Answer the queries that come with their connections through `channel`; never return."""
    status = 1
    try:
        channel = lowest(channel)
        usual = _mapped()
        restrict(limits, usual)
        while True:
            message = frames.receive(channel)
            with socket.socket(fileno=message.fd) as connection:
                leaving = serve(store, base, limits, connection, message.head)
            if leaving or _mapped() > usual + _KEPT:
                break
            channel.send(READY)
        channel.send(LEAVING)
        status = 0
    except frames.Broken:
        status = 0
    finally:
        os._exit(status)


def serve(
    store: ox.Store, base: str, limits: Limits, connection: socket.socket, head: dict[str, Any]
) -> bool:
    """Answer one query; return whether this worker is unfit for another."""
    request, fmt, wanted = unpacked(head)
    spool = Spool(limits.result, wanted)
    signal.setitimer(signal.ITIMER_REAL, limits.deadline(request))
    try:
        with no_new_files(spool.file.fileno()):
            result = embedded.evaluate(store, request, BY_KEY[fmt], base, spool)
    except QueryFailed as failure:
        fail(connection, failure)
    except MemoryError:
        fail(connection, out_of_memory(limits))
        return True
    except Exception as error:  # the engine's own errors, whatever they are, are the query's
        fail(connection, QueryFailed("crash", f"The query engine failed: {str(error)[:300]}"))
    else:
        signal.setitimer(signal.ITIMER_REAL, 0)
        hand_over(connection, result)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return embedded.is_merged(store, request, base)


@contextlib.contextmanager
def no_new_files(last: int) -> Iterator[None]:
    """Let this process open nothing after the descriptor `last`: no file, no connection.

    All lower descriptors are taken. So not even a SERVICE that nobody saw reaches the network.
    """
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (last + 1, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, usual)


def hand_over(connection: socket.socket, result: Result) -> None:
    """Send a result: its bytes where they are few, else the open file that holds them."""
    head = {"size": result.size, "whole": result.whole}
    with contextlib.suppress(OSError), result.file as file:
        if result.size <= SMALL:
            frames.send(connection, head, file.read())
        else:
            frames.send(connection, head, fd=file.fileno())


def lowest(channel: socket.socket) -> socket.socket:
    """Close what this process inherited, the connections of other queries; keep `channel` alone.

    It becomes the lowest descriptor after the standard ones.
    """
    highest = min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 65536)
    os.dup2(channel.detach(), 3)
    os.closerange(4, highest)
    return socket.socket(fileno=3)


def restrict(limits: Limits, mapped: int) -> None:
    """Bound this process: the kernel refuses it more memory and ends it at its timer."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGALRM, signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    resource.setrlimit(resource.RLIMIT_STACK, (_STACK if hard == -1 else min(_STACK, hard), hard))
    if mapped:  # address space is what the kernel can bound; count from what is mapped
        resource.setrlimit(resource.RLIMIT_AS, (mapped + limits.memory,) * 2)
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 2)  # an aborting engine writes where nobody reads
    os.close(silent)


def _mapped() -> int:
    """Return the bytes of address space in use; 0 where the system does not tell."""
    if not _STATM.exists():
        return 0
    return int(_STATM.read_text().split()[0]) * resource.getpagesize()


def packed(request: QueryRequest, fmt: str, client: str, wanted: int | None) -> dict[str, Any]:
    """Return the head of a message that asks for a query."""
    return {"request": asdict(request), "format": fmt, "client": client, "wanted": wanted}


def unpacked(head: dict[str, Any]) -> tuple[QueryRequest, str, int | None]:
    """Return the request, the result format and the bytes wanted: the inverse of `packed`."""
    members: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in head["request"].items()
    }
    return QueryRequest(**members), head["format"], head["wanted"]


def fail(connection: socket.socket, failure: QueryFailed) -> None:
    """Tell the web process of a failure, if it still listens."""
    with contextlib.suppress(OSError):
        connection.settimeout(1)
        frames.send(connection, {name: getattr(failure, name) for name in _FAILURE})


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
