"""The Flask application factory."""

import os

from flask import Flask, request

from server.http import error_pages
from server.http.cache import PreparedDocuments
from server.http.context import PROBLEM, Services, install
from server.http.finishing import finish
from server.http.gateway import Gateway
from server.http.query_answers import Results
from server.http.query_operation import MAX_BODY
from server.release.manifest import CURRENT
from server.release.page_store import Pages, file_of
from server.release.reader import Release
from server.settings import Config
from server.site import (
    about,
    activity_streams,
    assets,
    atom,
    completion,
    dataset,
    discovery,
    docs,
    ldes,
    machine_descriptions,
    quality,
    question_pages,
    reconcile,
    resources,
    resourcesync,
    search,
    sparql_endpoint,
    status,
    timeline,
    validate,
)
from server.sparql.engine import Engine
from server.sparql.remote import RemoteEngine
from server.sparql.supervisor import WorkerEngine

ENGINE_VARIABLE = "SPACELAW_ENGINE_SOCKET"

_THREADS = 32

_PEOPLE = (about, search, question_pages, timeline, quality, validate, completion)
_HARVEST = (dataset, discovery, activity_streams, ldes, atom, resourcesync, reconcile)


def create_app(
    release: Release | None = None, engine: Engine | None = None, kept: int | None = None
) -> Flask:
    """Return the application for a release and an engine.

    Without them, the environment names the releases folder and the socket of the query workers,
    as `spacelaw serve` sets them for each web process. `kept` bounds, in bytes, what is kept of
    documents that were made; with 0 nothing is.
    """
    if release is None:
        release = Release(Config.from_environment().releases / CURRENT)
    if engine is None:
        engine = _engine(Config.from_environment(), release)
    app = Flask("server", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.url_map.strict_slashes = False
    sources = Config.from_environment().sources
    install(app, Services(release, engine, sources, Pages(file_of(release, sources))))
    for module in (
        *_PEOPLE,
        resources,
        machine_descriptions,
        docs,
        sparql_endpoint,
        status,
        *_HARVEST,
        error_pages,
    ):
        app.register_blueprint(module.blueprint)
    assets.install(app)
    app.before_request(_refuse)
    app.after_request(finish)
    kept = Config.from_environment().documents if kept is None else kept
    if kept:
        app.wsgi_app = PreparedDocuments(app.wsgi_app, kept)  # type: ignore[assignment,method-assign]
    return app


def create_gateway() -> Gateway:
    """Return what a web process serves: the application behind its gateway."""
    config = Config.from_environment()
    release = Release(config.releases / CURRENT)
    engine = _engine(config, release)
    app = create_app(release, engine)
    results = Results(release, engine, proxies=config.proxies)
    return Gateway(app, engine, results, threads(config))


def threads(config: Config) -> int:
    """Return how many threads a web process needs: for Flask, and for a store elsewhere."""
    return _THREADS + (config.limits.workers + config.limits.waiting if config.store else 0)


def _refuse() -> None:
    """Raise what the gateway found wrong with a request."""
    if problem := request.environ.get(PROBLEM):
        raise problem


def _engine(config: Config, release: Release) -> Engine:
    if config.store is None:
        return WorkerEngine(os.environ[ENGINE_VARIABLE], config.limits.share(config.web_workers))
    return RemoteEngine(config.store, release.base, release.manifest.graphs, config.limits)
