"""The Flask application, and the gateway that a web process serves it by."""

import os
from collections.abc import Mapping
from email.utils import formatdate
from functools import partial
from importlib import import_module
from pathlib import Path

from flask import Flask

from server.http.cache import Cache
from server.http.gateway import Gateway
from server.http.logs import access_log, log_events
from server.release.manifest import CURRENT
from server.release.page_store import Pages, code_digest, file_of
from server.release.reader import Release
from server.settings import Config
from server.site import assets, flask_call
from server.site.parameters import check_parameters
from server.site.query_operations import QueryOperations
from server.site.responses import PAGE_SIZES, Services
from server.sparql.engine import Engine
from server.sparql.remote import RemoteEngine
from server.sparql.supervisor import WorkerEngine

ENGINE_VARIABLE = "SPACELAW_ENGINE_SOCKET"
_THREADS = 32
# The modules of this room that answer requests, each with its blueprint.
_ROUTES = (
    "about", "assets", "browse", "cite", "compare", "completion", "dataset", "discovery",
    "docs", "error_pages", "feeds", "openapi", "quality", "question_pages", "reconcile",
    "record_page", "resources", "resourcesync", "search", "signposting", "sparql_endpoint",
    "status", "validate",
)  # fmt: skip


def create_app(
    release: Release, engine: Engine, page_sizes: Mapping[str, int] = PAGE_SIZES
) -> Flask:
    """Return the application for a release and an engine."""
    app = Flask("server", static_folder=None)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    sources = Config.from_environment().sources
    pages = Pages(file_of(release, sources))
    services = Services(release, engine, sources, pages, _modified(release, sources), page_sizes)
    app.extensions["spacelaw"] = services
    for name in _ROUTES:
        app.register_blueprint(import_module(f"server.site.{name}").blueprint)
    app.jinja_env.globals["asset"] = assets.address
    app.before_request(check_parameters)
    return app


def create_gateway() -> Gateway:
    """Return what a web process serves, by the settings in the environment."""
    log_events()
    config = Config.from_environment()
    release = Release(config.releases / CURRENT)
    engine = _engine(config, release)
    app = create_app(release, engine)
    services: Services = app.extensions["spacelaw"]
    queries = QueryOperations(
        release.manifest, engine, code_digest(), services.modified, config.proxies
    )
    return Gateway(
        begin_query=queries.begin,
        render=partial(flask_call.call, app),
        start=engine.attach,
        cache=Cache(config.cache),
        pages_are_made=bool(services.pages),
        threads=_threads(config),
        client_seconds=config.client_seconds,
        record=access_log(config.access_log, config.proxies),
    )


def _modified(release: Release, sources: Path) -> str:
    """Return the HTTP date since when pages and data are as they are: of release or software."""
    folders = (Path(__file__).parents[1], sources / "queries", sources / "docs")
    files = (path for folder in folders for path in folder.rglob("*"))
    changed = [path.stat().st_mtime for path in files if "__pycache__" not in path.parts]
    return formatdate(max(release.current_since, *map(int, changed)), usegmt=True)


def _threads(config: Config) -> int:
    """Return how many threads a web process needs: for Flask, and for a store elsewhere."""
    return _THREADS + (config.limits.workers + config.limits.waiting if config.store else 0)


def _engine(config: Config, release: Release) -> Engine:
    if config.store is None:
        return WorkerEngine(os.environ[ENGINE_VARIABLE], config.limits.share(config.web_workers))
    return RemoteEngine(config.store, release.base, release.manifest.graphs, config.limits)
