"""Tests of the comparison of words between texts."""

import pytest

from server.law.passages import covered, shingles, words


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


def test_overlapping_runs_count_once() -> None:
    assert covered([0, 1, 5], 3) == {0, 1, 2, 3, 5, 6, 7}
