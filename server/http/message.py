"""Requests and replies, as connections, the cache and whatever answers them pass them on."""

import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from email.utils import formatdate
from functools import cached_property, lru_cache
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address, ip_network
from itertools import count
from typing import BinaryIO
from urllib.parse import unquote_to_bytes

from server.problems import Problem
from server.rdf.formats import HTML, Format
from server.rdf.negotiation import acceptable_codings, choose

Fields = tuple[tuple[bytes, bytes], ...]

MAX_FIELDS = 100
MAX_FIELD_BYTES = 8 * 1024
MAX_NEGOTIATION_BYTES = 2 * 1024  # of Accept and its like, which take time to read
MAX_MEMBERS = 64  # of such a field, and half as many again may have a parameter beside their weight
MAX_PARAMETERS = 96
MAX_REMEMBERED_HEAD_BYTES = 4 * 1024

FILE_PIECE_BYTES = 256 * 1024
UNKNOWN_LENGTH = -1  # of a file that is compressed while it is sent
CODINGS = ("br", "zstd", "gzip")
CACHE_CONTROL = "public, max-age=300, must-revalidate"

_NEGOTIATION = ("accept", "accept-profile", "accept-encoding")
_LISTS = (*_NEGOTIATION, "if-match", "if-none-match")
_CONDITIONS = frozenset(
    {"if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "range"}
)
# uri-host [":" port], which may be empty (RFC 9112 section 3.2, RFC 3986 section 3.2.2).
_HOST = re.compile(
    r"(\[[0-9A-Fa-f:.]+\]|\[v[0-9A-Fa-f]+\.[\w.~!$&'()*+,;=:-]+\]"
    r"|([\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)(:[0-9]*)?",
    re.ASCII,
)
_REQUEST_ID = re.compile(r"[\w.:+/=-]{1,128}", re.ASCII)
_PROCESS_ID, _numbers = f"{os.getpid():x}-{time.time_ns() // 1_000_000:x}-", count()
_NAT64 = ip_network("64:ff9b::/96")  # IPv4 clients behind a translator (RFC 6052)

# Sent with every reply, unless it has a field of the same name.
COMMON_HEADERS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Accept-Ranges, Allow, Content-Encoding, Content-Location, "
    "Content-Range, ETag, Last-Modified, Link, Location, Result-Cut, Retry-After, "
    "Unknown-Graph, Vary, X-Request-Id",
    "content-security-policy": "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "cross-origin",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-content-type-options": "nosniff",
}


class Head:
    """The header fields of a request by their names in lower case, and what follows from them.

    Values of fields with the same name are joined by commas (RFC 9110 section 5.3). `choice` is
    all that negotiation may look at, the codings in a normal form; `fault` says why the request
    must be refused, whatever it asks for; `host` is None where none was sent.
    """

    def __init__(self, fields: Fields) -> None:
        self.fields: dict[str, str] = {}
        for raw_name, raw_value in fields:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            self.fields[name] = f"{self.fields[name]},{value}" if name in self.fields else value
        self.host = self.fields.get("host")
        self.fault = self._fault(fields)
        accept, profile, encoding = (self.fields.get(name, "") for name in _NEGOTIATION)
        if "range" in self.fields:  # a part of what is coded cannot be decoded
            encoding = "identity"
        codings = () if self.fault else acceptable_codings(encoding, CODINGS)
        self.choice = (accept, profile, ", ".join(codings))
        self.is_conditional = not _CONDITIONS.isdisjoint(self.fields)
        self.has_body = "content-length" in self.fields or "transfer-encoding" in self.fields
        self.expects_continue = self.fields.get("expect", "").lower() == "100-continue"

    def _fault(self, fields: Fields) -> Problem | None:
        if len(fields) > MAX_FIELDS:
            return Problem(431, f"There are {len(fields)} header fields; {MAX_FIELDS} are allowed.")
        for name, value in self.fields.items():
            most = MAX_NEGOTIATION_BYTES if name in _NEGOTIATION else MAX_FIELD_BYTES
            if len(name) + len(value) > most:
                return Problem(431, f"The field {name[:50]} is longer than {most} bytes.")
        for name in _LISTS:
            value = self.fields.get(name, "")
            if value.count(",") >= MAX_MEMBERS or value.count(";") > MAX_PARAMETERS:
                return Problem(431, f"The field {name} has more than {MAX_MEMBERS} members or "
                                    f"{MAX_PARAMETERS} parameters.")  # fmt: skip
        if sum(name == b"host" for name, _ in fields) > 1:
            return Problem(400, "A request has one Host.")
        if not _HOST.fullmatch(self.host or ""):
            return Problem(400, "The field Host is no host with an optional port.")
        return None


_remembered_head = lru_cache(maxsize=64)(Head)


def head_of(fields: Fields, size: int) -> Head:
    """Return the head with these fields of so many bytes; clients often send the same one."""
    return _remembered_head(fields) if size < MAX_REMEMBERED_HEAD_BYTES else Head(fields)


