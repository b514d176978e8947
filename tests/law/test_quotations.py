"""Tests of checking quotations against fingerprints."""

import hashlib
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from server.cli import main
from server.law import quotations
from server.law.passages import shingles, words
from server.law.quotations import Fingerprints, Provision, Text, Unreadable

ARTICLE = (
    "Each Party that finds a lost kite on its territory shall tell the owner at once and "
    "shall keep the kite dry until it is fetched, unless the owner gives it up."
)
OTHER = "No Party may fly a kite of another Party without its leave, save in a storm at sea."


def text_of(language: str, *articles: str) -> Text:
    found: list[str] = []
    provisions = []
    for number, article in enumerate(articles, 1):
        start = len(found)
        found += words(article)
        digest = hashlib.sha256(article.encode()).hexdigest()
        path = f"treaty/2000/kites/article/{number}"
        provisions.append(Provision(path, f"Article {number}", start, len(found), digest))
    whole = Provision("treaty/2000/kites", "Kite Treaty", 0, len(found), "")
    return Text(language, shingles(found, quotations.SHINGLE), (*provisions, whole))


@pytest.fixture
def prints() -> Fingerprints:
    return Fingerprints((text_of("en", ARTICLE, OTHER),))


def judged(prints: Fingerprints, passage: str) -> tuple[str, list[str]]:
    finding = prints.judge(passage)
    return finding.verdict, [provision.label for provision, _ in finding.places]


def test_a_passage_stands_there_verbatim(prints: Fingerprints) -> None:
    passage = "shall tell the owner at once and SHALL keep the kite dry"
    assert judged(prints, passage) == ("verbatim", ["Article 1"])


def test_a_passage_over_two_provisions_is_placed_in_what_holds_both(prints: Fingerprints) -> None:
    passage = "unless the owner gives it up. No Party may fly a kite"
    assert judged(prints, passage) == ("verbatim", ["Kite Treaty"])


@pytest.mark.parametrize(
    "passage",
    [
        "shall tell the finder at once and shall keep the kite dry until it is fetched",
        "shall tell the owner at once and keep the kite dry until it is fetched",
        "shall tell the owner at once, and shall keep the red kite dry until it is fetched",
    ],
)
def test_a_passage_with_a_slip_stands_there_nearly(prints: Fingerprints, passage: str) -> None:
    assert judged(prints, passage) == ("nearly", ["Article 1"])


def test_words_in_another_order_are_not_found(prints: Fingerprints) -> None:
    passage = "dry kite the keep shall and once at owner the tell shall"
    assert judged(prints, passage) == ("not found", [])


def test_quotations_are_checked_with_their_lines(prints: Fingerprints) -> None:
    second = "«shall tell the owner at once and shall keep the kite»"
    text = f"Preface.\n\nIt says “{OTHER}” and\n{second}.\n"
    assert [(f.line, f.verdict) for f in prints.check(text)] == [(3, "verbatim"), (4, "verbatim")]


def test_without_quotation_marks_paragraphs_are_checked(prints: Fingerprints) -> None:
    text = (
        f"Heading\n\n1. {ARTICLE}\n\nThis paragraph has nothing to do with any kite that I know.\n"
    )
    assert [f.verdict for f in prints.check(text)] == ["verbatim", "not found"]


def test_fingerprints_are_read_as_they_were_written(tmp_path: Path, prints: Fingerprints) -> None:
    one, two = tmp_path / "one.gz", tmp_path / "two.gz"
    quotations.dump(prints.texts, one)
    quotations.dump(prints.texts, two)
    assert one.read_bytes() == two.read_bytes()
    assert judged(Fingerprints.load(one), ARTICLE) == ("verbatim", ["Article 1"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x00\x01\x02" * 100, "is no text in UTF-8"),
        (b"\xff\xfe\xfa" * 100, "is no text in UTF-8"),
        (b"too short", "has no passage of at least 8 words"),
        (b"", "has no passage of at least 8 words"),
        (b"x" * (quotations.MAX_BYTES + 1), "at most 10 MB can be checked"),
    ],
)
def test_what_cannot_be_checked_is_told_in_one_line(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=said):
        quotations.read(path)
    result = CliRunner().invoke(main, ["quote", str(path)])
    assert result.exit_code == 1
    assert result.output.count("\n") == 1


def test_a_missing_file_is_told_in_one_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["quote", str(tmp_path / "none.txt")])
    assert result.exit_code == 1
    assert result.output.endswith("none.txt cannot be read: No such file or directory.\n")


def test_the_committed_fingerprints_know_the_treaties(tmp_path: Path) -> None:
    path = tmp_path / "essay.txt"
    path.write_text(
        "He quotes “States Parties to the Treaty shall regard astronauts as envoys of mankind”\n"
        "and “Such representatives shall give a reasonable notice of a projected visit”.\n",
        "utf-8",
    )
    lines = CliRunner().invoke(main, ["quote", str(path)]).output.splitlines()
    assert lines[0].startswith(f"{path}:1: verbatim in Outer Space Treaty, Article V, paragraph 1")
    near = r":2: nearly \(\d+% of its words\) in Outer Space Treaty, Article XII \(en\): Such "
    assert re.search(near, lines[1])


def test_the_committed_fingerprints_are_small() -> None:
    root = Path(__file__).parents[2]
    assert (root / quotations.FINGERPRINTS).stat().st_size < 2_000_000
