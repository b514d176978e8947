"""Checks quotations against fingerprints of the official texts, which hold no words of them."""

import base64
import gzip
import json
import re
import struct
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

from server.law.passages import covered, shingles, words

Verdict = Literal["verbatim", "altered", "absent"]

FINGERPRINTS = Path("data") / "fingerprints.json.gz"
SHINGLE = 3
MIN_WORDS = 8
# From this share of its words on, a passage is a faulty quotation and not another text.
_NEARLY = 0.6
_MAX_PLACES = 5
# A passage is placed in the smallest provision with this share of what was found of it.
_HELD = 0.8
# A shingle that stands in more places is a common phrase.
_COMMON = 40
_TRIED = 5
_MAX_QUOTATION = 6_000
QUOTED = re.compile(
    rf"“([^“”]{{1,{_MAX_QUOTATION}}})”|«([^«»]{{1,{_MAX_QUOTATION}}})»|„([^„“”]{{1,{_MAX_QUOTATION}}})[“”]"
    rf'|"([^"]{{1,{_MAX_QUOTATION}}})"|「([^「」]{{1,{_MAX_QUOTATION}}})」'
)
# What a scholar leaves out or puts in, and a letter that was made capital or small: [t]he States.
_OMISSION = re.compile(r"\[[^\[\]]{2,300}\]|\[?(?:\.\s?){3}\]?|\[?…\]?")
_LETTER = re.compile(r"\[(\w)\](?=\w)")
_ENUMERATION = re.compile(r"(?m)^\s*\d{1,2}\.\s|(?<!\w)\(\w{1,4}\)(?=\s)")
_MOST_OMITTED = 400  # words
_LIST_MARK = re.compile(r"^\s*(?:\d{1,3}\.|\(?\w{1,4}\))\s+")
_PARAGRAPH = re.compile(r"\S.*?(?=\n\s*\n|\Z)", re.DOTALL)


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
class Change:
    """Where a passage departs from the text: the words of the passage, and those before them.

    `official` is how many words the text has in their place; -1 where that cannot be told.
    """

    kind: Literal["replaced", "added", "omitted", "moved"]
    words: str
    after: str
    official: int

    def __str__(self) -> str:
        what = f"“{self.words}” {self.kind}" if self.words else f"{self.official} words omitted"
        return f"{what.replace('1 words', '1 word')}" + (
            f" after “{self.after}”" * bool(self.after)
        )


