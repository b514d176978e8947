"""Dereferencing: 303 from a thing to the document about it, and the document in each format.

A page has the description, errata, what points to the thing, and JSON-LD inside.
"""

import re

from flask import Blueprint, Response, redirect, request
from werkzeug.exceptions import NotFound

from server.http.message import CACHE_CONTROL
from server.pages import citations, kinds
from server.pages.release_graph import graph_for
from server.problems import Problem
from server.rdf.formats import DATA_FORMATS, DOCUMENT_FORMATS, HTML, JSONLD, Format, split_suffix
from server.rdf.iris import path_of
from server.rdf.negotiation import choose, choose_profile, named_accept, not_acceptable
from server.rdf.serialization import parse, serialize
from server.rdf.turtle_template import render
from server.release.changes import Changes
from server.release.reader import Document, Profile
from server.site import lookup, nanopublications, status
from server.site.parameters import parameters
from server.site.question_pages import questions_on
from server.site.responses import in_script, negotiate, render_xml, respond, services
from server.site.signposting import Addresses, addresses_of, native, of_document, of_thing

blueprint = Blueprint("resources", __name__)


@blueprint.get("/<any(id, def, shape, graph):root>", defaults={"path": ""})
@blueprint.get("/<any(id, def, shape, graph):root>/<path:path>")
def thing(root: str, path: str) -> Response:
    """Send a client from a thing to the document about it (303, httpRange-14).

    Who can take none of the formats is told at once. A suffix on a thing, as OWL tools add it,
    leads to the document in that format.
    """
    document, suffix = _find(f"{root}/{path}" if path else root)
    addresses, profile = addresses_of(document), native(services().release.base)
    if suffix is None:
        negotiate(DOCUMENT_FORMATS, _urls(addresses, profile), named_accept(parameters()))
    location = addresses.of(suffix, profile) if suffix else addresses.document
    query = request.query_string.decode("latin-1")
    response = redirect(location + (f"?{query}" if query else ""), 303)
    response.headers["Cache-Control"] = CACHE_CONTROL
    if suffix is None:
        response.vary.add("Accept")
    response.headers["Link"] = ", ".join(map(str, of_thing(document, addresses)))
    return response  # type: ignore[return-value]


@blueprint.get("/def.<suffix>")
def ontology(suffix: str) -> Response:
    """Send an OWL tool, which adds a suffix to what it loads, to the ontology."""
    return thing(f"def.{suffix}", "")


@blueprint.get("/doc/<path:path>")
def document(path: str) -> Response:
    """Answer with the document about a thing, in the format of its suffix or as negotiated."""
    document, suffix = _find(path)
    if suffix and named_accept(parameters()):
        raise Problem(400, f"The suffix .{suffix.key} and a parameter both name a format.")
    of_page = [name for name in ("asOf", "page") if name in request.args]
    if parameters()["_profile"] == "alt" and not of_page:
        return _alternatives(document, suffix)
    fmt, profile, vary = _choose(document, suffix)
    if fmt is not HTML and of_page:
        raise Problem(400, f"The parameter {of_page[0]} is one of the page, not of {fmt.name}.")
    body = _page(document) if fmt is HTML else _data(document, fmt, profile)
    addresses = addresses_of(document)
    response = respond(body, fmt, map(str, of_document(document, addresses, fmt, profile)), vary)
    response.headers["Content-Location"] = addresses.of(fmt, profile)
    return response


def _alternatives(document: Document, suffix: Format | None) -> Response:
    """Answer with all profiles and formats of a document, in each of its formats.

    This is the list of representations of Content Negotiation by Profile.
    """
    fmt = suffix or negotiate(DOCUMENT_FORMATS, None, named_accept(parameters()))
    release, addresses = services().release, addresses_of(document)
    profiles = (native(release.base), *release.profiles_of(document.iri))
    rows = [(profile, addresses.of_profile(profile)) for profile in profiles]
    if fmt is HTML:
        body: bytes | str = render_xml("alternatives.html", document=document, rows=rows)
    else:
        quads = render("alternatives.ttl", release.base, iri=document.iri, rows=rows)
        body = serialize(quads, fmt, release.base, document.iri)
    return respond(body, fmt, ['<http://www.w3.org/ns/dx/connegp/altr>; rel="profile"'])


def _find(path: str) -> tuple[Document, Format | None]:
    """Return what a path names, and the format that its suffix asks for, if any."""
    stem, suffix = split_suffix(path)
    if suffix and (document := lookup.document(stem)):
        return document, suffix
    return lookup.describe(path), None


def _urls(addresses: Addresses, profile: Profile) -> dict[str, str]:
    return {fmt.key: url for fmt, url in addresses.of_profile(profile)}


def _choose(document: Document, suffix: Format | None) -> tuple[Format, Profile, tuple[str, ...]]:
    """Return format and profile of the answer, and the headers that decided.

    Parameters and suffixes decide before headers do. Raises Problem 406 where a document has
    nothing in the profile, or not in an acceptable format.
    """
    addresses, model = addresses_of(document), native(services().release.base)
    key, media_type = parameters()["_profile"], named_accept(parameters())
    vary, profile = () if suffix or media_type else ("Accept",), model
    if key is not None:
        profile = _named(key)
    elif not suffix:
        profile = _preferred(document, media_type or request.headers.get("Accept"))
        vary = (*vary, "Accept-Profile")
    offers = DOCUMENT_FORMATS if profile is model else DATA_FORMATS
    if profile is not model and services().release.statements(document, profile.key) is None:
        detail = f"This resource has no description in the profile {profile.title}."
        raise not_acceptable(detail, DOCUMENT_FORMATS, _urls(addresses, model))
    if suffix and suffix in offers:
        return suffix, profile, vary
    accept = suffix.media_type if suffix else media_type
    return negotiate(offers, _urls(addresses, profile), accept), profile, vary


