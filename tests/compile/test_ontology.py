"""Tests of what the build adds to the ontology: definers, mappings, and versions for ever."""

import csv
import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from server.compile import conformance, ontology, pipeline, release_record, sources
from server.compile.ontology import HEADER, MAPPINGS, VERSIONS
from server.compile.release_record import Wish
from server.compile.sources import Refused
from server.rdf.serialization import parse
from server.rdf.vocabulary import CANONICAL_BASE, OWL, PREFIXES, RDF_TYPE, RDFS, graph_iri
from server.release.reader import Release
from tests import tinysource
from tests.tinysource import put

ROOT = Path(__file__).parents[2]
BASE = "http://law.example/"
VERSIONED = tinysource.ONTOLOGY.replace(
    "a owl:Ontology ;", 'a owl:Ontology ;\n    owl:versionInfo "1.0.0" ;'
)
TABLE = f"""#mapping_set_title: "Some mappings"
#curie_map:
#  schema: https://schema.org/
#  skos: {PREFIXES["skos"]}
#  sl: {CANONICAL_BASE}def/
subject_id\tpredicate_id\tobject_id
sl:Treaty\tskos:broadMatch\tschema:Legislation
"""
MATCHES = {f"skos:{kind}Match" for kind in ("exact", "close", "broad", "narrow", "related")}


def silent(_: str) -> None:
    """Show no progress."""


def ontology_graph(root: Path) -> set[str]:
    _, quads = conformance.dataset(root, silent)
    graph = graph_iri("ontology")
    return {str(q).removesuffix(f" <{graph}>") for q in quads if q.graph_name.value == graph}  # type: ignore[union-attr]


def test_each_term_tells_who_defines_it(root: Path) -> None:
    term = f"<{CANONICAL_BASE}def/partOf>"
    assert f"{term} <{RDFS}isDefinedBy> <{HEADER}>" in ontology_graph(root)


def test_each_mapping_is_a_statement_of_the_ontology(root: Path) -> None:
    (root / MAPPINGS).write_text(TABLE, "utf-8")
    expected = f"<{CANONICAL_BASE}def/Treaty> <{PREFIXES['skos']}broadMatch> <https://schema.org/Legislation>"
    assert expected in ontology_graph(root)


def versioned(root: Path, text: str = VERSIONED) -> Path:
    put(root, "ontology/spacelaw.ttl", text)
    return root


def served(root: Path, releases: Path, version: str) -> set[str]:
    release = Release(pipeline.build(root, releases, BASE))
    found = release.document(f"{BASE}def/{version}")
    assert found is not None
    assert found.label == f"Space law ontology {version}"
    return {str(q) for q in parse(release.statements(found) or b"")}


def test_a_released_version_is_served_for_ever(root: Path, tmp_path: Path) -> None:
    versioned(root)
    first = served(root, tmp_path / "releases", "1.0.0")
    release_record.record(root, Wish("2026-12-01T00:00:00Z", "1.0.0"))
    assert (root / VERSIONS / "1.0.0.nt").is_file()
    later = VERSIONED.replace('"1.0.0"', '"1.1.0"').replace('"treaty"@en', '"pact"@en')
    versioned(root, later)
    assert served(root, tmp_path / "releases", "1.0.0") == first
    assert served(root, tmp_path / "releases", "1.1.0") != first


def test_a_released_version_is_not_changed(root: Path) -> None:
    versioned(root)
    release_record.record(root, Wish("2026-12-01T00:00:00Z", "1.0.0"))
    versioned(root, VERSIONED.replace('"treaty"@en', '"pact"@en'))
    with pytest.raises(Refused, match=r"no longer what version 1\.0\.0 was"):
        conformance.dataset(root, silent)


def test_versions_are_described_apart_from_the_ontology(root: Path) -> None:
    _, quads = conformance.dataset(versioned(root), silent)
    about = [q for q in quads if q.subject == ox.NamedNode(f"{HEADER}/1.0.0")]
    assert {q.graph_name.value for q in about} == {graph_iri("catalog")}  # type: ignore[union-attr]
    assert not [q for q in about if q.object == ox.NamedNode(OWL + "Ontology")]


def rows() -> list[dict[str, str]]:
    lines = (ROOT / MAPPINGS).read_text("utf-8").splitlines()
    return list(csv.DictReader((x for x in lines if not x.startswith("#")), delimiter="\t"))


def test_each_mapping_is_of_a_term_with_its_label() -> None:
    labels: dict[str, str] = {}
    for q in sources.read(ROOT, "ontology").quads():
        if re.search(r"#(label|prefLabel)$", q.predicate.value):
            labels[q.subject.value] = q.object.value  # type: ignore[union-attr]
    spelt = list(ontology.mappings(ROOT))
    assert len(spelt) > 50
    assert [(r["subject_id"], labels.get(r["subject_id"])) for r in spelt] == [
        (r["subject_id"], r["subject_label"]) for r in spelt
    ]


def test_each_mapping_is_chosen_and_justified_once() -> None:
    pairs = [(r["subject_id"], r["object_id"]) for r in rows()]
    assert len(set(pairs)) == len(pairs)
    for row in rows():
        assert row["predicate_id"] in MATCHES
        assert row["mapping_justification"] == "semapv:ManualMappingCuration"
        assert len(row["comment"]) > 20, row


def test_the_vocabularies_asked_for_are_mapped() -> None:
    mapped = {row["object_id"].partition(":")[0] for row in rows()}
    assert mapped == {"eli", "lkif-norm", "lrmlmm", "prov", "schema", "undo"}


def test_the_first_version_is_kept() -> None:
    kept = ox.parse(path=str(ROOT / VERSIONS / "0.1.0.nt"), format=ox.RdfFormat.N_TRIPLES)
    types = {t.object.value for t in kept if t.predicate.value == RDF_TYPE}
    assert OWL + "Ontology" in types
