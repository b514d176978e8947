"""The commands that check manuscripts and that speak the Model Context Protocol."""

import asyncio
import threading
from pathlib import Path

import click

from server.release.manifest import CURRENT
from server.release.reader import Release
from server.settings import Config, default_sources
from server.sparql.engine import Engine


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
    from server.preparation import place, prepare
    from server.site.application import create_app  # these take half a second to load: on demand
    from server.site.mcp_tools import make_server
    from server.sparql.remote import RemoteEngine
    from server.sparql.supervisor import WorkerEngine, Workers

    config = Config.from_environment()
    prepare(config, lambda _: None)
    release, loop = Release(config.releases / CURRENT), asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    workers = None
    if config.store:
        graphs = release.manifest.graphs
        engine: Engine = RemoteEngine(config.store, release.base, graphs, config.limits)
    else:
        workers = Workers(place(config, release, lambda _: None), release.base, config.limits)
        engine = WorkerEngine(workers.address, config.limits)
    loop.call_soon_threadsafe(engine.start, loop)
    try:
        with create_app(release, engine).app_context():
            make_server().run("stdio")
    finally:
        if workers:
            workers.close()