@dataclass(frozen=True)
class Finding:
    """What became of one passage: its place in the manuscript and its places in the texts."""

    line: int
    start: int
    passage: str
    verdict: Verdict
    share: float
    places: tuple[tuple[Provision, str], ...]
    changes: tuple[Change, ...] = ()


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
            yield self.judge(passage, line, start)

    def judge(self, passage: str, line: int = 1, start: int = 0) -> Finding:
        """Tell whether a passage stands in an official text.

        Words left out count for nothing where dots or brackets show it; nor do the marks of a list.
        """
        stretches: list[tuple[int, Sequence[int]]] = []
        for version in (passage, _ENUMERATION.sub(" ", passage)):
            pieces = _OMISSION.split(_LETTER.sub(r"\1", version))
            stretches = stretches or self._verbatim([words(piece) for piece in pieces])
        if stretches:
            return Finding(line, start, passage, "verbatim", 1.0, self._named(stretches))
        quoted = words(_LETTER.sub(r"\1", passage))
        share, text, positions = self._nearest(shingles(quoted, SHINGLE), len(quoted))
        if share < _NEARLY:
            return Finding(line, start, passage, "absent", share, ())
        changes = self._changes(quoted, text, positions)
        places = self._named([(text, positions)])
        return Finding(line, start, passage, "altered", share, places, tuple(changes))

    def _verbatim(self, pieces: Sequence[Sequence[str]]) -> list[tuple[int, Sequence[int]]]:
        """Return the stretches of texts in which all pieces stand in their order."""
        marked = [marks for piece in pieces if (marks := shingles(piece, SHINGLE))]
        if not marked:
            return []
        places: list[tuple[int, Sequence[int]]] = []
        for text, start in self._starts(marked[0]):
            end: int | None = start + len(marked[0])
            for marks in marked[1:]:
                end = self._next(marks, text, end) if end else None
            if end and len(places) < _MAX_PLACES:
                places.append((text, range(start, end + SHINGLE - 1)))
        return places

    def _starts(self, marks: Sequence[int]) -> list[tuple[int, int]]:
        rarest = min(range(len(marks)), key=lambda i: len(self._index.get(marks[i], ())))
        starts = [(t, p - rarest) for t, p in self._index.get(marks[rarest], ()) if p >= rarest]
        return [(t, p) for t, p in starts if self._stands(marks, t, p)]

    def _next(self, marks: Sequence[int], text: int, after: int) -> int | None:
        """Return where a piece ends that stands a little after a place, None where it does not."""
        for position in range(after, after + _MOST_OMITTED):
            if self._stands(marks, text, position):
                return position + len(marks)
        return None

    def _stands(self, marks: Sequence[int], text: int, position: int) -> bool:
        there = self.texts[text].shingles
        return list(there[position : position + len(marks)]) == list(marks)

    def _changes(
        self, quoted: Sequence[str], text: int, positions: Sequence[int]
    ) -> Iterator[Change]:
        """Yield where the words of a passage depart from the stretch that it is nearest to."""
        stretch = self.texts[text].shingles[positions[0] : positions[-1] + 1]
        marks, there = shingles(quoted, SHINGLE), set(stretch)
        matcher = SequenceMatcher(None, marks, list(stretch), autojunk=False)
        at, official = 0, -1
        for block in matcher.get_matching_blocks():
            start, place = (block.a, block.b) if block.size else (len(quoted), -1)
            missing = max(place - official, 0) if min(place, official) >= 0 else -1
            gap = quoted[at:start]
            if gap or missing > 0:
                moved = any(mark in there for mark in shingles(gap, SHINGLE))
                yield Change(
                    _kind(gap, missing, moved), " ".join(gap), _before(quoted, at), missing
                )
            if block.size:
                at, official = start + block.size + SHINGLE - 1, place + block.size + SHINGLE - 1

    def _nearest(self, marks: Sequence[int], length: int) -> tuple[float, int, list[int]]:
        """Return the greatest share of the words that one stretch of a text has, and where.

        Common phrases, which stand in many places, count only where others lead to, or alone.
        """
        rare = [at for mark in marks for at in self._places(mark)]
        places = rare or [at for mark in marks for at in self._index.get(mark, ())]
        stretches = Counter((text, position // length) for text, position in places)
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
    quoted = [(m.start(i), m[i]) for m in QUOTED.finditer(text) if (i := m.lastindex)]
    long = [(start, passage) for start, passage in quoted if len(words(passage)) >= MIN_WORDS]
    if long:
        return long
    blocks = [(m.start(), _LIST_MARK.sub("", m[0], count=1)) for m in _PARAGRAPH.finditer(text)]
    return [(start, block) for start, block in blocks if len(words(block)) >= MIN_WORDS]


def _kind(
    gap: Sequence[str], missing: int, moved: bool
) -> Literal["replaced", "added", "omitted", "moved"]:
    if not gap:
        return "omitted"
    return "moved" if moved else "replaced" if missing else "added"


def _before(quoted: Sequence[str], at: int) -> str:
    return " ".join(quoted[max(at - SHINGLE, 0) : at])


def dump(texts: Sequence[Text], path: Path) -> None:
    """Write fingerprints so that the same texts give the same bytes."""
    records = [
        {
            "language": text.language,
            "shingles": base64.b64encode(
                struct.pack(f"<{len(text.shingles)}I", *text.shingles)
            ).decode(),
            "provisions": [[p.path, p.label, p.start, p.end, p.sha256] for p in text.provisions],
        }
        for text in texts
    ]
    raw = json.dumps({"words in a shingle": SHINGLE, "texts": records}, ensure_ascii=False)
    path.write_bytes(gzip.compress(raw.encode(), 9, mtime=0))


def _text(record: dict[str, Any]) -> Text:
    data = base64.b64decode(record["shingles"])
    marks = array("I", struct.unpack(f"<{len(data) // 4}I", data))
    return Text(record["language"], marks, tuple(Provision(*p) for p in record["provisions"]))
