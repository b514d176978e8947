"""Dereferencing: 303 from a thing to the document about it, and the document in each format."""

from dataclasses import dataclass

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.exceptions import NotFound

from server.http.message import CACHE_CONTROL
from server.problems import Problem
from server.rdf.formats import DATA_FORMATS, DOCUMENT_FORMATS, HTML, Format, split_suffix
from server.rdf.iris import uri_of
from server.rdf.negotiation import choose, choose_profile, not_acceptable
from server.rdf.serialization import parse, serialize
from server.release import tombstones
from server.release.reader import Document, Profile, Release
from server.site import alternatives, lookup
from server.site.resource_page import page
from server.site.responses import negotiate, respond, services
from server.site.signposting import Addresses, of_document, of_thing

blueprint = Blueprint("resources", __name__)


@dataclass(frozen=True)
class Choice:
    """The representation that a request is answered with, and the headers that decided it."""

    found: Document
    fmt: Format
    profile: Profile | None
    vary: tuple[str, ...]


@blueprint.get("/<any(id, def, shape, graph):root>", defaults={"path": ""})
@blueprint.get("/<any(id, def, shape, graph):root>/<path:path>")
def thing(root: str, path: str) -> Response:
    """Send a client from a thing to the document about it (303, httpRange-14).

    Who can take none of the formats is told at once. A suffix on a thing, as OWL tools add it,
    leads to the document in that format.
    """
    found, suffix = _find(f"{root}/{path}" if path else root)
    at = Addresses(found.iri, services().release.base)
    if suffix is None:
        negotiate(DOCUMENT_FORMATS, at.all())
    location = uri_of(at.of(suffix) if suffix else at.document)
    query = request.query_string.decode("latin-1")
    response = redirect(location + (f"?{query}" if query else ""), 303)
    response.headers["Cache-Control"] = CACHE_CONTROL
    if suffix is None:
        response.vary.add("Accept")
    response.headers["Link"] = ", ".join(map(str, of_thing(found, at)))
    return response  # type: ignore[return-value]


@blueprint.get("/def.<suffix>")
def ontology(suffix: str) -> Response:
    """Send an OWL tool, which adds a suffix to what it loads, to the ontology."""
    return thing(f"def.{suffix}", "")


@blueprint.get("/doc/<path:path>")
def document(path: str) -> Response:
    """Answer with the document about a thing, in the format of its suffix or as negotiated."""
    found, suffix = _find(path)
    release = services().release
    at = Addresses(found.iri, release.base)
    if request.args.get("_profile") == "alt":
        return alternatives.answer(found, at, suffix)
    choice = _choose(found, suffix, at)
    fmt, profile = choice.fmt, choice.profile
    body = _page(found) if fmt is HTML else _data(release, choice)
    key = profile.key if profile else ""
    links = of_document(found, at, fmt, profile, release.base + "def")
    response = respond(body, fmt, map(str, links), choice.vary)
    response.headers["Content-Location"] = uri_of(at.of(fmt, key))
    return response


def _find(path: str) -> tuple[Document, Format | None]:
    """Return what a path names, and the format that its suffix asks for, if any."""
    stem, suffix = split_suffix(path)
    if suffix and (found := lookup.document(stem)):
        return found, suffix
    return lookup.describe(path), None


def _choose(found: Document, suffix: Format | None, at: Addresses) -> Choice:
    """Choose profile, then format: parameters and suffixes decide before headers do."""
    asked, media_type = request.args.get("_profile"), request.args.get("_mediatype")
    accept = suffix.media_type if suffix else media_type
    vary = () if accept else ("Accept",)
    if asked is not None:
        profile = _named(asked)
        return Choice(found, _format(found, profile, suffix, accept, at), profile, vary)
    if suffix:
        return Choice(found, suffix, None, vary)
    offered = {p.iri: p for p in services().release.profiles_of(found.iri)}
    wanted = request.headers.get("Accept-Profile")
    native = {services().release.base + "def": ""}
    key = choose_profile(wanted, native | {iri: iri for iri in offered})
    own = offered.get(key)
    header = accept or request.headers.get("Accept")
    if own and choose(header, DATA_FORMATS) is None:
        own = None  # a page, say, is had of the native model alone
    fmt = _format(found, own, None, accept, at)
    return Choice(found, fmt, own, (*vary, "Accept-Profile"))


def _named(key: str) -> Profile | None:
    """Return the profile that the parameter _profile names; None is the native model."""
    if key == "native":
        return None
    profiles = services().release.profiles
    for profile in profiles:
        if key in (profile.key, profile.iri):
            return profile
    known = ", ".join(("native", *(p.key for p in profiles), "alt"))
    raise Problem(400, f"_profile is {key[:50]!r}; there are {known}.")


def _format(
    found: Document,
    profile: Profile | None,
    suffix: Format | None,
    accept: str | None,
    at: Addresses,
) -> Format:
    offers, key = (DATA_FORMATS, profile.key) if profile else (DOCUMENT_FORMATS, "")
    if profile and services().release.statements(found, key) is None:
        detail = f"This resource has no description in the profile {profile.title}."
        raise not_acceptable(detail, DOCUMENT_FORMATS, at.all())
    if suffix and suffix in offers:
        return suffix
    return negotiate(offers, at.all(key), accept)


def _page(found: Document) -> str | bytes:
    ahead = None if request.args else services().pages.get(found.iri)
    return ahead or page(services().release, found)


def _data(release: Release, choice: Choice) -> bytes:
    iri = choice.found.iri
    if not choice.profile and (ready := release.ready(iri, choice.fmt.key)):
        return ready
    nquads = release.statements(choice.found, choice.profile.key if choice.profile else "")
    return serialize(parse(nquads or b""), choice.fmt, release.base, iri, release.coercions)


@blueprint.app_errorhandler(lookup.Gone)
def gone(error: lookup.Gone) -> Response:
    """Answer 410 with what is left of a withdrawn resource, as negotiated."""
    fmt = split_suffix(request.path)[1] or choose(request.headers.get("Accept"), DOCUMENT_FORMATS)
    if fmt is None or fmt is HTML:
        body: str | bytes = render_template("tombstone.html", tombstone=error.tombstone)
        response = respond(body, HTML, cache=False)
    else:
        quads = tombstones.statements(error.tombstone)
        body = serialize(quads, fmt, services().release.base, error.tombstone.iri)
        response = respond(body, fmt, cache=False)
    response.status_code = 410
    response.headers["Cache-Control"] = CACHE_CONTROL
    return response


@blueprint.before_app_request
def misspelt() -> None:
    """Send on who asked for a resource with a slash too many, or in the wrong case (301)."""
    path = request.path
    unknown = isinstance(request.routing_exception, NotFound)
    slash = path.endswith("/") and request.endpoint in ("resources.thing", "resources.document")
    if not (unknown or slash) or request.method not in ("GET", "HEAD"):
        return
    if url := lookup.moved(path[1:]) or (unknown and lookup.without_slash(path)):
        raise lookup.elsewhere(url)
