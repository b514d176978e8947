"""Words that one text takes from another: normalised words, shingles, and what they cover."""

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
    runs = (" ".join(words[i : i + size]) for i in range(len(words) - size + 1))
    digests = (hashlib.blake2b(run.encode(), digest_size=4).digest() for run in runs)
    return [int.from_bytes(digest, "little") for digest in digests]


def covered(starts: Iterable[int], size: int) -> set[int]:
    """Return the places of all words in runs of `size` words that begin at `starts`."""
    return set(chain.from_iterable(range(start, start + size) for start in starts))
