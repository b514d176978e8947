"""The dataset and its records in schema.org's terms, as search engines read them from pages."""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from flask import render_template

from server.pages.citations import reference
from server.pages.release_graph import Thing, graph_for
from server.rdf.serialization import parse
from server.rdf.terms import subject_of
from server.rdf.vocabulary import CANONICAL_BASE, GRAPHS, LICENSE, PUBLISHER, expand, graph_iri
from server.release.manifest import CATALOG
from server.release.reader import Document, Release

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
    """Return the dataset in schema.org's terms."""
    base, iri = release.base, f"{release.base}id/dataset"
    terms = (cls for cls, _ in release.types() if cls.startswith(f"{base}def/"))
    text = render_template(
        "schema_org_dataset.json",
        base=base,
        iri=iri,
        same_as=f"{CANONICAL_BASE}id/dataset",
        license=LICENSE,
        publisher=PUBLISHER,
        catalogue=catalogue,
        classes=[*release.labels(terms).values()],
        works=release.labels(catalogue.all(iri, "dcterms:references")),
        parts=[graph_iri(name, base) for name in GRAPHS],
        files=files,
    )
    return {name: value for name, value in json.loads(text).items() if value}


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
    properties = {
        "@context": "https://schema.org/",
        "@type": kind or cited["schema"],
        "@id": document.iri,
        "name": cited["title"],
        "description": " ".join(thing.text.split()),
        "url": document.iri,
    } | ({} if kind else work)
    return {name: value for name, value in properties.items() if value}


def _agent(name: str, given: str = "") -> dict[str, str]:
    if not given:
        return {"@type": "Organization", "name": name}
    return {"@type": "Person", "name": f"{given} {name}", "familyName": name, "givenName": given}
