"""The list of a document's representations (Content Negotiation by Profile, `?_profile=alt`)."""

from flask import Response, render_template

from server.rdf.formats import DOCUMENT_FORMATS, HTML, Format
from server.rdf.serialization import serialize
from server.rdf.turtle_template import render
from server.release.reader import Document
from server.site.responses import negotiate, respond, services
from server.site.signposting import Addresses, native

_PROFILE = '<http://www.w3.org/ns/dx/connegp/altr>; rel="profile"'


def answer(document: Document, addresses: Addresses, suffix: Format | None) -> Response:
    """Answer with all profiles and formats of a document, in each of its formats."""
    fmt = suffix or negotiate(DOCUMENT_FORMATS)
    release = services().release
    profiles = (native(release.base), *release.profiles_of(document.iri))
    rows = [(profile, addresses.of_profile(profile)) for profile in profiles]
    if fmt is HTML:
        body: bytes | str = render_template("alternatives.html", document=document, rows=rows)
    else:
        quads = render("alternatives.ttl", release.base, iri=document.iri, rows=rows)
        body = serialize(quads, fmt, release.base, document.iri)
    return respond(body, fmt, [_PROFILE], () if suffix else ("Accept",))