class Request:
    """A whole request; `target` is that of the request line, `peer` the address it came from.

    `key` is all that the answer is made from where it `is_kept`; `is_read` is of GET and HEAD.
    """

    def __init__(
        self, method: str, target: bytes, head: Head, peer: str, keep_alive: bool, version: str
    ) -> None:
        self.method, self.target, self.head, self.peer = method, target, head, peer
        self.keep_alive, self.version, self.body = keep_alive, version, b""
        self.is_read = method in ("GET", "HEAD")
        # Which release answers a client that asks for a moment is not in the key.
        self.is_kept = self.is_read and "accept-datetime" not in head.fields
        self.key = (target, head.choice)

    @cached_property
    def id(self) -> str:
        """The X-Request-Id that the client or a proxy gave, or a new one."""
        given = self.head.fields.get("x-request-id", "")
        return given if _REQUEST_ID.fullmatch(given) else f"{_PROCESS_ID}{next(_numbers):x}"

    @property
    def path(self) -> str:
        """The path, decoded, each byte a character as WSGI has it."""
        path = self.target.partition(b"?")[0]
        return (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1")

    @property
    def query_string(self) -> bytes:
        """The part of the target behind the question mark, as sent."""
        return self.target.partition(b"?")[2]

    def client(self, proxies: int) -> str:
        """Return the address of the client, behind so many proxies of ours.

        Each adds to X-Forwarded-For the address that it was asked from; what stands before these
        anybody may have written.
        """
        forwarded = self.head.fields.get("x-forwarded-for", "") if proxies else ""
        return forwarded.split(",")[-proxies:][0].strip() if forwarded else self.peer


def client_network(address: str) -> str:
    """Return what counts as one client: an IPv4 address, or the network (/64) of an IPv6 one.

    An IPv6 address that stands for an IPv4 one counts as that. Returns "" for what is no address.
    """
    return _network(address) if len(address) < 64 else ""


@lru_cache(maxsize=1024)
def _network(address: str) -> str:
    try:
        ip = ip_address(address)
    except ValueError:
        return ""
    if not isinstance(ip, IPv6Address):
        return str(ip)
    if ip in _NAT64:
        return str(ip_address(ip.packed[-4:]))
    return str(ip.ipv4_mapped or ip_network((int(ip), 64), strict=False))


class Reply:
    """A reply: its body in memory, or the `length` bytes that come next in an open file.

    Names of headers are in lower case. What is made of a reply stays with it, for it may be kept.
    """

    def __init__(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes = b"",
        file: BinaryIO | None = None,
        length: int | None = None,
    ) -> None:
        self.status, self.headers, self.body, self.file = status, headers, body, file
        self.length = len(body) if length is None else length
        self.not_modified: Reply | None = None  # the 304 that stands for it
        self._head = b""

    @property
    def head(self) -> bytes:
        """The status line and the header fields, but for the date and the connection."""
        if not self._head:
            lines = [f"{name}: {value}\r\n" for name, value in self.headers.items()]
            text = f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\n{''.join(lines)}"
            if text.count("\n") != len(lines) + 1 or text.count("\r") != len(lines) + 1:
                raise ValueError(f"A header has a line end: {text!r}")
            length = b"content-length: %d\r\n" % self.length
            if self.status == 304:  # no more than caches and browsers need (RFC 9110, 15.4.5)
                self._head = text.encode("latin-1") + b"access-control-allow-origin: *\r\n"
            else:
                self._head = text.encode("latin-1") + self._common()
            if self.status not in (204, 304) and self.length != UNKNOWN_LENGTH:
                self._head += length
        return self._head

    def _common(self) -> bytes:
        if COMMON_HEADERS.keys().isdisjoint(self.headers):
            return _COMMON
        return _lines({n: v for n, v in COMMON_HEADERS.items() if n not in self.headers})

    def before_body(self, keep_alive: bool, request_id: str, chunked: bool = False) -> bytes:
        """Return all that is sent before the body, to the request of that id ("": none).

        It is `chunked` where its length is not known.
        """
        end = b"\r\n" if keep_alive else b"connection: close\r\n\r\n"
        end = b"transfer-encoding: chunked\r\n" + end if chunked else end
        named = b"x-request-id: %b\r\n" % request_id.encode() if request_id else b""
        return b"".join((self.head, named, b"date: ", http_date(int(time.time())), b"\r\n", end))

    def pieces(self, file: BinaryIO, chunked: bool) -> Iterator[bytes]:
        """Yield the body as it is sent from its file; raises EOFError where that is too short."""
        left = self.length if self.length != UNKNOWN_LENGTH else sys.maxsize
        while left and (piece := file.read(min(left, FILE_PIECE_BYTES))):
            left -= len(piece)
            yield b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece
        if left and self.length != UNKNOWN_LENGTH:
            raise EOFError("A file is shorter than the length that was sent.")
        if chunked:
            yield b"0\r\n\r\n"

    @property
    def size(self) -> int:
        """About how many bytes of memory a reply takes with what is made of it."""
        return len(self.body) + 3 * len(self.head) + 1000

    def close(self) -> None:
        """Close the file of a reply that is not sent, or was."""
        if self.file:
            self.file.close()


_PROBLEM = Format("json", Problem.media_type, "Problem", "problem", ("application/json",))


def prefers_page(accept: str | None) -> bool:
    """Tell whether an Accept header asks for a page rather than a problem document."""
    return choose(accept, (_PROBLEM, HTML)) is HTML


def problem_reply(problem: Problem) -> Reply:
    """Return the problem document as a reply."""
    headers = {name.lower(): value for name, value in problem.headers.items()}
    fixed = {"content-type": Problem.media_type, "vary": "Accept"}
    return Reply(problem.status, headers | fixed, problem.as_json())


def _lines(headers: Mapping[str, str]) -> bytes:
    return "".join([f"{name}: {value}\r\n" for name, value in headers.items()]).encode()


_COMMON = _lines(COMMON_HEADERS)


@lru_cache(maxsize=1)
def http_date(second: int) -> bytes:
    """Return a time as HTTP has it."""
    return formatdate(second, usegmt=True).encode()
