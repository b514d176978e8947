"""The formats in which resources and query results are published: names, media types, suffixes."""

from dataclasses import dataclass


@dataclass(frozen=True, eq=False)  # there is one of each, compared as itself
class Format:
    """A serialization: its key (also the file suffix), media type, name and kind.

    `kind` is "triples" or "quads" for RDF, "page" for HTML, "results" for tables. `aliases` are
    further media types that ask for the same bytes. `profile` is the IRI that tells forms of one
    media type apart (RFC 6906).
    """

    key: str
    media_type: str
    name: str
    kind: str
    aliases: tuple[str, ...] = ()
    profile: str = ""

    @property
    def content_type(self) -> str:
        """The Content-Type header; text formats name their charset (RFC 9110 section 8.3)."""
        if self.profile:
            return f'{self.media_type};profile="{self.profile}"'
        textual = self.media_type.startswith("text/")
        return self.media_type + ("; charset=utf-8" if textual else "")


JSON_LD_NAMESPACE = "http://www.w3.org/ns/json-ld#"

TURTLE = Format("ttl", "text/turtle", "Turtle", "triples", ("application/x-turtle",))
JSONLD = Format("jsonld", "application/ld+json", "JSON-LD", "triples", ("application/json",))
NTRIPLES = Format("nt", "application/n-triples", "N-Triples", "triples", ("text/plain",))
RDFXML = Format("rdf", "application/rdf+xml", "RDF/XML", "triples", ("application/xml", "text/xml"))
TRIG = Format("trig", "application/trig", "TriG", "quads")
NQUADS = Format("nq", "application/n-quads", "N-Quads", "quads")
HTML = Format("html", "text/html", "HTML", "page", ("application/xhtml+xml",))

N3 = Format("n3", "text/n3", "N3", "triples", ("text/rdf+n3",))
# JSON-LD 1.1 appendix C gives each form of a document a profile; JSONLD is the compacted one.
EXPANDED = Format(
    "expanded.jsonld",
    "application/ld+json",
    "JSON-LD, expanded",
    "triples",
    profile=JSON_LD_NAMESPACE + "expanded",
)
FLATTENED = Format(
    "flattened.jsonld",
    "application/ld+json",
    "JSON-LD, flattened",
    "triples",
    profile=JSON_LD_NAMESPACE + "flattened",
)

RDF_FORMATS = (TURTLE, JSONLD, NTRIPLES, RDFXML, TRIG, NQUADS)

JSON_RESULTS = Format(
    "srj", "application/sparql-results+json", "JSON", "results", ("application/json",)
)
XML_RESULTS = Format(
    "srx", "application/sparql-results+xml", "XML", "results", ("application/xml", "text/xml")
)
CSV_RESULTS = Format("csv", "text/csv", "CSV", "results")
TSV_RESULTS = Format("tsv", "text/tab-separated-values", "TSV", "results", ("text/plain",))
BOOLEAN = Format("boolean", "text/boolean", "text", "results", ("text/plain",))  # of ASK alone

RESULT_FORMATS = (JSON_RESULTS, XML_RESULTS, CSV_RESULTS, TSV_RESULTS)

JSON = Format("json", "application/json", "JSON", "table")

# Order is preference among equals: an absent Accept header or */* means Turtle.
_FURTHER = (N3, EXPANDED, FLATTENED, CSV_RESULTS)
DATA_FORMATS = (*RDF_FORMATS, *_FURTHER)
DOCUMENT_FORMATS = (*RDF_FORMATS, HTML, *_FURTHER)

ALL_FORMATS = (*DOCUMENT_FORMATS, *RESULT_FORMATS, BOOLEAN)
BY_KEY = {f.key: f for f in ALL_FORMATS}

# The parameters that name a format, the first that is given counts, and the names that they take
# beside media types: what users of SPARQLWrapper, Virtuoso, Fuseki, RDF4J and Wikidata write.
FORMAT_PARAMETERS = ("_mediatype", "_format", "format", "output", "results")
FORMAT_NAMES = {key: f.content_type if f.profile else f.media_type for key, f in BY_KEY.items()}
FORMAT_NAMES |= {
    "json": "application/json",
    "xml": "application/xml",
    "text": "text/plain",
    **dict.fromkeys(("turtle",), TURTLE.media_type),
    **dict.fromkeys(("json-ld", "ld+json"), JSONLD.media_type),
    **dict.fromkeys(("ntriples", "n-triples"), NTRIPLES.media_type),
    **dict.fromkeys(("nquads", "n-quads"), NQUADS.media_type),
    **dict.fromkeys(("rdf+xml", "rdfxml", "rdf-xml", "owl"), RDFXML.media_type),
    **dict.fromkeys(("sparql-results+json", "sparql-json"), JSON_RESULTS.media_type),
    **dict.fromkeys(("sparql-results+xml", "sparql-xml"), XML_RESULTS.media_type),
}

# Longest first, so that .expanded.jsonld is not taken for .jsonld; OWL tools ask for .owl.
_SUFFIXES = sorted({f.key: f for f in DOCUMENT_FORMATS}.items(), key=lambda s: -len(s[0]))
_SUFFIXES += [("owl", RDFXML), ("json", JSONLD), ("xml", RDFXML)]


def split_suffix(path: str) -> tuple[str, Format | None]:
    """Split a document path into the path proper and the format that its suffix names, if any."""
    for suffix, fmt in _SUFFIXES:
        if path.endswith("." + suffix):
            return path[: -len(suffix) - 1], fmt
    return path, None
