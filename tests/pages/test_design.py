"""Tests of drawings, citations and dates as pages show them."""

import json
from itertools import pairwise

import pytest

from server.pages import design
from server.pages.citations import citations
from server.pages.diagram import Arm, drawing
from server.pages.page_model import Ref
from server.pages.release_graph import day, graph_for
from server.rdf.iris import canonical
from server.release.reader import Release

OST = "http://localhost/id/treaty/1967/outer-space"


@pytest.mark.parametrize(
    ("text", "words"),
    [("1967-01-27", "27 January 1967"), ("1967", "1967"), ("soon", "soon"), ("", "")],
)
def test_day_in_words(text: str, words: str) -> None:
    assert day(text) == words


def test_boxes_of_a_column_do_not_meet_and_fit_the_drawing() -> None:
    long = [Ref("a very long name that needs more than one line of a box " * 2)] * 5
    shown = drawing("t", [Arm("one", long), Arm("two", long)], Ref("c"), [])
    left = [b for b in shown.boxes if b.style != "centre"]
    assert all(above.y + above.height < below.y for above, below in pairwise(left))
    assert max(b.y + b.height for b in shown.boxes) <= shown.height
    assert max(b.x + b.width for b in shown.boxes) <= shown.width


def test_drawing_tells_how_many_it_leaves_out_and_says_all_in_words() -> None:
    refs = [Ref(f"thing {n}") for n in range(30)]
    shown = drawing("t", [], Ref("c"), [Arm("leads to", refs)])
    assert len(shown.boxes) == 1 + 7 + 1
    assert shown.boxes[-1].lines == ("and 23 more",)
    assert all(ref.text in shown.text for ref in refs)


def test_each_edge_has_the_style_of_its_arm() -> None:
    shown = drawing("t", [Arm("a", [Ref("x")])], Ref("c"), [Arm("b", [Ref("y")], dashed=True)])
    assert [(e.title, e.style) for e in shown.edges] == [("a", ""), ("b", "dashed")]


def test_citations_name_thing_release_and_address(tiny_release: Release) -> None:
    document = tiny_release.document(OST)
    assert document is not None
    forms = {c.name: c.text for c in citations(tiny_release, document)}
    assert list(forms) == ["Plain", "BibTeX", "RIS", "CSL-JSON"]
    for text in forms.values():
        assert "Outer Space Treaty" in text
        assert canonical(OST, tiny_release.base) in text
        assert tiny_release.manifest.release in text
    assert forms["BibTeX"].startswith("@misc{id-treaty-1967-outer-space,")
    assert forms["RIS"].splitlines()[-1] == "ER  - "
    (entry,) = json.loads(forms["CSL-JSON"])
    assert (entry["type"], entry["URL"]) == ("treaty", canonical(OST, tiny_release.base))


def test_kind_without_a_design_still_tells_who_describes_it(tiny_release: Release) -> None:
    document = tiny_release.document(OST)
    assert document is not None
    shown = design(tiny_release, document)
    assert (shown.kind, shown.facts) == ("", ())
    assert [layer.name for layer in shown.layers] == ["official"]


def test_all_parts_are_below_a_text(tiny_release: Release) -> None:
    below = graph_for(tiny_release).below(OST)
    assert below[0] == OST
    assert f"{OST}/article/9/sentence/1" in below
