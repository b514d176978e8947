"""Errors that a user of the command can cause, each as one clear line."""

import sys
from collections.abc import Iterator, Sized
from contextlib import contextmanager
from typing import NoReturn

import click

from server.options import fail


@contextmanager
def clear_errors() -> Iterator[None]:
    """Make each error that a user can cause one clear line, or one for each fault."""
    try:
        yield
    except BrokenPipeError:
        sys.exit(1)
    except Exception as error:
        _end(error)
        raise


def _end(error: Exception) -> None:
    """End with the lines of an error that a user can cause; return for any other."""
    # What raises them takes a while to load, which commands that succeed need not wait for.
    from server.compile.release_record import NothingToRecord
    from server.compile.sources import Nonconforming, Refused
    from server.law import manuscript, record_files, record_rows
    from server.problems import Problem
    from server.release.manifest import MissingRelease
    from server.release.shelf import Unfit
    from server.settings import SettingError
    from server.sparql.engine import QueryFailed
    from server.sparql.release_loading import NotPublished
    from server.verify.fetching import Unreachable

    says_it_all = (
        SettingError, NotPublished, Unreachable, NothingToRecord, MissingRelease,
        Unfit, Problem, QueryFailed, manuscript.Unreadable, record_files.Unformatted,
    )  # fmt: skip
    match error:
        case Refused() | record_rows.RefusedRows():
            refuse([str(fault) for fault in error.faults])
        case Nonconforming():
            refuse([str(violation) for violation in error.violations])
        case _ if isinstance(error, says_it_all):
            fail(str(error))
        case OSError():
            fail(f"{error.filename or ''}: {error.strerror}".lstrip(": "))


def refuse(faults: list[str]) -> NoReturn:
    """Print one line for each fault and end with status 1."""
    for fault in faults:
        click.echo(fault, err=True)
    fail(f"{count(faults, 'fault')}; nothing was written.")


def count(things: Sized, name: str) -> str:
    """Return a number of things in words."""
    return f"{len(things)} {name}" if len(things) == 1 else f"{len(things)} {name}s"
