"""The Flask application, and the gateway that a web process serves it by."""

import asyncio
import os
from collections.abc import Callable, Mapping
from email.utils import formatdate
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask
from flask import Request as FlaskRequest
from werkzeug.routing import MapAdapter

from server.http.gateway import Cache, Gateway
from server.http.logs import access_log, log_events
from server.http.message import Reply, Request, head_of
from server.http.metrics import Metrics
from server.rdf.nanopublication import signer_with
from server.release.page_store import Pages, code_digest, file_of
from server.release.reader import Release
from server.settings import Config
from server.site import assets, flask_call
from server.site.flask_call import SiteAddress
from server.site.parameters import check_parameters
from server.site.query_operations import QueryOperations
from server.site.responses import PAGE_SIZES, Services, prepare_templates
from server.sparql.engine import Engine
from server.sparql.remote import RemoteEngine
from server.sparql.supervisor import WorkerEngine
from server.sparql.worker_process import resident_bytes

_THREADS = 32
# The modules of this room that answer requests, each with its blueprint.
_ROUTES = (
    "about", "ask", "assets", "checks", "compare", "dataset", "discovery",
    "feeds", "health", "lists", "lookup", "mcp", "mementos", "nanopublications", "oai",
    "parameters", "question_pages", "reconcile", "record_page", "resources",
    "search", "signposting", "sparql_page", "status",
)  # fmt: skip
_BLUEPRINTS = [import_module(f"server.site.{name}").blueprint for name in _ROUTES]


class Application(Flask):
    """Flask without two steps of each request that take a sixth of its time here."""

    def create_url_adapter(self, request: FlaskRequest | None) -> MapAdapter | None:
        """Bind the routes to a request; all have the same server."""
        if request is None:
            return None
        environ = request.environ
        path, query = (environ[name].encode("latin-1") for name in ("PATH_INFO", "QUERY_STRING"))
        return self.url_map.bind(
            environ["SERVER_NAME"],
            path_info=path.decode(errors="replace"),
            default_method=environ["REQUEST_METHOD"],
            query_args=query.decode(errors="replace"),
        )

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a view as it is: none is asynchronous."""
        return func


class NotWarm(Exception):
    """A release of which the home page cannot be made."""


def create_app(
    release: Release, engine: Engine, page_sizes: Mapping[str, int] = PAGE_SIZES,
    runtime: Path | None = None, config: Config | None = None,
) -> Flask:  # fmt: skip
    """Return the application for a release and an engine, by the settings in the environment."""
    app = Application("server", static_folder=None)
    config = config or Config.from_environment()
    sources = config.sources
    signer = signer_with(config.nanopub_key) if config.nanopub_key else None
    pages = Pages(file_of(release, sources))
    modified = _modified(release, sources)
    shared = Services(release, engine, sources, pages, modified, page_sizes, runtime, signer)
    app.extensions["spacelaw"] = shared
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    prepare_templates(app.jinja_env)
    app.jinja_env.globals["asset"] = assets.address
    app.before_request(check_parameters)
    return app


def create_gateway(
    config: Config, folder: Path, linked: int, address: str, runtime: Path
) -> Gateway:
    """Return what a web process serves.

    That is the release in `folder`, current since `linked`, with the query workers at `address`.
    `runtime` is the folder that the processes of a site share.
    """
    log_events()
    release = Release(folder, linked)
    engine = _engine(config, release, address)
    app = create_app(release, engine, runtime=runtime, config=config)
    shared: Services = app.extensions["spacelaw"]
    queries = QueryOperations(
        release.manifest, engine, code_digest(), shared.modified, config.proxies
    )
    cache = Cache(config.cache)
    metrics = Metrics(runtime, lambda: _state(engine, cache, queries))
    log = access_log(config.access_log, config.proxies)
    addresses = SiteAddress(release.base, config.site_url)
    is_elsewhere = config.site_url != release.base or addresses.prefix

    def render(request: Request, extra: Mapping[str, Any]) -> Reply:
        reply = flask_call.call(app, request, extra)
        return addresses.adapted(request.path, reply) if is_elsewhere else reply

    return Gateway(
        begin_query=queries.begin,
        render=render,
        prefix=addresses.prefix.encode(),
        start=partial(_start, app, engine, release, metrics),
        end=metrics.write,
        cache=cache,
        pages_are_made=shared.pages.are_made,
        threads=_threads(config),
        client_seconds=config.client_seconds,
        records=[metrics.record, *([log] if log else [])],
    )


def _state(engine: Engine, cache: Cache, queries: QueryOperations) -> dict[str, object]:
    """Return what is told of a web process besides what it counts."""
    return {
        "engine": engine.status(),
        "failures": queries.failures,
        "cache": {"bytes": cache.size, "hits": cache.hits},
        "resident": resident_bytes(os.getpid()),
    }


async def _start(app: Flask, engine: Engine, release: Release, metrics: Metrics) -> None:
    """Make ready to answer: what the first page and the first query take, nobody waits for."""
    engine.start(asyncio.get_running_loop())
    for template in ("resource.html", "sections.html"):  # these take long to compile
        app.jinja_env.get_template(template)
    if release.manifest.resources:
        home = Request("GET", b"/", head_of(((b"accept", b"text/html"),), 0), "", False, "1.0")
        status = flask_call.call(app, home, {}).status
        if status != 200:
            raise NotWarm(f"The home page of {release.folder} has status {status}.")
    await engine.warm()
    metrics.start(asyncio.get_running_loop())


def _modified(release: Release, sources: Path) -> str:
    """Return the HTTP date since when pages and data are as they are: of release or software."""
    folders = (Path(__file__).parents[1], sources / "queries", sources / "docs")
    files = (path for folder in folders for path in folder.rglob("*"))
    changed = [path.stat().st_mtime for path in files if "__pycache__" not in path.parts]
    return formatdate(max(release.current_since, *map(int, changed)), usegmt=True)


def _threads(config: Config) -> int:
    """Return how many threads a web process needs: for Flask, and for a store elsewhere."""
    return _THREADS + (config.limits.workers + config.limits.waiting if config.store else 0)


def _engine(config: Config, release: Release, address: str) -> Engine:
    if config.store is None:
        return WorkerEngine(address, config.limits.share(config.web_workers))
    return RemoteEngine(config.store, release.base, release.manifest.graphs, config.limits)
