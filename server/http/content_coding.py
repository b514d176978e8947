"""Content codings: which replies are compressed, and how (RFC 9110 section 12.5.3)."""

import gzip
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]
import zstandard

from server.http.message import Head, Reply

# Below this a body gains nothing; above it, compressing would hold others up for too long.
MIN_BYTES, MAX_BYTES = 256, 8 * 1024**2
_TEXT = ("text/", "application/json", "application/trig", "application/n-", "image/svg")

# Levels at which a page takes well under a millisecond. The same body gives the same bytes.
_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, quality=3),
    "zstd": lambda body: zstandard.ZstdCompressor(level=3).compress(body),
    "gzip": lambda body: gzip.compress(body, compresslevel=6, mtime=0),
}


def encoded(reply: Reply, head: Head) -> Reply:
    """Return a reply in the coding that the client prefers, with an entity tag of its own.

    A reply that is no text, is coded already or is in a file stays as it is.
    """
    if reply.status != 200 or reply.file or not _is_text(reply.headers.get("content-type", "")):
        return reply
    headers = {**reply.headers, "vary": with_member(reply.headers.get("vary"), "Accept-Encoding")}
    body, acceptable = reply.body, head.choice[2].split(", ")
    coding = acceptable[0]
    pointless = len(body) < MIN_BYTES and "identity" in acceptable
    if coding not in _ENCODERS or pointless or len(body) > MAX_BYTES:
        return Reply(200, headers, body)
    if tag := headers.get("etag"):
        headers["etag"] = coded_tag(tag, coding)
    headers["content-encoding"] = coding
    return Reply(200, headers, _ENCODERS[coding](body))


def coded_tag(tag: str, coding: str) -> str:
    """Return the entity tag of a representation in a coding (RFC 9110 section 8.8.3.3)."""
    return f'{tag[:-1]}-{coding}"'


def with_member(value: str | None, member: str) -> str:
    """Return the value of a list-valued field with a member that it may have already."""
    members = [part.strip() for part in (value or "").split(",") if part.strip()]
    if member.lower() not in [part.lower() for part in members]:
        members.append(member)
    return ", ".join(members)


def _is_text(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip()
    return media_type.startswith(_TEXT) or media_type.endswith(("json", "xml", "linkset"))
