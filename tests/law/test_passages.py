"""Tests of the comparison of words between texts."""

import pytest

from server.law.passages import covered, share, shingles, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Co-operation in outer space.", ["cooperation", "in", "outer", "space"]),
        ("inter-\nnational law", ["international", "law"]),
        ("l\u2019espace extra-atmosphérique", ["lespace", "extraatmosphérique"]),
        ("l'espace", ["lespace"]),
        ("外层空间 1967", ["外", "层", "空", "间", "1967"]),
        ("Статья VI", ["статья", "vi"]),
        ("… — 'tis", ["tis"]),
        ("", []),
    ],
)
def test_words_are_the_same_in_all_editions(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_shingles_tell_runs_apart_and_know_them_again() -> None:
    one, two = shingles(words("a b c d"), 3)
    assert one != two
    assert shingles(words("A, b; C"), 3) == [one]
    assert shingles(words("a b"), 3) == []


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


def test_overlapping_runs_count_once() -> None:
    assert covered([0, 1, 5], 3) == {0, 1, 2, 3, 5, 6, 7}
