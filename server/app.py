"""The Flask application factory."""

import os

from flask import Flask, Response

from server.config import Config
from server.engine.interface import Engine
from server.engine.workers import WorkerEngine
from server.release.manifest import CURRENT
from server.release.reader import Release
from server.web import pages, problems, resources, sparql, status
from server.web.services import Services, install

ENGINE_VARIABLE = "SPACELAW_ENGINE_SOCKET"
MAX_BODY = 1024**2

_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Location, ETag, Link, Location, Retry-After",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def create_app(release: Release | None = None, engine: Engine | None = None) -> Flask:
    """Return the application for a release and an engine.

    Without them, the environment names the releases folder and the socket of the query workers,
    as `spacelaw serve` sets them for each web process.
    """
    if release is None:
        release = Release(Config.from_environment().releases / CURRENT)
    if engine is None:
        engine = WorkerEngine(os.environ[ENGINE_VARIABLE], patience=600)
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.url_map.strict_slashes = False
    install(app, Services(release, engine))
    for module in (pages, resources, sparql, status, problems):
        app.register_blueprint(module.blueprint)
    app.after_request(_add_headers)
    return app


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
