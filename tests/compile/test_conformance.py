"""Tests of the decision whether sources may become a release, and of users' own files."""

from pathlib import Path

import pytest

from server.compile import conformance
from server.compile.conformance import check, check_files
from server.compile.sources import Refused
from server.compile.validation import Violation
from server.rdf.terms import graph_of
from server.rdf.vocabulary import CANONICAL_BASE, graph_iri
from tests import tinysource
from tests.tinysource import CONCEPT, HEAD, TREATY, TREATY_FILE, line_of, put

OST = CANONICAL_BASE + "id/treaty/1967/outer-space"
SHAPE = CANONICAL_BASE + "shape/"


def silent(_: str) -> None:
    """Show no progress."""


def violations(root: Path) -> list[Violation]:
    return check(root, *conformance.dataset(root, silent), silent)


def test_small_tree_conforms(root: Path) -> None:
    assert violations(root) == []


def test_odd_tree_conforms(tmp_path: Path) -> None:
    assert violations(tinysource.write(tmp_path, tinysource.ODD_FILES)) == []


def test_dataset_has_what_is_stated_derived_and_inferred(root: Path) -> None:
    _, quads = conformance.dataset(root, silent)
    facts = {
        graph_of(q).rpartition("/")[2]: q for q in quads if f"{OST}/article/9" in str(q.subject)
    }
    assert set(facts) == {"official", "derived", "inferred"}
    whole = f"<{OST}/article/9/sentence/1> <{CANONICAL_BASE}def/partOf> <{OST}>"
    assert [graph_of(q) for q in quads if str(q).startswith(whole)] == [graph_iri("inferred")]


def test_nothing_is_inferred_of_shapes(root: Path) -> None:
    put(root, "shapes/texts.ttl", tinysource.SHAPES + "<shape/a> sl:partOf <shape/b> .\n"
        "<shape/b> sl:partOf <shape/c> .\n")  # fmt: skip
    _, quads = conformance.dataset(root, silent)
    assert not [q for q in quads if "shape/a" in str(q) and graph_of(q) == graph_iri("inferred")]


def test_violation_has_file_line_focus_shape_and_message(root: Path) -> None:
    path = put(root, TREATY_FILE, TREATY.replace('    rdfs:label "Article X"@en ;\n', ""))
    (found,) = violations(root)
    assert found.focus == OST + "/article/10"
    assert found.shape == SHAPE + "Text-label"
    assert found.message == "A text has a label."
    assert (found.file, found.line) == (
        TREATY_FILE,
        line_of(path, "<id/treaty/1967/outer-space/article/10>"),
    )


def test_layer_has_shapes_of_its_own(root: Path) -> None:
    unsourced = CONCEPT.replace(" ;\n    dcterms:source <https://example.org/dictionary>", "")
    put(root, "data/editor/concept.ttl", unsourced)
    (found,) = violations(root)
    assert found.shape == SHAPE + "Editor-known"
    assert found.file == "data/editor/concept.ttl"


def test_layer_is_not_excused_by_another(root: Path) -> None:
    put(root, "data/paper/treaty.ttl", "<id/treaty/1967/outer-space> a sl:Treaty .")
    (found,) = violations(root)
    assert (found.focus, found.shape) == (OST, SHAPE + "Paper-known")


def test_hygiene_rule_is_part_of_the_check(root: Path) -> None:
    put(root, "data/editor/treaty.ttl", '<id/treaty/other> dcterms:identifier "OST" ;\n'
        "    dcterms:source <https://example.org/> .")  # fmt: skip
    (found,) = violations(root)
    assert found.shape == "hygiene/identifier-unique"
    assert found.message == "No two things have the same identifier."
    assert (found.focus, found.value, found.file) == (OST, "OST", TREATY_FILE)


def own(folder: Path, text: str, name: str = "own.ttl") -> Path:
    path = folder / name
    path.write_text(HEAD + text)
    return path


def test_own_file_that_conforms(root: Path, tmp_path: Path) -> None:
    file = own(tmp_path, '<http://example.org/x> a sl:Treaty ; rdfs:label "x"@en .')
    assert check_files(root, [file]) == []


