"""The dataset in schema.org's terms, as dataset search engines read it from its page."""

from collections.abc import Iterable, Mapping
from typing import Any

from server.rdf.vocabulary import CANONICAL_BASE, GRAPHS, LICENSE, PUBLISHER, expand, graph_iri
from server.release.reader import Release

_METHOD = "Reading of legal texts and depositary records; each description names its source."


def dataset(
    release: Release,
    catalog: Mapping[str, Mapping[str, list[str]]],
    files: Iterable[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return the dataset with all that Google's Dataset Search asks for and recommends.

    `catalog` holds the values of the catalogue's statements. Nobody funds it, so there is no
    funder; it is about no place on Earth.
    """
    base, whole = release.base, f"{release.base}id/dataset"
    own = catalog[whole]
    parts = [graph_iri(name, base) for name in GRAPHS]
    found = _common(whole, own) | {
        "@context": "https://schema.org/",
        "alternateName": "spacelaw",
        "sameAs": f"{CANONICAL_BASE}id/dataset",
        "inLanguage": "en",
        "keywords": own[expand("dcat:keyword")],
        "measurementTechnique": _METHOD,
        "variableMeasured": _kinds(release),
        "spatialCoverage": {"@type": "Place", "name": "Outer space"},
        "temporalCoverage": _period(catalog, own),
        "citation": _citation(release, own),
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": "Catalogue of space law as linked data",
            "url": f"{base}catalog",
        },
        "hasPart": [_part(part, catalog[part]) for part in parts if part in catalog],
        "distribution": [_download(file) for file in files],
    }
    return {key: value for key, value in found.items() if value}


def _common(iri: str, own: Mapping[str, list[str]]) -> dict[str, Any]:
    publisher = {"@type": "Organization", "name": PUBLISHER}
    dates = {
        name: own[expand(term)][0]
        for name, term in (
            ("datePublished", "dcterms:issued"),
            ("dateModified", "dcterms:modified"),
        )
        if expand(term) in own
    }
    return dates | {
        "@type": "Dataset",
        "@id": iri,
        "name": own[expand("dcterms:title")][0],
        "description": own[expand("dcterms:description")][0],
        "url": iri,
        "identifier": own[expand("dcterms:identifier")][0],
        "version": own[expand("dcat:version")][0],
        "license": LICENSE,
        "isAccessibleForFree": True,
        "creator": publisher,
        "publisher": publisher,
    }


def _part(iri: str, own: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return a named graph; its description has the 50 characters that are asked for."""
    found = _common(iri, own)
    return found | {"description": f"{found['name']}. {found['description']}"}


def _kinds(release: Release) -> list[str]:
    """Return the names of the kinds of things that the dataset describes."""
    kinds = [iri for iri, _ in release.types() if iri.startswith(f"{release.base}def/")]
    return list(release.labels(kinds).values())


def _period(catalog: Mapping[str, Mapping[str, list[str]]], own: Mapping[str, list[str]]) -> str:
    """Return the days that the dataset spans as an ISO 8601 interval, or ""."""
    if expand("dcterms:temporal") not in own:
        return ""
    period = catalog[own[expand("dcterms:temporal")][0]]
    return "/".join(period[expand(f"dcat:{end}Date")][0] for end in ("start", "end"))


def _citation(release: Release, own: Mapping[str, list[str]]) -> dict[str, str]:
    """Return the work that the dataset tells of, or nothing."""
    names = release.labels(own.get(expand("dcterms:references"), []))
    works = [{"@type": "ScholarlyArticle", "@id": i, "name": n} for i, n in names.items()]
    return works[0] if works else {}


def _download(file: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@type": "DataDownload",
        "name": file["title"],
        "contentUrl": file["url"],
        "encodingFormat": file["type"],
        "contentSize": str(file["size"]),
        "sha256": file["sha256"],
    }
