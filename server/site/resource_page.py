"""The page of a resource: its description, errata, what points to it, and JSON-LD inside."""

from flask import render_template

from server.pages.citations import citations
from server.pages.kinds import page as page_of
from server.pages.release_graph import graph_for
from server.pages.statements import incoming
from server.pages.wording import day
from server.problems import Problem
from server.rdf.formats import DOCUMENT_FORMATS, HTML, JSONLD
from server.rdf.iris import document_iri, path_of, uri_of
from server.rdf.serialization import parse, serialize
from server.release.changes import CREATE, DELETE, UPDATE, Changes
from server.release.reader import Document, Release
from server.site import status
from server.site.question_pages import questions_on
from server.site.responses import in_script

LINKS_ON_A_PAGE = 200
_WORDS = {CREATE: "added", UPDATE: "changed", DELETE: "withdrawn"}


def page(release: Release, document: Document, number: int = 1, as_of: str | None = None) -> str:
    """Return the page of a resource.

    `number` turns over what points to it, `as_of` is the day of which standings are shown. Raises
    Problem 404 for a page of links that is not there, 400 for a day that nothing is shown of.
    """
    iri, base = document.iri, release.base
    links = release.incoming(iri, LINKS_ON_A_PAGE, (number - 1) * LINKS_ON_A_PAGE)
    if number > 1 and not links:
        raise Problem(404, f"The links to this resource have no page {number}.")
    total = release.count_incoming(iri)
    errata = graph_for(release).into(iri, "sl:corrects")
    address = document_iri(iri, base)
    return render_template(
        "resource.html",
        page=page_of(release, document),
        incoming=incoming(links, release.labels, base),
        errata=sorted(errata, key=lambda erratum: (erratum.one("sl:severity"), erratum.iri)),
        total=total,
        number=number,
        pages=-(-total // LINKS_ON_A_PAGE),
        formats=[f for f in DOCUMENT_FORMATS if f is not HTML],
        canonical=uri_of(address),
        document=path_of(address, base),
        json_ld=in_script(_json_ld(release, document).decode()),
        standing=status.section(release, document, as_of),
        href=lambda iri: path_of(iri, base),
        citations=citations(release, document),
        questions=questions_on(iri),
        changes=[
            {"said": _WORDS[c.kind], "version": c.version, "day": day(c.issued[:10])}
            for c in Changes(release.folder).about(iri)
        ],
    )


def _json_ld(release: Release, document: Document) -> bytes:
    prepared = release.ready(document.iri, JSONLD.key)
    return prepared or serialize(
        parse(document.nquads), JSONLD, release.base, document.iri, release.coercions
    )
