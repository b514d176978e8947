"""Fetching over HTTP with good manners: a name, a time limit, a size limit, patience when asked."""

import gzip
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message

import zstandard

MOST = 1024**3
RDF = (
    "application/n-quads, application/trig;q=0.9, text/turtle;q=0.8, application/n-triples;q=0.7, "
    "application/rdf+xml;q=0.6, application/ld+json;q=0.5"
)
_AGENT = "spacelaw-verify (https://w3id.org/spacelaw/)"
_LONGEST_WAIT = 60


class Unreachable(Exception):
    """What was asked for did not come; says why."""


@dataclass(frozen=True)
class Fetched:
    """The answer to a request, after redirects; `url` is where it came from."""

    url: str
    status: int
    media_type: str
    headers: "Message[str, str]"
    body: bytes

    @property
    def link(self) -> str:
        """The links in its header (RFC 8288)."""
        return ", ".join(self.headers.get_all("Link", []))


Fetch = Callable[[str, str], Fetched]


def fetch(url: str, accept: str = RDF, tries: int = 3) -> Fetched:
    """Return what `url` answers, errors included; raises Unreachable where nothing does.

    A server that answers 429 or 503 is asked again after its Retry-After (RFC 9110 section 10.2.3),
    or after a second; at most a minute.
    """
    for attempt in range(tries):
        found = _ask(url, accept)
        if found.status not in (429, 503) or attempt == tries - 1:
            break
        after = found.headers.get("Retry-After", "")
        time.sleep(min(int(after) if after.isdigit() else 1, _LONGEST_WAIT))
    return found


def get(url: str, accept: str = RDF) -> Fetched:
    """Return what `url` answers with status 200; raises Unreachable for all else."""
    found = fetch(url, accept)
    if found.status != 200:
        raise Unreachable(f"<{url}> answered {found.status}")
    return found


def _ask(url: str, accept: str) -> Fetched:
    if not url.startswith(("http://", "https://")):
        raise Unreachable(f"<{url}> is not an http(s) URL")
    headers = {"Accept": accept, "User-Agent": _AGENT, "Accept-Encoding": "gzip"}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the scheme was checked
    try:
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
            return _fetched(response.url, response.status, response.headers, response.read(MOST))
    except urllib.error.HTTPError as error:
        with error:
            return _fetched(url, error.code, error.headers, error.read(MOST))
    except (OSError, ValueError) as error:
        raise Unreachable(f"<{url}> cannot be reached: {error}") from None


def _fetched(url: str, status: int, headers: "Message[str, str]", body: bytes) -> Fetched:
    if headers.get("Content-Encoding", "").lower() == "gzip":
        body = gzip.decompress(body)
    return Fetched(url, status, headers.get_content_type(), headers, body)


def unpack(data: bytes) -> bytes:
    """Return the content of a file that may be packed with gzip or zstd, as its first bytes say."""
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    if data[:4] == b"\x28\xb5\x2f\xfd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(data)
    return data
