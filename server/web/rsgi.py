"""Requests and responses between the server's own interface (RSGI) and that of Flask (WSGI)."""

import asyncio
import contextlib
import io
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import urlsplit
from wsgiref.types import WSGIApplication, WSGIEnvironment

from granian import _granian
from granian.rsgi import Scope

from server.engine.spool import unnamed
from server.problems import Problem

HTTPProtocol = _granian.RSGIHTTPProtocol
Headers = list[tuple[str, str]]

_IN_MEMORY = 1024**2  # bytes of a response that are not put into a file
_TO_OPEN = 10.0  # seconds; meanwhile a file is open twice, of which there are but so many
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
_DRAINED, _DRAINED_SECONDS = 16 * 1024**2, 2.0  # of a body that is refused


@dataclass
class Reply:
    """A response: its body in memory, or, where it is large, in an open file."""

    status: int
    headers: Headers
    body: bytes = b""
    file: BinaryIO | None = None


async def read_body(scope: Scope, proto: HTTPProtocol, limit: int, seconds: float) -> bytes:
    """Return the body of a request.

    Raises Problem 413 for more than `limit` bytes, 408 where it takes longer than `seconds`, and
    400 where its encoding is broken.
    """
    if not scope.headers.get("content-length") and "transfer-encoding" not in scope.headers:
        return b""
    told = scope.headers.get("content-length") or "0"
    if not told.isdigit() or int(told) > limit:
        await _drain(proto)
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
    """Return a body of unknown length, as it comes.

    Raises Problem 413 for too much of it, and 400 where it is broken off: the server gives an empty
    piece at the end, and one before that for a fault, or for trailers, which nobody here reads.
    """
    body, ended = bytearray(), False
    async for piece in proto:
        if ended:
            raise _broken()
        ended = not piece
        body += piece
        if len(body) > limit:
            await _drain(proto)
            raise _too_large(limit)
    return bytes(body)


async def _drain(proto: HTTPProtocol) -> None:
    """Take some of what a client still sends, so that it comes to read why it is refused."""
    with contextlib.suppress(TimeoutError, OSError, RuntimeError):
        async with asyncio.timeout(_DRAINED_SECONDS):
            left = _DRAINED
            async for piece in proto:
                left -= len(piece)
                if left < 0:
                    return


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


def brief(scope: Scope) -> WSGIEnvironment:
    """Return what tells kept documents apart, as WSGI has it: all of it would take longer."""
    found = {
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
    }
    for name, value in scope.headers.items():
        if key := _TELLING.get(name):
            found[key] = f"{found[key]},{value}" if key in found else value
    return found


def peer(scope: Scope) -> str:
    """Return the address that the connection comes from."""
    return scope.client.rpartition(":")[0].strip("[]")


def client(scope: Scope, proxies: int) -> str:
    """Return the address of the client, behind so many proxies of ours.

    Each adds to X-Forwarded-For whom it was asked by; what stands before that anybody may write.
    """
    if not proxies:
        return peer(scope)
    told = [value for name, value in scope.headers.items() if name == "x-forwarded-for"]
    return ",".join(told).split(",")[-proxies:][0].strip() if told else peer(scope)


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
    return Reply(status, headers, body, file)


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


def send(proto: HTTPProtocol, reply: Reply) -> None:
    """Send a response; a file goes out as fast as the client takes it."""
    if reply.file is None:
        proto.response_bytes(reply.status, reply.headers, reply.body)
        return
    proto.response_file(reply.status, reply.headers, f"/dev/fd/{reply.file.fileno()}")
    # The server opens it for itself, in a moment.
    asyncio.get_running_loop().call_later(_TO_OPEN, reply.file.close)
