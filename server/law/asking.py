"""Reading of questions in English: which of the known patterns one is, about which things."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from pathlib import Path

from server.law.dates import Dates, find_dates
from server.law.instruments import Instruments, alternatives, fold, names_of
from server.law.patterns import FILLERS, SLOT, Pattern, denied, read_patterns, stems, tokens
from server.rdf.datatypes import Day
from server.release.reader import Release

# A reading is sure from this likeness on, and if the next one is less like by that much.
_SURE, _MARGIN = 0.5, 0.03
# Words of a wording say more than a name that fills a slot; their order breaks ties.
_SLOT_COST, _ORDER = 0.04, 0.15
_PROPER = frozenset({"instrument", "provision", "state"})  # kinds of proper names
# Who ratified in a year is not who was bound at its end, but who had ratified by then is.
_DONE = re.compile(r"(?i)^(?!.*\b(?:had|by|as of|as at)\b).*\b(?:join|ratif|accept|acced|sign)")
_FOLDERS = {"topic": "topic/", "bearer": "actor-class/", "term": "definition/"}
_NAMED = re.compile(r"\$([A-Za-z]+)")


@dataclass(frozen=True)
class Reading:
    """A question as it was read: the pattern, what fills its slots, and how like it is.

    `also` is a second day that it names.
    """

    pattern: Pattern
    values: Mapping[str, str]
    labels: Mapping[str, str]
    likeness: float
    explained: bool
    also: Day | None = None

    @property
    def other(self) -> "Reading | None":
        """The same question about the second day, None where it names one day alone."""
        if self.also is None:
            return None
        day = {"day": str(self.also)}
        return replace(self, values={**self.values, **day}, labels={**self.labels, **day})

    @property
    def text(self) -> str:
        """Return the reading in words; slots that nothing fills are dots."""
        return SLOT.sub(lambda slot: self.labels.get(slot[1], "…"), self.pattern.reads)

    @property
    def whole(self) -> bool:
        """Whether all slots are filled."""
        return all(slot in self.values for slot in self.pattern.slots)

    def query(self) -> str:
        """Return the query that answers it."""
        return _NAMED.sub(lambda name: _written(name[1], self.values), self.pattern.query)


@dataclass
class _Seen:
    """A question taken apart: names of things with their kinds, days, and what is left."""

    spans: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    dates: Dates = field(default_factory=Dates)
    rest: str = ""
    faulty: bool = False


class Reader:
    """Reads questions about one release."""

    def __init__(self, sources: Path, release: Release) -> None:
        self.release = release
        self.patterns = read_patterns(sources)
        self.instruments = Instruments(sources, release)
        self._names: dict[str, dict[str, str]] = {}
        written = set[str]()
        for kind, names in self._kinds():
            written.update(names)
            for name, path in names.items():
                self._names.setdefault(fold(name), {})[kind] = path
        self._named = re.compile(rf"\b(?:{alternatives(written)})(?!\w)")

    def _kinds(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Yield the names of the things that may fill each kind of slot."""
        everyday, base = self.instruments.everyday, f"{self.release.base}id/"
        yield "instrument", self.instruments.names
        yield "treaty", self.instruments.treaties(self.release)
        yield "state", self.instruments.states(self.release)
        for kind, folder in _FOLDERS.items():
            known = (iri for iri in self.release.iris() if iri.startswith(base + folder))
            iris = {n: iri for iri in known for n in names_of(self.release, iri)}
            paths = {n: iri.removeprefix(base) for n, iri in iris.items() if "(" not in n}
            paths |= {n: p for n, p in everyday.items() if p.startswith(folder)}
            yield kind, {form: path for n, path in paths.items() for form in _forms(n)}

    def find(self, name: str, *kinds: str) -> str:
        """Return the path of what has this name, of one of these kinds; "" where nothing has."""
        reference = next(iter(self.instruments.references(name)), None)
        if reference and "provision" in kinds:
            return reference.path
        known = self._names.get(fold(re.sub(r"(?i)^the\s+", "", name)), {})
        return next((known[kind] for kind in kinds if kind in known), "")

    def read(self, question: str) -> list[Reading]:
        """Return all readings of a question, the likeliest first."""
        seen = self._seen(question)
        readings = [self._reading(pattern, seen) for pattern in self.patterns]
        return sorted(readings, key=lambda r: (-r.explained, -r.likeness, r.pattern.key))

    def sure(self, readings: Sequence[Reading]) -> Reading | None:
        """Return the reading that leaves no doubt, None where there is none."""
        first, second = readings[:2]
        if not first.explained or not first.whole or first.likeness < _SURE:
            return None
        close = second.explained and first.likeness - second.likeness < _MARGIN
        return None if close else first

    def _seen(self, question: str) -> _Seen:
        seen, rest = _Seen(), question
        for reference in sorted(self.instruments.references(question), key=lambda r: -r.start):
            rest = f"{rest[: reference.start]} \0{len(seen.spans)}\0 {rest[reference.end :]}"
            seen.spans.append(
                (reference.text, {"provision": reference.path} if reference.path else {})
            )
            seen.faulty |= not reference.path

        def mark(match: re.Match[str]) -> str:
            seen.spans.append((match[0], self._names[fold(match[0])]))
            return f" \0{len(seen.spans) - 1}\0 "

        seen.rest, seen.dates = find_dates(self._named.sub(mark, rest))
        seen.faulty |= seen.dates.faulty
        return seen

    def _reading(self, pattern: Pattern, seen: _Seen) -> Reading:
        values, labels, named = {}, {}, True

        def fill(match: re.Match[str]) -> str:
            text, kinds = seen.spans[int(match[1])]
            kind = next((k for k in pattern.slots if k in kinds and k not in values), None)
            if kind is None:
                nonlocal named
                named = named and (_PROPER.isdisjoint(kinds) or pattern.names(text))
                return text
            values[kind] = text if kind == "term" else kinds[kind]
            labels[kind] = text if kind == "term" else self._label(kinds[kind])
            return f"{{{kind}}}"

        told = re.sub(r"\0(\d+)\0", fill, seen.rest)
        for kind, day in (("day", seen.dates.day), ("known", seen.dates.known)):
            if day and day != pattern.day:
                told += f" {{{kind}}}"
                values[kind] = labels[kind] = str(day)
        words = {*stems(told)}
        explained = named and not seen.faulty and words <= pattern.vocabulary
        explained = explained and denied(seen.rest) <= pattern.denied
        explained = explained and (not pattern.must or bool(pattern.must & words))
        explained = explained and not (seen.dates.also and "day" not in pattern.slots)
        if seen.dates.day and "day" in pattern.slots and "day" not in pattern.needs:
            explained = explained and not _DONE.match(seen.rest)
        likeness = _likeness(words, tokens(told), pattern) - _SLOT_COST * len(values)
        if "day" in pattern.slots and "day" not in {*pattern.needs, *values}:
            values["day"] = labels["day"] = str(Day.today())
        return Reading(pattern, values, labels, likeness, explained, seen.dates.also)

    def _label(self, path: str) -> str:
        document = self.release.document(f"{self.release.base}id/{path}")
        return document.label if document else path


