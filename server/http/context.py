"""What blueprints share: the release and the engine of the application that handles a request."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from flask import Flask, current_app

from server.release.page_store import Pages
from server.release.reader import Release
from server.sparql.engine import Engine

# What the gateway found for Flask to go on with, in the environment of a request: a refusal, and
# the query and the result that a page of the endpoint shows.
PROBLEM, RESULT = "spacelaw.problem", "spacelaw.result"


@dataclass(frozen=True)
class Services:
    """The release that is served, its pages, the engine for queries, and the sources' folder."""

    release: Release
    engine: Engine
    sources: Path
    pages: Pages


def install(app: Flask, services: Services) -> None:
    """Give an application its services."""
    app.extensions["spacelaw"] = services


def services() -> Services:
    """Return the services of the current application."""
    return cast(Services, current_app.extensions["spacelaw"])
