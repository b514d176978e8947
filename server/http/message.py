"""Requests and responses, as connections and what answers them pass them on."""

from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import BinaryIO, NamedTuple
from urllib.parse import unquote_to_bytes

Fields = tuple[tuple[bytes, bytes], ...]
Headers = list[tuple[str, str]]

_BODY = frozenset({"content-length", "transfer-encoding", "expect"})
_CONDITIONS = frozenset({"if-none-match", "if-modified-since", "if-match", "if-unmodified-since"})
_WITHOUT_BODY = (204, 304)
_OFTEN = 16 * 1024  # bytes of a response that is put together once a second
_LENGTH = b"\ncontent-length:"


class Head(dict[str, str]):
    """The header fields of a request by their names in lower case.

    Of fields with the same name the values stand together (RFC 9110 section 5.3). `hosts` counts
    those that name the host, `framed` tells whether there may be a body, `conditional` whether
    conditions are set (section 13.1).
    """

    def __init__(self, fields: Fields) -> None:
        super().__init__()
        for field, content in fields:
            name, value = field.decode("latin-1"), content.decode("latin-1")
            self[name] = f"{self[name]},{value}" if name in self else value
        self.hosts = sum(name == b"host" for name, _ in fields)
        self.framed = not _BODY.isdisjoint(self)
        self.conditional = not _CONDITIONS.isdisjoint(self)


head = lru_cache(maxsize=64)(Head)  # clients send the same one with each request; some are long


class Request(NamedTuple):
    """A request without its body; `path` is decoded, each byte a character, as WSGI has it."""

    method: str
    path: str
    query: str
    headers: Head
    peer: str

    @classmethod
    def of(cls, method: str, path: bytes, query: bytes, headers: Head, peer: str) -> "Request":
        """Return a request from what its head says."""
        decoded = (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1")
        return cls(method, decoded, query.decode("latin-1"), headers, peer)

    def client(self, proxies: int) -> str:
        """Return the address of the client, behind so many proxies of ours.

        Each adds to X-Forwarded-For whom it was asked by; before that anybody may write anything.
        """
        told = self.headers.get("x-forwarded-for", "") if proxies else ""
        return told.split(",")[-proxies:][0].strip() if told else self.peer


@dataclass
class Reply:
    """A response: its body in memory, or, where it is large, in an open file.

    `sized` tells whether its length is that of its body, as it is not for HEAD.
    """

    status: int
    headers: Headers
    body: bytes = b""
    file: BinaryIO | None = None
    sized: bool = True
    _fields: bytes = b""
    _head: bytes = b""
    _whole: tuple[bytes, bytes] = (b"", b"")

    def also(self, name: str, value: str) -> "Reply":
        """Return a response without a body that tells one thing more."""
        return Reply(
            self.status, [*self.headers, (name, value)], _fields=self.fields + _line(name, value)
        )

    @property
    def fields(self) -> bytes:
        """The head of the response as it is sent, as far as it says nothing of the body."""
        if not self._fields:
            told = [_line(name, value) for name, value in self.headers]
            self._fields = b"".join([_first(self.status), *told])
        return self._fields

    @property
    def head(self) -> bytes:
        """The head of the response as it is sent, but for the date and the empty line."""
        if not self._head:
            self._head = head = self.fields
            if self.sized and self.status not in _WITHOUT_BODY and _LENGTH not in head:
                self._head = head + b"content-length: %d\r\n" % len(self.body)
        return self._head

    def begin(self, date: bytes, stays: bool = True) -> bytes:
        """Return all that goes before the body; `stays` tells whether the connection does."""
        end = b"\r\n" if stays or self.closes else b"connection: close\r\n\r\n"
        return b"".join((self.head, b"date: ", date, b"\r\n", end))

    def whole(self, date: bytes) -> bytes:
        """Return the response as it is sent, where the connection stays."""
        if self._whole[0] != date:
            whole = self.begin(date) + self.body
            if len(whole) > _OFTEN:
                return whole
            self._whole = date, whole
        return self._whole[1]

    @property
    def closes(self) -> bool:
        """Whether the connection ends with it."""
        return b"\nconnection: close" in self.head


@lru_cache(maxsize=64)
def _first(status: int) -> bytes:
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()


def _line(name: str, value: str) -> bytes:
    return f"{name.lower()}: {value}\r\n".encode("latin-1")
