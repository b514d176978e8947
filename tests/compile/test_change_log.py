"""The log of releases: comparison, versions, records, and what refuses to be recorded."""

from pathlib import Path

import pyoxigraph as ox
import pytest

from server.compile import change_log, pipeline, release_record
from server.compile.change_log import Change, Recorded
from server.compile.release_record import NothingToRecord, Wish
from server.compile.sources import Refused
from server.rdf.description import Resource
from server.rdf.vocabulary import CANONICAL_BASE
from server.release.changes import Changes
from server.release.reader import Release
from tests import tinysource
from tests.tinysource import BASE

FIRST, SECOND = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
A, B, C = (f"{CANONICAL_BASE}id/{name}" for name in "abc")


def recorded(version: str, *found: Change) -> Recorded:
    return Recorded(version, FIRST, "0" * 64, found)


def state(text: str) -> Resource:
    quad = ox.Quad(ox.NamedNode(A), ox.NamedNode("http://x/has"), ox.Literal(text))
    return Resource(A, f"label {text}", "", [quad])


def hashes(**texts: str) -> dict[str, str]:
    return {f"{CANONICAL_BASE}id/{name}": state(text).hash for name, text in texts.items()}


def test_comparison_tells_created_changed_and_withdrawn() -> None:
    log = [recorded("1.0.0", *change_log.compare({}, {A: state("1"), B: state("1")}))]
    found = change_log.compare(
        change_log.replay(log), {B: state("2"), C: state("1")}, "a double", {A: C}
    )
    assert [(c.kind, c.iri, c.reason, c.replaced_by) for c in found] == [
        ("Update", B, "", ""),
        ("Create", C, "", ""),
        ("Delete", A, "a double", C),
    ]
    assert found[-1].label == "label 1"
    log.append(recorded("2.0.0", *found))
    assert {iri: c.state for iri, c in change_log.replay(log).items()} == hashes(b="2", c="1")
    assert change_log.compare(change_log.replay(log), {B: state("2"), C: state("1")}) == ()


@pytest.mark.parametrize(
    ("last", "kinds", "following"),
    [
        ("1.2.3", ["Update"], "1.2.4"),
        ("1.2.3", ["Update", "Create"], "1.3.0"),
        ("1.2.3", ["Create", "Delete"], "2.0.0"),
        ("0.2.3", ["Delete"], "0.3.0"),
        ("", ["Create"], "0.1.0"),
    ],
)
def test_the_next_version_follows_from_what_changed(
    last: str, kinds: list[str], following: str
) -> None:
    log = [recorded(last)] if last else []
    found = [Change(kind, A, "1", "", "") for kind in kinds]
    assert change_log.next_version(log, found, "0.1.0") == following


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tinysource.write(tmp_path / "source")


def test_a_record_is_read_as_it_was_written(root: Path) -> None:
    path, made = release_record.record(root, Wish(FIRST))
    assert path == root / "data/releases/0.1.0.ttl"
    assert change_log.read(root) == [made]
    assert {c.kind for c in made.changes} == {"Create"}
    label = 'say "no"\n\\ twice'
    odd = Recorded("0.2.0", SECOND, "1" * 64, (Change("Delete", A, "", label, B, label, C),))
    path.with_name("0.2.0.ttl").write_text(release_record.text(odd), "utf-8")
    assert change_log.read(root) == [made, odd]


def test_versions_are_ordered_by_their_numbers(root: Path) -> None:
    folder = root / change_log.FOLDER
    folder.mkdir()
    for version in ("0.10.0", "0.9.0"):
        (folder / f"{version}.ttl").write_text(release_record.text(recorded(version)), "utf-8")
    assert [r.version for r in change_log.read(root)] == ["0.9.0", "0.10.0"]


def test_nothing_is_recorded_that_is_not_so(root: Path) -> None:
    release_record.record(root, Wish(FIRST))
    with pytest.raises(NothingToRecord, match="Nothing changed"):
        release_record.record(root, Wish(SECOND))
    (root / "data/editor/concept.ttl").unlink()
    with pytest.raises(NothingToRecord, match=r"reason.*id/concept/cooperation"):
        release_record.record(root, Wish(SECOND))
    for version, message in {"0.1.0": "does not follow", "2": "not a version"}.items():
        with pytest.raises(NothingToRecord, match=message):
            release_record.record(root, Wish(SECOND, version, "withdrawn"))
    with pytest.raises(NothingToRecord, match="not withdrawn"):
        release_record.record(root, Wish(SECOND, "", "withdrawn", {A: B}))
    kept = sorted(p.name for p in (root / change_log.FOLDER).iterdir())
    assert kept == ["0.1.0.nq.gz", "0.1.0.ttl"]


@pytest.mark.parametrize("text", ["<", "<https://w3id.org/spacelaw/releases/0.1.0> a <x:y> ."])
def test_a_faulty_record_is_refused_with_its_place(root: Path, text: str) -> None:
    (root / change_log.FOLDER).mkdir()
    (root / change_log.FOLDER / "0.1.0.ttl").write_text(text, "utf-8")
    with pytest.raises(Refused, match=r"data/releases/0\.1\.0\.ttl"):
        change_log.read(root)


def test_the_release_holds_the_log_and_tombstones(root: Path, tmp_path: Path) -> None:
    release_record.record(root, Wish(FIRST))
    (root / "data/editor/concept.ttl").unlink()
    _, made = release_record.record(root, Wish(SECOND, "", "It was a double."))
    release = Release(pipeline.build(root, tmp_path / "releases", BASE))
    assert (release.manifest.version, release.manifest.issued) == (made.version, SECOND)
    log = Changes(release.folder)
    assert [v.version for v in log.versions()] == ["0.1.0", "0.2.0"]
    last = log.after(log.count() - 1, 10)[0]
    assert (last.kind, last.reason) == ("Delete", "It was a double.")
    tombstone = release.tombstone(f"{BASE}id/concept/cooperation")
    assert tombstone
    assert (tombstone.label, tombstone.deleted) == ("cooperation", SECOND)
    assert [t.iri for t in log.sizes()] == sorted(release.iris())


def test_a_build_that_differs_from_the_last_record_says_so(root: Path, tmp_path: Path) -> None:
    release_record.record(root, Wish(FIRST))
    tinysource.put(root, "data/catalog.ttl", tinysource.CATALOG.replace("Space law", "Law"))
    release = Release(pipeline.build(root, tmp_path / "releases", BASE))
    assert (release.manifest.version, release.manifest.issued) == ("0.1.0+unrecorded", "")


def test_a_state_does_not_depend_on_the_order_or_on_names_of_blank_nodes() -> None:
    def quads(name: str) -> list[ox.Quad]:
        inside = ox.BlankNode(name)
        label = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
        return [
            ox.Quad(ox.NamedNode(A), ox.NamedNode("http://x/has"), inside),
            ox.Quad(inside, label, ox.Literal("part")),
        ]

    one, other = change_log.states(quads("x")), change_log.states(quads("y")[::-1])
    assert (one[A].nquads, one[A].hash) == (other[A].nquads, other[A].hash)
    assert set(one) == set(other) == {A}
