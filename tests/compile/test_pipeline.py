"""Tests of the build from sources to the current release."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from server.compile import conformance, ontology, partitions, sources
from server.compile.freshness import built
from server.compile.pipeline import build
from server.compile.sources import Nonconforming, Refused
from server.rdf.iris import canonical
from server.rdf.terms import canonical_nquads, graph_of, moved
from server.rdf.vocabulary import CANONICAL_BASE, graph_iri
from server.release.manifest import CURRENT, DOCUMENTS, QUADS, Manifest, MissingRelease
from server.release.reader import Release
from tests import tinysource
from tests.processes import little_room
from tests.tinysource import LOCAL, TREATY, TREATY_FILE, put

OST = "id/treaty/1967/outer-space"
BUILD = "import sys, pathlib; from server.compile.pipeline import build; \
build(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3])"


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    return tmp_path / "releases"


def current(releases: Path) -> Manifest:
    return Manifest.read(releases / CURRENT)


def is_fresh(root: Path, releases: Path, base: str) -> bool:
    folder = built(root, releases, base)
    return folder is not None and folder.resolve() == (releases / CURRENT).resolve()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def contents(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def dataset(folder: Path) -> list[ox.Quad]:
    return list(ox.parse(path=folder / QUADS, format=ox.RdfFormat.N_QUADS))


def spoil(root: Path) -> None:
    put(root, TREATY_FILE, TREATY.replace('    rdfs:label "Article X"@en ;\n', ""))


def test_releases_may_stand_in_a_relative_folder(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default setting is one."""
    monkeypatch.chdir(tmp_path)
    folder = build(root, Path("var/releases"), LOCAL)
    assert current(Path("var/releases")).release == folder.name


def test_built_release_is_the_current_one(root: Path, releases: Path) -> None:
    folder = build(root, releases, LOCAL)
    assert names(releases) == sorted([CURRENT, folder.name])
    assert (releases / CURRENT).resolve() == folder.resolve()
    assert current(releases) == Manifest.read(folder)
    assert folder.name == current(releases).release


def test_current_is_a_relative_link(root: Path, releases: Path) -> None:
    folder = build(root, releases, LOCAL)
    assert str((releases / CURRENT).readlink()) == folder.name


def test_same_sources_make_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    """Whatever the locale, the time zone, the hash seed and the order of files are."""
    folders = []
    for seed, zone, language in (("1", "UTC", "C"), ("2", "Asia/Kathmandu", "tr_TR.UTF-8")):
        root = tmp_path / seed / "sources"
        files = tinysource.FILES | tinysource.ODD_FILES
        for name in sorted(files, reverse=seed == "2"):  # the order in which folders list them
            tinysource.put(root, name, files[name])
        arguments = [str(root), str(tmp_path / seed / "releases"), LOCAL]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": language}
        subprocess.run([sys.executable, "-c", BUILD, *arguments], env=environment, check=True)
        folders.append((tmp_path / seed / "releases" / CURRENT).resolve())
    assert folders[0].name == folders[1].name
    one, two = contents(folders[0]), contents(folders[1])
    assert sorted(one) == sorted(two)
    assert [name for name in one if one[name] != two[name]] == []


@pytest.mark.parametrize("first", [LOCAL, CANONICAL_BASE])
def test_a_release_for_another_address_is_made_from_the_one_that_stands(
    tmp_path: Path, first: str
) -> None:
    """It has the same bytes as one made from the sources, which are not read again."""
    root, said = tinysource.write(tmp_path / "sources", tinysource.ODD_FILES), list[str]()
    build(root, tmp_path / "both", first)
    rebased = build(root, tmp_path / "both", "http://127.0.0.1:9999/", said.append)
    assert not [line for line in said if line.startswith(("Reading", "Inferring", "Validating"))]
    anew = build(root, tmp_path / "alone", "http://127.0.0.1:9999/")
    assert rebased.name == anew.name
    one, two = contents(rebased), contents(anew)
    assert sorted(one) == sorted(two)
    assert [name for name in one if one[name] != two[name]] == []


