"""The address of the site, where it is not the base of the identifiers or has a path."""

import hashlib
import re
from urllib.parse import urlsplit

from server.http.message import Reply
from server.rdf.iris import uri_of

# What carries identifiers and no addresses of the site is left as it is.
_DATA = ("/doc/", "/dumps/", "/static/", "/sparql")
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
