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
METHODS = "GET, HEAD, POST, OPTIONS"
_ASCII = bytes(range(128))


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
            self.url = b""
