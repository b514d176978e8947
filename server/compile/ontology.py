"""What the build adds to the ontology: who defines each term, mappings, and versions for ever."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox

from server.compile.sources import Fault, Refused
from server.rdf.terms import canonical_nquads, graph_of, subject_of
from server.rdf.turtle_template import render
from server.rdf.vocabulary import CANONICAL_BASE, DCTERMS, OWL, RDFS, graph_iri

MAPPINGS = Path("ontology/mappings.sssom.tsv")
VERSIONS = Path("data/releases/ontology")
HEADER = CANONICAL_BASE + "def"
_COLUMNS = ("subject_id", "predicate_id", "object_id")
_GRAPH = ox.NamedNode(graph_iri("ontology"))


def additions(root: Path, quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return what belongs to the ontology besides its sources, and descriptions of its versions.

    Raises Refused where the ontology is not what its version was when that was released.
    """
    own = _ontology(quads)
    added = [*_defined(own), *_mapped(root)]
    return [*added, *_descriptions(versions(root, [*own, *added]))]


def versions(root: Path, quads: Iterable[ox.Quad]) -> dict[str, list[ox.Quad]]:
    """Return the ontology of each release by its version, and that in `quads` by its own.

    Raises Refused where that version was released with another content.
    """
    earlier = {
        path.stem: [
            ox.Quad(t.subject, t.predicate, t.object, _GRAPH)
            for t in ox.parse(path=str(path), format=ox.RdfFormat.N_TRIPLES)
        ]
        for path in sorted((root / VERSIONS).glob("*.nt"))
    }
    own = _ontology(quads)
    version = _version(own)
    if version in earlier and _text(own) != _text(earlier[version]):
        message = (
            f"The ontology is no longer what version {version} was when it was released: "
            "raise owl:versionInfo and owl:versionIRI."
        )
        raise Refused([Fault(message, "ontology/spacelaw.ttl")])
    return earlier | ({version: own} if version else {})


def archive(root: Path, quads: Iterable[ox.Quad]) -> None:
    """Keep the ontology in `quads` as its version, for ever."""
    own = _ontology(quads)
    if version := _version(own):
        path = root / VERSIONS / f"{version}.nt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_text(own))


def mappings(root: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of the mapping set (SSSOM), their CURIEs spelt out."""
    path = root / MAPPINGS
    if not path.is_file():
        return
    lines = path.read_text("utf-8").splitlines()
    head = [line.removeprefix("#").strip() for line in lines if line.startswith("#")]
    spaces = dict(line.split(": ", 1) for line in head if line.count(": ") == 1)
    rows = csv.DictReader((x for x in lines if not x.startswith("#")), delimiter="\t")
    for row in rows:
        for column in _COLUMNS:
            prefix, _, name = row[column].partition(":")
            row[column] = spaces[prefix].strip('"') + name
        yield row


def _mapped(root: Path) -> Iterator[ox.Quad]:
    for row in mappings(root):
        subject, predicate, value = (ox.NamedNode(row[column]) for column in _COLUMNS)
        yield ox.Quad(subject, predicate, value, _GRAPH)


def _defined(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    space, defined = HEADER + "/", ox.NamedNode(RDFS + "isDefinedBy")
    for subject in dict.fromkeys(subject_of(q) for q in quads):
        if isinstance(subject, ox.NamedNode) and subject.value.startswith(space):
            yield ox.Quad(subject, defined, ox.NamedNode(HEADER), _GRAPH)


def _descriptions(released: dict[str, list[ox.Quad]]) -> list[ox.Quad]:
    """Describe each version in the catalogue."""
    issued = {
        version: [
            q.object
            for q in quads
            if subject_of(q).value == HEADER and q.predicate.value == DCTERMS + "issued"
        ]
        for version, quads in released.items()
    }
    catalog = graph_iri("catalog")
    return render("ontology_versions.ttl", CANONICAL_BASE, catalog, versions=issued.items())


def _ontology(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    return [q for q in quads if graph_of(q) == _GRAPH.value]


def _version(quads: Iterable[ox.Quad]) -> str:
    versions = (q.object for q in quads if q.predicate.value == OWL + "versionInfo")
    return next((v.value for v in versions if isinstance(v, ox.Literal)), "")


def _text(quads: Iterable[ox.Quad]) -> bytes:
    return canonical_nquads(ox.Quad(*q.triple) for q in quads)
