"""What a publisher offers to harvesters, as its VoID and DCAT descriptions say."""

from dataclasses import dataclass, field
from urllib.parse import urljoin
from urllib.robotparser import RobotFileParser

import pyoxigraph as ox

from server.rdf.terms import select
from server.rdf.vocabulary import EXTRA_PREFIXES, PREFIXES
from server.verify.fetching import Fetched, Unreachable, fetch

# Where descriptions are looked for besides the address given: VoID (section 7.2) and custom.
_PLACES = ("", "/.well-known/void", "/catalog", "catalog", "catalog.ttl", "void.ttl", "void")
# The formats of dumps, the best first.
_FORMATS = (ox.RdfFormat.N_QUADS, ox.RdfFormat.TRIG, ox.RdfFormat.TURTLE, ox.RdfFormat.N_TRIPLES,
            ox.RdfFormat.RDF_XML, ox.RdfFormat.JSON_LD)  # fmt: skip

_PREFIXES = PREFIXES | EXTRA_PREFIXES
_DATASETS = """SELECT DISTINCT ?dataset ?triples ?space ?identifier ?endpoint ?is_part {
  ?dataset a ?kind VALUES ?kind { void:Dataset dcat:Dataset }
  OPTIONAL { ?dataset void:triples ?triples } OPTIONAL { ?dataset void:uriSpace ?space }
  OPTIONAL { ?dataset dcterms:identifier ?identifier }
  OPTIONAL { ?dataset void:sparqlEndpoint ?endpoint }
  BIND (EXISTS { ?whole void:subset|dcterms:hasPart|^dcterms:isPartOf ?dataset } AS ?is_part)
} ORDER BY ?is_part ?dataset"""
_DOWNLOADS = """SELECT DISTINCT ?dataset ?url ?media_type ?size ?sha256 {
  { ?dataset dcat:distribution ?file . ?file dcat:downloadURL|dcat:accessURL ?url
    OPTIONAL { ?file dcat:mediaType|dcterms:format ?media_type }
    OPTIONAL { ?file dcat:byteSize ?size }
    OPTIONAL { ?file spdx:checksum ?sum . ?sum spdx:checksumValue ?sha256 ;
      spdx:algorithm ?algorithm FILTER STRENDS(STR(?algorithm), "sha256") } }
  UNION { ?dataset void:dataDump ?url
    MINUS { ?dataset dcat:distribution/(dcat:downloadURL|dcat:accessURL) ?url } }
} ORDER BY ?url"""
_FEED = """SELECT ?feed { ?service dcat:endpointURL ?feed ;
  dcterms:conformsTo <https://www.w3.org/TR/activitystreams-core/> }"""


@dataclass(frozen=True)
class Download:
    """A file that a description offers, with the size and SHA-256 that it states, if any."""

    url: str
    format: ox.RdfFormat | None
    size: int | None = None
    sha256: str = ""


@dataclass
class Offer:
    """All that was found of one dataset; `lacks` says in words what was not."""

    dataset: str
    triples: int | None = None
    space: str = ""
    identifier: str = ""
    endpoint: str = ""
    downloads: list[Download] = field(default_factory=list)
    feed: str = ""
    sitemap: str = ""
    lacks: list[str] = field(default_factory=list)

    @property
    def index(self) -> str:
        """The table of the resources' state hashes, or "" where there is none."""
        return next((d.url for d in self.downloads if d.url.endswith("/resources.csv")), "")

    def dumps(self) -> list[Download]:
        """Return the files that make up the dataset, in the best of the formats offered."""
        for best in _FORMATS:
            if files := [d for d in self.downloads if d.format == best]:
                return [d for d in files if d.url.endswith(".gz")] or files
        return []


def parse(answer: Fetched) -> list[ox.Quad]:
    """Return the statements of an answer, by its media type or suffix; none if it is no RDF."""
    fmt = ox.RdfFormat.from_media_type(answer.media_type) or format_of(answer.url)
    try:
        return parse_as(answer.body, fmt, answer.url) if fmt else []
    except Unreachable:
        return []


def parse_as(data: bytes, fmt: ox.RdfFormat | None, url: str) -> list[ox.Quad]:
    """Return the statements of a file in a known format; raises Unreachable for a faulty one."""
    try:
        return list(ox.parse(data, fmt, base_iri=url, rename_blank_nodes=True))
    except (SyntaxError, ValueError) as error:
        raise Unreachable(f"<{url}> cannot be read: {error}") from None


