"""Representations as blueprints answer with them, and the release that they are made of."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from wsgiref.types import WSGIEnvironment

from flask import Response, current_app, request
from werkzeug.datastructures import Headers

from server.http.message import CACHE_CONTROL
from server.rdf.formats import Format
from server.rdf.negotiation import choose, not_acceptable
from server.release.page_store import Pages
from server.release.reader import Release
from server.sparql.engine import Engine


@dataclass(frozen=True)
class Services:
    """What all blueprints share: the release that is served, its pages, the engine for queries.

    `sources` is the folder of the sources, `modified` the HTTP date of the last change of the
    release or of our software.
    """

    release: Release
    engine: Engine
    sources: Path
    pages: Pages
    modified: str


def services() -> Services:
    """Return the services of the current application."""
    return cast(Services, current_app.extensions["spacelaw"])


def negotiate(
    offers: Sequence[Format], urls: Mapping[str, str] | None = None, accept: str | None = None
) -> Format:
    """Return the offer that the request prefers; raises Problem 406 with the alternatives.

    `accept` takes the place of the request's Accept header; `urls` are those of the offers.
    """
    chosen = choose(request.headers.get("Accept") if accept is None else accept, offers)
    if chosen is None:
        raise not_acceptable(
            "None of the formats that this resource has is acceptable.", offers, urls
        )
    return chosen


class Representation(Response):
    """A response whose headers are whole; Werkzeug would take its Content-Location apart."""

    def get_wsgi_headers(self, _: WSGIEnvironment) -> Headers:
        """Return the headers as they are; the gateway adds the length."""
        return self.headers


def respond(
    body: bytes | str,
    fmt: Format,
    links: Iterable[str] = (),
    vary: Sequence[str] = ("Accept",),
    cache: bool = True,
) -> Response:
    """Return a representation; unless `cache` is False it may be kept and revalidated.

    Its entity tag is made of its bytes: it is another as soon as these are, whether the release,
    a template or the code changed, and stays where they stay (RFC 9110 section 8.8.3).
    """
    data = body.encode() if isinstance(body, str) else body
    headers = [("Content-Type", fmt.content_type)]
    if vary:
        headers.append(("Vary", ", ".join(vary)))
    if listed := ", ".join(links):
        headers.append(("Link", listed))  # one field: thirty of them take longer than the rest
    if cache:
        tag = hashlib.blake2b(fmt.content_type.encode() + b"\0" + data, digest_size=12)
        headers.append(("ETag", f'"{tag.hexdigest()}"'))
        headers.append(("Last-Modified", services().modified))
        headers.append(("Cache-Control", CACHE_CONTROL))
    return Representation(data, headers=headers)
