"""Mapping between the IRIs of things, of documents about them, and paths on this server."""

import re
from urllib.parse import quote, unquote

from server.vocab import CANONICAL_BASE

THING_ROOTS = ("id", "def", "shape", "graph")
DOCUMENT_ROOT = "doc"

_BASE_IRI = re.compile(r"https?://[^\s<>\"{}|\\^`?#]+/")


def check_base(base: str) -> str:
    """Return `base` if it can serve as base IRI, else raise ValueError.

    A base is an absolute http or https IRI that ends in a slash, without query or fragment.
    """
    if not _BASE_IRI.fullmatch(base):
        raise ValueError(f"{base!r} is not an http(s) IRI that ends in a slash")
    return base


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


def path_of(iri: str, base: str) -> str:
    """Return the URL path, with a leading slash, at which `iri` is served, percent-encoded."""
    return "/" + quote(unquote(iri.removeprefix(base)), safe="/:@!$&'()*+,;=~-._")
