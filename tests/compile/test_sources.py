"""Tests of reading the Turtle sources and of the places of faults in them."""

import shutil
from pathlib import Path

import pytest

from server.compile import sources
from server.compile.sources import Fault, Refused
from server.rdf.vocabulary import CANONICAL_BASE
from tests import tinysource
from tests.tinysource import HEAD, TREATY_FILE, line_of, put

HEAD_LINES = HEAD.count("\n")
OST = CANONICAL_BASE + "id/treaty/1967/outer-space"


def faults(root: Path) -> list[Fault]:
    with pytest.raises(Refused) as caught:
        sources.read(root)
    return caught.value.faults


def only_fault(root: Path) -> Fault:
    (found,) = faults(root)
    return found


def test_each_file_is_read_into_its_graph(root: Path) -> None:
    assert {f.name: f.graph for f in sources.read(root).files} == {
        "ontology/spacelaw.ttl": "ontology",
        "shapes/texts.ttl": "shapes",
        "shapes/layers/official.ttl": "shapes",
        "shapes/layers/paper.ttl": "shapes",
        "shapes/layers/editor.ttl": "shapes",
        TREATY_FILE: "official",
        "data/paper/claim/liao-2013.ttl": "paper",
        "data/editor/concept.ttl": "editor",
        "data/catalog.ttl": "catalog",
    }


def test_quads_carry_the_iri_of_their_graph(root: Path) -> None:
    read = sources.read(root)
    assert {str(q.graph_name) for q in read.quads("official")} == {
        f"<{CANONICAL_BASE}graph/official>"
    }
    assert len(list(read.quads("official", "paper"))) == len(list(read.quads("official"))) + len(
        list(read.quads("paper"))
    )
    assert len(list(read.quads())) == sum(len(f.quads) for f in read.files)


def test_lexical_forms_are_kept(root: Path) -> None:
    put(root, "data/editor/x.ttl", '<id/x> sl:n 01 , 1.50 , "+1"^^xsd:integer .')
    values = {str(q.object) for q in sources.read(root).quads("editor") if "/x>" in str(q.subject)}
    assert {v.partition("^")[0] for v in values} == {'"01"', '"1.50"', '"+1"'}


def test_blank_nodes_of_two_files_are_two(root: Path) -> None:
    for name in ("a", "b"):
        put(root, f"ontology/{name}.ttl", "_:x rdfs:comment 'x' .")
    commented = [q for q in sources.read(root).quads("ontology") if "comment" in str(q.predicate)]
    assert len({q.subject for q in commented}) == 2


def test_syntax_error_has_file_line_and_column(root: Path) -> None:
    put(root, TREATY_FILE, "<id/treaty/1967/outer-space> a sl:Treaty ;\n    sl:n ] .\n")
    fault = only_fault(root)
    assert (fault.file, fault.line, fault.column) == (TREATY_FILE, HEAD_LINES + 2, 10)
    assert str(fault).startswith(f"{TREATY_FILE}:{HEAD_LINES + 2}:10: ")
    assert "Parser error" not in fault.message


def test_unknown_prefix_is_named_with_its_place(root: Path) -> None:
    put(root, TREATY_FILE, "\n<id/treaty/1967/outer-space> a nope:Treaty .")
    fault = only_fault(root)
    assert "nope" in fault.message
    assert (fault.line, fault.column) == (HEAD_LINES + 2, 32)


def test_unfinished_file_is_a_fault_at_its_end(root: Path) -> None:
    put(root, TREATY_FILE, "<id/treaty/1967/outer-space> a sl:Treaty ;\n")
    assert only_fault(root).line == HEAD_LINES + 2


def test_file_that_is_not_utf_8_is_a_fault(root: Path) -> None:
    with (root / TREATY_FILE).open("ab") as file:
        file.write(b"# \xff\n")
    fault = only_fault(root)
    assert fault.file == TREATY_FILE
    assert "UTF-8" in fault.message


def test_relative_iri_without_a_base_is_a_fault(root: Path) -> None:
    (root / TREATY_FILE).write_text("<id/treaty/1967/outer-space> a <def/Treaty> .\n")
    fault = only_fault(root)
    assert (fault.file, fault.line) == (TREATY_FILE, 1)


def test_triple_term_of_rdf_1_2_is_a_fault(root: Path) -> None:
    put(root, "data/editor/x.ttl", "<id/x> rdfs:comment <<( <id/x> a sl:Text )>> .")
    assert only_fault(root).file == "data/editor/x.ttl"


