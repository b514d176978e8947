"""The links of a document (RFC 8288), by the levels of FAIR Signposting."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from flask import Blueprint, Response

from server.rdf.formats import DATA_FORMATS, DOCUMENT_FORMATS, HTML, JSONLD, RDFXML, TURTLE, Format
from server.rdf.iris import canonical, document_iri, uri_of
from server.rdf.vocabulary import LICENSE
from server.release.reader import Document, Profile
from server.site import lookup
from server.site.responses import negotiate, respond, services

blueprint = Blueprint("signposting", __name__)

LINKSET_JSON = Format("json", "application/linkset+json", "link set, JSON", "links")
LINKSET = Format("txt", "application/linkset", "link set", "links")


@lru_cache
def native(base: str) -> Profile:
    """Return the dataset's own model as a profile; its IRI is that of the ontology."""
    return Profile(
        "native",
        base + "def",
        "Native model",
        "The dataset's own terms, with the named graph of each statement.",
    )


class Target(NamedTuple):
    """A link: to which URI, by which relation, and of which type and profile if that is known."""

    href: str
    rel: str
    type: str = ""
    profile: str = ""

    def __str__(self) -> str:
        """Return the link as a value of the Link header."""
        return f"<{self.href}>{_attributes(self.rel, self.type, self.profile)}"

    def as_json(self) -> dict[str, object]:
        """Return the link as a member of a link set.

        Extension attributes are arrays there (RFC 9264 section 4.2.4.3).
        """
        members: dict[str, object] = {"href": self.href}
        if self.type:
            members["type"] = self.type
        return members | ({"profile": [self.profile]} if self.profile else {})


@lru_cache(maxsize=256)
def _attributes(rel: str, media_type: str, profile: str) -> str:
    """Return the attributes of a link, which are the same for many."""
    pairs = (("rel", rel), ("type", media_type), ("profile", profile))
    return "".join([f'; {name}="{_quoted(value)}"' for name, value in pairs if value])


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


@dataclass(frozen=True)
class Addresses:
    """The URIs of the document about a thing: in each format, and in each profile.

    `iri` is that of the thing as HTTP carries it (`uri_of`), for all others are made of it.
    """

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

    def of(self, fmt: Format, profile: Profile) -> str:
        """Return the URL of one representation."""
        query = "" if profile.key == "native" else f"?_profile={profile.key}"
        return document_iri(self.iri, self.base, f".{fmt.key}{query}")

    def of_profile(self, profile: Profile) -> list[tuple[Format, str]]:
        """Return the formats that a profile is offered in, with their URLs."""
        offers = DOCUMENT_FORMATS if profile.key == "native" else DATA_FORMATS
        return [(fmt, self.of(fmt, profile)) for fmt in offers]


def addresses_of(document: Document) -> Addresses:
    """Return the URIs of a document of the release that is served."""
    return Addresses(uri_of(document.iri), uri_of(services().release.base))


def _common(addresses: Addresses) -> list[Target]:
    return [
        Target(LICENSE, "license"),
        Target(f"{addresses.base}id/dataset", "collection"),
        Target(addresses.linkset, "linkset", LINKSET_JSON.media_type),
        Target(addresses.linkset, "linkset", LINKSET.media_type),
    ]


def _identity(document: Document, base: str) -> list[Target]:
    """Say how to cite a thing, and what it is."""
    links = [Target(uri_of(canonical(document.iri, base)), "cite-as")]
    if document.type.startswith("http"):
        links.append(Target(uri_of(document.type), "type"))
    return links


def of_thing(document: Document, addresses: Addresses) -> list[Target]:
    """Return the links that go with the redirection from a thing."""
    return [
        Target(addresses.document, "describedby"),
        *_identity(document, addresses.base),
        *_common(addresses),
    ]


def of_document(
    document: Document, addresses: Addresses, fmt: Format, profile: Profile
) -> list[Target]:
    """Return the links of one representation: a page about a thing, or data that describe it."""
    kind = [Target("http://xmlns.com/foaf/0.1/Document", "type")]
    if fmt is HTML:
        model = native(addresses.base)
        kind = _identity(document, addresses.base)
        kind.insert(1, Target("https://schema.org/AboutPage", "type"))
        kind += [
            Target(addresses.of(data, model), "describedby", data.media_type)
            for data in (TURTLE, JSONLD, RDFXML)
        ]
    return [
        Target(addresses.iri, "describes"),
        Target(addresses.document, "canonical"),
        Target(uri_of(profile.iri), "profile"),
        *kind,
        *_common(addresses),
        *(
            Target(url, "alternate", other.media_type, other.profile)
            for other, url in addresses.of_profile(profile)
            if other is not fmt
        ),
    ]


@blueprint.get("/linkset/<path:path>")
def linkset(path: str) -> Response:
    """Answer with all links of a thing and of its representations (RFC 9264)."""
    document, release = lookup.describe(path), services().release
    fmt = negotiate((LINKSET_JSON, LINKSET))
    addresses = addresses_of(document)
    sets = [(addresses.iri, of_thing(document, addresses))]
    sets += [
        (url, of_document(document, addresses, offered, profile))
        for profile in (native(release.base), *release.profiles_of(document.iri))
        for offered, url in addresses.of_profile(profile)
    ]
    if fmt is LINKSET_JSON:
        return respond(_as_json(sets), fmt)
    # Section 4.1: the format of the Link header.
    lines = [f'{t}; anchor="{anchor}"' for anchor, targets in sets for t in targets]
    return respond(",\n".join(lines) + "\n", fmt)


def _as_json(sets: Iterable[tuple[str, Sequence[Target]]]) -> dict[str, object]:
    """Return links, each list with its anchor, as the JSON document of RFC 9264 section 4.2."""
    contexts = []
    for anchor, targets in sets:
        context: dict[str, Any] = {"anchor": anchor}
        for target in targets:
            context.setdefault(target.rel, []).append(target.as_json())
        contexts.append(context)
    return {"linkset": contexts}
