"""Content codings: which replies are compressed, and how (RFC 9110 section 12.5.3)."""

import gzip
import io
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, cast

import brotli  # type: ignore[import-untyped]
import zstandard

from server.http.message import UNKNOWN_LENGTH, Head, Reply

MIN_BYTES = 256  # below this a body gains nothing
MAX_AT_ONCE_BYTES = 512 * 1024  # above this, compressing would hold others up for too long
_TEXT = ("text/", "application/json", "application/trig", "application/n-", "image/svg")

# Levels at which a page takes well under a millisecond. The same body gives the same bytes.
_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, quality=3),
    "zstd": lambda body: zstandard.ZstdCompressor(level=3).compress(body),
    "gzip": lambda body: gzip.compress(body, compresslevel=6, mtime=0),
}
# The same piece by piece: what begins, and the names of the methods for a piece and for the end.
_STREAMS: dict[str, tuple[Callable[[], Any], str, str]] = {
    "br": (lambda: brotli.Compressor(quality=3), "process", "finish"),
    "zstd": (lambda: zstandard.ZstdCompressor(level=3).compressobj(), "compress", "flush"),
    "gzip": (lambda: zlib.compressobj(6, wbits=31), "compress", "flush"),
}


class _CodedFile(io.RawIOBase):
    """A file that is compressed as it is read."""

    def __init__(self, file: BinaryIO, coding: str) -> None:
        super().__init__()
        begin, compress, finish = _STREAMS[coding]
        coder = begin()
        self.file, self.compress, self.finish = (
            file,
            getattr(coder, compress),
            getattr(coder, finish),
        )
        self.is_finished = False

    def read(self, size: int = -1) -> bytes:
        """Return what comes of about so many bytes of the file, nothing at its end."""
        coded = b""
        while not coded and not self.is_finished:
            piece = self.file.read(size)
            self.is_finished = not piece
            coded = self.compress(piece) if piece else self.finish()
        return coded

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def encoded(reply: Reply, head: Head) -> Reply:
    """Return a reply in the coding that the client prefers, with an entity tag of its own.

    A large one is compressed while it is sent. One that is no text, is coded already or is sent in
    ranges stays as it is.
    """
    if (
        reply.status != 200
        or not {"content-encoding", "accept-ranges"}.isdisjoint(reply.headers)
        or not _is_text(reply.headers.get("content-type", ""))
    ):
        return reply
    headers = {**reply.headers, "vary": with_member(reply.headers.get("vary"), "Accept-Encoding")}
    acceptable = head.choice[2].split(", ")
    coding = acceptable[0]
    if coding not in _ENCODERS or (reply.length < MIN_BYTES and "identity" in acceptable):
        return Reply(200, headers, reply.body, reply.file, reply.length)
    if tag := headers.get("etag"):
        headers["etag"] = coded_tag(tag, coding)
    headers["content-encoding"] = coding
    if not reply.file and reply.length <= MAX_AT_ONCE_BYTES:
        return Reply(200, headers, _ENCODERS[coding](reply.body))
    file = cast(BinaryIO, _CodedFile(reply.file or io.BytesIO(reply.body), coding))
    return Reply(200, headers, file=file, length=UNKNOWN_LENGTH)


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
