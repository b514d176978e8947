"""What instruments, provisions and States are called in manuscripts and in questions."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from server.declared import declared_in
from server.law import participation
from server.law.quotations import FINGERPRINTS, Fingerprints
from server.rdf.serialization import parse
from server.rdf.vocabulary import DCTERMS, RDFS, SKOS
from server.release.reader import Release
from server.release.text_search import arabic

_PARTS = "preamble|preface|article|paragraph|principle|guideline|section|part"
_WHOLE = re.compile(rf"(.+?)/(?:{_PARTS})(?:/|$)")
_KINDS = {"art": "article", "pri": "principle", "gui": "guideline", "par": "paragraph"}
_NUMBER = r"[A-D]\.\d{1,2}|[IVXLC]+|\d{1,2}"
_PROVISION = (
    rf"(?P<kind>(?i:articles?|arts?\.?|principles?|guidelines?|paragraphs?))\s+"
    rf"(?P<numbers>(?i:{_NUMBER})(?:(?:\s*,\s*|\s*,?\s+(?:and|or|to)\s+|\s*[-\u2013]\s*)(?i:{_NUMBER})\b)*)"
    rf"(?:\s*\((?P<small>\w{{1,2}})\)|,?\s+para(?:graph|\.)?\s*\(?(?P<paragraph>\d{{1,2}})\)?)*"
)
_NAMES = {
    RDFS + "label",
    SKOS + "prefLabel",
    SKOS + "altLabel",
    DCTERMS + "title",
    DCTERMS + "identifier",
}
_STATES = ("State", "FormerState")
NAMES = Path("queries") / "ask" / "names.yaml"


def number(text: str) -> str:
    """Return a number as it stands in identifiers: 9 for IX, d-2 for D.2."""
    return arabic(text.lower()).replace(".", "-")


def whole(path: str) -> str:
    """Return the instrument that a provision belongs to, by the path of the provision."""
    match = _WHOLE.match(path)
    return match[1] if match else path


def names_of(release: Release, iri: str) -> set[str]:
    """Return the names of a thing in English and its symbols."""
    document = release.document(iri)
    quads = parse(document.nquads) if document else ()
    names = set()
    for quad in quads:
        predicate, language = quad.predicate.value, getattr(quad.object, "language", None)
        symbol = predicate == f"{release.base}def/symbol"
        if (predicate in _NAMES or symbol) and language in (None, "en"):
            names.add(str(quad.object.value))  # type: ignore[union-attr]
    return names


def fold(name: str) -> str:
    """Return a name as it is looked up."""
    return " ".join(name.split()).casefold()


def alternatives(names: Iterable[str]) -> str:
    """Return a pattern for any of these names; abbreviations keep their capitals."""
    ordered = sorted(names, key=lambda name: (-len(name), name))
    patterns = (re.escape(name).replace(r"\ ", r"\s+") for name in ordered)
    return "|".join(p if p.isupper() else f"(?i:{p})" for p in patterns) or "(?!)"


@dataclass(frozen=True)
class Reference:
    """A provision that is named: its place in the text, its path, "" where there is none."""

    start: int
    end: int
    text: str
    instrument: str
    path: str


class Instruments:
    """The instruments whose provisions are known, under the names that people give them."""

    def __init__(self, sources: Path, release: Release | None) -> None:
        self.prints = Fingerprints.load(sources / FINGERPRINTS)
        english = [p for t in self.prints.texts if t.language == "en" for p in t.provisions]
        self.provisions = {p.path: p.label for p in english}
        self.names = {p.label.partition(",")[0]: whole(p.path) for p in english}
        for path in {*self.names.values()}:
            names = names_of(release, f"{release.base}id/{path}") if release else set()
            self.names |= {name: path for name in names if len(name) > 2}
        listed = declared_in(sources / NAMES) if (sources / NAMES).is_file() else {}
        # What people call things beside the names in the data.
        self.everyday = {name: path for path, names in listed.items() for name in names}
        known = {*self.names.values()}
        self.names |= {name: path for name, path in self.everyday.items() if path in known}

    def states(self, release: Release) -> dict[str, str]:
        """Return the States of a release by all their names of more than three letters."""
        prefix = f"{release.base}id/"
        return {
            name: entry.iri.removeprefix(prefix)
            for kind in _STATES
            for entry in release.entries(f"{release.base}def/{kind}", 1000)
            for name in names_of(release, entry.iri)
            if len(name) > 3 or not name.isupper()
        } | {name: path for name, path in self.everyday.items() if path.startswith("state/")}

    def treaties(self, release: Release) -> dict[str, str]:
        """Return the treaties whose participation is on record, by all their names."""
        prefix = f"{release.base}id/"
        on_record = {iri.removeprefix(prefix) for iri in participation.treaties(release)}
        return {name: path for name, path in self.names.items() if path in on_record}

    @cached_property
    def _mentions(self) -> tuple[re.Pattern[str], ...]:
        name = f"(?P<name>{alternatives(self.names)})"
        joint = r"\s*,?\s+(?:(?i:of|in|to)\s+)?(?:(?i:the)\s+)?(?:(?:19|20)\d\d\s+)?"
        before = re.compile(rf"\b{_PROVISION}{joint}{name}(?!\w)")
        after = re.compile(rf"\b{name},?\s+\(?{_PROVISION}(?!\w)")
        return before, after

    def references(self, text: str) -> Iterator[Reference]:
        """Yield the provisions that a text names with their instrument, in no order."""
        taken: set[int] = set()
        for pattern in self._mentions:
            for match in pattern.finditer(text):
                if not taken.intersection(range(*match.span("numbers"))):
                    taken.update(range(*match.span("numbers")))
                    yield from self._named(match)

    def _named(self, match: re.Match[str]) -> Iterator[Reference]:
        names: Mapping[str, str] = {fold(n): iri for n, iri in self.names.items()}
        instrument = names[fold(match["name"])]
        for written in re.findall(rf"(?i:{_NUMBER})(?!\w)", match["numbers"]):
            path = self.path(instrument, match["kind"], written, match["paragraph"] or "")
            yield Reference(match.start(), match.end(), match[0], instrument, path)

    def path(self, instrument: str, kind: str, written: str, paragraph: str = "") -> str:
        """Return the path of a provision that is named so, "" where the instrument has none."""
        kind = _KINDS[kind[:3].lower()]
        kinds = (kind,) if kind == "article" else (kind, "paragraph", "guideline", "section")
        paths = (f"{instrument}/{k}/{number(written)}" for k in kinds)
        provision = next((p for p in paths if p in self.provisions), "")
        inner = f"{provision}/paragraph/{paragraph}"
        if not paragraph or not provision or inner in self.provisions:
            return inner if paragraph and provision else provision
        divided = f"{provision}/paragraph/1" in self.provisions
        return "" if divided or paragraph != "1" else provision
