"""Words that one text takes from another: normalised words, shingles, and the shares they cover."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import chain

# Chinese is written without spaces: each of its characters counts as a word.
_WORD = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3400-\u9fff\uf900-\ufaff]+")
_INSIDE = re.compile(r"(?<=\w)(?:[\u00ad\u2010\u2011-]\s*|['\u2019\u02bc])(?=\w)")


def words(text: str) -> list[str]:
    """Return the words of a text as they are compared.

    Letter case, kinds of apostrophe and hyphens inside words count for nothing, so that
    *co-operation* is *cooperation* and a word divided at the end of a line is whole again.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _WORD.findall(_INSIDE.sub("", folded))


def shingles(words: Sequence[str], size: int) -> list[int]:
    """Return the hash (32 bits) of each run of `size` words, in their order."""
    return [_hashed(words[i : i + size]) for i in range(len(words) - size + 1)]


def _hashed(run: Iterable[str]) -> int:
    digest = hashlib.blake2b(" ".join(run).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "little")


def share(of: Sequence[str], inside: Sequence[str], size: int) -> float:
    """Return the share of the words of one text that stand in another in runs of `size` or more.

    A word counts once, wherever the other text has it. The share of a text shorter than `size`
    is 0.
    """
    there = {tuple(inside[i : i + size]) for i in range(len(inside) - size + 1)}
    starts = (i for i in range(len(of) - size + 1) if tuple(of[i : i + size]) in there)
    return len(covered(starts, size)) / len(of) if of else 0.0


def covered(starts: Iterable[int], size: int) -> set[int]:
    """Return the places of all words in runs of `size` words that begin at `starts`."""
    return set(chain.from_iterable(range(start, start + size) for start in starts))
