"""The dataset and its records in schema.org's terms, as search engines read them from pages."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from server.pages.citations import reference
from server.pages.release_graph import Thing, graph_for
from server.rdf.serialization import parse
from server.rdf.terms import subject_of
from server.rdf.vocabulary import CANONICAL_BASE, GRAPHS, LICENSE, PUBLISHER, expand, graph_iri
from server.release.manifest import CATALOG
from server.release.reader import Document, Release

_METHOD = "Reading of legal texts and depositary records; each description names its source."
# What describes the whole and each of its graphs alike: schema.org's name, and the catalogue's.
_COMMON = {
    "name": "dcterms:title",
    "description": "dcterms:description",
    "identifier": "dcterms:identifier",
    "version": "dcat:version",
    "datePublished": "dcterms:issued",
    "dateModified": "dcterms:modified",
}


# What records are about that are no works.
_THINGS = {
    "sl:State": "Country",
    "sl:Person": "Person",
    "sl:Actor": "Organization",
    "skos:Concept": "DefinedTerm",
    "skos:ConceptScheme": "DefinedTermSet",
    "owl:Class": "DefinedTerm",
    "sl:Event": "Event",
}


class Catalogue:
    """The statements of a release's catalogue, by subject and property."""

    def __init__(self, release: Release) -> None:
        self.values: dict[tuple[str, str], list[str]] = defaultdict(list)
        for q in parse((release.folder / CATALOG).read_bytes()):
            value = str(getattr(q.object, "value", ""))
            self.values[subject_of(q).value, q.predicate.value].append(value)

    def all(self, subject: str, name: str) -> list[str]:
        """Return the values of a property, named as `dcterms:title`."""
        return self.values.get((subject, expand(name)), [])

    def one(self, subject: str, name: str) -> str:
        """Return the first value of a property, or ""."""
        return next(iter(self.all(subject, name)), "")

    def files(self) -> list[dict[str, Any]]:
        """Return the files to download, the whole dataset first."""
        url = expand("dcat:downloadURL")
        files = [
            {
                "title": self.one(subject, "dcterms:title"),
                "url": values[0],
                "size": int(self.one(subject, "dcat:byteSize")),
                "type": self.one(subject, "dcat:mediaType").partition("media-types/")[2],
                "sha256": self.one(self.one(subject, "spdx:checksum"), "spdx:checksumValue"),
            }
            for (subject, name), values in self.values.items()
            if name == url
        ]
        return sorted(files, key=lambda f: ("/spacelaw." not in f["url"], f["url"]))


def dataset(
    release: Release, catalogue: Catalogue, files: Iterable[dict[str, Any]]
) -> dict[str, Any]:
    """Return the dataset with all that Google's Dataset Search asks for and recommends.

    Nobody funds it, so there is no funder; it is about no place on Earth.
    """
    base, iri = release.base, f"{release.base}id/dataset"
    parts = [graph_iri(name, base) for name in GRAPHS]
    terms = [cls for cls, _ in release.types() if cls.startswith(f"{base}def/")]
    period = catalogue.one(iri, "dcterms:temporal")
    days = [catalogue.one(period, f"dcat:{end}Date") for end in ("start", "end")]
    titles = release.labels(catalogue.all(iri, "dcterms:references"))
    works = [{"@type": "ScholarlyArticle", "@id": i, "name": name} for i, name in titles.items()]
    described = _common(catalogue, iri) | {
        "@context": "https://schema.org/",
        "alternateName": "spacelaw",
        "sameAs": f"{CANONICAL_BASE}id/dataset",
        "inLanguage": "en",
        "keywords": catalogue.all(iri, "dcat:keyword"),
        "measurementTechnique": _METHOD,
        "variableMeasured": list(release.labels(terms).values()),
        "spatialCoverage": {"@type": "Place", "name": "Outer space"},
        "temporalCoverage": "/".join(days) if period else "",
        "citation": next(iter(works), {}),
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": "Catalogue of space law as linked data",
            "url": f"{base}catalog",
        },
        "hasPart": [_graph(catalogue, p) for p in parts if catalogue.one(p, "dcterms:title")],
        "distribution": [_download(file) for file in files],
    }
    return {name: value for name, value in described.items() if value}


def record(release: Release, document: Document) -> dict[str, Any]:
    """Return a record in schema.org's terms."""
    cited, thing = reference(release, document), Thing(graph_for(release), document)
    classes = thing.graph.ancestry(thing.type)
    kinds = (kind for name, kind in _THINGS.items() if thing.graph.term(name) in classes)
    kind = next(kinds, "") if cited["kind"] == "entry" else ""
    part_of = cited["container"] if cited["title"] == cited["whole"] else cited["whole"]
    work = {
        "author": [_agent(*author) for author in cited["authors"]],
        "datePublished": cited["date"],
        "headline": cited["title"],
        "pagination": cited["conference"] and cited["pages"],
        "publisher": cited["publisher"] and _agent(cited["publisher"]),
        "license": LICENSE if cited["kind"] == "entry" else "",
        "isPartOf": part_of and {"@type": "CreativeWork", "name": part_of},
    }
    if cited["schema"] == "Legislation":
        work |= {"legislationDate": cited["date"], "legislationIdentifier": cited["number"]}
    found = {
        "@context": "https://schema.org/",
        "@type": kind or cited["schema"],
        "@id": document.iri,
        "name": cited["title"],
        "description": " ".join(thing.text.split()),
        "url": document.iri,
    } | ({} if kind else work)
    return {name: value for name, value in found.items() if value}


def _agent(name: str, given: str = "") -> dict[str, str]:
    if not given:
        return {"@type": "Organization", "name": name}
    return {"@type": "Person", "name": f"{given} {name}", "familyName": name, "givenName": given}


def _common(catalogue: Catalogue, iri: str) -> dict[str, Any]:
    publisher = {"@type": "Organization", "name": PUBLISHER}
    stated = {name: catalogue.one(iri, term) for name, term in _COMMON.items()}
    return {name: value for name, value in stated.items() if value} | {
        "@type": "Dataset",
        "@id": iri,
        "url": iri,
        "license": LICENSE,
        "isAccessibleForFree": True,
        "creator": publisher,
        "publisher": publisher,
    }


def _graph(catalogue: Catalogue, iri: str) -> dict[str, Any]:
    """Return a named graph; its description has the 50 characters that are asked for."""
    common = _common(catalogue, iri)
    return common | {"description": f"{common['name']}. {common['description']}"}


def _download(file: dict[str, Any]) -> dict[str, Any]:
    return {
        "@type": "DataDownload",
        "name": file["title"],
        "contentUrl": file["url"],
        "encodingFormat": file["type"],
        "contentSize": str(file["size"]),
        "sha256": file["sha256"],
    }
