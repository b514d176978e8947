"""What a publisher offers to harvesters, as its VoID and DCAT descriptions say."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urljoin

import pyoxigraph as ox

from server.rdf.terms import subject_of
from server.rdf.vocabulary import RDF_TYPE, expand
from server.verify.fetching import Fetched, Unreachable, fetch

# Where descriptions are looked for besides the address given: VoID (section 7.2) and custom.
_PLACES = ("", "/.well-known/void", "/catalog", "catalog", "catalog.ttl", "void.ttl", "void")
_DATASETS = {expand("void:Dataset"), expand("dcat:Dataset")}
_SUFFIXES = {"nq": "nq", "trig": "trig", "ttl": "ttl", "nt": "nt", "rdf": "rdf", "owl": "rdf",
             "xml": "rdf", "jsonld": "jsonld"}  # fmt: skip
_BY_TYPE = {"application/n-quads": "nq", "application/trig": "trig", "text/turtle": "ttl",
            "application/n-triples": "nt", "application/rdf+xml": "rdf",
            "application/ld+json": "jsonld", "text/csv": "csv"}  # fmt: skip
_PARSERS = {"nq": ox.RdfFormat.N_QUADS, "trig": ox.RdfFormat.TRIG, "ttl": ox.RdfFormat.TURTLE,
            "nt": ox.RdfFormat.N_TRIPLES, "rdf": ox.RdfFormat.RDF_XML,
            "jsonld": ox.RdfFormat.JSON_LD}  # fmt: skip
FORMATS = tuple(_PARSERS)


@dataclass(frozen=True)
class Download:
    """A file that a description offers, with the size and SHA-256 that it states, if any."""

    url: str
    format: str
    size: int | None = None
    sha256: str = ""


@dataclass
class Offer:
    """All that was found of one dataset; `lacks` says in words what was not."""

    dataset: str
    downloads: list[Download] = field(default_factory=list)
    triples: int | None = None
    space: str = ""
    identifier: str = ""
    endpoint: str = ""
    feed: str = ""
    sitemap: str = ""
    lacks: list[str] = field(default_factory=list)

    @property
    def index(self) -> str:
        """The table of the resources' state hashes, or "" where there is none."""
        return next((d.url for d in self.downloads if d.url.endswith("/resources.csv")), "")

    def dumps(self) -> list[Download]:
        """Return the files that make up the dataset, in the best of the formats offered."""
        for key in FORMATS:
            own = [d for d in self.downloads if d.format == key]
            packed = [d for d in own if d.url.endswith(".gz")]
            if own:
                return packed or own
        return []


def parse(found: Fetched) -> list[ox.Quad]:
    """Return the statements of an answer, by its media type or suffix; none if it is no RDF."""
    key = _BY_TYPE.get(found.media_type) or format_of(found.url)
    if key not in _PARSERS:
        return []
    try:
        return list(ox.parse(found.body, _PARSERS[key], base_iri=found.url))
    except (SyntaxError, ValueError):
        return []


def parse_as(data: bytes, key: str, url: str) -> list[ox.Quad]:
    """Return the statements of a dump in a known format; raises Unreachable for a faulty one."""
    try:
        return list(ox.parse(data, _PARSERS[key], base_iri=url))
    except (SyntaxError, ValueError) as error:
        raise Unreachable(f"<{url}> cannot be read: {error}") from None


def format_of(url: str) -> str:
    """Return the format that the suffix of a URL names, or ""."""
    stem = url.partition("?")[0].removesuffix(".gz").removesuffix(".zst")
    name = stem.rpartition("/")[2]
    return _SUFFIXES.get(name.rpartition(".")[2].lower(), "") if "." in name else ""


def discover(url: str) -> Offer:
    """Return what the publisher at `url` offers; raises Unreachable where it describes nothing."""
    quads, places = _descriptions(url)
    about = _Description(quads)
    offer = about.offer()
    if offer is None:
        raise Unreachable(f"<{url}> offers neither VoID nor DCAT; looked at {', '.join(places)}")
    for name, term in (("VoID", "void:"), ("DCAT", "dcat:")):
        if not any(q.predicate.value.startswith(expand(term + "x")[:-1]) for q in quads):
            offer.lacks.append(f"no {name} description")
    offer.sitemap = _sitemap(url)
    _note_lacks(offer)
    return offer


