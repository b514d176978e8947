"""The page of a resource: its description, errata, what points to it, and JSON-LD inside."""

from collections.abc import Iterable
from dataclasses import replace

from server.pages.citations import FORMATS, citations, metadata, reference
from server.pages.kinds import page as page_of
from server.pages.kinds import titles_of_links
from server.pages.page_model import Property
from server.pages.release_graph import Thing, graph_for
from server.pages.statements import incoming
from server.pages.wording import author, day, places
from server.problems import Problem
from server.rdf.formats import DOCUMENT_FORMATS, HTML, JSONLD
from server.rdf.iris import document_iri, path_of, uri_of
from server.rdf.serialization import parse, serialize
from server.release.changes import CREATE, DELETE, UPDATE, Changes
from server.release.reader import Document, Release
from server.site import nanopublications, schema_org, status
from server.site.question_pages import questions_on
from server.site.responses import in_script, render_xml

VALUES_ON_A_PAGE = 200
MAX_EMBEDDED_BYTES = 500_000  # of N-Quads
_WORDS = {CREATE: "added", UPDATE: "changed", DELETE: "withdrawn"}


def page(release: Release, document: Document, number: int = 1, as_of: str | None = None) -> str:
    """Return the page of a resource.

    `number` turns over its values and what points to it, `as_of` is the day of which standings are
    shown. Raises Problem 404 for a page that is not there, 400 for a day that nothing is shown of.
    """
    iri, base = document.iri, release.base
    shown, total = page_of(release, document), release.count_incoming(iri)
    longest = max((total, *(len(p.values) for p in shown["statements"])))
    pages = max(1, -(-longest // VALUES_ON_A_PAGE))
    if number > pages:
        raise Problem(404, f"The records of this resource have no page {number}.")
    start = (number - 1) * VALUES_ON_A_PAGE
    links = release.incoming(iri, VALUES_ON_A_PAGE, start)
    errata = graph_for(release).into(iri, "sl:corrects")
    address = document_iri(iri, base)
    return render_xml(
        "resource.html",
        **shown,
        statements_shown=_part(shown["statements"], start),
        incoming=incoming(links, release.labels, base, titles_of_links(release)),
        errata=sorted(errata, key=lambda erratum: (erratum.one("sl:severity"), erratum.iri)),
        errata_said=_said_of(errata, shown["kind"]),
        total=total,
        number=number,
        pages=pages,
        formats=[f for f in DOCUMENT_FORMATS if f is not HTML],
        canonical=uri_of(address),
        document=path_of(address, base),
        json_ld=in_script(_json_ld(release, document)),
        standing=status.section(release, document, as_of),
        href=lambda iri: path_of(iri, base),
        citations=citations(release, document),
        citation_files={f.name: f"/cite{path_of(iri, base)}.{f.key}" for f in FORMATS.values()},
        metadata=metadata(reference(release, document)),
        schema_org=in_script(schema_org.record(release, document)),
        questions=questions_on(iri),
        nanopublication=nanopublications.path_for(release, document),
        changes=[
            {"said": _WORDS[c.kind], "version": c.version, "day": day(c.issued[:10])}
            for c in Changes(release.folder).about(iri)
        ],
    )


def _part(statements: Iterable[Property], start: int) -> list[Property]:
    """Return the properties with those of their values that a page of them shows."""
    end = start + VALUES_ON_A_PAGE
    return [replace(p, values=p.values[start:end]) for p in statements if p.values[start:end]]


def _said_of(errata: list[Thing], kind: str) -> str:
    """Return in a sentence how often a scholar errs about a thing."""
    names = " and ".join(sorted({author(e.iri) for e in errata}))
    what = "this text" if kind in ("instrument", "provision") else "this"
    return f"{names} errs about {what} in {places(len(errata))}"


def _json_ld(release: Release, document: Document) -> bytes:
    """Return the description in JSON-LD, or nothing where it is too long for a page."""
    if len(document.nquads) > MAX_EMBEDDED_BYTES:
        return b""
    prepared = release.ready(document.iri, JSONLD.key)
    return prepared or serialize(
        parse(document.nquads), JSONLD, release.base, document.iri, release.coercions
    )
