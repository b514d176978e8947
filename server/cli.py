"""The command `spacelaw`."""

import os
import sys
from datetime import UTC, datetime
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NoReturn

import click
import pyoxigraph as ox
from click.shell_completion import get_completion_class

from server.options import clear_errors, count, fail, progress, settings
from server.rdf.formats import BY_KEY, RDF_FORMATS
from server.rdf.vocabulary import CANONICAL_BASE, STATED, graph_iri
from server.settings import Config, authority, listening, settings_help, store_at

FORMATS = click.Choice([f.key for f in RDF_FORMATS])
# Commands of other modules, which take a while to load: each is loaded when it is named.
_ELSEWHERE = {
    "query": "data", "describe": "data", "export": "data",
    "releases": "release", "prune": "release", "reload": "release",
    "quote": "data", "mcp": "data",
}  # fmt: skip


class Commands(click.Group):
    """Commands that answer an error with one line, wrong usage with status 2."""

    def main(self, *args: Any, **options: Any) -> NoReturn:
        """Run the command line."""
        os.environ["PYTHONSAFEPATH"] = "1"  # no process of ours imports from the user's folder
        for number, name in enumerate(("stdin", "stdout", "stderr")):
            if getattr(sys, name) is None:  # closed; the next file opened would be taken for it
                os.open(os.devnull, os.O_RDWR)
                setattr(sys, name, os.fdopen(number, "w" if number else "r"))
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

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted({*super().list_commands(context), *_ELSEWHERE})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Return the command of a name, or None."""
        if name not in _ELSEWHERE:
            return super().get_command(context, name)
        command: click.Command = getattr(import_module(f"server.{_ELSEWHERE[name]}_commands"), name)
        return command

    def invoke(self, context: click.Context) -> object:
        """Run the command that was given."""
        with clear_errors():
            return super().invoke(context)


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=settings_help()
)
@click.version_option(package_name="spacelaw", prog_name="spacelaw")
def main() -> None:
    """Build, check, query and serve the space-law graph."""


@main.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what completes commands in a SHELL, to be read at its start."""
    completion_class = get_completion_class(shell)
    if completion_class:
        click.echo(completion_class(main, {}, "spacelaw", "_SPACELAW_COMPLETE").source())


@main.command()
@settings("host", "port", "base", "site", "releases")
def serve() -> None:
    """Serve the site; builds a release first if the sources changed."""
    config = Config.from_environment()
    listening(config.host, config.port).close()  # before a build, which takes a while
    # A build takes 150 MB that its process would keep, and every web process forked from it.
    building = get_context("fork").Process(target=clear_errors()(_prepare), args=[config])
    building.start()
    from server.serve import run  # which no other command needs, meanwhile

    building.join()
    if building.exitcode:
        sys.exit(1)
    click.echo(
        f"Serving {config.base_iri} on http://{authority(config.host, config.port)}/ from "
        f"{config.releases} (Ctrl-C to stop)",
        err=True,
    )
    run(config)


@main.command()
@settings("host", "port", "base", "releases")
def build() -> None:
    """Build a release from the sources and make it the current one."""
    config = Config.from_environment()
    click.echo(_prepare(config))


def _prepare(config: Config) -> Path:
    """Make the release of the sources the current one; return its folder."""
    from server.compile.beside import end_with_parent
    from server.preparation import prepare_all

    end_with_parent()
    return prepare_all(config, progress)


@main.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "key", type=FORMATS, help="Format of FILES; else by suffix.")
@click.option("--reference", is_flag=True, help="Check the sources with pyshacl in any case: slow.")
def validate(files: tuple[Path, ...], key: str | None, reference: bool) -> None:
    """Check the sources, or your own FILES, against the shapes; - is standard input."""
    from server.compile import freshness, sources

    config = Config.from_environment()
    if not (files or reference) and freshness.is_validated(
        config.releases, sources.digest(config.sources)
    ):
        click.echo("Conforms: a release of these sources stands.", err=True)
        return
    from server.compile import conformance, own_files  # whose SHACL engines no other command needs

    said = "Conforms."
    if files:
        progress("Reading the shapes")
        fmt = ox.RdfFormat.from_media_type(BY_KEY[key].media_type) if key else None
        own = [own_files.load(file, config.base_iri, fmt) for file in dict.fromkeys(files)]
        checked = own_files.check(config.sources, own, config.base_iri)
        violations = checked.findings
        said = said if checked.is_covered else own_files.NOT_COVERED
    else:
        violations = conformance.checked(config.sources, progress, reference)[2]
    for violation in violations:
        click.echo(violation)
    if violations:
        fail(f"{count(violations, 'violation')}.")
    click.echo(said, err=True)


@main.command(name="publish")
@click.option("--to", "url", help="Query endpoint of the store; else SPACELAW_STORE.")
@click.option("--file", type=click.Path(path_type=Path), help="N-Quads for a store's own loader.")
def publish_release(url: str | None, file: Path | None) -> None:
    """Load the release into a SPARQL 1.1 store, for SPACELAW_STORE to send queries to."""
    from server.data_commands import opened
    from server.sparql.release_loading import publish, write_quads

    config = Config.from_environment()
    store = config.store if url is None else store_at(url, "--to")
    if file and url:
        raise click.UsageError("--to and --file exclude each other")
    if file:
        count = write_quads(release := opened(), file)
    elif store:
        count = publish(release := opened(), store, progress)
    else:
        fail("Say where: with --to URL, in SPACELAW_STORE, or with --file.")
    merge = graph_iri(STATED, release.base)
    click.echo(
        f"Release {release.manifest.release}: {count} triples. <{merge}> holds the merge of "
        "what the others state; leave it out where you count over all graphs.",
        err=True,
    )


@main.command()
@click.option("--version", "version", default="", help="Its version; the next one if not given.")
@click.option("--reason", default="", help="Why resources were withdrawn.")
@click.option(
    "--replaced", "pairs", nargs=2, multiple=True, metavar="OLD NEW", help="What replaces what."
)
def release(version: str, reason: str, pairs: tuple[tuple[str, str], ...]) -> None:
    """Record what the sources changed since the last release, in data/releases/."""
    from server.compile import release_record

    config = Config.from_environment()
    issued = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    replaced = {whole(old): whole(new) for old, new in pairs}
    wish = release_record.Wish(issued, version, reason, replaced)
    path, made = release_record.record(config.sources, wish, progress)
    click.echo(f"Version {made.version}: {len(made.changes)} changes.", err=True)
    click.echo(path)


def whole(iri: str) -> str:
    """Return the canonical IRI that a path such as id/state/chn stands for."""
    return iri if "://" in iri else CANONICAL_BASE + iri.lstrip("/")


@main.group(name="record")
def record_group() -> None:
    """Keep the record of participation."""


@record_group.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def import_record(file: Path) -> None:
    """Add the acts or the status table in a CSV FILE to the sources (columns: docs/record.md)."""
    from server.law import record_import

    taken = record_import.take_in(Config.from_environment().sources / "data", file)
    for line in taken.said:
        click.echo(line)
    for line in taken.summary():
        click.echo(line, err=True)


@main.command()
@click.argument("url")
@click.option("--by", default="dump,feed,crawl", show_default=True, help="How to harvest.")
def verify(url: str, by: str) -> None:
    """Harvest the publisher at URL and say whether the copy is complete and equal."""
    from server.verify.proof import check_ways, lines
    from server.verify.proof import verify as verify_copy

    report = verify_copy(url, check_ways(by), progress)
    for line in lines(report):
        click.echo(line)
    if not report.proven:
        sys.exit(1)
