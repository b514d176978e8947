"""Measures how many words of one provision stand in another, and what chance accounts for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from server.law.passages import covered, words

WORDS_IN_A_SHINGLE = 4
MIN_WORDS = 20
# One chance pair in a thousand shares as many words.
LEVEL = 0.001
_TITLE = "\0"


@dataclass(frozen=True)
class Passage:
    """A provision with its words in one language, the day of its instrument, and its subjects.

    `text` is the instrument under which the copy of the text is kept.
    """

    path: str
    label: str
    text: str
    day: str
    words: tuple[str, ...]
    subjects: frozenset[str]


@dataclass(frozen=True)
class Pair:
    """Two provisions of different instruments with the share of the words of each in the other."""

    earlier: Passage
    later: Passage
    earlier_share: float
    later_share: float

    @property
    def score(self) -> float:
        """The greater of the two shares."""
        return max(self.earlier_share, self.later_share)


def without_titles(text: str, titles: Iterable[str]) -> tuple[str, ...]:
    """Return the words of a text; a title of an instrument is no word that one takes over."""
    found = words(text)
    for title in sorted((words(t) for t in titles), key=len, reverse=True):
        found = _cut(found, title)
    return tuple(found)


def _cut(found: list[str], title: list[str]) -> list[str]:
    rest, i = [], 0
    while i < len(found):
        if title and found[i : i + len(title)] == title:
            rest.append(_TITLE + str(i))  # equal to nothing
            i += len(title)
        else:
            rest.append(found[i])
            i += 1
    return rest


def pairs(passages: Sequence[Passage]) -> Iterator[Pair]:
    """Compare all passages of different instruments, the earlier one first."""
    size = WORDS_IN_A_SHINGLE
    for one, two in combinations(sorted(passages, key=lambda p: (p.day, p.path)), 2):
        if one.day != two.day:
            yield Pair(
                one, two, share(one.words, two.words, size), share(two.words, one.words, size)
            )


def threshold(measured: Iterable[Pair]) -> float:
    """Return the score that one in a thousand of the pairs without a common subject reaches."""
    chance = sorted(
        (p.score for p in measured if not p.earlier.subjects & p.later.subjects), reverse=True
    )
    return chance[int(len(chance) * LEVEL)] if chance else 1.0


def share(of: Sequence[str], inside: Sequence[str], size: int) -> float:
    """Return the share of the words of one text that stand in another in runs of `size` or more.

    A word counts once, wherever the other text has it. The share of a text shorter than `size`
    is 0.
    """
    there = {tuple(inside[i : i + size]) for i in range(len(inside) - size + 1)}
    starts = (i for i in range(len(of) - size + 1) if tuple(of[i : i + size]) in there)
    return len(covered(starts, size)) / len(of) if of else 0.0
