"""Work done beside other work, on another processor."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")
_FORK = get_context("fork")  # what the work is about need not be sent to the process
_WORK: list[Callable[[], Any]] = []  # of this process


@contextmanager
def beside(work: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Have a process do the work meanwhile; yield what waits for its result, and returns it."""
    with ProcessPoolExecutor(1, _FORK, _take, (work,)) as process:
        yield process.submit(_do).result


def _take(work: Callable[[], Any]) -> None:
    end_with_parent()
    _WORK.append(work)


def _do() -> Any:
    return _WORK[-1]()


def end_with_parent() -> None:
    """Have this process end with the one that started it, which nobody else would notice."""
    if parent := parent_process():
        Thread(target=_exit_after, args=(parent,), daemon=True).start()


def _exit_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
