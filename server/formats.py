"""The formats in which resources and query results are published: names, media types, suffixes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """A serialization: its key (also the file suffix), media type, name and kind.

    `kind` is "triples" or "quads" for RDF, "page" for HTML, "results" for SPARQL results.
    `aliases` are further media types that ask for the same bytes.
    """

    key: str
    media_type: str
    name: str
    kind: str
    aliases: tuple[str, ...] = ()

    @property
    def content_type(self) -> str:
        """The Content-Type header; text formats name their charset (RFC 9110 section 8.3)."""
        textual = self.media_type.startswith("text/")
        return self.media_type + ("; charset=utf-8" if textual else "")


TURTLE = Format("ttl", "text/turtle", "Turtle", "triples", ("application/x-turtle",))
NTRIPLES = Format("nt", "application/n-triples", "N-Triples", "triples", ("text/plain",))
JSONLD = Format("jsonld", "application/ld+json", "JSON-LD", "triples", ("application/json",))
RDFXML = Format("rdf", "application/rdf+xml", "RDF/XML", "triples", ("application/xml", "text/xml"))
TRIG = Format("trig", "application/trig", "TriG", "quads")
NQUADS = Format("nq", "application/n-quads", "N-Quads", "quads")
HTML = Format("html", "text/html", "HTML", "page", ("application/xhtml+xml",))

RDF_FORMATS = (TURTLE, NTRIPLES, JSONLD, RDFXML, TRIG, NQUADS)
# Order is preference among equals: an absent Accept header or */* means Turtle.
DOCUMENT_FORMATS = (*RDF_FORMATS, HTML)

JSON_RESULTS = Format(
    "srj", "application/sparql-results+json", "JSON", "results", ("application/json",)
)
XML_RESULTS = Format(
    "srx", "application/sparql-results+xml", "XML", "results", ("application/xml", "text/xml")
)
CSV_RESULTS = Format("csv", "text/csv", "CSV", "results")
TSV_RESULTS = Format("tsv", "text/tab-separated-values", "TSV", "results")

RESULT_FORMATS = (JSON_RESULTS, XML_RESULTS, CSV_RESULTS, TSV_RESULTS)

BY_KEY = {f.key: f for f in (*DOCUMENT_FORMATS, *RESULT_FORMATS)}


def split_suffix(path: str) -> tuple[str, Format | None]:
    """Split a document path into the path proper and the format that its suffix names, if any."""
    stem, dot, suffix = path.rpartition(".")
    for fmt in DOCUMENT_FORMATS:
        if dot and suffix == fmt.key:
            return stem, fmt
    return path, None
