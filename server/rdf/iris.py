"""Mapping between the IRIs of things, of documents about them, and paths on this server."""

import re
from urllib.parse import quote, unquote, urlsplit

from server.rdf.formats import split_suffix
from server.rdf.vocabulary import CANONICAL_BASE

THING_ROOTS = ("id", "def", "shape", "graph")
DOCUMENT_ROOT = "doc"

_SAFE = "/:@!$&'()*+,;=~-._"
_RESERVED = re.compile(r"[?#\[\]]")
_URI = re.compile(r"[A-Za-z0-9/:@!$&'()*+,;=~._%?#\[\]-]*")  # what uri_of leaves as it is
_BASE_IRI = re.compile(r"https?://(?:[^\s<>\"{}|\\^`?#%]|%[0-9A-Fa-f]{2})+/")


def check_base(base: str) -> str:
    """Return `base` if it can serve as base IRI, else raise ValueError.

    A base is an absolute http or https IRI that ends in a slash, without query or fragment.
    """
    if not _BASE_IRI.fullmatch(base) or not _has_authority(base):
        raise ValueError(f"{base!r} is not an http(s) IRI that ends in a slash")
    return base


def _has_authority(iri: str) -> bool:
    """Tell whether an IRI names a host, and a port in digits if any (RFC 3986 section 3.2)."""
    try:
        parts = urlsplit(iri)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def rebase(iri: str, base: str) -> str:
    """Return `iri` with the canonical base replaced by `base`; other IRIs stay as they are."""
    return base + iri[len(CANONICAL_BASE) :] if iri.startswith(CANONICAL_BASE) else iri


def canonical(iri: str, base: str) -> str:
    """Return the canonical form of an `iri` published on `base`: the inverse of `rebase`."""
    return CANONICAL_BASE + iri[len(base) :] if iri.startswith(base) else iri


def is_thing_path(path: str) -> bool:
    """Tell whether `path` (no leading slash) is that of a thing rather than of a document."""
    return path.partition("/")[0] in THING_ROOTS


def document_iri(iri: str, base: str, suffix: str = "") -> str:
    """Return the IRI of the document about the thing `iri`, of one format if a suffix is given."""
    return f"{base}{DOCUMENT_ROOT}/{iri.removeprefix(base)}{suffix}"


def uri_of(iri: str) -> str:
    """Return `iri` as the URI that HTTP carries: what is not ASCII as percent-encoded UTF-8.

    The mapping is that of RFC 3987 section 3.1. What must not stand in a header or between angle
    brackets is encoded too; percent signs that are there already are kept.
    """
    return iri if _URI.fullmatch(iri) else quote(iri, safe=_SAFE + "%?#[]")


def path_of(iri: str, base: str) -> str:
    """Return the URL path, with a leading slash, at which `iri` is served, percent-encoded."""
    path = iri.removeprefix(base)
    plain = _URI.fullmatch(path) and not _RESERVED.search(path)
    return "/" + (path if plain else quote(path, safe=_SAFE + "%"))


def candidates(path: str, base: str) -> list[str]:
    """Return the IRIs that a request path, as decoded by the server, may mean, likeliest first.

    An IRI may hold characters beyond ASCII, which travel encoded, or encoded ones of its own.
    """
    if _URI.fullmatch(path) and "%" not in path:
        return [base + path]
    printable = "".join(c if c > "~" else quote(c, safe=_SAFE) for c in path)
    return [base + p for p in dict.fromkeys((path, printable, quote(path, safe=_SAFE)))]


def unservable(iri: str, base: str) -> str:
    """Return why no request for a thing under `base` can reach it, or "" if one can.

    Servers decode a path before they look at it, clients take dot segments and what follows ? or #
    out of it, and a suffix asks for a format.
    """
    path = iri.removeprefix(base)
    if match := re.search("[?#]", path):
        return f"no path has {match[0]}"
    if re.search(r"//|(?:^|/)\.\.?(?:/|$)", unquote(path)):
        return "a path has no empty or dot segments"
    if iri not in candidates(unquote(path), base):
        return "it is percent-encoded where a path is not, or in lower case"
    stem, suffix = split_suffix(path)
    return f"it ends as the address of a format, .{suffix.key}" if suffix and stem else ""