def format_of(url: str) -> ox.RdfFormat | None:
    """Return the format that the suffix of a URL names, if any."""
    name = url.partition("?")[0].removesuffix(".gz").removesuffix(".zst").rpartition("/")[2]
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    return ox.RdfFormat.from_extension("rdf" if suffix == "owl" else suffix)


def discover(url: str) -> Offer:
    """Return what the publisher at `url` offers; raises Unreachable where it describes nothing."""
    places = list(dict.fromkeys(urljoin(url, place) if place else url for place in _PLACES))
    description = _Description(places)
    offer = description.offer()
    if offer is None:
        raise Unreachable(f"<{url}> offers neither VoID nor DCAT; looked at {', '.join(places)}")
    offer.sitemap = _sitemap(url)
    named = {"void": "VoID", "dcat": "DCAT"}
    offer.lacks = [f"no {n} description" for p, n in named.items() if not description.uses(p)]
    offer.lacks += _lacks(offer)
    return offer


def _sitemap(url: str) -> str:
    """Return the sitemap that robots.txt names, or ""."""
    try:
        robots = fetch(urljoin(url, "/robots.txt"), "text/plain")
    except Unreachable:
        return ""
    parser = RobotFileParser()
    parser.parse(robots.body.decode("utf-8", "replace").splitlines())
    sitemaps = parser.site_maps() if robots.status == 200 else None
    return sitemaps[0] if sitemaps else ""


def _lacks(offer: Offer) -> list[str]:
    dumps = offer.dumps()
    offered = {
        "no dump": bool(dumps),
        "no checksum for its dumps": all(d.sha256 for d in dumps),
        "no count of triples (void:triples)": offer.triples is not None,
        "no space of its IRIs (void:uriSpace)": bool(offer.space),
        "no SPARQL endpoint named": bool(offer.endpoint),
        "no feed of changes (ActivityStreams)": bool(offer.feed),
        "no sitemap in robots.txt": bool(offer.sitemap),
        "no state hash of each resource (resources.csv)": bool(offer.index),
    }
    return [words for words, is_offered in offered.items() if not is_offered]


class _Description:
    """The statements of the descriptions at several places; the first place must answer."""

    def __init__(self, places: list[str]) -> None:
        self.store = ox.Store()
        for number, place in enumerate(places):
            try:
                answer = fetch(place)
            except Unreachable:
                if number == 0:
                    raise
                continue
            if answer.status == 200:
                quads = parse(answer)
                self.store.extend(ox.Quad(q.subject, q.predicate, q.object) for q in quads)

    def uses(self, prefix: str) -> bool:
        """Tell whether a description has a property of a vocabulary."""
        namespace = PREFIXES[prefix]
        return any(q.predicate.value.startswith(namespace) for q in self.store)

    def offer(self) -> Offer | None:
        """Return the offer of the dataset that is part of no other, with most files first."""
        rows = select(self.store, _DATASETS, prefixes=_PREFIXES)
        whole = [row for row in rows if row["is_part"] == "false"] or rows
        offers = [self._offer(row) for row in whole]
        return max(offers, key=lambda o: (len(o.downloads), o.triples or 0), default=None)

    def _offer(self, row: dict[str, str]) -> Offer:
        dataset, triples = row["dataset"], row.get("triples", "")
        files = select(self.store, _DOWNLOADS, prefixes=_PREFIXES)
        feeds = select(self.store, _FEED, prefixes=_PREFIXES)
        return Offer(
            dataset,
            int(triples) if triples.isdigit() else None,
            row.get("space", ""),
            row.get("identifier", ""),
            row.get("endpoint", ""),
            [_download(**file) for file in files if file.pop("dataset") == dataset],
            feeds[0]["feed"] if feeds else "",
        )


def _download(url: str, media_type: str = "", size: str = "", sha256: str = "") -> Download:
    """Return a download; its type may be the IRI of a media type (DCAT 3 section 6.8)."""
    named = ox.RdfFormat.from_media_type("/".join(media_type.rsplit("/", 2)[-2:]))
    fmt = named or format_of(url)
    return Download(url, fmt, int(size) if size.isdigit() else None, sha256.lower())