def _likeness(words: Set[str], tokens: Sequence[str], pattern: Pattern) -> float:
    """Return how much a question and the nearest wording share, from 0 to 1."""
    told = words - {"{day}"}
    scored = [(_shared(told, way - {"{day}"}), order) for way, order in pattern.ways]
    best = max(score for score, _ in scored)
    near = (order for score, order in scored if score > best - _ORDER and score > _SURE / 2)
    ratios = (SequenceMatcher(None, tokens, order, autojunk=False).ratio() for order in near)
    return best * (1 - _ORDER) + max(ratios, default=0.0) * _ORDER


def _shared(told: Set[str], wanted: Set[str]) -> float:
    total = _weight(told) + _weight(wanted)
    return 2 * _weight(told & wanted) / total if total else 0.0


def _weight(words: Iterable[str]) -> float:
    return sum(2.0 if word[0] == "{" else 0.5 if word in FILLERS else 1.0 for word in words)


def _forms(name: str) -> set[str]:
    """Return a name in the singular and in the plural."""
    plain = re.sub(r"(?<=[a-z])s\b(?!\s)", "", name)
    return {name, plain, f"{plain}s"} if len(name) > 3 else {name}


def _written(name: str, values: Mapping[str, str]) -> str:
    """Return what stands for a slot in a query."""
    value = values[name]
    if name in ("day", "known"):
        return f'"{value}"^^xsd:date'
    if name == "term":
        return '"' + re.sub(r"[^\w\s-]", "", value) + '"'
    return f"<id/{value}>"
