"""Responses in a negotiated format, with the headers that caches and clients go by."""

import hashlib
from collections.abc import Iterable, Sequence

from flask import Response, request

from server.formats import Format
from server.negotiation import choose
from server.problems import Problem


def negotiate(offers: Sequence[Format], urls: dict[str, str] | None = None) -> Format:
    """Return the offer that the request prefers; raises Problem 406 with the alternatives."""
    chosen = choose(request.headers.get("Accept"), offers)
    if chosen is None:
        listed = [{"type": f.media_type, "name": f.name, **_url(f, urls)} for f in offers]
        raise Problem(
            406,
            "None of the formats that this resource has is acceptable.",
            {"alternatives": listed},
            {"Vary": "Accept"},
        )
    return chosen


def _url(fmt: Format, urls: dict[str, str] | None) -> dict[str, str]:
    return {"url": urls[fmt.key]} if urls else {}


def etag(*parts: str) -> str:
    """Return an opaque tag for a representation that `parts` determine (RFC 9110 section 8.8.3)."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


def respond(body: bytes | str, fmt: Format, tag: str = "", links: Iterable[str] = ()) -> Response:
    """Return a representation; answers 304 to a request that has it already."""
    response = Response(body, content_type=fmt.content_type)
    response.vary.add("Accept")
    for link in links:
        response.headers.add("Link", link)
    if tag:
        response.set_etag(tag)
        response.headers["Cache-Control"] = "public, max-age=300, must-revalidate"
        response.make_conditional(request)
    return response
