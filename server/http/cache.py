"""A layer before Flask: documents that were made once are answered from their bytes.

It is a small HTTP cache inside of a web process (RFC 9111). What may be kept, and which headers of
a request tell representations apart, is what the application's responses say: their status,
Cache-Control and Vary. Values of these headers that choose the same count as the same.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.http import is_resource_modified

from server.http import content_coding
from server.http.finishing import CONDITIONS, NOT_IN_304, PRECONDITIONS
from server.rdf.formats import DOCUMENT_FORMATS
from server.rdf.negotiation import choose

ROOTS = ("/doc/", "/id/", "/def", "/shape/", "/graph/", "/static/")
_QUERIES = ("", "_profile=", "page=", "_mediatype=", "v=")
_KEPT = ("200 ", "303 ")
_ELSEWHERE = (*PRECONDITIONS, "HTTP_RANGE", "HTTP_IF_RANGE")

Headers = list[tuple[str, str]]


def _format(accept: str | None) -> str:
    fmt = choose(accept, DOCUMENT_FORMATS)
    return fmt.key if fmt else ""


_CHOICES: dict[str, Callable[[str | None], str]] = {
    "HTTP_ACCEPT": _format,
    "HTTP_ACCEPT_ENCODING": content_coding.chosen,
    "HTTP_ACCEPT_PROFILE": lambda value: value or "",
}


class Answer:
    """A response as it is sent, and the 304 that stands for it."""

    def __init__(self, status: str, headers: Headers, body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body
        values = {name.lower(): value for name, value in headers}
        self.etag, self.modified = values.get("etag", ""), values.get("last-modified")
        self.vary = tuple(
            f"HTTP_{name.strip().upper().replace('-', '_')}"
            for name in values.get("vary", "").split(",")
            if name.strip()
        )
        self.brief = [(n, v) for n, v in headers if n.lower() not in NOT_IN_304]
        self.size = len(body) + sum(len(n) + len(v) for n, v in headers) + 500


class PreparedDocuments:
    """Answers GET and HEAD of documents from bytes that are kept, and asks `app` for the rest.

    At most `limit` bytes are kept; what was not asked for longest goes first.
    """

    def __init__(self, app: WSGIApplication, limit: int) -> None:
        self.app, self.limit, self.size = app, limit, 0
        self.answers: OrderedDict[tuple[str, ...], Answer] = OrderedDict()
        self.vary: dict[str, tuple[str, ...]] = {}
        self.lock = threading.Lock()
        self.day = today()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        target = _target(environ)
        if not target:
            return self.app(environ, start)
        answer = self._find(target, environ)
        if answer is None:
            answer = _ask(self.app, environ)
            self._keep(target, answer, environ)
        return _send(answer, environ, start)

    def kept(self, environ: WSGIEnvironment, start: StartResponse) -> list[bytes] | None:
        """Answer a request from what is kept; return None where the application must be asked."""
        target = _target(environ)
        answer = self._find(target, environ) if target else None
        return _send(answer, environ, start) if answer else None

    def _find(self, target: str, environ: WSGIEnvironment) -> Answer | None:
        if self.day != today():
            self._forget()
        vary = self.vary.get(target)
        if vary is None:
            return None
        key = _key(target, vary, environ)
        if self.size > self.limit // 2:
            self._touch(key)
        return self.answers.get(key)

    def _keep(self, target: str, answer: Answer, environ: WSGIEnvironment) -> None:
        known = all(name in _CHOICES for name in answer.vary)
        if not known or not answer.status.startswith(_KEPT) or answer.size > self.limit // 4:
            return
        key = _key(target, answer.vary, environ)
        with self.lock:
            if self.vary.setdefault(target, answer.vary) != answer.vary or key in self.answers:
                return
            self.answers[key] = answer
            self.size += answer.size
            while self.size > self.limit:
                old, dropped = self.answers.popitem(last=False)
                self.size -= dropped.size
                self.vary.pop(old[0], None)

    def _forget(self) -> None:
        """Drop all that is kept: pages tell how States stand to treaties on the day itself."""
        with self.lock:
            self.answers.clear()
            self.vary.clear()
            self.size, self.day = 0, today()

    def _touch(self, key: tuple[str, ...]) -> None:
        with self.lock:
            if key in self.answers:
                self.answers.move_to_end(key)


def today() -> int:
    """Return the day, by number: what pages say is so on the day."""
    return int(time.time()) // 86400


def _target(environ: WSGIEnvironment) -> str:
    """Return path and query of a request that may be answered here, else ""."""
    path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or not path.startswith(ROOTS):
        return ""
    if query and not query.startswith(_QUERIES[1:]):
        return ""
    if any(name in environ for name in _ELSEWHERE):
        return ""
    return f"{path}?{query}"


def _key(target: str, vary: tuple[str, ...], environ: WSGIEnvironment) -> tuple[str, ...]:
    return (target, *[_CHOICES[name](environ.get(name)) for name in vary])


def _ask(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Have the application answer a plain GET; conditions are evaluated on its whole answer."""
    plain: dict[str, Any] = {k: v for k, v in environ.items() if k not in CONDITIONS}
    plain["REQUEST_METHOD"] = "GET"
    got: list[Any] = []
    chunks = app(plain, lambda status, headers, *_: got.extend((status, headers)))  # type: ignore[arg-type]
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    return Answer(got[0], got[1], body)


def _send(answer: Answer, environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
    if answer.etag and answer.status.startswith("200 ") and _has_it(answer, environ):
        start("304 NOT MODIFIED", answer.brief)
        return []
    start(answer.status, answer.headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]


def _has_it(answer: Answer, environ: WSGIEnvironment) -> bool:
    """Tell whether a client's conditions say that it has this answer (RFC 9110 section 13.2.2)."""
    tags = environ.get("HTTP_IF_NONE_MATCH")
    if tags is None and "HTTP_IF_MODIFIED_SINCE" not in environ:
        return False
    return tags == answer.etag or not is_resource_modified(
        environ, answer.etag.strip('"'), None, answer.modified
    )
