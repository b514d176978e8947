"""What a release says of a resource that was withdrawn, as statements."""

import pyoxigraph as ox

from server.rdf.vocabulary import DCTERMS, RDF_TYPE, RDFS_LABEL, XSD
from server.release.reader import Tombstone

AS = "https://www.w3.org/ns/activitystreams#"


def statements(tombstone: Tombstone) -> list[ox.Quad]:
    """Return a tombstone in terms of ActivityStreams 2.0 (vocabulary, section 3.3)."""
    found: list[tuple[str, ox.NamedNode | ox.Literal]] = [
        (RDF_TYPE, ox.NamedNode(AS + "Tombstone")),
        (RDFS_LABEL, ox.Literal(tombstone.label, language="en")),
        (AS + "deleted", ox.Literal(tombstone.deleted, datatype=ox.NamedNode(XSD + "dateTime"))),
    ]
    if tombstone.type:
        found.append((AS + "formerType", ox.NamedNode(tombstone.type)))
    if tombstone.replaced_by:
        found.append((DCTERMS + "isReplacedBy", ox.NamedNode(tombstone.replaced_by)))
    subject = ox.NamedNode(tombstone.iri)
    return [ox.Quad(subject, ox.NamedNode(p), o) for p, o in found]
