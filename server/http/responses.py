"""Responses in a negotiated format, with the headers that caches and clients go by."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from wsgiref.types import WSGIEnvironment

from flask import Response, request
from werkzeug.datastructures import Headers

from server.http.context import services
from server.problems import Problem
from server.rdf.formats import Format
from server.rdf.negotiation import choose

CACHE_CONTROL = "public, max-age=300, must-revalidate"


def negotiate(
    offers: Sequence[Format], urls: Mapping[str, str] | None = None, accept: str | None = None
) -> Format:
    """Return the offer that the request prefers; raises Problem 406 with the alternatives.

    `accept` takes the place of the request's Accept header; `urls` are those of the offers.
    """
    chosen = choose(request.headers.get("Accept") if accept is None else accept, offers)
    if chosen is None:
        raise not_acceptable(
            "None of the formats that this resource has is acceptable.", offers, urls
        )
    return chosen


def not_acceptable(
    detail: str, offers: Sequence[Format], urls: Mapping[str, str] | None = None
) -> Problem:
    """Return the problem 406 that lists what there is instead (RFC 9110 section 15.5.7)."""
    listed = [
        {
            "type": f.content_type if f.profile else f.media_type,
            "name": f.name,
            **({"url": urls[f.key]} if urls else {}),
        }
        for f in offers
    ]
    return Problem(406, detail, {"alternatives": listed}, {"Vary": "Accept"})


def etag(*parts: str | bytes) -> str:
    """Return an opaque tag for a representation that `parts` determine (RFC 9110 section 8.8.3)."""
    whole = b"\0".join([part if isinstance(part, bytes) else part.encode() for part in parts])
    return hashlib.blake2b(whole, digest_size=12).hexdigest()


class Representation(Response):
    """A response whose Content-Location is a URI already; Werkzeug would take it apart again."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Return the headers as they are sent: those of a whole body, where this is one."""
        if self.status_code == 200 and self.is_sequence:
            self.headers["Content-Length"] = str(sum(len(piece) for piece in self.iter_encoded()))
            return self.headers
        location = self.headers.pop("Content-Location", None)
        headers = super().get_wsgi_headers(environ)
        if location is not None:
            self.headers["Content-Location"] = headers["Content-Location"] = location
        return headers


def respond(
    body: bytes | str,
    fmt: Format,
    tag: str = "",
    links: Iterable[str] = (),
    vary: Sequence[str] = ("Accept",),
) -> Response:
    """Return a representation; one with a tag may be cached and is revalidated by it.

    Whether the client has it already (304) is decided in `finish`, after content coding.
    """
    headers = [("Content-Type", fmt.content_type)]
    if vary:
        headers.append(("Vary", ", ".join(vary)))
    if listed := ", ".join(links):
        headers.append(("Link", listed))  # one field: thirty of them take longer than the rest
    if tag:
        headers += [("ETag", f'"{tag}"'), ("Last-Modified", services().release.modified)]
        headers.append(("Cache-Control", CACHE_CONTROL))
    return Representation(body, headers=headers)