@pytest.mark.parametrize("subject", ["http://example.org/x", "urn:example:x", OST])
@pytest.mark.parametrize("layout", ["{} a sl:Treaty .", "  {} a sl:Treaty .", "{}\n a sl:Treaty ."])
def test_own_file_that_violates(root: Path, tmp_path: Path, subject: str, layout: str) -> None:
    fine = '<http://example.org/fine> a sl:Treaty ; rdfs:label "fine"@en .\n'
    file = own(tmp_path, fine + layout.format(f"<{subject}>"))
    (found,) = check_files(root, [file])
    assert (found.focus, found.shape) == (subject, SHAPE + "Text-label")


def test_violation_in_an_own_file_has_its_place(root: Path, tmp_path: Path) -> None:
    file = own(tmp_path, "<http://example.org/x> a sl:Treaty .")
    (found,) = check_files(root, [file])
    assert (found.file, found.line) == (str(file), line_of(file, "<http://example.org/x>"))


def test_own_file_with_a_violation_by_a_blank_node(root: Path, tmp_path: Path) -> None:
    file = own(tmp_path, "[] a sl:Treaty .")
    assert [v.shape for v in check_files(root, [file])] == [SHAPE + "Text-label"]


def test_own_files_are_taken_together(root: Path, tmp_path: Path) -> None:
    one = own(tmp_path, "<http://example.org/x> a sl:Treaty .", "one.ttl")
    two = own(tmp_path, '<http://example.org/x> rdfs:label "x"@en .', "two.ttl")
    assert len(check_files(root, [one])) == 1
    assert check_files(root, [one, two]) == []


def test_violation_of_the_projects_own_terms_is_not_the_users(root: Path, tmp_path: Path) -> None:
    put(root, "ontology/more.ttl", "<def/x> a sl:Text .")
    assert check_files(root, [own(tmp_path, "<http://example.org/x> a sl:Claim .")]) == []


def test_own_file_with_a_syntax_error_is_refused(root: Path, tmp_path: Path) -> None:
    file = own(tmp_path, "<http://example.org/x> a .")
    with pytest.raises(Refused) as caught:
        check_files(root, [file])
    (fault,) = caught.value.faults
    assert (fault.file, fault.line) == (str(file), HEAD.count("\n") + 1)


def test_own_file_that_is_not_there_is_refused(root: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"own\.ttl: No such file"):
        check_files(root, [tmp_path / "own.ttl"])


DATED = """
<shape/Dated> a sh:NodeShape ;
    rdfs:label "Shape of what is dated"@en ;
    sh:targetSubjectsOf sl:when ;
    sh:property <shape/Dated-when> .

<shape/Dated-when> a sh:PropertyShape ;
    rdfs:label "Day of what is dated"@en ;
    sh:path sl:when ;
    sh:datatype xsd:date ;
    sh:lessThanOrEquals sl:until ;
    sh:message "It has a day."@en .
"""


@pytest.mark.parametrize(
    ("text", "conforms"),
    [
        ("-0044-03-15", True),
        ("0000-02-29", True),
        ("2000-10-04Z", True),
        ("12345-01-01", False),  # after the day until which it is
        ("1967-W41-2", False),
        ("1967-10-10T00:00:00", False),
        ("1967-10-10+15:00", False),
    ],
)
def test_shapes_read_dates_as_xml_schema_does(
    root: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], text: str, conforms: bool
) -> None:
    put(root, "shapes/dated.ttl", DATED)
    own = put(
        tmp_path,
        "own.ttl",
        f'<id/x> sl:when "{text}"^^xsd:date ; sl:until "2026-01-01"^^xsd:date .',
    )
    assert [v.shape for v in check_files(root, [own])] == (
        [] if conforms else [SHAPE + "Dated-when"]
    )
    assert "Traceback" not in "".join(capfd.readouterr())


def test_an_ill_typed_literal_that_no_shape_looks_at_is_told(root: Path, tmp_path: Path) -> None:
    own = put(tmp_path, "own.ttl", '<id/x> sl:n "1_000"^^xsd:integer .')
    with pytest.raises(Refused, match="“1_000” is no xsd:integer"):
        check_files(root, [own])
