"""The catalogue (DCAT 3, DCAT-AP 3): the dataset, its graphs, their files and the services."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyoxigraph as ox

from server.compile.dumps import FOLDER, File
from server.compile.statements import About, node, typed
from server.compile.void import LICENSE, PUBLISHER
from server.rdf.terms import graph_of, subject_of
from server.rdf.vocabulary import CANONICAL_BASE, DCTERMS, GRAPHS, XSD, graph_iri

_TITLE = "The law of outer space as linked data"
_ENGLISH = "http://publications.europa.eu/resource/authority/language/ENG"
_PUBLIC = "http://publications.europa.eu/resource/authority/access-right/PUBLIC"
_PAPER = "id/source/liao-2013"
_JUSTICE = "http://publications.europa.eu/resource/authority/data-theme/JUST"
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
_SHA256 = "spdx:checksumAlgorithm_sha256"
_PACKED = {"gz": "application/gzip", "zst": "application/zstd"}
_KEYWORDS = ("space law", "outer space", "treaties", "United Nations", "international cooperation")
_SERVICES = {
    "sparql": ("SPARQL endpoint", "https://www.w3.org/TR/sparql11-protocol/"),
    "changes": ("Changes, as a collection", "https://www.w3.org/TR/activitystreams-core/"),
    "changes.atom": ("Changes, as Atom", "https://www.rfc-editor.org/info/rfc4287"),
    "ldes": ("Changes, as an event stream", "https://w3id.org/ldes/specification"),
    ".well-known/resourcesync": (
        "Resources and changes, for ResourceSync",
        "http://www.openarchives.org/rs/1.1/resourcesync",
    ),
    "reconcile": (
        "Reconciliation of names",
        "https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/",
    ),
}


@dataclass(frozen=True)
class Published:
    """What the catalogue tells of a release; `version` and `issued` may be empty.

    `first` is when the first release on record was issued, "" before there is one.
    """

    base: str
    release: str
    version: str
    issued: str
    first: str = ""


@dataclass
class _Known:
    """What the dataset itself says that its catalogue repeats."""

    texts: dict[str, str] = field(default_factory=dict)
    days: tuple[str, str] | None = None
    paper: bool = False


def describe(
    published: Published, files: Iterable[File], quads: Iterable[ox.Quad]
) -> list[ox.Quad]:
    """Return the catalogue of a release, which holds `quads`."""
    base, about, files = published.base, About(), list(files)
    known = _read(quads, base)
    _catalog(about, published)
    for name in ("", *GRAPHS):
        own = [f for f in files if f.graph == name]
        if own:
            _dataset(about, published, name, known)
            _distributions(about, published, name, own)
    _services(about, base)
    return about.quads


def _read(quads: Iterable[ox.Quad], base: str) -> _Known:
    """Read the descriptions of datasets, the days that the official layer spans, and the paper."""
    known, days = _Known(), set[str]()
    for q in quads:
        graph, subject = graph_of(q), subject_of(q).value
        if not isinstance(q.object, ox.Literal):
            known.paper |= subject == base + _PAPER
        elif graph == graph_iri("catalog", base) and q.predicate.value == DCTERMS + "description":
            known.texts[subject] = q.object.value
        elif graph == graph_iri("official", base) and q.object.datatype.value == XSD + "date":
            days.add(q.object.value)
    known.days = (min(days), max(days)) if days else None
    return known


def _catalog(about: About, published: Published) -> None:
    base = published.base
    about.say(f"{base}catalog#publisher", "foaf:Agent", foaf_name=PUBLISHER)
    about.say(LICENSE, "dcterms:LicenseDocument")
    about.say(_ENGLISH, "dcterms:LinguisticSystem")
    about.say(_PUBLIC, "dcterms:RightsStatement")
    about.say(base, "foaf:Document")
    about.say(_JUSTICE, "skos:Concept", skos_prefLabel="Justice, legal system and public safety")
    about.say(node(_SHA256).value, "spdx:ChecksumAlgorithm")
    about.say(
        f"{base}catalog",
        "dcat:Catalog",
        dcterms_title="Catalogue of space law as linked data",
        dcterms_description="The dataset, its named graphs, files to download, and services.",
        dcat_dataset=node(f"{base}id/dataset"),
        foaf_homepage=node(base),
        **_common(base),
    )


def _common(base: str) -> dict[str, ox.NamedNode]:
    return {
        "dcterms_publisher": node(f"{base}catalog#publisher"),
        "dcterms_license": node(LICENSE),
        "dcterms_language": node(_ENGLISH),
    }


def _dataset(about: About, published: Published, name: str, known: _Known) -> None:
    base = published.base
    dataset = graph_iri(name, base) if name else f"{base}id/dataset"
    about.say(f"{base}catalog", dcat_dataset=node(dataset))
    title = f"{_TITLE}: graph/{name}" if name else _TITLE
    about.say(
        dataset,
        "dcat:Dataset",
        dcterms_title=title,
        dcterms_description=known.texts.get(dataset, title),
        dcterms_identifier=ox.Literal(CANONICAL_BASE + dataset.removeprefix(base)),
        dcterms_creator=node(f"{base}catalog#publisher"),
        dcterms_accessRights=node(_PUBLIC),
        dcat_landingPage=node(base),
        dcat_theme=node(_JUSTICE),
        dcat_keyword=list(_KEYWORDS),
        **_common(base),
    )
    for term, text in (("issued", published.first), ("modified", published.issued)):
        if text:
            about.add(dataset, DCTERMS + term, typed(text, "dateTime"))
    if published.version:
        about.say(dataset, dcat_version=ox.Literal(published.version))
    if name:
        about.say(dataset, dcterms_isPartOf=node(f"{base}id/dataset"))
    else:
        _contents(about, dataset, base, known)


def _contents(about: About, dataset: str, base: str, known: _Known) -> None:
    """Say of the whole what time it covers and what work it tells of."""
    if known.paper:
        about.say(dataset, dcterms_references=node(base + _PAPER))
    if known.days:
        period = f"{base}catalog#period"
        about.say(dataset, dcterms_temporal=node(period))
        about.say(period, "dcterms:PeriodOfTime", dcat_startDate=typed(known.days[0], "date"),
                  dcat_endDate=typed(known.days[1], "date"))  # fmt: skip


def _distributions(about: About, published: Published, name: str, files: list[File]) -> None:
    base = published.base
    dataset = graph_iri(name, base) if name else f"{base}id/dataset"
    for file in files:
        url = f"{base}{FOLDER}/{published.release}/{file.name}"
        iri = f"{base}catalog#{file.name}"
        about.say(dataset, dcat_distribution=node(iri))
        about.say(
            iri,
            "dcat:Distribution",
            dcterms_title=file.title,
            dcterms_license=node(LICENSE),
            dcat_accessURL=node(url),
            dcat_downloadURL=node(url),
            dcat_mediaType=_media_type(about, file.media_type),
            dcat_byteSize=file.size,
            spdx_checksum=node(f"{iri}.sha256"),
        )
        if file.coding:
            about.say(iri, dcat_compressFormat=_media_type(about, _PACKED[file.coding]))
            about.say(dataset, void_dataDump=node(url))
        about.say(
            f"{iri}.sha256",
            "spdx:Checksum",
            spdx_algorithm=node(_SHA256),
            spdx_checksumValue=typed(file.sha256, "hexBinary"),
        )


def _media_type(about: About, name: str) -> ox.NamedNode:
    about.say(_MEDIA_TYPES + name, "dcterms:MediaType")
    return node(_MEDIA_TYPES + name)


def _services(about: About, base: str) -> None:
    for path, (title, standard) in _SERVICES.items():
        service = f"{base}catalog#{path.rpartition('/')[2]}"
        about.say(standard, "dcterms:Standard")
        about.say(f"{base}catalog", dcat_service=node(service))
        about.say(
            service,
            "dcat:DataService",
            dcterms_title=title,
            dcterms_conformsTo=node(standard),
            dcat_endpointURL=node(base + path),
            dcat_servesDataset=node(f"{base}id/dataset"),
            **_common(base),
        )
    about.say(f"{base}catalog#sparql", dcat_endpointDescription=node(f"{base}sparql"))
