"""The commands that read a release: queries, descriptions, the whole dataset, manuscripts, MCP."""

import asyncio
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from server.options import fail, progress, settings
from server.preparation import place, prepare
from server.rdf import terms
from server.rdf.formats import RDF_FORMATS, RESULT_FORMATS, Format
from server.rdf.iris import canonical, rebase
from server.rdf.serialization import parse, serialize
from server.rdf.terms import graph_of
from server.rdf.vocabulary import CANONICAL_BASE, GRAPHS, graph_iri
from server.release.manifest import CURRENT
from server.release.reader import Release
from server.settings import Config, default_sources
from server.sparql.engine import Engine
from server.sparql.request import QueryRequest, check, resolved
from server.sparql.spool import Result
from server.sparql.supervisor import WorkerEngine, Workers

_KINDS = {"json": ("srj", "jsonld"), "xml": ("srx", "rdf")}  # formats that people call so
FORMATS = click.Choice([*(f.key for f in (*RDF_FORMATS, *RESULT_FORMATS)), *_KINDS])
GRAPH_FORMATS = click.Choice([*(f.key for f in RDF_FORMATS), *_KINDS])


def opened() -> Release:
    """Return the release of the sources, built if need be."""
    config = Config.from_environment()
    return Release(prepare(config, progress))


@click.command()
@click.argument("query", required=False)
@click.option("-f", "--file", type=click.File("rb"), help="Read the query here.")
@click.option("--format", "key", type=FORMATS, help="Result format; srj or ttl if not given.")
@settings("port", "base", "releases")
def query(query: str | None, file: BinaryIO | None, key: str | None) -> None:
    """Run a SPARQL QUERY (or one from a file, or from standard input: -) on the release.

    It has the limits of the endpoint: SPACELAW_QUERY_SECONDS and the others.
    """
    if file and query is not None:
        raise click.UsageError("QUERY and --file exclude each other")
    if query is None or query == "-":
        data = (file or sys.stdin.buffer).read()
    else:  # perhaps read in a locale that does not know its letters
        data = query.encode("utf-8", "surrogateescape")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fail(f"The query is not UTF-8: {error.reason}.")
    form = check(text).form
    release, config = opened(), Config.from_environment()
    graphs = [graph_iri(name, release.base) for name in release.manifest.graphs]
    asked, fmt = resolved(QueryRequest(text, form), release.base, graphs), _format(key, form)
    with _engine(config, release) as engine:
        result = asyncio.run(_answer(engine, asked, fmt))
    for chunk in result.chunks():
        sys.stdout.buffer.write(chunk)
    sys.stdout.flush()


@contextmanager
def _engine(config: Config, release: Release) -> Iterator[Engine]:
    """Yield what answers queries: the store that is set, or workers that end with the block."""
    if config.store:
        from server.sparql.remote import RemoteEngine

        yield RemoteEngine(config.store, release.base, release.manifest.graphs, config.limits)
        return
    with closing(Workers(place(config, release, progress), release.base, config.limits)) as workers:
        yield WorkerEngine(workers.address, config.limits)


async def _answer(engine: Engine, asked: QueryRequest, fmt: Format) -> Result:
    engine.start(asyncio.get_running_loop())
    return await engine.answer(asked, fmt)


def _format(key: str | None, form: str = "DESCRIBE") -> Format:
    """Return the format of a key, or what "json" or "xml" stands for in results of a form."""
    offers = {f.key: f for f in (RESULT_FORMATS if form in ("SELECT", "ASK") else RDF_FORMATS)}
    wanted = (key, *_KINDS.get(key, ())) if key else offers
    chosen = next((offers[one] for one in wanted if one in offers), None)
    return chosen or fail(f"A {form} query has no result in {key}; choose of {', '.join(offers)}.")


