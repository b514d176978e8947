"""Checks quotations against fingerprints of the official texts, which hold no words of them."""

import base64
import gzip
import json
import re
import sys
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

from server.law.passages import covered, shingles, words

Verdict = Literal["verbatim", "nearly", "not found"]

FINGERPRINTS = Path("data") / "fingerprints.json.gz"
SHINGLE = 3
MIN_WORDS = 8
MAX_BYTES = 10_000_000
# From this share of its words on, a passage is a faulty quotation and not another text.
_NEARLY = 0.6
_MAX_PLACES = 5
_SHOWN = 8
# A passage is placed in the smallest provision with this share of what was found of it.
_HELD = 0.8
# A shingle that stands in more places is a common phrase.
_COMMON = 40
_TRIED = 5
_MAX_QUOTATION = 6_000
_QUOTED = re.compile(
    rf"“([^“”]{{1,{_MAX_QUOTATION}}})”|«([^«»]{{1,{_MAX_QUOTATION}}})»|„([^„“”]{{1,{_MAX_QUOTATION}}})[“”]"
    rf'|"([^"]{{1,{_MAX_QUOTATION}}})"|「([^「」]{{1,{_MAX_QUOTATION}}})」'
)
_LIST_MARK = re.compile(r"^\s*(?:\d{1,3}\.|\(?\w{1,4}\))\s+")
_PARAGRAPH = re.compile(r"\S.*?(?=\n\s*\n|\Z)", re.DOTALL)


class Unreadable(Exception):
    """A file that cannot be checked; the text says why."""


@dataclass(frozen=True)
class Provision:
    """One provision in a text: its name, the range of its words, and the hash of all of them."""

    path: str
    label: str
    start: int
    end: int
    sha256: str

    def count(self, positions: Sequence[int]) -> int:
        """Return how many of these words, given in their order, are in the provision."""
        return bisect_left(positions, self.end) - bisect_left(positions, self.start)


@dataclass(frozen=True)
class Text:
    """The fingerprint of an instrument in one language."""

    language: str
    shingles: Sequence[int]
    provisions: tuple[Provision, ...]

    def place(self, positions: Sequence[int]) -> Provision | None:
        """Return the smallest provision that holds nearly all of these words."""
        enough = len(positions) * _HELD
        holding = [p for p in self.provisions if p.count(positions) >= enough]
        return min(holding, key=lambda p: p.end - p.start, default=None)


@dataclass(frozen=True)
class Finding:
    """What became of one passage: its line, where it stands and how many of its words do."""

    line: int
    passage: str
    verdict: Verdict
    share: float
    places: tuple[tuple[Provision, str], ...]

    def __str__(self) -> str:
        opening = " ".join(self.passage.split()[:_SHOWN])
        where = "; ".join(f"{provision.label} ({language})" for provision, language in self.places)
        part = f" ({self.share:.0%} of its words)" if self.verdict == "nearly" else ""
        place = f" in {where}" if where else ""
        return f"{self.verdict}{part}{place}: {opening} …"


