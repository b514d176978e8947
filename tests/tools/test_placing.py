"""Tests of giving the paragraphs of a text to its provisions."""

from pathlib import Path

import pytest

from tools.texts.catalogue import Copy
from tools.texts.outline import Division
from tools.texts.paragraphs import paragraphs
from tools.texts.placing import place


def division(path: str, kind: str, number: str = "", heading: str = "") -> Division:
    return Division(path, kind, number, heading, path.rpartition("/")[0], 0, path)


TREATY = [
    division("t/preamble", "Preamble"),
    division("t/preamble/1", "PreambularParagraph"),
    division("t/article/1", "Article", "I"),
    division("t/article/1/paragraph/1", "Paragraph"),
    division("t/article/1/paragraph/2", "Paragraph"),
    division("t/article/2", "Article", "II"),
    division("t/article/2/paragraph/1", "Paragraph", "1"),
    division("t/article/2/paragraph/1/a", "Paragraph", "a"),
    division("t/article/2/paragraph/1/b", "Paragraph", "b"),
    division("t/article/2/paragraph/2", "Paragraph", "2"),
]
TEXT = [
    "Treaty on Kites",
    "The States Parties to this Treaty,",
    "Recalling the wind,",
    "Have agreed on the following:",
    "Article I",
    "Kites fly.",
    "Kites also land.",
    "Article II",
    "1. Each Party shall:",
    "(a) wind up its string;",
    "(b) dry its kite.",
    "This holds in all seasons.",
    "2. Nothing here concerns balloons.",
    "IN WITNESS WHEREOF they have signed.",
]


def test_each_paragraph_goes_to_its_provision() -> None:
    placed = place(TEXT, TREATY)
    assert (placed.missing, placed.left) == ([], [])
    assert placed.own("t/article/1/paragraph/2") == "Kites also land."
    assert placed.own("t/article/2/paragraph/1/b") == "dry its kite."
    assert placed.text("t/article/2").endswith("in all seasons. Nothing here concerns balloons.")


def test_what_follows_a_list_belongs_to_the_whole_of_it() -> None:
    whole = place(TEXT, TREATY).own("t/article/2/paragraph/1")
    assert whole == "Each Party shall: This holds in all seasons."


def test_a_paragraph_without_a_provision_is_left() -> None:
    placed = place([*TEXT[:7], "Kites break.", *TEXT[7:]], TREATY)
    assert placed.left == ["Kites break."]


def test_a_provision_that_the_text_lacks_is_missing() -> None:
    placed = place([p for p in TEXT if not p.startswith("(a)")], TREATY)
    assert placed.missing == ["t/article/2/paragraph/1/a"]


@pytest.mark.parametrize(
    "text",
    [
        ["Article II 1. Each Party shall: (a) wind up; (b) dry. 2. No balloons."],
        ["Artículo II", "1. Cada Parte:", "a) enrollará;", "b) secará.", "2. Nada."],
        ["Статья II", "1. Каждое государство:", "а) сматывает;", "b) сушит.", "2. Ничего."],
        ["第二条", "一. 各缔约国应：", "（甲） 收线；", "（乙） 晾干。", "二. 无。"],
    ],
)
def test_marks_are_known_in_each_language_and_inside_a_paragraph(text: list[str]) -> None:
    placed = place(text, TREATY[5:])
    assert (placed.missing, placed.left) == ([], [])


def test_headings_are_no_text() -> None:
    outline = [
        division("g/section/1", "Part", "1", "Background"),
        division("g/section/1/paragraph/1", "Paragraph"),
        division("g/guideline/a-1", "NumberedGuideline", "A.1", "Fly with care"),
    ]
    placed = place(["1. Background", "Some wind.", "Guideline A.1 Fly with care", "Do."], outline)
    assert placed.passages == [
        ("g/section/1/paragraph/1", "Some wind."),
        ("g/guideline/a-1", "Do."),
    ]
    assert placed.missing == []


PAGE = """[[PDF page 7]]
ST/SPACE/61/Rev.3
A.  Treaty on Kites

    The General Assembly,

    Recalling the wind3 and the ­rain, and also the kite-
fliers of all coun-
tries,
    1.  Decides:
    (a)  To fly;

      3United Nations, Kite Series, vol. 1.

                 7[[PDF page 8]]
    (b)  To land
again.
"""


def test_a_printed_page_loses_what_printing_added(tmp_path: Path) -> None:
    file = tmp_path / "_st-space-61-rev-3" / "en" / "kites.txt"
    file.parent.mkdir(parents=True)
    file.write_text(PAGE, "utf-8")
    assert paragraphs(Copy("kites", "en", file)) == [
        "A. Treaty on Kites",
        "The General Assembly,",
        "Recalling the wind and the rain, and also the kitefliers of all countries,",
        "1. Decides:",
        "(a) To fly;",
        "(b) To land again.",
    ]
