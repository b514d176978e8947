"""How Flask is called: what it is given of a request, and what becomes of its response.

There addresses are changed, where the site is not at the base of the identifiers or has a path.
"""

import hashlib
import io
import re
import sys
from collections.abc import Mapping
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from flask import Flask, Response
from werkzeug.urls import iri_to_uri

from server.http.gateway import PROBLEM
from server.http.message import Reply, Request
from server.rdf.iris import uri_of


class File:
    """What a view answers with to have a file sent (wsgi.file_wrapper of PEP 3333)."""

    def __init__(self, file: BinaryIO, _: int = 0) -> None:
        self.file = file


def call(app: Flask, request: Request, extra: Mapping[str, Any]) -> Reply:
    """Return the reply of an application to a request.

    `extra` goes into its environment: what a page is to show, or the problem to answer with.
    """
    with app.request_context({**_environ(request), **extra}):
        if PROBLEM in extra:
            return _reply(app.make_response(app.handle_user_exception(extra[PROBLEM])))
        try:
            return _reply(app.full_dispatch_request())
        except Exception as error:  # of a handler of errors
            return _reply(app.handle_exception(error))


def _reply(response: Response) -> Reply:
    headers: dict[str, str] = {}
    for given, value in response.headers:
        name = given.lower()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    if "location" in headers:
        headers["location"] = iri_to_uri(headers["location"])
    length = headers.pop("content-length", "0")
    if isinstance(response.response, File):
        file = response.response.file
        return Reply(response.status_code, headers, file=file, length=int(length))
    return Reply(response.status_code, headers, response.get_data())


def _environ(request: Request) -> dict[str, Any]:
    """Return a request as Flask is given it: no more of it than an answer may depend on.

    Of the header fields that is what negotiation looks at, which is the key of the cache too, and
    what describes a body. The names are those of PEP 3333.
    """
    accept, profile, codings = request.head.choice
    fields = {} if request.is_read else request.head.fields
    body = b"" if request.is_read else request.body
    return {
        "REQUEST_METHOD": "GET" if request.is_read else request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path,
        "QUERY_STRING": request.query_string.decode("latin-1"),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": fields.get("content-type", ""),
        "HTTP_CONTENT_ENCODING": fields.get("content-encoding", ""),
        "HTTP_ACCEPT": accept,
        "HTTP_ACCEPT_PROFILE": profile,
        "HTTP_ACCEPT_ENCODING": codings,
        **{
            f"HTTP_{name.upper().replace('-', '_')}": fields[name]
            for name in fields
            if _is_mcp(name)
        },
        "HTTP_ACCEPT_DATETIME": _moment(request),
        "wsgi.input": io.BytesIO(body),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.file_wrapper": File,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def _is_mcp(name: str) -> bool:
    """Tell whether a header field belongs to the Model Context Protocol, or guards its users."""
    return name.startswith("mcp-") or name in ("host", "origin")


def _moment(request: Request) -> str:
    """Return the Accept-Datetime of a request to a time gate or to the query endpoint."""
    at_gate = request.path.startswith(("/timegate/", "/sparql"))
    return request.head.fields.get("accept-datetime", "") if at_gate else ""


# What carries identifiers and no addresses of the site is left as it is.
_DATA = ("/doc/", "/dumps/", "/static/", "/sparql", "/health/")
_ROOT_RELATIVE = re.compile(rb'\b(href|src|action)="/(?!/)')


class SiteAddress:
    """Puts addresses under `site` in place of those under `base`; identifiers keep the base.

    `prefix` is the path of the site without the slash at its end: "" for one at the root.
    """

    def __init__(self, base: str, site: str) -> None:
        self.base, self.site = uri_of(base).rstrip("/"), site.rstrip("/")
        self.prefix = urlsplit(self.site).path
        # Of things, `id/…` and so on, the base is a part of their names.
        beyond = r"/(?!(?:id|def|shape|graph)\b)"
        self.own = re.compile(rf"{re.escape(self.base)}(?={beyond}|[\"'<\s])")

    def adapted(self, path: str, reply: Reply) -> Reply:
        """Return the reply to a request for a path, with redirects and links to this site."""
        headers, body = dict(reply.headers), reply.body
        for name in ("location", "content-location", "link"):
            if name in headers:
                headers[name] = self._address(headers[name], name)
        is_page = headers.get("content-type", "").startswith("text/html")
        if is_page or not path.startswith(_DATA):
            body = self.own.sub(self.site, body.decode("latin-1")).encode("latin-1")
        if is_page and self.prefix:
            body = _ROOT_RELATIVE.sub(rb'\1="%b/' % self.prefix.encode(), body)
        if body != reply.body and "etag" in headers:
            headers["etag"] = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        if reply.file:
            return Reply(reply.status, headers, file=reply.file, length=reply.length)
        return Reply(reply.status, headers, body)

    def _address(self, value: str, name: str) -> str:
        if name == "link":
            return self.own.sub(self.site, value)
        if value.startswith("/"):
            return self.prefix + value
        is_ours = value.startswith(f"{self.base}/")
        return self.site + value.removeprefix(self.base) if is_ours else value
