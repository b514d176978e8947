"""Tests of checking quotations against fingerprints."""

import hashlib
from pathlib import Path

import pytest

from server.law import quotations
from server.law.passages import shingles, words
from server.law.quotations import Fingerprints, Provision, Text

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
def test_a_passage_with_a_slip_is_altered(prints: Fingerprints, passage: str) -> None:
    assert judged(prints, passage) == ("altered", ["Article 1"])


def test_words_in_another_order_are_absent(prints: Fingerprints) -> None:
    passage = "dry kite the keep shall and once at owner the tell shall"
    assert judged(prints, passage) == ("absent", [])


def test_quotations_are_checked_with_their_lines(prints: Fingerprints) -> None:
    second = "«shall tell the owner at once and shall keep the kite»"
    text = f"Preface.\n\nIt says “{OTHER}” and\n{second}.\n"
    assert [(f.line, f.verdict) for f in prints.check(text)] == [(3, "verbatim"), (4, "verbatim")]


def test_without_quotation_marks_paragraphs_are_checked(prints: Fingerprints) -> None:
    text = (
        f"Heading\n\n1. {ARTICLE}\n\nThis paragraph has nothing to do with any kite that I know.\n"
    )
    assert [f.verdict for f in prints.check(text)] == ["verbatim", "absent"]


def test_fingerprints_are_read_as_they_were_written(tmp_path: Path, prints: Fingerprints) -> None:
    one, two = tmp_path / "one.gz", tmp_path / "two.gz"
    quotations.dump(prints.texts, one)
    quotations.dump(prints.texts, two)
    assert one.read_bytes() == two.read_bytes()
    assert judged(Fingerprints.load(one), ARTICLE) == ("verbatim", ["Article 1"])


@pytest.mark.parametrize(
    ("passage", "changes"),
    [
        (
            "shall tell the finder at once and shall keep",
            ["“finder” replaced after “shall tell the”"],
        ),
        ("and shall keep the red kite dry until", ["“red” added after “shall keep the”"]),
        (
            "shall tell the owner and shall keep the kite",
            ["2 words omitted after “tell the owner”"],
        ),
        (
            "shall keep the kite dry until it is fetched, shall tell the owner at once",
            ["“shall tell the owner at once” moved after “it is fetched”"],
        ),
    ],
)
def test_it_is_told_where_a_passage_departs(
    prints: Fingerprints, passage: str, changes: list[str]
) -> None:
    finding = prints.judge(passage)
    assert finding.verdict == "altered"
    assert set(changes) <= {str(change) for change in finding.changes}


@pytest.mark.parametrize(
    "passage",
    [
        "Each Party … shall tell the owner at once and shall keep the kite dry",
        "Each Party [...] shall tell the owner at once . . . unless the owner gives it up",
        "[e]ach Party that finds a lost kite [of another] on its territory shall tell the owner",
        "1. Each Party that finds a lost kite on its territory (a) shall tell the owner at once",
    ],
)
def test_what_is_left_out_with_a_mark_is_no_alteration(prints: Fingerprints, passage: str) -> None:
    assert judged(prints, passage) == ("verbatim", ["Article 1"])


def test_pieces_in_another_order_are_not_verbatim(prints: Fingerprints) -> None:
    passage = "shall keep the kite dry … shall tell the owner at once"
    assert judged(prints, passage) == ("altered", ["Article 1"])


def test_the_committed_fingerprints_are_small() -> None:
    root = Path(__file__).parents[2]
    assert (root / quotations.FINGERPRINTS).stat().st_size < 2_000_000