# Bug: the build failed in the reasoner, with no file and line.
def test_base_direction_of_rdf_1_2_is_a_fault(root: Path) -> None:
    put(root, "data/official/direction.ttl", '<id/x> rdfs:label "x"@ar--rtl .')
    assert "Base directions" in only_fault(root).message


def test_each_faulty_file_has_its_fault(root: Path) -> None:
    for name in (TREATY_FILE, "data/editor/concept.ttl", "shapes/texts.ttl"):
        put(root, name, "<id/treaty")
    assert [f.file for f in faults(root)] == ["data/editor/concept.ttl", TREATY_FILE,
                                              "shapes/texts.ttl"]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["data/official/x.ttl", "ontology/spacelaw.ttl", "shapes/texts.ttl", "data/catalog.ttl"]
)
def test_subject_outside_the_base_is_a_fault(root: Path, name: str) -> None:
    path = put(root, name, "\n\n<https://example.org/x> rdfs:label 'x' .\n")
    fault = only_fault(root)
    assert "<https://example.org/x> is outside" in fault.message
    assert (fault.file, fault.line) == (name, line_of(path, "<https://example.org/x>"))


@pytest.mark.parametrize("name", ["external", "alignments"])
def test_two_files_speak_of_other_vocabularies(root: Path, name: str) -> None:
    put(root, f"ontology/{name}.ttl", "<https://example.org/Term> a owl:Class .")
    assert sources.read(root).place("https://example.org/Term")[0] == f"ontology/{name}.ttl"


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("data/official/treaty/1967/outer-space.ttl", "id/treaty/1967/outer-space"),
        ("data/official/treaty/1967/outer-space.ttl", "id/treaty/1967/outer-space/article/1"),
        ("data/paper/treaty.ttl", "id/treaty/1968/rescue"),
        ("data/editor/concept.ttl", "id/concept"),
        ("shapes/any.ttl", "shape/Anything"),
        ("ontology/any.ttl", "def/Anything"),
        ("ontology/any.ttl", "id/legal-nature/binding"),
        ("data/catalog.ttl", "graph/paper"),
    ],
)
def test_file_holds_what_its_path_mirrors(root: Path, name: str, subject: str) -> None:
    put(root, name, f"<{subject}> rdfs:label 'x' .")
    assert sources.read(root).place(CANONICAL_BASE + subject) == (name, HEAD_LINES + 1)


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("data/official/treaty/1967/outer-space.ttl", "id/treaty/1967/outer-spaces"),
        ("data/official/treaty/1967/outer-space.ttl", "id/treaty/1967"),
        ("data/official/treaty/1967/outer-space.ttl", "id/treaty/1968/rescue"),
        ("data/official/treaty.ttl", "def/Treaty"),
        ("shapes/any.ttl", "def/Treaty"),
    ],
)
def test_file_that_does_not_mirror_its_subject_is_a_fault(
    root: Path, name: str, subject: str
) -> None:
    put(root, name, f"<{subject}> rdfs:label 'x' .")
    fault = only_fault(root)
    assert f"<{CANONICAL_BASE}{subject}>" in fault.message
    assert (fault.file, fault.line) == (name, HEAD_LINES + 1)


@pytest.mark.parametrize("name", ["data/x.ttl", "data/officious/x.ttl", "data/official.ttl"])
def test_file_outside_of_a_layer_is_a_fault(root: Path, name: str) -> None:
    put(root, name, "")
    fault = only_fault(root)
    assert fault.file == name
    assert "official, paper, editor" in fault.message


@pytest.mark.parametrize("name", ["ontology", "data", "shapes"])
def test_missing_folder_is_a_fault(root: Path, name: str) -> None:
    shutil.rmtree(root / name)
    fault = only_fault(root)
    assert (fault.message, fault.file) == ("The folder is missing.", str(root / name))


def test_missing_root_lacks_each_folder(tmp_path: Path) -> None:
    assert len(faults(tmp_path / "nowhere")) == 3


def test_other_files_are_passed_over(root: Path) -> None:
    before = sources.read(root)
    put(root, "data/README.md", "# Read me")
    put(root, "data/official/notes.txt", "notes")
    assert sources.read(root) == before