def _named(key: str) -> Profile:
    """Return the profile that the parameter _profile names."""
    release = services().release
    profiles = (native(release.base), *release.profiles)
    for profile in profiles:
        if key in (profile.key, profile.iri):
            return profile
    known = ", ".join((*(p.key for p in profiles), "alt"))
    raise Problem(400, f"_profile is {key[:50]!r}; there are {known}, the last for itself alone.")


def _preferred(document: Document, accept: str | None) -> Profile:
    """Return the profile that the header Accept-Profile prefers, or the native one.

    Pages, say, are had of the native model alone.
    """
    release, model = services().release, native(services().release.base)
    offers = {p.iri: p for p in (model, *release.profiles_of(document.iri))}
    wanted = choose_profile(request.headers.get("Accept-Profile"), {iri: iri for iri in offers})
    return model if choose(accept, DATA_FORMATS) is None else offers.get(wanted, model)


def _page(document: Document) -> str | bytes:
    made_ahead = None if request.args else services().pages.get(document.iri)
    return made_ahead or page(document, parameters()["page"], parameters()["asOf"])


def _data(document: Document, fmt: Format, profile: Profile) -> bytes:
    release, key = services().release, "" if profile.key == "native" else profile.key
    if not key and (prepared := release.ready(document.iri, fmt.key)):
        return prepared
    quads = parse(release.statements(document, key) or b"")
    return serialize(quads, fmt, release.base, document.iri, release.coercions)


@blueprint.get("/cite/<path:path>.<any(bib, ris, json, txt):key>")
def cite(path: str, key: str) -> Response:
    """Answer with the citation of what a record is about, for programs that manage references."""
    document, fmt = lookup.describe(path), citations.FORMATS[key]
    text = citations.citations(services().release, document)[fmt.name]
    response = respond(text + "\n", fmt)
    name = re.sub(r"[^A-Za-z0-9]+", "-", path.removeprefix("id/")).strip("-")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{key}"'
    return response


@blueprint.app_errorhandler(lookup.Gone)
def gone(error: lookup.Gone) -> Response:
    """Answer 410 with what is left of a withdrawn resource, as negotiated."""
    base, tombstone = services().release.base, error.tombstone
    accept = named_accept(parameters()) or request.headers.get("Accept")
    fmt = split_suffix(request.path)[1] or choose(accept, DOCUMENT_FORMATS)
    if fmt is None or fmt is HTML:
        body: str | bytes = render_xml("tombstone.html", tombstone=tombstone)
    else:
        quads = render("tombstone.ttl", base, tombstone=tombstone)
        body = serialize(quads, fmt, base, tombstone.iri)
    response = respond(body, fmt or HTML, vary=("Accept",), cache_control="")
    response.status_code = 410
    response.headers["Cache-Control"] = CACHE_CONTROL
    return response


@blueprint.before_app_request
def send_on() -> None:
    """Send on who asked for a resource with a slash too many, or in the wrong case (301)."""
    path = request.path
    unknown = isinstance(request.routing_exception, NotFound)
    slash = path.endswith("/") and request.endpoint in ("resources.thing", "resources.document")
    if not (unknown or slash) or request.method not in ("GET", "HEAD"):
        return
    if url := lookup.moved(path[1:]) or (unknown and lookup.without_slash(path)):
        raise lookup.elsewhere(url)


VALUES_ON_A_PAGE = 200
MAX_EMBEDDED_BYTES = 500_000  # of N-Quads


def page(document: Document, number: int = 1, as_of: str | None = None) -> str:
    """Return the page of a resource.

    `number` turns over its values and what points to it, `as_of` is the day of which standings are
    shown. Raises Problem 404 for a page that is not there, 400 for a day that nothing is shown of.
    """
    iri, release = document.iri, services().release
    shown, total = kinds.page(release, document), release.count_incoming(iri)
    longest = max((total, *(len(p.values) for p in shown["statements"])))
    pages = max(1, -(-longest // VALUES_ON_A_PAGE))
    if number > pages:
        raise Problem(404, f"The records of this resource have no page {number}.")
    start = (number - 1) * VALUES_ON_A_PAGE
    errata = graph_for(release).into(iri, "sl:corrects")
    addresses = addresses_of(document)
    return render_xml(
        "resource.html",
        **shown,
        shown=slice(start, start + VALUES_ON_A_PAGE),
        incoming=kinds.incoming(
            release.incoming(iri, VALUES_ON_A_PAGE, start),
            release.labels,
            release.base,
            kinds.names(release, "incoming"),
        ),
        errata=sorted(errata, key=lambda erratum: (erratum.one("sl:severity"), erratum.iri)),
        total=total,
        number=number,
        pages=pages,
        formats=DATA_FORMATS,
        canonical=addresses.document,
        document=path_of(addresses.document, addresses.base),
        json_ld=in_script(_json_ld(document)),
        standing=status.section(document, as_of),
        citations=citations.citations(release, document),
        citation_formats=citations.FORMATS.values(),
        metadata=citations.metadata(citations.reference(release, document)),
        schema_org=in_script(citations.schema_org(release, document)),
        questions_on=questions_on,
        nanopublication=nanopublications.path_for(release, document),
        changes=Changes(release.folder).about(iri),
    )


def _json_ld(document: Document) -> bytes:
    """Return the description in JSON-LD, or nothing where it is too long for a page."""
    if len(document.nquads) > MAX_EMBEDDED_BYTES:
        return b""
    release = services().release
    prepared = release.ready(document.iri, JSONLD.key)
    return prepared or serialize(
        parse(document.nquads), JSONLD, release.base, document.iri, release.coercions
    )
