"""How Flask is called: what it is given of a request, and its response as a reply (PEP 3333)."""

import io
import sys
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO, cast
from wsgiref.types import StartResponse, WSGIApplication

from server.http.message import Reply, Request


class File:
    """What a view answers with to have a file sent (wsgi.file_wrapper)."""

    def __init__(self, file: BinaryIO, _: int = 0) -> None:
        self.file = file


def call(app: WSGIApplication, request: Request, extra: Mapping[str, Any]) -> Reply:
    """Return the reply of an application to a request; `extra` goes into its environment."""
    started: list[Any] = []

    def start(status: str, fields: list[tuple[str, str]], _: object = None) -> Any:
        started[:] = int(status[:3]), fields

    body = app({**_environ(request), **extra}, cast(StartResponse, start))
    status, fields = started
    headers: dict[str, str] = {}
    for given, value in fields:
        name = given.lower()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    length = headers.pop("content-length", "0")
    if isinstance(body, File):
        return Reply(status, headers, file=body.file, length=int(length))
    return Reply(status, headers, _joined(body))


def _joined(pieces: Iterable[bytes]) -> bytes:
    try:
        return b"".join(pieces)
    finally:
        if hasattr(pieces, "close"):
            pieces.close()


def _environ(request: Request) -> dict[str, Any]:
    """Return a request as Flask is given it: no more of it than an answer may depend on.

    Of the header fields that is what negotiation looks at, which is the key of the cache too, and
    what describes a body.
    """
    accept, profile, codings = request.head.choice
    fields = {} if request.reads else request.head.fields
    body = b"" if request.reads else request.body
    return {
        "REQUEST_METHOD": "GET" if request.reads else request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path,
        "QUERY_STRING": request.query_string.decode("latin-1"),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": fields.get("content-type", ""),
        "HTTP_CONTENT_ENCODING": fields.get("content-encoding", ""),
        "HTTP_ACCEPT": accept,
        "HTTP_ACCEPT_PROFILE": profile,
        "HTTP_ACCEPT_ENCODING": codings,
        "wsgi.input": io.BytesIO(body),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.file_wrapper": File,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
