"""The Model Context Protocol over streamable HTTP: each request is one exchange, no sessions."""

import asyncio
from collections.abc import Mapping
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
    names = [n for n, _ in request.headers if n in _PASSED or n.lower().startswith("mcp-")]
    headers = {n.encode(): request.headers[n].encode("latin-1") for n in names}
    return asyncio.run(_answer(headers, body()))


async def _answer(headers: Mapping[bytes, bytes], sent: bytes) -> Response:
    """Have the SDK's application answer, with nothing kept between requests."""
    from httpx2 import ASGITransport, Request  # take a while to load: on demand

    app = _server(services().release.folder).streamable_http_app(
        json_response=True, stateless_http=True, transport_security=_guard(services().release.base)
    )
    message = Request("POST", "http://localhost/mcp", headers=headers, content=sent)
    async with app.router.lifespan_context(app):
        answer = await ASGITransport(app).handle_async_request(message)
        content = await answer.aread()
    return Response(content, answer.status_code, list(answer.headers.items()))


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
