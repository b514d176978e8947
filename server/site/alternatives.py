"""The list of a document's representations (Content Negotiation by Profile, `?_profile=alt`)."""

from flask import Response

from server.rdf.formats import DOCUMENT_FORMATS, HTML, Format
from server.rdf.negotiation import named_accept
from server.rdf.serialization import serialize
from server.rdf.turtle_template import render
from server.release.reader import Document
from server.site.parameters import parameters
from server.site.responses import negotiate, render_xml, respond, services
from server.site.signposting import Addresses, native

_PROFILE = '<http://www.w3.org/ns/dx/connegp/altr>; rel="profile"'


def answer(document: Document, addresses: Addresses, suffix: Format | None) -> Response:
    """Answer with all profiles and formats of a document, in each of its formats."""
    fmt = suffix or negotiate(DOCUMENT_FORMATS, None, named_accept(parameters()))
    release = services().release
    profiles = (native(release.base), *release.profiles_of(document.iri))
    rows = [(profile, addresses.of_profile(profile)) for profile in profiles]
    if fmt is HTML:
        body: bytes | str = render_xml("alternatives.html", document=document, rows=rows)
    else:
        quads = render("alternatives.ttl", release.base, iri=document.iri, rows=rows)
        body = serialize(quads, fmt, release.base, document.iri)
    return respond(body, fmt, [_PROFILE])
