"""Representations as blueprints answer with them, and the release that they are made of."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from flask import Response, current_app, g, render_template, request

from server.http.message import CACHE_CONTROL
from server.problems import Problem
from server.rdf.formats import FORMAT_NAMES, HTML, Format
from server.rdf.negotiation import choose, not_acceptable
from server.rdf.rdf_xml import NOT_IN_XML
from server.release.page_store import Pages
from server.release.reader import Release
from server.sparql.engine import Engine

PAGE_SIZES = {
    "feed": 250,
    "sitemap": 2000,
    "resourcelist": 2000,
    # Harvesters read indexes of resources but trip over those of changes (resync 2.0), so these
    # come only where a sitemap may not hold more.
    "changelist": 50_000,
    "oai": 100,
}
IMMUTABLE = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Services:
    """What all blueprints share: the release that is served, its pages, the engine for queries.

    `sources` is the folder of the sources, `modified` the HTTP date of the last change of the
    release or of our software. `page_sizes` are how many entries a page of each kind of list has.
    `runtime` is the folder that the processes of a site share.
    """

    release: Release
    engine: Engine
    sources: Path
    pages: Pages
    modified: str
    page_sizes: Mapping[str, int]
    runtime: Path | None = None


def services() -> Services:
    """Return the services of the current application, or those of an earlier release."""
    return cast(Services, g.get("services") or current_app.extensions["spacelaw"])


def render_xml(template: str, **values: Any) -> str:
    """Return an XML or HTML document made by a template; what they cannot hold is left out."""
    return NOT_IN_XML.sub("", render_template(template, **values))


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


def chosen_format(key: str, offers: Sequence[Format]) -> Format:
    """Return the offer that a suffix names, or without one the offer that the request prefers.

    Raises Problem 404 for an unknown suffix, 406 where none is acceptable.
    """
    if not key:
        return negotiate(offers)
    for fmt in offers:
        if fmt.key == key:
            return fmt
    if key in FORMAT_NAMES and (named := choose(FORMAT_NAMES[key], offers)):
        return named
    known = ", ".join(f.key for f in offers)
    raise Problem(404, f"There is no format {key[:20]!r} of this; there are {known}.")


def in_script(json: str) -> str:
    """Return JSON that is safe inside a script element: no less-than sign ends it early."""
    return json.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def respond_page(
    template: str,
    vary: Sequence[str] = (),
    cache_control: str = CACHE_CONTROL,
    **values: Any,
) -> Response:
    """Return a page made by a template; unless `cache_control` is "" it may be kept."""
    page = render_xml(template, **values)
    return respond(page, HTML, vary=vary, cache_control=cache_control)


def respond(
    body: bytes | str,
    fmt: Format,
    links: Iterable[str] = (),
    vary: Sequence[str] = ("Accept",),
    cache_control: str = CACHE_CONTROL,
) -> Response:
    """Return a representation; unless `cache_control` is "" it may be kept and revalidated.

    Its entity tag is made of its bytes: it is another as soon as these are, whether the release,
    a template or the code changed, and stays where they stay (RFC 9110 section 8.8.3).
    """
    data = body.encode() if isinstance(body, str) else body
    headers = [("Content-Type", fmt.content_type)]
    if vary:
        headers.append(("Vary", ", ".join(vary)))
    if listed := ", ".join(links):
        headers.append(("Link", listed))  # one field: thirty of them take longer than the rest
    if cache_control:
        tag = hashlib.blake2b(fmt.content_type.encode() + b"\0" + data, digest_size=12)
        headers.append(("ETag", f'"{tag.hexdigest()}"'))
        headers.append(("Last-Modified", services().modified))
        headers.append(("Cache-Control", cache_control))
    return Response(data, headers=headers)
