"""Small statements about the dataset, as the descriptions of it are built up from them."""

from dataclasses import dataclass, field

import pyoxigraph as ox

from server.rdf.vocabulary import PREFIXES, RDF_TYPE, XSD

Value = str | int | ox.NamedNode | ox.Literal


def expand(name: str) -> str:
    """Return the IRI of a prefixed name, such as void:Dataset, or the IRI that was given."""
    prefix, _, local = name.partition(":")
    namespace = _FURTHER.get(prefix) or PREFIXES.get(prefix)
    return name if namespace is None or local.startswith("//") else namespace + local


_FURTHER = {
    "spdx": "http://spdx.org/rdf/terms#",
    "adms": "http://www.w3.org/ns/adms#",
    "format": "http://www.w3.org/ns/formats/",
    "ldes": "https://w3id.org/ldes#",
    "tree": "https://w3id.org/tree#",
    "dcatap": "http://data.europa.eu/r5r/",
}


@dataclass
class About:
    """A description that grows; its statements stand in the default graph."""

    quads: list[ox.Quad] = field(default_factory=list)

    def say(self, subject: str, kind: str = "", /, **values: Value | list[Value]) -> None:
        """Add statements; the keyword `dcterms_title` is the property dcterms:title.

        Strings are texts in English, integers counts.
        """
        if kind:
            self.add(subject, RDF_TYPE, ox.NamedNode(expand(kind)))
        for name, found in values.items():
            for value in found if isinstance(found, list) else [found]:
                self.add(subject, expand(name.replace("_", ":", 1)), _term(value))

    def add(self, subject: str, predicate: str, value: ox.NamedNode | ox.Literal) -> None:
        """Add one statement."""
        self.quads.append(ox.Quad(ox.NamedNode(subject), ox.NamedNode(predicate), value))


def _term(value: Value) -> ox.NamedNode | ox.Literal:
    if isinstance(value, int):
        return typed(str(value), "nonNegativeInteger")
    if isinstance(value, str):
        return ox.Literal(value, language="en")
    return value


def node(iri: str) -> ox.NamedNode:
    """Return the node of an IRI or a prefixed name."""
    return ox.NamedNode(expand(iri))


def typed(text: str, datatype: str) -> ox.Literal:
    """Return a literal of a datatype of XML Schema."""
    return ox.Literal(text, datatype=ox.NamedNode(XSD + datatype))