def test_manifest_tells_what_is_in_the_release(root: Path, releases: Path) -> None:
    folder = build(root, releases, LOCAL)
    manifest, quads = Manifest.read(folder), dataset(folder)
    assert manifest.base == LOCAL
    assert manifest.sources == sources.digest(root)
    assert manifest.dataset == hashlib.sha256((folder / QUADS).read_bytes()).hexdigest()
    assert manifest.quads == len(quads) == sum(manifest.graphs.values())
    assert manifest.resources == len(Release(folder).iris())
    assert manifest.graphs == {
        name: sum(graph_of(q) == graph_iri(name, LOCAL) for q in quads)
        for name in ("official", "paper", "editor", "derived", "ontology", "shapes", "catalog",
                     "inferred")
    }  # fmt: skip


def test_manifest_has_the_hash_of_each_other_file(root: Path, releases: Path) -> None:
    folder = build(root, releases, LOCAL)
    files = {name: hashlib.sha256(data).hexdigest() for name, data in contents(folder).items()}
    del files["manifest.json"]
    assert Manifest.read(folder).files == files
    assert {DOCUMENTS, QUADS} <= files.keys()


def test_statement_that_is_written_twice_counts_once(root: Path, releases: Path) -> None:
    put(root, TREATY_FILE, TREATY + TREATY)
    folder = build(root, releases, LOCAL)
    manifest, quads = Manifest.read(folder), dataset(folder)
    assert manifest.quads == len(quads) == sum(manifest.graphs.values())


def test_dataset_is_in_canonical_n_quads(root: Path, releases: Path) -> None:
    lines = (build(root, releases, LOCAL) / QUADS).read_bytes().splitlines(keepends=True)
    assert lines == sorted(set(lines))


def test_all_our_iris_are_on_the_base(root: Path, releases: Path) -> None:
    folder = build(root, releases, LOCAL)
    text = (folder / QUADS).read_text("utf-8")
    assert CANONICAL_BASE not in text
    assert f"<{LOCAL}{OST}>" in text
    assert all(iri.startswith(LOCAL) for iri in Release(folder).iris())


def test_release_on_another_base_differs_in_nothing_but_its_iris(
    root: Path, releases: Path
) -> None:
    local, other = (build(root, releases, base) for base in (LOCAL, "https://example.org/law/"))
    assert local != other
    assert (releases / CURRENT).resolve() == other.resolve()
    back = (moved(q, lambda iri: canonical(iri, LOCAL)) for q in dataset(local))
    # The names of blank nodes depend on the IRIs around them.
    assert canonical_nquads(back) == canonical_nquads(
        moved(q, lambda iri: canonical(iri, "https://example.org/law/")) for q in dataset(other)
    )


def test_release_on_the_canonical_base_has_the_iris_of_the_sources(
    root: Path, releases: Path
) -> None:
    published = dataset(build(root, releases, CANONICAL_BASE))
    made = {graph_iri("derived"), graph_iri("inferred")}
    read = list(sources.read(root).quads())
    expected = [*read, *ontology.additions(root, read)]
    stated = [q for q in published if graph_of(q) not in made]
    catalogued = partitions.catalogued(conformance.dataset(root, lambda _: None)[1])
    assert canonical_nquads(stated) == canonical_nquads([*expected, *catalogued])


def test_literal_that_holds_an_iri_of_ours_stays(root: Path, releases: Path) -> None:
    text = f"{CANONICAL_BASE}{OST}"
    put(root, "data/editor/x.ttl", f'<id/x> sl:note "{text}" ; dcterms:source <https://a.b/> .')
    assert f'"{text}"' in (build(root, releases, LOCAL) / QUADS).read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "text", "refusal"),
    [
        (TREATY_FILE, "<id/x> a ", Refused),
        ("data/official/y.ttl", "<id/x> a sl:Text .", Refused),
        (TREATY_FILE, TREATY.replace("rdfs:label", "sl:name"), Nonconforming),
    ],
)
def test_refused_build_leaves_everything_as_it_was(
    root: Path, releases: Path, name: str, text: str, refusal: type[Exception]
) -> None:
    build(root, releases, LOCAL)
    before = names(releases), current(releases), contents((releases / CURRENT).resolve())
    put(root, name, text)
    with pytest.raises(refusal):
        build(root, releases, LOCAL)
    assert (names(releases), current(releases), contents((releases / CURRENT).resolve())) == before


