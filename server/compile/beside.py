"""Work done beside other work, on another processor."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, TypeVar

T = TypeVar("T")
_FORK = get_context("fork")  # what the work is about need not be sent to the process
_WORK: list[Callable[[], Any]] = []  # of this process


@contextmanager
def beside(work: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Have a process do the work meanwhile; yield what waits for its result, and returns it."""
    with ProcessPoolExecutor(1, _FORK, _WORK.append, (work,)) as process:
        yield process.submit(_do).result


def _do() -> Any:
    return _WORK[-1]()