def _take_away(site: Path | None, single: Path | None) -> None:
    """Write the site as a folder, as one file, or as both."""
    from server.site import prerender  # the application, which no other command here needs

    if site:  # what cannot be written is told before minutes of work
        site.mkdir(parents=True, exist_ok=True)
        if any(site.iterdir()):
            fail(f"{site} is not empty; name a new folder.")
    if single:
        single.open("ab").close()
    copy = prerender.Copy(opened(), progress)
    if single:
        prerender.write_single(copy, single)
    if site:
        prerender.write_folder(copy, site)


@click.command()
@click.argument("iri")
@click.option("--format", "key", type=GRAPH_FORMATS, default="ttl", show_default=True)
@settings("port", "base", "releases")
def describe(iri: str, key: str) -> None:
    """Print what the release says of IRI: canonical, as served, or a path such as id/state/chn."""
    release = opened()
    local = rebase(iri, release.base)
    document = release.document(local if "://" in local else release.base + iri.lstrip("/"))
    if document is None:
        fail(f"Nothing is known of <{iri}>.")
    quads = parse(document.nquads)
    sys.stdout.buffer.write(serialize(quads, _format(key), release.base, document.iri))


@click.command()
@click.option("--format", "key", type=GRAPH_FORMATS, help="nq if not given.")
@click.option("--graph", type=click.Choice(GRAPHS), help="One named graph only.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--site", type=click.Path(path_type=Path, file_okay=False), help="A new folder.")
@click.option("--single", type=click.Path(path_type=Path, dir_okay=False), help="One HTML file.")
@settings("base", "releases")
def export(
    key: str | None, graph: str | None, output: Path | None, site: Path | None, single: Path | None
) -> None:
    """Write the dataset, or one named graph, with canonical IRIs.

    With --site or --single, write the site instead, to be opened from disk without server or
    network: pages, data, search and SPARQL.
    """
    if site or single:
        if key or graph or output:
            raise click.UsageError("--site and --single write all there is; give them alone")
        _take_away(site, single)
        return
    release = opened()
    wanted = graph_iri(graph) if graph else None
    served = parse(release.quads_file.read_bytes())
    stated = (terms.moved(q, lambda i: canonical(i, release.base)) for q in served)
    quads = [q for q in stated if wanted in (None, graph_of(q))]
    body = serialize(quads, _format(key or "nq"), CANONICAL_BASE)
    if output is None:
        sys.stdout.buffer.write(body)
        return
    target = output.resolve()  # the file that a link leads to
    if target.exists() and not target.is_file():  # a device or a pipe
        target.write_bytes(body)
        return
    part = target.with_name(f"{target.name}.part")  # a full disk leaves what was there before
    part.write_bytes(body)
    part.replace(target)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def quote(file: Path) -> None:
    """Check a manuscript (text, Markdown, .docx): what it quotes, cites and says of status.

    Each quotation of at least eight words stands in an official text verbatim, altered, or not at
    all. Claims of status are checked where a release is built.
    """
    from server.law import manuscript, manuscript_check  # take a while to load: on demand

    text, releases = manuscript.read(file), Config.from_environment().releases
    built = Release(releases / CURRENT) if (releases / CURRENT).exists() else None
    report = manuscript_check.Checker(default_sources(), built).report(text)
    if not report["findings"]:
        raise manuscript.Unreadable(
            f"{file} has no passage of at least {report['leastWords']} words to check."
        )
    for finding in report["findings"]:
        opening = " ".join(finding["text"].split()[:8])
        click.echo(f"{file}:{finding['line']}: {manuscript_check.said(finding)}: {opening} …")
    if built is None:
        click.echo("No release is built here: claims of status were not checked.", err=True)


@click.command()
def mcp() -> None:
    """Speak the Model Context Protocol on standard input and output, with the endpoint's limits."""
    from server.site.application import create_app  # these take half a second to load: on demand
    from server.site.mcp_tools import make_server

    config, release, loop = Config.from_environment(), opened(), asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    with _engine(config, release) as engine, create_app(release, engine).app_context():
        loop.call_soon_threadsafe(engine.start, loop)
        make_server().run("stdio")
