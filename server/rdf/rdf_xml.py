"""RDF/XML, and what it cannot hold: not every graph, as the other formats do."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyoxigraph as ox

from server.problems import Problem
from server.rdf.terms import write
from server.rdf.vocabulary import RDF

# XML 1.0 section 2.2: a document cannot hold these, not even as references.
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# A property is written as an element: its IRI ends in a name without a colon (Namespaces in XML
# 1.0, NCName) ...
_START = (
    "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_ENDS_IN_A_NAME = re.compile(rf"[{_START}][{_START}.0-9\xb7\u0300-\u036f\u203f\u2040-]*\Z")
# ... that is in no namespace of XML's own, and none of those that RDF/XML gives a meaning of their
# own (RDF/XML 1.1 section 5.1; 1.2 has more).
_OWN_NAMESPACES = ("http://www.w3.org/2000/xmlns/", "http://www.w3.org/XML/1998/namespace")
_OWN_NAMES = (
    "Description RDF ID about bagID parseType resource nodeID datatype li aboutEach "
    "aboutEachPrefix annotation annotationNodeID version"
)
_OWN_PROPERTIES = {RDF + name for name in _OWN_NAMES.split()}


def rdf_xml(triples: Iterable[ox.Triple], namespaces: Mapping[str, str]) -> bytes:
    """Return a document of what is `writable`, with its namespace declarations sorted.

    The writer's order is not fixed.
    """
    try:
        document = write(triples, ox.RdfFormat.RDF_XML, namespaces)
    except (ValueError, OSError) as error:
        raise Problem(406, f"RDF/XML cannot express this description: {error}.") from None
    document = document.replace(b"\r", b"&#xD;")  # else parsers make it a line feed
    return re.sub(
        rb"(?<=<rdf:RDF)(?: xmlns:[\w-]+=\"[^\"]*\")+",
        lambda match: b"".join(sorted(re.findall(rb" xmlns:[\w-]+=\"[^\"]*\"", match[0]))),
        document,
        count=1,
    )


def writable(triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Yield triples with blank nodes as XML names them; raises Problem 406 for what it cannot."""
    for triple in triples:
        yield _writable(triple)


def _writable(triple: ox.Triple) -> ox.Triple:
    predicate = triple.predicate.value
    if (
        predicate in _OWN_PROPERTIES
        or predicate.startswith(_OWN_NAMESPACES)
        or not _ENDS_IN_A_NAME.search(predicate)
    ):
        raise Problem(406, f"RDF/XML has no name for the property <{predicate}>; ask for Turtle.")
    return ox.Triple(_term(triple.subject), triple.predicate, _term(triple.object))


def _term(term: Any) -> Any:
    if isinstance(term, ox.BlankNode):
        return ox.BlankNode(f"b{term.value}")  # a name may not begin with a digit
    if isinstance(term, ox.Literal) and NOT_IN_XML.search(term.value):
        raise Problem(406, "RDF/XML cannot hold control characters; ask for Turtle.")
    return _writable(term) if isinstance(term, ox.Triple) else term
