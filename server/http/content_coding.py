"""Content codings: which responses are compressed, and how."""

import gzip
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]
import zstandard

from server.rdf.negotiation import choose_coding

# Below this a body gains nothing; above it, compressing would hold up a thread for too long.
LEAST, MOST = 256, 8 * 1024**2
_TEXTUAL = ("text/", "application/json", "application/trig", "application/n-", "image/svg")

_CODERS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, quality=5),
    "zstd": lambda body: zstandard.ZstdCompressor(level=6).compress(body),
    "gzip": lambda body: gzip.compress(body, compresslevel=6, mtime=0),
}
_LEAST_QUICK = 8 * 1024
_QUICK: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda body: zstandard.ZstdCompressor(level=1).compress(body),
    "gzip": lambda body: gzip.compress(body, compresslevel=1, mtime=0),
}
CODINGS = tuple(_CODERS)


def is_text(content_type: str) -> bool:
    """Tell whether a media type is of text, which compresses well."""
    media_type = content_type.partition(";")[0].strip()
    return media_type.startswith(_TEXTUAL) or media_type.endswith(("json", "xml", "linkset"))


def chosen(accept_encoding: str | None) -> str:
    """Return the coding that a client prefers of ours, or "identity"."""
    return choose_coding(accept_encoding, CODINGS)


def encode(body: bytes, coding: str) -> bytes:
    """Return `body` in one of CODINGS; the same body gives the same bytes."""
    return _CODERS[coding](body)


def quick(body: bytes, accept_encoding: str | None) -> tuple[str, bytes]:
    """Return a coding and a body in it, made at once for what may be sent but one time."""
    if len(body) < _LEAST_QUICK:
        return "identity", body
    coding = choose_coding(accept_encoding, tuple(_QUICK))
    return coding, _QUICK[coding](body) if coding in _QUICK else body
