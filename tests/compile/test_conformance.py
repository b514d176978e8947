"""Tests of the decision whether sources may become a release, and of users' own files."""

from pathlib import Path

from server.compile import conformance
from server.compile.validation import Violation
from server.rdf.terms import graph_of
from server.rdf.vocabulary import CANONICAL_BASE, graph_iri
from tests import tinysource
from tests.tinysource import CONCEPT, TREATY, TREATY_FILE, line_of, put

OST = CANONICAL_BASE + "id/treaty/1967/outer-space"
SHAPE = CANONICAL_BASE + "shape/"


def silent(_: str) -> None:
    """Show no progress."""


def violations(root: Path) -> list[Violation]:
    return conformance.checked(root, silent)[2]


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
