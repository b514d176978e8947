"""The links of a document (RFC 8288), by the levels of FAIR Signposting."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from server.rdf.formats import DATA_FORMATS, DOCUMENT_FORMATS, HTML, JSONLD, RDFXML, TURTLE, Format
from server.rdf.iris import canonical, document_iri, uri_of
from server.rdf.vocabulary import LICENSE
from server.release.reader import Document, Profile

LINKSET_JSON = Format("json", "application/linkset+json", "link set, JSON", "links")
LINKSET = Format("txt", "application/linkset", "link set", "links")
_FORMATS = {f.key: f for f in DOCUMENT_FORMATS}


class Target(NamedTuple):
    """One link: where to, by which relation, and of which type and profile if that is known."""

    href: str
    rel: str
    type: str = ""
    profile: str = ""

    def attributes(self) -> list[tuple[str, str]]:
        """Return the target attributes that have a value."""
        return [(n, v) for n, v in (("type", self.type), ("profile", self.profile)) if v]

    def __str__(self) -> str:
        """Return the link as a value of the Link header; only ASCII without line ends is left."""
        return f"<{uri_of(self.href)}>{_told(self.rel, self.type, self.profile)}"


@lru_cache(maxsize=256)
def _told(rel: str, media_type: str, profile: str) -> str:
    """Return the attributes of a link, which are the same for many."""
    told = f'; rel="{rel}"'
    if media_type:
        told += f'; type="{_quoted(media_type)}"'
    return f'{told}; profile="{_quoted(profile)}"' if profile else told


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


@dataclass(frozen=True)
class Addresses:
    """The URLs of one document: in each format, and in each profile that it has."""

    iri: str
    base: str

    @property
    def document(self) -> str:
        """The document, whose format is negotiated."""
        return document_iri(self.iri, self.base)

    @property
    def linkset(self) -> str:
        """All links of all representations."""
        return f"{self.base}linkset/{self.iri.removeprefix(self.base)}"

    def of(self, fmt: Format, profile: str = "") -> str:
        """Return the URL of one representation."""
        query = f"?_profile={profile}" if profile else ""
        return document_iri(self.iri, self.base, f".{fmt.key}{query}")

    def all(self, profile: str = "") -> dict[str, str]:
        """Return the URLs of the representations in one profile by the keys of their formats."""
        offers = DATA_FORMATS if profile else DOCUMENT_FORMATS
        return {f.key: self.of(f, profile) for f in offers}


def _common(at: Addresses) -> list[Target]:
    return [
        Target(LICENSE, "license"),
        Target(f"{at.base}id/dataset", "collection"),
        Target(at.linkset, "linkset", LINKSET_JSON.media_type),
        Target(at.linkset, "linkset", LINKSET.media_type),
    ]


def of_thing(found: Document, at: Addresses) -> list[Target]:
    """Return the links that go with the redirection from a thing."""
    return [
        Target(at.document, "describedby"),
        Target(canonical(found.iri, at.base), "cite-as"),
        *_types(found),
        *_common(at),
    ]


def _types(found: Document) -> list[Target]:
    return [Target(found.type, "type")] if found.type.startswith(("http://", "https://")) else []


def of_document(
    found: Document, at: Addresses, fmt: Format, profile: Profile | None, native: str
) -> list[Target]:
    """Return the links of one representation; `native` is the IRI of the dataset's own model."""
    links = [
        Target(found.iri, "describes"),
        Target(at.document, "canonical"),
        Target(profile.iri if profile else native, "profile"),
        *_kind(found, at, fmt),
        *_common(at),
    ]
    key = profile.key if profile else ""
    return links + [
        Target(url, "alternate", _FORMATS[k].media_type, _FORMATS[k].profile)
        for k, url in at.all(key).items()
        if k != fmt.key
    ]


def _kind(found: Document, at: Addresses, fmt: Format) -> list[Target]:
    """Say what a representation is: a page about the thing, or data that describe both."""
    if fmt is not HTML:
        return [Target("http://xmlns.com/foaf/0.1/Document", "type")]
    return [
        Target(canonical(found.iri, at.base), "cite-as"),
        Target("https://schema.org/AboutPage", "type"),
        *_types(found),
        *(Target(at.of(f), "describedby", f.media_type) for f in (TURTLE, JSONLD, RDFXML)),
    ]


def linkset(
    found: Document, at: Addresses, profiles: Sequence[Profile], native: str
) -> list[tuple[str, list[Target]]]:
    """Return the links of the thing and of all its representations, each with its anchor."""
    sets = [(found.iri, of_thing(found, at))]
    sets += [(at.of(f), of_document(found, at, f, None, native)) for f in DOCUMENT_FORMATS]
    sets += [
        (at.of(f, p.key), of_document(found, at, f, p, native))
        for p in profiles
        for f in DATA_FORMATS
    ]
    return sets


def as_json(sets: list[tuple[str, list[Target]]]) -> dict[str, object]:
    """Return a link set as the JSON document of RFC 9264 section 4.2."""
    contexts = []
    for anchor, targets in sets:
        context: dict[str, object] = {"anchor": uri_of(anchor)}
        for target in targets:
            listed = context.setdefault(target.rel, [])
            listed.append({"href": uri_of(target.href), **_members(target)})  # type: ignore[attr-defined]
        contexts.append(context)
    return {"linkset": contexts}


def _members(target: Target) -> dict[str, object]:
    """Extension attributes of a link are arrays in a link set (RFC 9264 section 4.2.4.3)."""
    return {n: v if n == "type" else [v] for n, v in target.attributes()}


def as_text(sets: list[tuple[str, list[Target]]]) -> str:
    """Return a link set in the format of the Link header (RFC 9264 section 4.1)."""
    lines = [
        f'{target}; anchor="{uri_of(anchor)}"' for anchor, targets in sets for target in targets
    ]
    return ",\n".join(lines) + "\n"
