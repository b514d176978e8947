"""Requests from the bytes of a connection, by llhttp, and what is refused (RFC 9112)."""

from collections import deque
from urllib.parse import quote_from_bytes

import httptools

from server.http.message import Head, Request, head_of
from server.problems import Problem

MAX_TARGET_BYTES = 64 * 1024
MAX_HEAD_BYTES = 128 * 1024
MAX_BODY_BYTES = 1024**2
MAX_MESSAGE_BYTES = 16 * 1024**2  # a body in small chunks takes more than its own length
MAX_REPEATED_BYTES, MAX_REPEATED = 2048, 512  # of a request that is known again, and how many are
METHODS = "GET, HEAD, POST, OPTIONS"
_ASCII = bytes(range(128))
# Requests without a body that came in one piece, by that piece: method, target, head, version.
_repeated: dict[bytes, tuple[str, bytes, Head, str]] = {}


class RequestParser:
    """Reads one request after another, up to one that is the last of its connection.

    `requests` are whole and wait for their turn; `unfinished` is one whose body is still to come,
    `size` the bytes so far of one that is not whole.
    """

    def __init__(self, peer: str) -> None:
        self.peer, self.requests = peer, deque[Request]()
        self.unfinished: Request | None = None
        self.size, self.in_head, self.is_last, self.upgrades = 0, True, False, False
        self.in_line = True  # what comes is a request line, or the rest of one
        self.at_boundary = True  # nothing of a next request has come
        self.head_size = 0  # of what is whole of a head, whatever comes in the same piece
        self.url, self.fields, self.body = b"", list[tuple[bytes, bytes]](), bytearray()
        self.parser = self._new_parser()

    def _new_parser(self) -> httptools.HttpRequestParser:
        parser = httptools.HttpRequestParser(self)
        # What comes behind the last request is passed over, and no fault of that one.
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser

    def feed(self, data: bytes) -> None:
        """Read a piece of what the client sends; raises Problem where that must be refused."""
        if self.at_boundary and not self.is_last and (known := _repeated.get(data)):
            method, target, head, version = known
            self.requests.append(Request(method, target, head, self.peer, True, version))
            self.size = 0
            return
        begins, count = self.at_boundary, len(self.requests)
        self._parse(data)
        if begins and self.at_boundary and len(self.requests) == count + 1:
            self._remember(data, self.requests[-1])

    def _remember(self, data: bytes, request: Request) -> None:
        """Know a request again by its bytes, as most come from clients that repeat themselves."""
        is_plain = request.keep_alive and not request.head.has_body and not self.upgrades
        if is_plain and len(data) <= MAX_REPEATED_BYTES:
            if len(_repeated) >= MAX_REPEATED:
                _repeated.clear()
            _repeated[data] = request.method, request.target, request.head, request.version

    def _parse(self, data: bytes) -> None:
        if self.in_line and not data.isascii():  # UTF-8 as some clients write it in the target
            line, end, rest = data.partition(b"\n")
            data = quote_from_bytes(line, _ASCII).encode() + end + rest
        self.in_line = self.in_line and b"\n" not in data
        self.size += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._decline_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            if self.is_last:
                return
            cause = error.__context__  # what a method below raised
            malformed = Problem(400, "Malformed HTTP/1.1 request.")
            raise (cause if isinstance(cause, Problem) else malformed) from None
        self._check_size()

    def _check_size(self) -> None:
        if len(self.url) > MAX_TARGET_BYTES:
            raise Problem(414, f"The request target is longer than {MAX_TARGET_BYTES} bytes.")
        if (self.size if self.in_head else self.head_size) > MAX_HEAD_BYTES:
            raise Problem(431, f"The head of the request is longer than {MAX_HEAD_BYTES} bytes.")
        if self.size > MAX_MESSAGE_BYTES or len(self.body) > MAX_BODY_BYTES:
            raise Problem(413, f"The body is larger than {MAX_BODY_BYTES} bytes.")

    def _decline_upgrade(self, rest: bytes) -> None:
        """Read on in HTTP/1.1 where a request offers another protocol (RFC 9110 section 7.8).

        The parser takes what follows for that protocol, so that another one reads the request
        without the offer. One with a body is the last.
        """
        lines = [b"%b %b HTTP/1.1\r\n" % (self.parser.get_method(), self.url)]
        offer = (b"upgrade", b"connection")
        lines += [b"%b: %b\r\n" % field for field in self.fields if field[0] not in offer]
        if Head(tuple(self.fields)).has_body:
            lines.append(b"connection: close\r\n")
        self.parser, self.size, self.in_head, self.upgrades = self._new_parser(), 0, True, False
        self.feed(b"".join((*lines, b"\r\n", rest)))

    def on_message_begin(self) -> None:
        """Begin a request."""
        self.at_boundary = False
        self.url, self.fields, self.body, self.head_size = b"", [], bytearray(), 0

    def on_url(self, piece: bytes) -> None:
        """Take a piece of the target."""
        self.url += piece
        self.head_size += len(piece)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field; those behind the body, trailers, are passed over."""
        if self.in_head:
            self.fields.append((name.lower(), value))
            self.head_size += len(name) + len(value)

    def on_headers_complete(self) -> None:
        """Take the head of a request; raises Problem where it is refused whatever it asks."""
        parser, self.in_head = self.parser, False
        self._check_size()
        method, version = parser.get_method().decode(), parser.get_http_version()
        if method == "CONNECT":
            raise Problem(405, "This server is no proxy.", headers={"Allow": METHODS})
        self.upgrades = parser.should_upgrade()
        if self.upgrades or self.is_last:
            return
        head = head_of(tuple(self.fields), self.head_size)
        if head.host is None and version != "1.0":
            raise Problem(400, "A request has one Host.")
        if head.fault:
            raise head.fault
        if head.has_body and int(head.fields.get("content-length", "0")[:18]) > MAX_BODY_BYTES:
            raise Problem(413, f"The body is larger than {MAX_BODY_BYTES} bytes.")
        keep_alive = parser.should_keep_alive() and version != "1.0"
        self.unfinished = Request(method, self.url, head, self.peer, keep_alive, version)

    def on_body(self, piece: bytes) -> None:
        """Take a piece of a body, but no more than is refused."""
        if self.unfinished and len(self.body) <= MAX_BODY_BYTES:
            self.body += piece

    def on_message_complete(self) -> None:
        """End a request."""
        if self.unfinished:
            if self.body:
                self._check_size()
                self.unfinished.body = bytes(self.body)
            self.requests.append(self.unfinished)
            self.is_last, self.unfinished = not self.unfinished.keep_alive, None
            self.in_line, self.in_head, self.size, self.head_size = True, True, 0, 0
            self.url, self.at_boundary = b"", True
