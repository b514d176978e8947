"""The SHACL validation report of a release: a build that finds a violation makes none."""

from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from server.compile.writer import canonical_nquads
from server.rdf.terms import graph_of
from server.rdf.vocabulary import DCTERMS, RDF_TYPE, SH, XSD, graph_iri
from server.release.manifest import REPORT


def describe(quads: Iterable[ox.Quad], base: str) -> list[ox.Quad]:
    """Return the report (SHACL section 3.6.1) of validated quads: which graphs, by which shapes.

    What is inferred is left out, as it is in the validation.
    """
    report, shapes = ox.NamedNode(f"{base}quality#report"), graph_iri("shapes", base)
    left_out = {shapes, graph_iri("inferred", base)}
    true = ox.Literal("true", datatype=ox.NamedNode(XSD + "boolean"))
    checked = sorted({graph_of(q) for q in quads} - left_out)
    return [
        ox.Quad(report, ox.NamedNode(RDF_TYPE), ox.NamedNode(SH + "ValidationReport")),
        ox.Quad(report, ox.NamedNode(SH + "conforms"), true),
        ox.Quad(report, ox.NamedNode(DCTERMS + "conformsTo"), ox.NamedNode(shapes)),
        *(ox.Quad(report, ox.NamedNode(DCTERMS + "subject"), ox.NamedNode(g)) for g in checked),
    ]


def write(folder: Path, quads: Iterable[ox.Quad], base: str) -> None:
    """Write the report into a release folder."""
    (folder / REPORT).write_bytes(canonical_nquads(describe(quads, base)))
