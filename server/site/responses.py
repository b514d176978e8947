"""Representations as blueprints answer with them, and the release that they are made of."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from flask import Response, current_app, g, render_template, request
from jinja2 import Environment

from server.http.message import CACHE_CONTROL
from server.pages import citations, law_records, ontology_terms, threads, wording
from server.pages.release_graph import graph_for
from server.pages.wording import Ref
from server.problems import Problem
from server.rdf.formats import FORMAT_NAMES, HTML, Format
from server.rdf.nanopublication import Signer
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
    `runtime` is the folder that the processes of a site share, `signer` signs nanopublications.
    """

    release: Release
    engine: Engine
    sources: Path
    pages: Pages
    modified: str
    page_sizes: Mapping[str, int]
    runtime: Path | None = None
    signer: Signer | None = None


def services() -> Services:
    """Return the services of the current application, or those of an earlier release."""
    try:
        return cast(Services, g.services)
    except AttributeError:  # the first time that a request needs them
        g.services = current_app.extensions["spacelaw"]
        return cast(Services, g.services)


def prepare_templates(environment: Environment) -> None:
    """Give templates what they call: filters of words and addresses, and what reads records."""
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.add_extension("jinja2.ext.do")
    environment.globals |= {
        "ref": _ref,
        "thing": lambda iri: graph_for(services().release).thing(iri),
        "site": citations.SITE,
        "statuses": wording.STATUSES,
        "earlier": wording.EARLIER,
        "law": law_records,
        "terms": ontology_terms,
        "threads": threads,
    }
    environment.filters |= {"day": wording.day, "href": _href, "key": _key}
    names = ("author", "curie", "fragment", "places", "words")
    environment.filters |= {name: getattr(wording, name) for name in names}


def _ref(iri: str) -> Ref:
    """Return a link to a resource under its label."""
    return graph_for(services().release).ref(iri)


def _href(iri: str) -> str:
    """Return where a link to an IRI leads, "" for no link at all."""
    return wording.link_to(iri, services().release.base)


def _key(iri: str) -> str:
    """Return what names a thing in parameters: its path below `id/`."""
    return iri.removeprefix(f"{services().release.base}id/")


def render_xml(template: str, **values: Any) -> str:
    """Return an XML or HTML document made by a template; what they cannot hold is left out.

    The template knows `base` and `manifest` of the release; in HTML days are told in words.
    """
    release = services().release
    known = {"base": release.base, "manifest": release.manifest}
    text = NOT_IN_XML.sub("", render_template(template, **known | values))
    return wording.dated(text) if template.endswith(".html") else text


def negotiate(
    offers: Sequence[Format], urls: Mapping[str, str] | None = None, accept: str | None = None
) -> Format:
    """Return the offer that the request prefers; raises Problem 406 with the alternatives.

    `accept` takes the place of the request's Accept header; without it the answer varies by that.
    `urls` are those of the offers.
    """
    if accept is None:
        accept, g.vary = request.headers.get("Accept"), ("Accept",)
    chosen = choose(accept, offers)
    if chosen is None:
        detail = "None of the formats that this resource has is acceptable."
        raise not_acceptable(detail, offers, urls)
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


def in_script(data: bytes | dict[str, Any]) -> str:
    """Return JSON that is safe inside a script element: no less-than sign ends it early."""
    text = data.decode() if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def respond_page(
    template: str,
    vary: Sequence[str] | None = None,
    cache_control: str = CACHE_CONTROL,
    **values: Any,
) -> Response:
    """Return a page made by a template, with the status of the `problem` that it shows, if any."""
    page = render_xml(template, **values)
    response = respond(page, HTML, vary=vary, cache_control=cache_control)
    if problem := values.get("problem"):
        response.status_code = problem.status
        response.headers.extend(dict(problem.headers))
    return response


def respond(
    body: bytes | str | Mapping[str, Any] | list[Any],
    fmt: Format,
    links: Iterable[str] = (),
    vary: Sequence[str] | None = None,
    cache_control: str = CACHE_CONTROL,
) -> Response:
    """Return a representation; what is neither bytes nor text is written as JSON.

    It varies by what negotiation looked at, unless `vary` names other headers. Unless
    `cache_control` is "" it may be kept and revalidated: its entity tag is made of its bytes, and
    so is another as soon as these are, whether the release, a template or the code changed, and
    stays where they stay (RFC 9110 section 8.8.3).
    """
    if not isinstance(body, bytes | str):
        body = json.dumps(body, ensure_ascii=False, indent=1)
    data = body.encode() if isinstance(body, str) else body
    headers = [("Content-Type", fmt.content_type)]
    if vary := g.get("vary", ()) if vary is None else vary:
        headers.append(("Vary", ", ".join(vary)))
    if listed := ", ".join(links):
        headers.append(("Link", listed))  # one field: thirty of them take longer than the rest
    if cache_control:
        tag = hashlib.blake2b(fmt.content_type.encode() + b"\0" + data, digest_size=12)
        headers.append(("ETag", f'"{tag.hexdigest()}"'))
        headers.append(("Last-Modified", services().modified))
        headers.append(("Cache-Control", cache_control))
    return Response(data, headers=headers)


def of_today(response: Response) -> Response:
    """Return an answer that may be another tomorrow: it is not dated."""
    del response.headers["Last-Modified"]
    return response
