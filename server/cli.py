"""The command `spacelaw`."""

import sys
from collections.abc import Iterator, Sized
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import NoReturn, TextIO

import click

from server import __version__
from server.compile import conformance, release_record, sources
from server.law import quotations, record_files, record_import, record_rows
from server.preparation import place, prepare, prepare_all
from server.problems import Problem
from server.rdf import terms
from server.rdf.formats import BY_KEY, JSON_RESULTS, RDF_FORMATS, RESULT_FORMATS, TURTLE, Format
from server.rdf.iris import canonical, rebase
from server.rdf.serialization import parse, serialize
from server.rdf.terms import graph_of
from server.rdf.vocabulary import CANONICAL_BASE, GRAPHS, STATED, graph_iri
from server.release.manifest import CURRENT, MissingRelease
from server.release.reader import Release
from server.release_commands import NotTaken, prune, releases, reload
from server.serve import NotStarted, PortInUse, check_port, run
from server.settings import Config, SettingError, default_sources, store_at
from server.sparql.engine import QueryFailed
from server.sparql.evaluate import evaluate
from server.sparql.release_loading import NotPublished, publish
from server.sparql.request import QueryRequest, check, resolved
from server.sparql.spool import Spool
from server.sparql.stores import load
from server.verify.fetching import Unreachable
from server.verify.proof import check_ways, lines
from server.verify.proof import verify as verify_copy

FORMATS = click.Choice([f.key for f in (*RDF_FORMATS, *RESULT_FORMATS)])
GRAPH_FORMATS = click.Choice([f.key for f in RDF_FORMATS])


# Errors whose text says it all.
_CLEAR = (
    SettingError, NotPublished, Unreachable, release_record.NothingToRecord, MissingRelease,
    NotStarted, NotTaken, PortInUse, Problem, QueryFailed, quotations.Unreadable,
    record_files.Unformatted,
)  # fmt: skip


def fail(message: str) -> NoReturn:
    """End with one clear line on standard error and status 1."""
    click.echo(f"spacelaw: {message}", err=True)
    sys.exit(1)


def progress(message: str) -> None:
    """Tell a person at a terminal what is going on; say nothing in a pipe."""
    if sys.stderr.isatty():
        click.echo(f"{message} …", err=True)


@contextmanager
def clear_errors() -> Iterator[None]:
    """Make each error that a user can cause one clear line, or one for each fault."""
    try:
        yield
    except (sources.Refused, record_rows.RefusedRows) as refused:
        refuse([str(fault) for fault in refused.faults])
    except conformance.Nonconforming as nonconforming:
        refuse([str(violation) for violation in nonconforming.violations])
    except _CLEAR as error:
        fail(str(error))
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        fail(f"{error.filename or ''}: {error.strerror}".lstrip(": "))


def refuse(faults: list[str]) -> NoReturn:
    """Print one line for each fault and end with status 1."""
    for fault in faults:
        click.echo(fault, err=True)
    fail(f"{_count(faults, 'fault')}; nothing was written.")


def _count(things: Sized, name: str) -> str:
    return f"{len(things)} {name}" if len(things) == 1 else f"{len(things)} {name}s"


class Commands(click.Group):
    """Commands whose errors are clear."""

    def invoke(self, context: click.Context) -> object:
        """Run the command that was given."""
        with clear_errors():
            return super().invoke(context)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="spacelaw")
def main() -> None:
    """Build, check, query and serve the space-law graph. Settings: SPACELAW_… variables."""


for command in (releases, prune, reload):
    main.add_command(command)


@main.command()
def serve() -> None:
    """Serve the site; builds a release first if the sources changed."""
    config = Config.from_environment()
    check_port(config.host, config.port)
    # A build takes 150 MB that its process would keep, and every web process forked from it.
    prepare_clearly = clear_errors()(prepare_all)
    building = get_context("fork").Process(target=prepare_clearly, args=(config, progress))
    building.start()
    building.join()
    if building.exitcode:
        sys.exit(1)
    click.echo(
        f"Serving {config.base_iri} on http://{config.host}:{config.port}/ (Ctrl-C to stop)",
        err=True,
    )
    run(config)


@main.command()
def build() -> None:
    """Build a release from the sources, with its pages, and make it the current one."""
    config = Config.from_environment()
    click.echo(prepare_all(config, progress))


