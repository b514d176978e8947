"""What commands have in common: options that stand for settings, formats, errors as lines."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence, Sized
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

import click

from server.problems import Faulty, UserError
from server.settings import options

Command = TypeVar("Command", bound=Callable[..., Any])
KINDS = {"json": ("srj", "jsonld"), "xml": ("srx", "rdf")}  # formats that people call so


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


def of_kind(key: str, offers: Sequence[str]) -> str:
    """Return which of the offers "json" or "xml" stands for; another key stays as it is."""
    return next((one for one in KINDS.get(key, ()) if one in offers), key)


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
    except Faulty as error:
        for fault in error.faults:
            click.echo(fault, err=True)
        fail(f"{count(error.faults, 'fault')}; nothing was written.")
    except UserError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or ''}: {error.strerror}".lstrip(": "))


def count(things: Sized, name: str) -> str:
    """Return a number of things in words."""
    return f"{len(things)} {name}" if len(things) == 1 else f"{len(things)} {name}s"


class OneLineErrors(click.Group):
    """Commands that answer wrong usage with one line, and status 2."""

    def main(self, *args: Any, **options: Any) -> NoReturn:
        """Run the command line."""
        try:
            status = super().main(*args, **{**options, "standalone_mode": False})
        except click.Abort:
            sys.exit(130)
        except click.ClickException as error:
            if isinstance(error, click.exceptions.NoArgsIsHelpError):
                error.show()
                sys.exit(2)
            context = getattr(error, "ctx", None)
            command = context.command_path if context else "spacelaw"
            fail(f"{error.format_message().rstrip('.')}. See: {command} --help", 2)
        sys.exit(status if isinstance(status, int) else 0)