def test_refused_first_build_makes_no_folder(root: Path, releases: Path) -> None:
    spoil(root)
    with pytest.raises(Nonconforming, match="A text has a label"):
        build(root, releases, LOCAL)
    assert not releases.exists()


def test_release_that_cannot_be_written_leaves_no_half(root: Path, releases: Path) -> None:
    build(root, releases, LOCAL)
    before = names(releases)
    with little_room(), pytest.raises(OSError, match="too large"):
        build(root, releases, "http://example.org/")
    assert names(releases) == before


def test_current_moves_to_the_new_release_and_the_old_one_stays(root: Path, releases: Path) -> None:
    old = build(root, releases, LOCAL)
    opened = Release(releases / CURRENT)
    put(root, TREATY_FILE, TREATY.replace("Outer Space Treaty", "Treaty on Outer Space"))
    new = build(root, releases, LOCAL)
    assert names(releases) == sorted([CURRENT, old.name, new.name])
    assert Release(releases / CURRENT).labels([LOCAL + OST]) == {
        LOCAL + OST: "Treaty on Outer Space"
    }
    assert opened.labels([LOCAL + OST]) == {LOCAL + OST: "Outer Space Treaty"}


def test_building_again_makes_the_same_release(root: Path, releases: Path) -> None:
    first = build(root, releases, LOCAL)
    written = (first / QUADS).stat().st_mtime_ns
    assert build(root, releases, LOCAL) == first
    assert (first / QUADS).stat().st_mtime_ns == written
    assert names(releases) == sorted([CURRENT, first.name])


def test_going_back_makes_the_old_release_current(root: Path, releases: Path) -> None:
    old = build(root, releases, LOCAL)
    build(root, releases, "http://example.org/")
    assert build(root, releases, LOCAL) == old
    assert (releases / CURRENT).resolve() == old.resolve()


def by_other_software(releases: Path) -> None:
    """Have the manifests of all releases tell of other software."""
    for path in releases.glob("*/manifest.json"):
        path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"software": "other"}))


def test_sources_that_conformed_are_not_validated_again(root: Path, releases: Path) -> None:
    build(root, releases, LOCAL)
    steps: list[str] = []
    build(root, releases, "http://example.org/", steps.append)
    assert not any("SHACL" in step for step in steps)
    by_other_software(releases)
    build(root, releases, LOCAL, steps.append)
    assert any("SHACL" in step for step in steps)


def test_release_is_fresh_while_nothing_changes(root: Path, releases: Path) -> None:
    assert not is_fresh(root, releases, LOCAL)
    build(root, releases, LOCAL)
    assert is_fresh(root, releases, LOCAL)
    assert not is_fresh(root, releases, "http://example.org/")


@pytest.mark.parametrize(
    "name", [TREATY_FILE, "ontology/rules/parts.rq", "shapes/hygiene/identifier-unique.rq"]
)
def test_release_is_stale_when_a_source_changes(root: Path, releases: Path, name: str) -> None:
    build(root, releases, LOCAL)
    with (root / name).open("a") as file:
        file.write("# changed\n")
    assert not is_fresh(root, releases, LOCAL)


# manifest goes on telling of the old sources: the site is built and validated at each start.
def test_release_is_fresh_after_a_build_of_changed_comments(root: Path, releases: Path) -> None:
    build(root, releases, LOCAL)
    with (root / TREATY_FILE).open("a") as file:
        file.write("# changed\n")
    build(root, releases, LOCAL)
    assert is_fresh(root, releases, LOCAL)


def test_release_is_stale_when_the_software_changes(root: Path, releases: Path) -> None:
    build(root, releases, LOCAL)
    by_other_software(releases)
    assert not is_fresh(root, releases, LOCAL)


def test_broken_manifest_is_no_release(root: Path, releases: Path) -> None:
    folder = build(root, releases, LOCAL)
    (folder / "manifest.json").write_text(json.dumps({"release": "x"}))
    assert not is_fresh(root, releases, LOCAL)
    with pytest.raises(MissingRelease, match="cannot be read"):
        current(releases)