@pytest.mark.parametrize(
    ("turtle", "lines"),
    [
        ("<id/x> a sl:Text .\n\n<id/x/y>\n    a sl:Text .", {"id/x": 1, "id/x/y": 3}),
        ("sl:Text a owl:Class .", {"def/Text": 1}),
        ("<> a sl:Text .\n<#x> a sl:Text .", {"": 1, "#x": 2}),
        (f"<{CANONICAL_BASE}id/x> a sl:Text .", {"id/x": 1}),
        ("# <id/x> a\n<id/x> a sl:Text ; sl:about\n    <id/y> .", {"id/x": 2}),
        ("PREFIX own: <http://example.org/>\nown:x-1 a sl:Text .", {"http://example.org/x-1": 2}),
        ("nope:x a sl:Text .", {"http://example.org/x": None}),
    ],
)
def test_lines_of_subjects(tmp_path: Path, turtle: str, lines: dict[str, int | None]) -> None:
    file = sources.SourceFile("x.ttl", put(tmp_path, "x.ttl", turtle), "editor", ())
    for iri, number in lines.items():
        line = file.line(iri if "://" in iri else CANONICAL_BASE + iri)
        assert line == (number and number + HEAD_LINES)


def test_place_of_a_subject_is_its_first_description(root: Path) -> None:
    put(root, "data/paper/treaty.ttl", "<id/treaty/1967/outer-space> a sl:Treaty .")
    assert sources.read(root).place(OST) == (
        TREATY_FILE,
        line_of(root / TREATY_FILE, "<id/treaty/1967/outer-space> "),
    )


def test_place_of_an_unknown_subject_is_empty(root: Path) -> None:
    assert sources.read(root).place(OST + "/article/99") == ("", None)


def test_digest_is_of_names_and_bytes(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    digest = sources.digest(root)
    assert sources.digest(tinysource.write(tmp_path_factory.mktemp("twin"))) == digest
    (root / "ontology/spacelaw.ttl").rename(root / "ontology/terms.ttl")
    assert sources.digest(root) != digest


@pytest.mark.parametrize(
    "name", [TREATY_FILE, "ontology/rules/parts.rq", "shapes/hygiene/identifier-unique.rq"]
)
def test_digest_changes_with_each_source(root: Path, name: str) -> None:
    digest = sources.digest(root)
    with (root / name).open("a") as file:
        file.write("# changed\n")
    assert sources.digest(root) != digest


def test_digest_passes_over_other_files(root: Path) -> None:
    digest = sources.digest(root)
    put(root, "data/README.md", "# Read me")
    assert sources.digest(root) == digest


@pytest.mark.parametrize(
    ("literal", "message"),
    [
        ('"1967-W41-2"^^xsd:date', "“1967-W41-2” is no xsd:date."),
        ('"1967-10-10+15:00"^^xsd:date', "“1967-10-10+15:00” is no xsd:date."),
        ('"1_000"^^xsd:integer', "“1_000” is no xsd:integer."),
        ('"x"^^xsd:noSuchType', "“x” is no xsd:noSuchType."),
    ],
)
def test_ill_typed_literal_is_refused_with_its_line(root: Path, literal: str, message: str) -> None:
    put(root, "data/editor/x.ttl", f'<id/x> sl:n "1967" ;\n    sl:m {literal} .')
    fault = only_fault(root)
    assert (fault.message, fault.file) == (message, "data/editor/x.ttl")
    assert fault.line == HEAD_LINES + 2


def test_far_days_and_timezones_are_read(root: Path) -> None:
    days = ("-0044-03-15", "12345-01-01", "0000-02-29", "2000-10-04Z")
    values = " , ".join(f'"{day}"^^xsd:date' for day in days)
    put(root, "data/editor/x.ttl", f"<id/x> sl:n {values} .")
    assert len([q for q in sources.read(root).quads("editor") if "/x>" in str(q.subject)]) == 4


@pytest.mark.parametrize("name", ["x/a%2Fb", "x?a", "x#a", "x/%2e%2e/y", "x/a.ttl"])
def test_identifier_that_cannot_be_served_is_refused_with_its_line(root: Path, name: str) -> None:
    put(root, "data/editor/x.ttl", f"<id/x> sl:n 1 .\n<id/{name}> sl:n 1 .")
    fault = next(f for f in faults(root) if "cannot be served" in f.message)
    assert f"<{CANONICAL_BASE}id/{name}>" in fault.message
    assert (fault.file, fault.line) == ("data/editor/x.ttl", HEAD_LINES + 2)
