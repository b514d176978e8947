"""The Model Context Protocol over streamable HTTP: each request is one exchange, no sessions."""

import asyncio
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from server.settings import Config
from server.site.parameters import body
from server.site.responses import services

if TYPE_CHECKING:
    from mcp.server import MCPServer
    from mcp.server.transport_security import TransportSecuritySettings

blueprint = Blueprint("mcp", __name__)

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
_PASSED = ("Accept", "Content-Type", "Host", "Origin")


@blueprint.post("/mcp")
def exchange() -> Response:
    """Answer one message of the Model Context Protocol."""
    sent, received = body(), list[dict[str, Any]]()
    asyncio.run(_run(_scope(), sent, received))
    start = received[0]
    answer = b"".join(message.get("body", b"") for message in received[1:])
    headers = [(n.decode(), v.decode()) for n, v in start["headers"]]
    return Response(answer, start["status"], headers)


async def _run(scope: dict[str, Any], sent: bytes, received: list[dict[str, Any]]) -> None:
    """Have the SDK's application answer, with nothing kept between requests."""
    app = _server(services().release.folder).streamable_http_app(
        json_response=True, stateless_http=True, transport_security=_guard(services().release.base)
    )
    done = asyncio.Event()
    pending = [{"type": "http.request", "body": sent, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if pending:
            return pending.pop()
        await done.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        received.append(dict(message))

    async with app.router.lifespan_context(app):
        await app(scope, receive, send)
        done.set()


@lru_cache(maxsize=2)
def _server(_: Path) -> "MCPServer[Any]":
    from server.site.mcp_tools import make_server  # takes half a second and 30 MB: on demand

    return make_server()


def _guard(base: str) -> "TransportSecuritySettings":
    """Return which hosts and origins are served: on a loopback address, no page of another site.

    The protocol asks for this (security warning of its transports); behind a proxy it checks hosts.
    """
    from mcp.server.transport_security import TransportSecuritySettings

    config, ours = Config.from_environment(), urlsplit(base).netloc
    hosts = [ours, *(f"{name}:*" for name in _LOOPBACK)]
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=config.host in _LOOPBACK and not config.proxies,
        allowed_hosts=hosts,
        allowed_origins=[f"{scheme}://{host}" for scheme in ("http", "https") for host in hosts],
    )


def _scope() -> dict[str, Any]:
    names = [n for n, _ in request.headers if n in _PASSED or n.lower().startswith("mcp-")]
    headers = [(n.lower().encode(), request.headers[n].encode("latin-1")) for n in names]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/mcp",
        "raw_path": b"/mcp",
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": None,
        "server": ("localhost", 80),
    }
