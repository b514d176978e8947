"""What commands have in common: options that stand for settings, formats, errors as lines."""

import os
import sys
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

import click

from server.problems import Faulty, UserError
from server.settings import options

Command = TypeVar("Command", bound=Callable[..., Any])


def settings(*names: str) -> Callable[[Command], Command]:
    """Return a decorator that gives a command options for these settings."""

    def decorate(command: Command) -> Command:
        for name in reversed(names):
            setting = options()[name]
            variable = f"SPACELAW_{setting['variable']}"

            def put(_: click.Context, __: object, value: str | None, to: str = variable) -> None:
                if value is not None:
                    os.environ[to] = value

            command = click.option(
                f"--{name}", metavar=setting["metavar"], expose_value=False, callback=put,
                help=f"{setting['help']} Takes the place of {variable}.",
            )(command)  # fmt: skip
        return command

    return decorate


def progress(message: str) -> None:
    """Tell a person at a terminal what is going on; say nothing in a pipe."""
    if sys.stderr.isatty():
        click.echo(f"{message} …", err=True)


def fail(message: str, status: int = 1) -> NoReturn:
    """End with one clear line on standard error."""
    click.echo(f"spacelaw: {message}", err=True)
    sys.exit(status)


@contextmanager
def clear_errors() -> Iterator[None]:
    """Make each error that a user can cause one clear line, or one for each fault."""
    try:
        yield
    except BrokenPipeError:
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Faulty as error:
        for fault in error.faults:
            click.echo(fault, err=True)
        fail(f"{count(error.faults, 'fault')}; nothing was written.")
    except UserError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or ''}: {error.strerror or error}".lstrip(": "))


def count(things: Sized, name: str) -> str:
    """Return a number of things in words."""
    return f"{len(things)} {name}" if len(things) == 1 else f"{len(things)} {name}s"
