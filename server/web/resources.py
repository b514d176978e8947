"""Dereferencing: 303 from a thing to the document about it, and the document in each format."""

import json

from flask import Blueprint, Response, redirect, render_template, request

from server import views
from server.formats import BY_KEY, DOCUMENT_FORMATS, HTML, JSONLD, Format, split_suffix
from server.iris import document_iri, is_thing_path, path_of
from server.problems import Problem
from server.release.reader import Document, Release
from server.release.serialize import parse, serialize
from server.web import status as standing
from server.web.responses import etag, negotiate, respond
from server.web.services import services

blueprint = Blueprint("resources", __name__)

LICENSE = "https://creativecommons.org/licenses/by/4.0/"
LINKS_ON_A_PAGE = 200


@blueprint.get("/<any(id, def, shape, graph):root>", defaults={"path": ""})
@blueprint.get("/<any(id, def, shape, graph):root>/<path:path>")
def thing(root: str, path: str) -> Response:
    """Send a client from a thing to the document about it (303, httpRange-14)."""
    release = services().release
    found = describe(f"{root}/{path}" if path else root)
    response = redirect(path_of(document_iri(found.iri, release.base), release.base), 303)
    response.headers["Location"] = document_iri(found.iri, release.base)
    response.vary.add("Accept")
    return response  # type: ignore[return-value]


@blueprint.get("/doc/<path:path>")
def document(path: str) -> Response:
    """Answer with the document about a thing, in the format of its suffix or as negotiated."""
    release = services().release
    stem, fmt = split_suffix(path)
    found = describe(stem) if fmt and _known(stem) else describe(path)
    urls = {f.key: document_iri(found.iri, release.base, f".{f.key}") for f in DOCUMENT_FORMATS}
    chosen = fmt if fmt and _known(stem) else negotiate(DOCUMENT_FORMATS, urls)
    body = _page(release, found) if chosen is HTML else _rdf(release, found, chosen)
    tag = etag(
        release.manifest.release,
        found.iri,
        chosen.key,
        request.args.get("page", ""),
        request.args.get("asOf", ""),
    )
    response = respond(body, chosen, tag, _links(found, urls, chosen))
    response.headers["Content-Location"] = urls[chosen.key]
    return response


def _known(path: str) -> bool:
    release = services().release
    return release.document(release.base + path) is not None


def describe(path: str) -> Document:
    """Return the document about the thing at `path`; raises Problem 404 for an unknown one."""
    release = services().release
    found = release.document(release.base + path) if is_thing_path(path) else None
    if found is None:
        raise Problem(404, f"Nothing is known of <{release.base}{path}>.")
    return found


def _rdf(release: Release, found: Document, fmt: Format) -> bytes:
    return serialize(parse(found.nquads), fmt, release.base, found.iri)


def _page(release: Release, found: Document) -> str:
    quads = parse(found.nquads)
    number = _page_number()
    links = release.incoming(found.iri, LINKS_ON_A_PAGE, (number - 1) * LINKS_ON_A_PAGE)
    total = release.count_incoming(found.iri)
    if number > 1 and not links:
        raise Problem(404, f"The links to this resource have no page {number}.")
    return render_template(
        "resource.html",
        page=views.page(found.iri, found.label, quads, release.labels, release.base),
        incoming=views.incoming(links, release.labels, release.base),
        standing=standing.section(release, found),
        href=lambda iri: path_of(iri, release.base),
        notices=views.notices(_errata(release, found), release.base),
        total=total,
        number=number,
        pages=-(-total // LINKS_ON_A_PAGE),
        formats=[f for f in DOCUMENT_FORMATS if f is not HTML],
        document=path_of(document_iri(found.iri, release.base), release.base),
        json_ld=embedded(_rdf(release, found, JSONLD)),
    )


def _errata(release: Release, found: Document) -> list[Document]:
    """Return the errata that correct this resource, so that none is shown without them."""
    iris = release.sources_of(found.iri, f"{release.base}def/corrects")
    return [document for iri in iris if (document := release.document(iri))]


def _page_number() -> int:
    text = request.args.get("page", "1")
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 10**6:
        raise Problem(400, f"page is {text[:50]!r}; it takes a whole number from 1.")
    return int(text)


def embedded(json_ld: bytes) -> str:
    """Return JSON that is safe inside a script element: no less-than sign ends it early."""
    compact = json.dumps(json.loads(json_ld), ensure_ascii=False, separators=(",", ":"))
    return compact.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _links(found: Document, urls: dict[str, str], chosen: Format) -> list[str]:
    """Return Link header values (RFC 8288): the thing, its other representations, the licence."""
    links = [f'<{found.iri}>; rel="describes"', f'<{LICENSE}>; rel="license"']
    links += [
        f'<{url}>; rel="alternate"; type="{BY_KEY[key].media_type}"'
        for key, url in urls.items()
        if key != chosen.key
    ]
    return links
