"""The bodies of requests: read whole, up to a size and within a time."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from server.problems import Problem

Receive = Callable[[], Awaitable[dict[str, Any]]]

SECONDS = 20.0  # for a body to arrive whole
_DRAINED, _DRAINED_SECONDS = 16 * 1024**2, 2.0  # of a body that is refused


async def read(headers: Mapping[str, str], receive: Receive, limit: int) -> bytes:
    """Return the body of a request.

    Raises Problem 413 for more than `limit` bytes, and 408 where it takes longer than SECONDS. One
    that is broken off or badly encoded the connection refuses, and ends this.
    """
    if "content-length" not in headers and "transfer-encoding" not in headers:
        return b""
    told = headers.get("content-length", "0")
    if len(told) > len(str(limit)) or int(told) > limit:
        if headers.get("expect", "").lower() != "100-continue":  # who asks before has sent nothing
            await _drain(receive)
        raise _too_large(limit)
    try:
        async with asyncio.timeout(SECONDS):
            return await _pieces(receive, limit)
    except TimeoutError:
        raise Problem(408, f"The body did not arrive within {SECONDS:g} seconds.",
                      headers={"Connection": "close"}) from None  # fmt: skip


async def _pieces(receive: Receive, limit: int) -> bytes:
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > limit:
            await _drain(receive)
            raise _too_large(limit)
    return bytes(body)


async def _drain(receive: Receive) -> None:
    """Take some of what a client still sends, so that it comes to read why it is refused."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAINED_SECONDS):
            left, more = _DRAINED, True
            while more and left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                more = message.get("more_body", False)


def _too_large(limit: int) -> Problem:
    return Problem(413, f"The body is larger than {limit} bytes.", headers={"Connection": "close"})
