"""Work done beside other work, on another processor."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

T = TypeVar("T")
_FORK = get_context("fork")  # what the work is about need not be sent to the process


@contextmanager
def beside(work: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Have a process do the work meanwhile; yield what waits for its result, and returns it."""
    reader, writer = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=_send, args=(writer, work), daemon=True)
    process.start()
    writer.close()
    try:
        yield partial(_received, reader)
    finally:
        process.terminate()  # it has ended, unless what it was beside of failed
        process.join()


def _send(writer: Connection, work: Callable[[], Any]) -> None:
    try:
        writer.send((work(), None))
    except Exception as error:
        writer.send((None, error))


def _received(reader: Connection) -> Any:
    result, error = reader.recv()
    if error:
        raise error
    return result
