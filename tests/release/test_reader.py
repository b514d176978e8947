"""Tests of reading documents, labels and links from a release."""

import hashlib
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyoxigraph as ox
import pytest

from server.rdf.serialization import parse
from server.rdf.terms import subject_of
from server.release.manifest import CURRENT, MissingRelease
from server.release.reader import Entry, Link, Release
from tests.tinysource import LOCAL

OST = LOCAL + "id/treaty/1967/outer-space"
DEF = LOCAL + "def/"
PART_OF = DEF + "partOf"


def test_release_knows_its_base(tiny_release: Release) -> None:
    assert tiny_release.base == LOCAL == tiny_release.manifest.base


def test_release_is_opened_through_the_link_and_stays_with_its_folder(
    tiny_release: Release,
) -> None:
    opened = Release(tiny_release.folder.parent / CURRENT)
    assert opened.folder == tiny_release.folder
    assert not opened.folder.is_symlink()


def test_folder_without_a_release_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingRelease):
        Release(tmp_path)


def test_document_has_label_type_and_the_whole_description(tiny_release: Release) -> None:
    found = tiny_release.document(OST + "/article/9")
    assert found is not None
    assert (found.iri, found.label, found.type) == (
        OST + "/article/9",
        "Article IX",
        DEF + "Article",
    )
    predicates = {q.predicate.value.rpartition("/")[2] for q in parse(found.nquads)}
    assert predicates >= {"partOf", "hasPart", "source"}
    assert {subject_of(q).value for q in parse(found.nquads)} == {found.iri}


def test_document_leaves_out_what_is_inferred(tiny_release: Release) -> None:
    found = tiny_release.document(OST + "/article/9/sentence/1")
    assert found is not None
    assert b"graph/inferred" not in found.nquads
    assert f"<{PART_OF}> <{OST}> ".encode() not in found.nquads


def test_hash_is_that_of_the_quads(tiny_release: Release) -> None:
    for iri in tiny_release.iris():
        found = tiny_release.document(iri)
        assert found is not None
        assert found.hash == hashlib.sha256(found.nquads).hexdigest()


def test_documents_together_hold_all_that_is_stated(tiny_release: Release) -> None:
    dataset = ox.parse(path=tiny_release.quads_file, format=ox.RdfFormat.N_QUADS)
    stated = {
        q for q in dataset
        if "graph/inferred" not in str(q.graph_name) and "_:" not in str(q)
    }  # fmt: skip
    documents = (tiny_release.document(iri) for iri in tiny_release.iris())
    assert stated <= {q for found in documents if found for q in parse(found.nquads)}


@pytest.mark.parametrize("iri", [OST + "/", LOCAL, "", OST.upper(), OST + "/article/99"])
def test_unknown_resource_has_no_document(tiny_release: Release, iri: str) -> None:
    assert tiny_release.document(iri) is None


def test_labels_of_what_is_known(tiny_release: Release) -> None:
    asked = [OST, DEF + "Treaty", LOCAL + "id/nothing", "http://example.org/"]
    assert tiny_release.labels(asked) == {OST: "Outer Space Treaty", DEF + "Treaty": "treaty"}


def test_labels_of_more_than_a_statement_can_hold(tiny_release: Release) -> None:
    many = [f"{LOCAL}id/many/{number}" for number in range(1500, 0, -1)]
    assert len(tiny_release.labels(iter(many))) == 205
    assert tiny_release.labels([]) == {}


def test_incoming_links_are_by_predicate_then_in_natural_order(tiny_release: Release) -> None:
    found = [link for link in tiny_release.incoming(OST) if link.predicate == PART_OF]
    assert [link.label for link in found] == [
        "Odd & <b>ends</b>", "Article II", "Article IX", "Article X",
    ]  # fmt: skip
    predicates = [link.predicate for link in tiny_release.incoming(OST)]
    assert predicates == sorted(predicates)


def test_link_through_a_blank_node_comes_from_its_resource(tiny_release: Release) -> None:
    assert Link(PART_OF, LOCAL + "id/odd", "Odd & <b>ends</b>") in tiny_release.incoming(OST)


def test_incoming_links_come_in_pages(tiny_release: Release) -> None:
    odd = LOCAL + "id/odd"
    pages = [tiny_release.incoming(odd, 100, offset) for offset in (0, 100, 200, 300)]
    assert [len(page) for page in pages] == [100, 100, 6, 0]
    together = [link for page in pages for link in page]
    assert together == tiny_release.incoming(odd, 1000)
    assert tiny_release.count_incoming(odd) == len(set(together)) == 206


def test_shapes_are_no_incoming_links(tiny_release: Release) -> None:
    predicates = {link.predicate for link in tiny_release.incoming(DEF + "Text", 1000)}
    assert not any("shacl" in predicate for predicate in predicates)
    assert "http://www.w3.org/2000/01/rdf-schema#subClassOf" in predicates


def test_sources_and_targets_of_a_predicate(tiny_release: Release) -> None:
    assert tiny_release.sources_of(OST, DEF + "about") == [LOCAL + "id/claim/liao-2013/cl02"]
    targets = tiny_release.targets_of(DEF + "about")
    assert [t for t in targets if "/many/" not in t] == [LOCAL + "id/odd", OST, OST + "/article/9"]


def test_entries_of_a_type_are_in_natural_order(tiny_release: Release) -> None:
    assert tiny_release.entries(DEF + "Article") == [
        Entry(f"{OST}/article/{number}", f"Article {roman}", DEF + "Article")
        for number, roman in ((2, "II"), (9, "IX"), (10, "X"))
    ]
    assert [e.label for e in tiny_release.entries(DEF + "Article", 1, 1)] == ["Article IX"]
    assert tiny_release.entries(DEF + "Nothing") == []


def test_types_with_their_numbers(tiny_release: Release) -> None:
    found = dict(tiny_release.types())
    assert (found[DEF + "Article"], found[DEF + "Treaty"]) == (3, 1)
    assert "" not in found
    for kind, number in found.items():
        assert len(tiny_release.entries(kind, 10**6)) == number


def test_release_is_read_where_nothing_can_be_written(
    tiny_release: Release, tmp_path: Path
) -> None:
    folder = tmp_path / "a folder? #1"
    shutil.copytree(tiny_release.folder, folder)
    folder.chmod(0o500)
    try:
        assert Release(folder).document(OST) is not None
    finally:
        folder.chmod(0o700)


def test_release_cannot_be_written_to(tiny_release: Release) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        tiny_release._rows("DELETE FROM resource")


def test_threads_share_a_release(tiny_release: Release) -> None:
    iris = tiny_release.iris() * 3
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(tiny_release.document, iris))
    assert [document.iri for document in found if document] == iris
