"""Requests and responses between the server's own interface (RSGI) and that of Flask (WSGI)."""

import asyncio
import io
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import WSGIApplication, WSGIEnvironment

from granian import _granian
from granian.rsgi import Scope

from server.problems import Problem

HTTPProtocol = _granian.RSGIHTTPProtocol
Headers = list[tuple[str, str]]

_AT_ONCE = 1024**2  # a response that is not longer is sent in one piece


@dataclass
class Reply:
    """A response: its body whole, or in pieces that `close` ends."""

    status: int
    headers: Headers
    body: bytes = b""
    pieces: Iterator[bytes] | None = None
    source: Any = None

    def close(self) -> None:
        """Release what the pieces come from."""
        if hasattr(self.source, "close"):
            self.source.close()


async def read_body(scope: Scope, proto: HTTPProtocol, limit: int, seconds: float) -> bytes:
    """Return the body of a request.

    Raises Problem 413 for more than `limit` bytes, 408 where it takes longer than `seconds`, and
    400 where its encoding is broken.
    """
    if not scope.headers.get("content-length") and "transfer-encoding" not in scope.headers:
        return b""
    told = scope.headers.get("content-length") or "0"
    if not told.isdigit() or int(told) > limit:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(seconds):
            body = bytes(await proto()) if told != "0" else await _pieces(proto, limit)
    except TimeoutError:
        raise Problem(408, f"The body did not arrive within {seconds:g} seconds.",
                      headers={"Connection": "close"}) from None  # fmt: skip
    except (OSError, RuntimeError):
        raise _broken() from None
    if len(body) < int(told):  # the server tells of a client that left early only at times
        raise _broken()
    return body


async def _pieces(proto: HTTPProtocol, limit: int) -> bytes:
    """Return a body of unknown length, as it comes; raises Problem 413 for too much of it."""
    body = bytearray()
    async for piece in proto:
        body += piece
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


def _broken() -> Problem:
    return Problem(400, "The body is broken off or badly encoded.", headers={"Connection": "close"})


def _too_large(limit: int) -> Problem:
    return Problem(413, f"The body is larger than {limit} bytes.", headers={"Connection": "close"})


def environ(scope: Scope, body: bytes = b"") -> WSGIEnvironment:
    """Return a request as WSGI has it (PEP 3333)."""
    server = urlsplit(f"//{scope.server}")
    found: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server.hostname or "",
        "SERVER_PORT": str(server.port or ""),
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": peer(scope),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        key = f"HTTP_{name.upper().replace('-', '_')}"
        found[key] = f"{found[key]},{value}" if key in found else value
    found.pop("HTTP_CONTENT_LENGTH", None)
    found.pop("HTTP_TRANSFER_ENCODING", None)
    found["CONTENT_LENGTH"] = str(len(body))
    if "HTTP_CONTENT_TYPE" in found:
        found["CONTENT_TYPE"] = found.pop("HTTP_CONTENT_TYPE")
    return found


def peer(scope: Scope) -> str:
    """Return the address of the client."""
    return scope.client.rpartition(":")[0].strip("[]")


def call(app: WSGIApplication, request: WSGIEnvironment) -> Reply:
    """Return what a WSGI application answers."""
    got: list[Any] = []

    def start(status: str, headers: Headers, _: Any = None) -> Any:
        got[:] = int(status[:3]), headers
        return lambda _: None

    source: Iterable[bytes] = app(request, start)
    pieces = iter(source)
    first = next(pieces, b"")  # an application may start its response as late as this
    status, headers = got
    reply = Reply(status, headers, source=source)
    length = next((int(v) for n, v in reply.headers if n.lower() == "content-length"), None)
    if length is not None and length <= _AT_ONCE:
        reply.body = first + b"".join(pieces)
        reply.close()
    else:
        reply.body, reply.pieces = first, pieces
    return reply


async def send(proto: HTTPProtocol, reply: Reply) -> None:
    """Send a response; where its pieces end early or the client goes, the connection breaks."""
    if reply.pieces is None:
        proto.response_bytes(reply.status, reply.headers, reply.body)
        return
    loop = asyncio.get_running_loop()
    try:
        transport = proto.response_stream(reply.status, reply.headers)
        piece: bytes | None = reply.body
        while piece is not None:
            if piece:
                await transport.send_bytes(piece)
            piece = await loop.run_in_executor(None, next, reply.pieces, None)
    finally:
        reply.close()
