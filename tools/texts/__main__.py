"""Rebuilds what is measured on the official texts: `python -m tools.texts [FOLDER]`.

Writes fingerprints for `spacelaw quote` and the textual reuse between provisions, in English and,
as a check, in French. FOLDER holds the texts; without it, ../shared/texts beside the checkout.
"""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from server.law.passages import shingles, words
from server.law.quotations import FINGERPRINTS, SHINGLE, Provision, Text, dump
from server.rdf.vocabulary import DCTERMS, SL
from tools.texts import reuse
from tools.texts.catalogue import FOLDER, INSTRUMENTS
from tools.texts.outline import ID, Division
from tools.texts.reading import Read, read_all
from tools.texts.turtle import write_reuse

ROOT = Path(__file__).parents[2]
MEASURED = ("en", "fr")


def main() -> None:
    """Read all texts, measure them, and write what was found."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    if not folder.is_dir():
        sys.exit(f"tools.texts: there are no official texts in {folder}.")
    dump([fingerprint(read) for read in read_all(ROOT, folder)], ROOT / FINGERPRINTS)
    facts = Facts()
    for language in MEASURED:
        passages = list(facts.passages(read_all(ROOT, folder, language), language))
        pairs = list(reuse.pairs(passages))
        write_reuse(ROOT, language, passages, pairs, reuse.threshold(pairs))


def fingerprint(read: Read) -> Text:
    """Return the fingerprint of one copy: its shingles, and the words of each provision."""
    found: list[str] = []
    spans: dict[str, tuple[int, int]] = {}
    for path, passage in read.placed.passages:
        start = len(found)
        found += words(passage)
        spans[path] = (spans.get(path, (start,))[0], len(found))
    provisions = []
    for division in read.divisions:
        inside = [span for path, span in spans.items() if _holds(division.path, path)]
        if inside:
            start, end = min(a for a, _ in inside), max(b for _, b in inside)
            digest = hashlib.sha256(" ".join(found[start:end]).encode()).hexdigest()
            provisions.append(Provision(division.path, division.label, start, end, digest))
    return Text(read.copy.language, shingles(found, SHINGLE), tuple(provisions))


def _holds(whole: str, path: str) -> bool:
    return path == whole or path.startswith(whole + "/")


class Facts:
    """What the data say of the texts that are measured: days, subjects and titles."""

    def __init__(self) -> None:
        self._days: dict[str, str] = {}
        self._subjects: dict[str, set[str]] = {}
        self._titles: dict[str, set[str]] = {}
        for path in sorted((ROOT / "data" / "official").rglob("*.ttl")):
            for triple in ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE):
                self._note(triple)

    def _note(self, triple: ox.Triple) -> None:
        path = str(triple.subject.value).removeprefix(ID)  # type: ignore[union-attr]
        value = triple.object
        if triple.predicate.value == SL + "adoptionDate" and isinstance(value, ox.Literal):
            self._days[path] = value.value
        elif triple.predicate.value == DCTERMS + "subject" and isinstance(value, ox.NamedNode):
            self._subjects.setdefault(path, set()).add(value.value)
        elif triple.predicate.value == DCTERMS + "title" and isinstance(value, ox.Literal):
            self._titles.setdefault(value.language or "", set()).add(value.value)

    def passages(self, reads: Iterator[Read], language: str) -> Iterator[reuse.Passage]:
        """Return the provisions of the first level of each text that are long enough."""
        for read in reads:
            kinds = {d.path: d.kind for d in read.divisions}
            for division in read.divisions:
                inner = kinds.get(division.whole, "Part") not in ("Part", "Preamble")
                if inner or division.kind in ("Part", "Preamble"):
                    continue
                text = read.placed.text(division.path)
                found = reuse.without_titles(text, self._titles.get(language, ()))
                if len(found) >= reuse.MIN_WORDS:
                    yield self._passage(read, division, found)

    def _passage(self, read: Read, division: Division, found: tuple[str, ...]) -> reuse.Passage:
        instruments = INSTRUMENTS[read.copy.key]
        own = next(i for i in instruments if _holds(i, division.path))
        day = self._days.get(own, own.split("/")[1])
        subjects = frozenset(self._subjects.get(division.path, ()))
        return reuse.Passage(division.path, division.label, instruments[-1], day, found, subjects)


if __name__ == "__main__":
    main()
