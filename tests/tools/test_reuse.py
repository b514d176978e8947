"""Tests of the measurement of reused words."""

from server.law.passages import words
from tools.texts.reuse import Passage, pairs, share, threshold, without_titles

SAME = "each party shall keep its own kite dry at all times and shall tell the owner at once"
CHANCE = "no party may fly over the sea and each party shall keep silence on the ground below it"


def passage(path: str, day: str, text: str, *subjects: str) -> Passage:
    return Passage(path, path, path.partition("/")[0], day, tuple(words(text)), frozenset(subjects))


def test_the_earlier_provision_comes_first_and_both_shares_are_told() -> None:
    late = passage("b/1", "2001-01-01", SAME + " and its friends too", "kites")
    early = passage("a/1", "2000-01-01", SAME, "kites")
    (pair,) = pairs([late, early])
    assert (pair.earlier, pair.later) == (early, late)
    assert pair.earlier_share == 1.0
    assert 0.7 < pair.later_share < 1.0


def test_provisions_of_one_day_are_not_compared() -> None:
    assert (
        list(pairs([passage("a/1", "2000-01-01", SAME), passage("a/2", "2000-01-01", SAME)])) == []
    )


def test_a_title_is_no_word_taken_over() -> None:
    text = "the Treaty on Kites and Balloons of All Kinds applies"
    found = without_titles(text, ["Treaty on Kites and Balloons of All Kinds", "Kites"])
    assert [w for w in found if w.isalpha()] == ["the", "applies"]
    assert len(set(without_titles(f"{text} {text}", ["Kites"]))) > len(set(words(text)))


def test_chance_is_what_pairs_without_a_common_subject_share() -> None:
    one = passage("a/1", "2000-01-01", SAME, "kites")
    two = passage("b/1", "2001-01-01", SAME, "kites")
    other = passage("c/1", "2002-01-01", CHANCE, "silence")
    measured = list(pairs([one, two, other]))
    assert threshold(measured) == max(p.score for p in measured if p.later is other)
    assert threshold(p for p in measured if p.later is two) == 1.0


def test_share_is_told_in_both_directions() -> None:
    short, long = (
        words("states shall bear responsibility"),
        words("all states shall bear responsibility"),
    )
    assert share(short, long, 4) == 1.0
    assert share(long, short, 4) == 0.8


def test_words_outside_runs_do_not_count() -> None:
    assert share(words("of the and in"), words("in and the of"), 2) == 0.0
    assert share([], words("a"), 1) == 0.0
    assert share(words("a b"), words("a b"), 3) == 0.0