@dataclass(frozen=True)
class Fingerprints:
    """The fingerprints of all texts."""

    texts: tuple[Text, ...]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `dump` wrote."""
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return cls(tuple(_text(record) for record in json.load(file)["texts"]))

    @cached_property
    def _index(self) -> dict[int, list[tuple[int, int]]]:
        """Where each shingle stands: the number of the text and the number of the word."""
        index: dict[int, list[tuple[int, int]]] = {}
        for number, text in enumerate(self.texts):
            for position, shingle in enumerate(text.shingles):
                index.setdefault(shingle, []).append((number, position))
        return index

    def check(self, text: str) -> Iterator[Finding]:
        """Judge each quotation of at least eight words, or each paragraph where none is marked."""
        line, seen = 1, 0
        for start, passage in passages(text):
            line, seen = line + text.count("\n", seen, start), start
            yield self.judge(passage, line)

    def judge(self, passage: str, line: int = 1) -> Finding:
        """Tell whether a passage stands in an official text."""
        found = words(passage)
        marks = shingles(found, SHINGLE)
        places = self._verbatim(marks)
        if places:
            stretches = [(t, range(p, p + len(found))) for t, p in places[:_MAX_PLACES]]
            return Finding(line, passage, "verbatim", 1.0, self._named(stretches))
        best, text, positions = self._nearest(marks, len(found))
        if best < _NEARLY:
            return Finding(line, passage, "not found", best, ())
        return Finding(line, passage, "nearly", best, self._named([(text, positions)]))

    def _verbatim(self, marks: Sequence[int]) -> list[tuple[int, int]]:
        rarest = min(range(len(marks)), key=lambda i: len(self._index.get(marks[i], ())))
        starts = [(t, p - rarest) for t, p in self._index.get(marks[rarest], ()) if p >= rarest]
        return [(t, p) for t, p in starts if self._stands(marks, t, p)]

    def _stands(self, marks: Sequence[int], text: int, position: int) -> bool:
        return list(self.texts[text].shingles[position : position + len(marks)]) == list(marks)

    def _nearest(self, marks: Sequence[int], length: int) -> tuple[float, int, list[int]]:
        """Return the greatest share of the words that one stretch of a text has, and where.

        Common phrases, which stand in many places, count only where others lead to.
        """
        rare = [at for mark in marks for at in self._places(mark)]
        stretches = Counter((text, position // length) for text, position in rare)
        best: tuple[float, int, list[int]] = (0.0, 0, [])
        for (text, number), _ in stretches.most_common(_TRIED):
            best = max(best, self._shared(marks, length, text, number * length))
        return best

    def _places(self, mark: int) -> Sequence[tuple[int, int]]:
        places = self._index.get(mark, ())
        return places if len(places) <= _COMMON else ()

    def _shared(
        self, marks: Sequence[int], length: int, text: int, around: int
    ) -> tuple[float, int, list[int]]:
        """Compare a passage with the stretch of a text that is twice as long."""
        first = max(around - length // 2, 0)
        stretch = self.texts[text].shingles[first : around + length + length // 2]
        there, wanted = set(stretch), set(marks)
        share = len(covered((i for i, m in enumerate(marks) if m in there), SHINGLE)) / length
        return share, text, [first + i for i, mark in enumerate(stretch) if mark in wanted]

    def _named(
        self, stretches: Sequence[tuple[int, Sequence[int]]]
    ) -> tuple[tuple[Provision, str], ...]:
        texts = [(self.texts[t], positions) for t, positions in stretches]
        named = [(text.place(positions), text.language) for text, positions in texts]
        return tuple((provision, language) for provision, language in named if provision)


def passages(text: str) -> list[tuple[int, str]]:
    """Return the quotations of at least eight words, each with its place; else the paragraphs."""
    quoted = [(m.start(), next(g for g in m.groups() if g)) for m in _QUOTED.finditer(text)]
    long = [(start, passage) for start, passage in quoted if len(words(passage)) >= MIN_WORDS]
    if long:
        return long
    blocks = [(m.start(), _LIST_MARK.sub("", m[0], count=1)) for m in _PARAGRAPH.finditer(text)]
    return [(start, block) for start, block in blocks if len(words(block)) >= MIN_WORDS]


def read(path: Path) -> str:
    """Return the text of a file. Raises Unreadable, with one clear line, where it has none."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise Unreadable(
                f"{path} has {size / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB can be checked."
            )
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Unreadable(f"{path} is no text in UTF-8.") from None
    if "\0" in text:
        raise Unreadable(f"{path} is no text in UTF-8.")
    if not passages(text):
        raise Unreadable(f"{path} has no passage of at least {MIN_WORDS} words.")
    return text


def dump(texts: Sequence[Text], path: Path) -> None:
    """Write fingerprints so that the same texts give the same bytes."""
    records = [
        {
            "language": text.language,
            "shingles": base64.b64encode(_little_endian(text.shingles)).decode(),
            "provisions": [[p.path, p.label, p.start, p.end, p.sha256] for p in text.provisions],
        }
        for text in texts
    ]
    raw = json.dumps({"words in a shingle": SHINGLE, "texts": records}, ensure_ascii=False)
    path.write_bytes(gzip.compress(raw.encode(), 9, mtime=0))


def _text(record: dict[str, Any]) -> Text:
    marks = array("I", base64.b64decode(record["shingles"]))
    if sys.byteorder == "big":
        marks.byteswap()
    return Text(record["language"], marks, tuple(Provision(*p) for p in record["provisions"]))


def _little_endian(marks: Sequence[int]) -> bytes:
    found = array("I", marks)
    if sys.byteorder == "big":
        found.byteswap()
    return found.tobytes()