def _descriptions(url: str) -> tuple[list[ox.Quad], list[str]]:
    quads: dict[ox.Quad, None] = {}
    places = list(dict.fromkeys(urljoin(url, place) if place else url for place in _PLACES))
    reached = False
    for number, place in enumerate(places):
        try:
            found = fetch(place)
        except Unreachable:
            if number == 0:
                raise
            continue
        reached = True
        if found.status == 200:
            quads.update(dict.fromkeys(_named_apart(parse(found), number)))
    return (list(quads) if reached else []), places


def _named_apart(quads: Iterable[ox.Quad], number: int) -> list[ox.Quad]:
    """Return quads with blank nodes that other documents cannot have."""

    def own(term: object) -> object:
        return ox.BlankNode(f"d{number}{term.value}") if isinstance(term, ox.BlankNode) else term

    return [ox.Quad(own(q.subject), q.predicate, own(q.object)) for q in quads]  # type: ignore[arg-type]


def _sitemap(url: str) -> str:
    try:
        robots = fetch(urljoin(url, "/robots.txt"), "text/plain")
    except Unreachable:
        return ""
    for line in robots.body.decode("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() == "sitemap" and robots.status == 200:
            return value.strip()
    return ""


def _note_lacks(offer: Offer) -> None:
    dumps = offer.dumps()
    wanted = {
        "no dump": not dumps,
        "no checksum for its dumps": bool(dumps) and not all(d.sha256 for d in dumps),
        "no count of triples (void:triples)": offer.triples is None,
        "no space of its IRIs (void:uriSpace)": not offer.space,
        "no SPARQL endpoint named": not offer.endpoint,
        "no feed of changes (ActivityStreams)": not offer.feed,
        "no sitemap in robots.txt": not offer.sitemap,
        "no state hash of each resource (resources.csv)": not offer.index,
    }
    offer.lacks += [words for words, missing in wanted.items() if missing]


class _Description:
    """The statements of descriptions by subject and property."""

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        self.values: dict[tuple[str, str], list[str]] = {}
        self.subjects: dict[str, None] = {}
        for q in quads:
            subject = subject_of(q).value
            self.subjects[subject] = None
            known = self.values.setdefault((subject, q.predicate.value), [])
            known.append(q.object.value)  # type: ignore[union-attr]

    def all(self, subject: str, *names: str) -> list[str]:
        return [v for n in names for v in self.values.get((subject, expand(n)), [])]

    def one(self, subject: str, *names: str) -> str:
        return next(iter(self.all(subject, *names)), "")

    def offer(self) -> Offer | None:
        """Return the offer of the dataset that is part of no other, with most files first."""
        kinds = [s for s in self.subjects if _DATASETS & set(self.values.get((s, RDF_TYPE), []))]
        parts = {v for s in kinds for v in self.all(s, "void:subset", "dcterms:hasPart")}
        parts |= {s for s in kinds if self.one(s, "dcterms:isPartOf")}
        whole = [s for s in kinds if s not in parts] or kinds
        offers = [self._of(s) for s in whole]
        return max(offers, key=lambda o: (len(o.downloads), o.triples or 0), default=None)

    def _of(self, dataset: str) -> Offer:
        triples = self.one(dataset, "void:triples")
        downloads = [self._download(d) for d in self.all(dataset, "dcat:distribution")]
        known = {d.url for d in downloads}
        plain = [u for u in self.all(dataset, "void:dataDump") if u not in known]
        return Offer(
            dataset,
            [d for d in downloads if d.url] + [Download(u, format_of(u)) for u in plain],
            int(triples) if triples.isdigit() else None,
            self.one(dataset, "void:uriSpace"),
            self.one(dataset, "dcterms:identifier"),
            self.one(dataset, "void:sparqlEndpoint"),
            self._service("https://www.w3.org/TR/activitystreams-core/"),
        )

    def _download(self, node: str) -> Download:
        url = self.one(node, "dcat:downloadURL", "dcat:accessURL")
        named = self.one(node, "dcat:mediaType", "dcterms:format")
        media_type = "/".join(named.rsplit("/", 2)[-2:])
        size = self.one(node, "dcat:byteSize")
        checksum = self.one(node, "spdx:checksum")
        right = self.one(checksum, "spdx:algorithm").endswith("sha256")
        digest = self.one(checksum, "spdx:checksumValue") if right else ""
        key = _BY_TYPE.get(media_type) or format_of(url)
        return Download(url, key, int(size) if size.isdigit() else None, digest.lower())

    def _service(self, standard: str) -> str:
        for (subject, name), values in self.values.items():
            if name == expand("dcterms:conformsTo") and standard in values:
                return self.one(subject, "dcat:endpointURL")
        return ""
