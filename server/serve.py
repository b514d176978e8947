"""Running the site: a release, the query workers, and uvicorn's web processes."""

import os
import resource
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn
from uvicorn.supervisors import Multiprocess

from server.compile import pipeline
from server.http.connection import MAX_CONNECTIONS, Connection
from server.http.logs import log_events
from server.release.manifest import CURRENT
from server.release.reader import Release
from server.settings import Config
from server.site.application import ENGINE_VARIABLE
from server.site.prerender import make_pages
from server.sparql import sandbox, stores
from server.sparql.supervisor import Workers

HEALTHCHECK_SECONDS = 30  # after which a web process that does not answer is replaced


class PortInUse(Exception):
    """Another process listens where the site should."""


def prepare(config: Config, progress: Callable[[str], None]) -> None:
    """Build a release if the current one is not that of the sources."""
    if not pipeline.is_fresh(config.sources, config.releases, config.base_iri):
        pipeline.build(config.sources, config.releases, config.base_iri, progress)


def prepare_all(config: Config, progress: Callable[[str], None]) -> None:
    """Build a release if need be, its pages, and the store on disk where queries take one."""
    prepare(config, progress)
    make_pages(config, progress)
    if config.store is None:
        place(config, Release(config.releases / CURRENT), progress)


def place(config: Config, release: Release, progress: Callable[[str], None]) -> Path:
    """Return the file of quads that queries are answered from, or the store on disk for many."""
    quads = release.manifest.quads
    if quads <= config.memory_quads or not sandbox.is_possible():
        return release.quads_file
    folder = stores.folder_on_disk(release.folder)
    return stores.prepare_on_disk(release.quads_file, release.base, quads, folder, progress)


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raise PortInUse where the address cannot be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise PortInUse(
            f"Cannot listen on {host}:{port}: {error.strerror}. Set SPACELAW_PORT to another port."
        ) from None
    return listener


def check_port(host: str, port: int) -> None:
    """Raise PortInUse unless the address can be listened on."""
    listening(host, port).close()


def run(config: Config) -> None:
    """Serve the current release until interrupted; everything started here ends with it."""
    log_events()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 4 * MAX_CONNECTIONS), most))
    release = Release(config.releases / CURRENT)
    workers = None
    if config.store is None:
        answered_from = place(config, release, lambda _: None)
        workers = Workers(answered_from, release.base, config.limits)
        os.environ[ENGINE_VARIABLE] = workers.address
    os.environ["SPACELAW_RELEASES"] = str(config.releases.resolve())
    web = uvicorn.Config(
        "server.site.application:create_gateway",
        factory=True,
        interface="asgi3",
        loop="uvloop",
        http=Connection,
        ws="none",
        lifespan="on",
        workers=config.web_workers,
        backlog=MAX_CONNECTIONS,
        log_config=None,
        access_log=False,
        proxy_headers=False,  # the gateway reads them
        server_header=False,
        timeout_graceful_shutdown=1,
        timeout_worker_healthcheck=HEALTHCHECK_SECONDS,
    )
    try:
        Multiprocess(web, [listening(config.host, config.port)]).run()
    finally:
        if workers:
            workers.close()
