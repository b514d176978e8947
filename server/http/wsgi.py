"""Requests as Flask takes them (WSGI, PEP 3333), and its responses."""

import io
import sys
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO
from wsgiref.types import WSGIApplication, WSGIEnvironment

from server.http.message import Headers, Reply, Request
from server.sparql.spool import unnamed

_IN_MEMORY = 1024**2  # bytes of a response that are not put into a file
_TELLING = {
    name: f"HTTP_{name.upper().replace('-', '_')}"
    for name in (
        "accept",
        "accept-encoding",
        "accept-profile",
        "range",
        "if-range",
        "if-match",
        "if-none-match",
        "if-modified-since",
        "if-unmodified-since",
    )
}


def environ(request: Request, body: bytes = b"") -> WSGIEnvironment:
    """Return a request as WSGI has it."""
    found: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path,
        "QUERY_STRING": request.query,
        "SERVER_NAME": "localhost",  # which counts only where a request has no Host
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": request.peer,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        found[f"HTTP_{name.upper().replace('-', '_')}"] = value
    found.pop("HTTP_CONTENT_LENGTH", None)
    found.pop("HTTP_TRANSFER_ENCODING", None)
    found["CONTENT_LENGTH"] = str(len(body))
    if "HTTP_CONTENT_TYPE" in found:
        found["CONTENT_TYPE"] = found.pop("HTTP_CONTENT_TYPE")
    return found


def brief(request: Request) -> WSGIEnvironment:
    """Return what tells kept documents apart, as WSGI has it: all of it would take longer."""
    found = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": request.path,
        "QUERY_STRING": request.query,
    }
    for name, value in request.headers.items():
        if key := _TELLING.get(name):
            found[key] = value
    return found


def call(app: WSGIApplication, request: WSGIEnvironment) -> Reply:
    """Return what a WSGI application answers."""
    got: list[Any] = []

    def start(status: str, headers: Headers, _: Any = None) -> Any:
        got[:] = int(status[:3]), headers
        return lambda _: None

    source: Iterable[bytes] = app(request, start)
    try:
        body, file = _collected(iter(source))
    finally:
        if hasattr(source, "close"):
            source.close()
    status, headers = got
    if file and not any(name.lower() == "content-length" for name, _ in headers):
        headers.append(("content-length", str(file.tell())))
    return Reply(status, headers, body, file, sized=request["REQUEST_METHOD"] != "HEAD")


def _collected(pieces: Iterator[bytes]) -> tuple[bytes, BinaryIO | None]:
    """Return a body in memory, or what is larger in a file: the server would hold it all."""
    kept, size = [], 0
    for piece in pieces:
        kept.append(piece)
        size += len(piece)
        if size > _IN_MEMORY:
            file = unnamed()
            file.writelines(kept)
            file.writelines(pieces)
            file.flush()
            return b"", file
    return b"".join(kept), None
