"""The list of a document's representations (Content Negotiation by Profile, `?_profile=alt`)."""

import pyoxigraph as ox
from flask import Response, render_template

from server.rdf.formats import DATA_FORMATS, DOCUMENT_FORMATS, HTML, Format
from server.rdf.serialization import serialize
from server.rdf.vocabulary import DCTERMS, RDF_TYPE
from server.release.reader import Document, Profile
from server.site.responses import negotiate, respond, services
from server.site.signposting import Addresses

ALTR = "http://www.w3.org/ns/dx/connegp/altr#"


def native(base: str) -> Profile:
    """Return the dataset's own model as a profile; its IRI is that of the ontology."""
    return Profile(
        "native",
        base + "def",
        "Native model",
        "The dataset's own terms, with the named graph of each statement.",
    )


def answer(found: Document, at: Addresses, suffix: Format | None) -> Response:
    """Answer with all profiles and formats of a document, in each of its formats."""
    fmt = suffix or negotiate(DOCUMENT_FORMATS)
    release = services().release
    profiles = [native(release.base), *release.profiles_of(found.iri)]
    if fmt is HTML:
        rows = [(p, _urls(at, p)) for p in profiles]
        body: bytes | str = render_template("alternatives.html", found=found, rows=rows)
    else:
        body = serialize(_statements(found, at, profiles), fmt, release.base, found.iri)
    vary = () if suffix else ("Accept",)
    return respond(body, fmt, [f'<{ALTR[:-1]}>; rel="profile"'], vary)


def _urls(at: Addresses, profile: Profile) -> list[tuple[Format, str]]:
    if profile.key == "native":
        return [(f, at.of(f)) for f in DOCUMENT_FORMATS]
    return [(f, at.of(f, profile.key)) for f in DATA_FORMATS]


def _statements(found: Document, at: Addresses, profiles: list[Profile]) -> list[ox.Quad]:
    quads = []
    thing = ox.NamedNode(found.iri)
    for profile in profiles:
        for fmt, url in _urls(at, profile):
            node = ox.NamedNode(url)
            first = profile.key == "native" and fmt is DOCUMENT_FORMATS[0]
            names = ("hasRepresentation", *(("hasDefaultRepresentation",) if first else ()))
            quads += [ox.Quad(thing, ox.NamedNode(ALTR + name), node) for name in names]
            quads += [
                ox.Quad(node, ox.NamedNode(RDF_TYPE), ox.NamedNode(ALTR + "Representation")),
                ox.Quad(node, ox.NamedNode(DCTERMS + "format"), ox.Literal(fmt.media_type)),
                ox.Quad(node, ox.NamedNode(DCTERMS + "conformsTo"), ox.NamedNode(profile.iri)),
                ox.Quad(node, ox.NamedNode(ALTR + "hasToken"), ox.Literal(profile.key)),
            ]
    return quads
