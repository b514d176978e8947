"""Fetching over HTTP with good manners: a name, a time limit, a size limit, patience when asked."""

import gzip
import time
from dataclasses import dataclass
from functools import lru_cache

import httpx2
import zstandard

from server.problems import UserError

RDF = (
    "application/n-quads, application/trig;q=0.9, text/turtle;q=0.8, application/n-triples;q=0.7, "
    "application/rdf+xml;q=0.6, application/ld+json;q=0.5"
)
_USER_AGENT = "spacelaw-verify (https://w3id.org/spacelaw/)"
_TRIES = 3
_MAX_WAIT_SECONDS = 60
_MAX_BYTES = 1024**3


class Unreachable(UserError):
    """What was asked for did not come; says why."""


@dataclass(frozen=True)
class Fetched:
    """The answer to a request, after redirects; `url` is where it came from."""

    url: str
    status: int
    media_type: str
    link: str
    body: bytes


def fetch(url: str, accept: str = RDF) -> Fetched:
    """Return what `url` answers, errors included; raises Unreachable where nothing does.

    A server that answers 429 or 503 is asked again after its Retry-After (RFC 9110 section 10.2.3),
    or after a second; at most a minute.
    """
    for tries_left in reversed(range(_TRIES)):
        try:
            with _client().stream("GET", url, headers={"Accept": accept}) as response:
                body = _read(response)
        except (httpx2.RequestError, httpx2.InvalidURL, ImportError, ValueError) as error:
            # The last two: a proxy is set that cannot be used.
            raise Unreachable(f"<{url}> cannot be reached: {error}") from None
        if not tries_left or response.status_code not in (429, 503):
            break
        after = response.headers.get("Retry-After", "")
        time.sleep(min(int(after) if after.isdigit() else 1, _MAX_WAIT_SECONDS))
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    link = response.headers.get("Link", "")
    return Fetched(str(response.url), response.status_code, media_type, link, body)


def get(url: str, accept: str = RDF) -> Fetched:
    """Return what `url` answers with status 200; raises Unreachable for all else."""
    answer = fetch(url, accept)
    if answer.status != 200:
        raise Unreachable(f"<{url}> answered {answer.status}")
    return answer


@lru_cache(maxsize=1)
def _client() -> httpx2.Client:
    return httpx2.Client(follow_redirects=True, timeout=60, headers={"User-Agent": _USER_AGENT})


def _read(response: httpx2.Response) -> bytes:
    """Return the body as far as it may go."""
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) >= _MAX_BYTES:
            break
    return bytes(body)


def unpack(data: bytes) -> bytes:
    """Return the content of a file that may be packed with gzip or zstd, as its first bytes say."""
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    if data[:4] == b"\x28\xb5\x2f\xfd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(data)
    return data
