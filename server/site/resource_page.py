"""The page of a resource: its description, errata, what points to it, and JSON-LD inside."""

from flask import render_template, request

from server.pages.citations import citations
from server.pages.kinds import page as page_of
from server.pages.release_graph import Thing, graph_for
from server.pages.statements import incoming
from server.pages.wording import day
from server.problems import Problem
from server.rdf.formats import DOCUMENT_FORMATS, HTML, JSONLD
from server.rdf.iris import document_iri, path_of, uri_of
from server.rdf.serialization import parse, serialize
from server.release.changes import CREATE, DELETE, UPDATE, Changes
from server.release.reader import Document, Release
from server.site import status as standing
from server.site.question_pages import questions_on

LINKS_ON_A_PAGE = 200
_SAID = {CREATE: "added", UPDATE: "changed", DELETE: "withdrawn"}


def page(release: Release, found: Document) -> str:
    """Return the page of a resource; the parameter `page` turns over what points to it."""
    quads = parse(found.nquads)
    number = _page_number()
    links = release.incoming(found.iri, LINKS_ON_A_PAGE, (number - 1) * LINKS_ON_A_PAGE)
    total = release.count_incoming(found.iri)
    if number > 1 and not links:
        raise Problem(404, f"The links to this resource have no page {number}.")
    json_ld = release.ready(found.iri, JSONLD.key) or serialize(
        quads, JSONLD, release.base, found.iri, release.coercions
    )
    return render_template(
        "resource.html",
        page=page_of(release, found),
        incoming=incoming(links, release.labels, release.base),
        errata=_errata(release, found),
        total=total,
        number=number,
        pages=-(-total // LINKS_ON_A_PAGE),
        formats=[f for f in DOCUMENT_FORMATS if f is not HTML],
        canonical=uri_of(document_iri(found.iri, release.base)),
        document=path_of(document_iri(found.iri, release.base), release.base),
        json_ld=embedded(json_ld),
        standing=standing.section(release, found),
        href=lambda iri: path_of(iri, release.base),
        citations=citations(release, found),
        questions=questions_on(found.iri),
        changes=[
            {"said": _SAID[c.kind], "version": c.version, "day": day(c.issued[:10])}
            for c in Changes(release.folder).about(found.iri)
        ],
    )


def _errata(release: Release, found: Document) -> list[Thing]:
    """Return the errata that correct this resource, the gravest first."""
    errata = graph_for(release).into(found.iri, "sl:corrects")
    return sorted(errata, key=lambda erratum: (erratum.one("sl:severity"), erratum.iri))


def _page_number() -> int:
    text = request.args.get("page", "1")
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 10**6:
        raise Problem(400, f"page is {text[:50]!r}; it takes a whole number from 1.")
    return int(text[:9])


def embedded(json_ld: bytes) -> str:
    """Return JSON that is safe inside a script element: no less-than sign ends it early."""
    return (
        json_ld.decode()
        .replace("<", "\\u003c")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )
