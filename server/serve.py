"""Running the site: a release, the query workers, and granian's web processes."""

import os
import resource
import socket
from collections.abc import Callable
from pathlib import Path

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from server.app import ENGINE_VARIABLE
from server.bake import bake
from server.build import pipeline
from server.config import Config
from server.engine import confine, disk
from server.engine.workers import Workers
from server.release.manifest import CURRENT
from server.release.reader import Release

# A connection counts until its request is there: who opens many and says little shall hold up
# nobody, nor take much memory. The longest request line is 64 kB.
_CONNECTIONS = 4096  # of each web process
_HEAD = HTTP1Settings(header_read_timeout=10_000, max_buffer_size=128 * 1024)


class PortInUse(Exception):
    """Another process listens where the site should."""


def prepare(config: Config, progress: Callable[[str], None]) -> None:
    """Build a release if the current one is not that of the sources."""
    if not pipeline.is_fresh(config.sources, config.releases, config.base_iri):
        pipeline.build(config.sources, config.releases, config.base_iri, progress)


def prepare_all(config: Config, progress: Callable[[str], None]) -> None:
    """Do the same, make its pages, and write the store on disk if queries are answered from one."""
    prepare(config, progress)
    bake(config, progress)
    if config.store is None:
        place(config, Release(config.releases / CURRENT), progress)


def place(config: Config, release: Release, progress: Callable[[str], None]) -> Path:
    """Return what queries are answered from: a release's quads, or if too many a store on disk."""
    quads = release.manifest.quads
    if quads <= config.memory_quads or not confine.is_possible():
        return release.quads_file
    folder = disk.folder_of(release.folder)
    return disk.prepare(release.quads_file, release.base, quads, folder, progress)


def check_port(host: str, port: int) -> None:
    """Raise PortInUse unless the address can be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortInUse(
                f"Cannot listen on {host}:{port}: {error.strerror}. "
                "Set SPACELAW_PORT to another port."
            ) from None


def run(config: Config) -> None:
    """Serve the current release until interrupted; everything started here ends with it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 4 * _CONNECTIONS), most))
    release = Release(config.releases / CURRENT)
    workers = None
    if config.store is None:
        answered_from = place(config, release, lambda _: None)
        workers = Workers(answered_from, release.base, config.limits)
        os.environ[ENGINE_VARIABLE] = workers.address
    os.environ["SPACELAW_RELEASES"] = str(config.releases.resolve())
    try:
        Granian(
            "server.app:create_gateway",
            address=config.host,
            port=config.port,
            interface=Interfaces.RSGI,
            workers=config.web_workers,
            factory=True,
            # HTTP/2 without TLS, which no browser or proxy speaks, has heads of 16 MB, 200 at once.
            http=HTTPModes.http1,
            http1_settings=_HEAD,
            backpressure=_CONNECTIONS,
            websockets=False,
            log_access=False,
            log_level="error",  # type: ignore[arg-type]
            respawn_failed_workers=True,
            workers_kill_timeout=1,  # else idle threads keep a worker half a minute
        ).serve()
    finally:
        if workers:
            workers.close()