@main.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--reference", is_flag=True, help="Check the sources with pyshacl in any case: slow.")
def validate(files: tuple[Path, ...], reference: bool) -> None:
    """Check the sources, or your own Turtle FILES, against the shapes."""
    config = Config.from_environment()
    if files:
        progress("Reading the shapes")
        violations = conformance.check_files(config.sources, list(files))
    else:
        read, quads = conformance.dataset(config.sources, progress)
        violations = conformance.check(config.sources, read, quads, progress, reference)
    for violation in violations:
        click.echo(violation)
    if violations:
        fail(f"{_count(violations, 'violation')}.")
    click.echo("Conforms.", err=True)


def _release() -> Release:
    config = Config.from_environment()
    prepare(config, progress)
    return Release(config.releases / CURRENT)


@main.command()
@click.argument("query", required=False)
@click.option("-f", "--file", type=click.File("r", encoding="utf-8"), help="Read the query here.")
@click.option("--format", "key", type=FORMATS, help="Result format; srj or ttl if not given.")
def query(query: str | None, file: TextIO | None, key: str | None) -> None:
    """Run a SPARQL QUERY (or one from a file, or from standard input) on the release."""
    text = query if query is not None else (file or sys.stdin).read()
    form = check(text).form
    fmt = _format(key, form)
    release = _release()
    dataset = load(place(Config.from_environment(), release, progress), release.base)
    graphs = [graph_iri(name, release.base) for name in release.manifest.graphs]
    asked = resolved(QueryRequest(text, form), release.base, graphs)
    for chunk in evaluate(dataset, asked, fmt, release.base, Spool(sys.maxsize)).chunks():
        sys.stdout.buffer.write(chunk)


def _format(key: str | None, form: str) -> Format:
    offers = RESULT_FORMATS if form in ("SELECT", "ASK") else RDF_FORMATS
    chosen = BY_KEY[key] if key else (JSON_RESULTS if offers is RESULT_FORMATS else TURTLE)
    if chosen not in offers:
        fail(
            f"A {form} query has no result in {chosen.name}; "
            f"choose of {', '.join(f.key for f in offers)}."
        )
    return chosen


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
def quote(file: Path) -> None:
    """Check the quotations in a text FILE against the official texts.

    Each quotation of at least eight words stands in a text verbatim, nearly, or not at all.
    """
    text = quotations.read(file)
    prints = quotations.Fingerprints.load(default_sources() / quotations.FINGERPRINTS)
    for finding in prints.check(text):
        click.echo(f"{file}:{finding.line}: {finding}")


@main.command()
@click.argument("iri")
@click.option("--format", "key", type=GRAPH_FORMATS, default="ttl", show_default=True)
def describe(iri: str, key: str) -> None:
    """Print what the release says of IRI: canonical, as served, or a path such as id/state/chn."""
    release = _release()
    local = rebase(iri, release.base)
    document = release.document(local if "://" in local else release.base + iri.lstrip("/"))
    if document is None:
        fail(f"Nothing is known of <{iri}>.")
    quads = parse(document.nquads)
    sys.stdout.buffer.write(serialize(quads, BY_KEY[key], release.base, document.iri))


@main.command()
@click.option("--format", "key", type=GRAPH_FORMATS, default="nq", show_default=True)
@click.option("--graph", type=click.Choice(GRAPHS), help="One named graph only.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False))
def export(key: str, graph: str | None, output: Path | None) -> None:
    """Write the dataset, or one named graph, with canonical IRIs."""
    release = _release()
    wanted = graph_iri(graph) if graph else None
    quads = [
        q
        for q in (
            terms.moved(q, lambda i: canonical(i, release.base))
            for q in parse(release.quads_file.read_bytes())
        )
        if wanted in (None, graph_of(q))
    ]
    body = serialize(quads, BY_KEY[key], CANONICAL_BASE)
    if output is None:
        sys.stdout.buffer.write(body)
        return
    part = output.with_name(output.name + ".part")
    part.write_bytes(body)
    part.replace(output)


@main.command(name="publish")
@click.option("--to", "url", help="Query endpoint of the store; else SPACELAW_STORE.")
def publish_release(url: str | None) -> None:
    """Load the release into a SPARQL 1.1 store, for SPACELAW_STORE to send queries to."""
    config = Config.from_environment()
    store = store_at(url) if url else config.store
    if store is None:
        fail("Say where with --to URL, or in SPACELAW_STORE.")
    release = _release()
    count = publish(release, store, progress)
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
    report = verify_copy(url, check_ways(by), progress)
    for line in lines(report):
        click.echo(line)
    if not report.proven:
        sys.exit(1)
