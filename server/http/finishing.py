"""What every response gets at last: coding, validators, headers for security and other origins."""

from flask import Response, request

from server.http import content_coding
from server.http.error_pages import problem
from server.problems import Problem

_EXPOSED = (
    "Allow, Content-Encoding, Content-Location, ETag, Last-Modified, Link, Location, Result-Cut, "
    "Retry-After, Vary"
)
EVERYWHERE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": _EXPOSED,
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}
CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")
PRECONDITIONS = ("HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE")
# What a 304 repeats is no more than a cache needs (RFC 9110 section 15.4.5) and a browser checks.
NOT_IN_304 = frozenset(
    {"content-type", "content-length", "content-encoding", "last-modified", "link"}
    | {name.lower() for name in EVERYWHERE if name != "Access-Control-Allow-Origin"}
)
_PREFLIGHT = {
    "Access-Control-Allow-Headers": "Accept, Accept-Profile, Content-Type, If-Match, "
    "If-Modified-Since, If-None-Match, If-Range, If-Unmodified-Since, Range",
    "Access-Control-Max-Age": "86400",
}


def finish(response: Response) -> Response:
    """Encode a response, answer 304 or 412 where the request's conditions say so, add headers."""
    if response.status_code == 200 and not response.is_streamed:
        response = _conditional(response, _coding(response))
    if request.method == "OPTIONS":
        _allow(response)
    present = {name.lower() for name, _ in response.headers}
    for name, value in EVERYWHERE.items():
        if name.lower() not in present:
            response.headers.add(name, value)
    if response.status_code == 304:
        for name in NOT_IN_304:
            response.headers.pop(name, None)
    return response


def _coding(response: Response) -> str:
    """Choose the coding of a response; each has an entity tag of its own (RFC 9110 8.8.3)."""
    if response.direct_passthrough or not content_coding.is_text(response.content_type or ""):
        return "identity"
    vary = response.headers.get("Vary")
    response.headers["Vary"] = f"{vary}, Accept-Encoding" if vary else "Accept-Encoding"
    chosen = content_coding.chosen(request.headers.get("Accept-Encoding"))
    if chosen == "identity" or "Content-Encoding" in response.headers:
        return "identity"
    if not content_coding.LEAST <= len(response.get_data()) <= content_coding.MOST:
        return "identity"
    tag, weak = response.get_etag()
    if tag:
        response.set_etag(f"{tag}-{chosen}", bool(weak))
    return chosen


def _conditional(response: Response, chosen: str) -> Response:
    """Evaluate conditions on the representation that was chosen, and only then encode it."""
    told = request.environ
    asked = any(name in told for name in (*CONDITIONS, *PRECONDITIONS))
    if asked and request.method in ("GET", "HEAD") and "ETag" in response.headers:
        response.make_conditional(request)
        del response.headers["Date"]  # the server says when it sends; documents are kept
    if response.status_code == 412:
        return problem(Problem(412, "The representation is not the one that the request names."))
    if response.status_code == 200 and chosen != "identity":
        response.set_data(content_coding.encode(response.get_data(), chosen))
        response.headers["Content-Encoding"] = chosen
    return response


def _allow(response: Response) -> None:
    """Answer what a browser asks before a request of another origin (Fetch, section 4.8)."""
    methods = response.headers.get("Allow")
    if methods and "Access-Control-Request-Method" in request.headers:
        response.headers["Access-Control-Allow-Methods"] = methods
        for name, value in _PREFLIGHT.items():
            response.headers[name] = value
