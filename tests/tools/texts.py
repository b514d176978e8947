"""The official texts beside the data, for the tests that compare the two."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pyoxigraph as ox

from server.rdf.vocabulary import DCTERMS, SKOS, SL
from tools.texts.catalogue import FOLDER
from tools.texts.outline import ID, Division
from tools.texts.reading import Read, read_all

ROOT = Path(__file__).parents[2]
LISTS = ROOT / "tests" / "data" / "texts"
SENTENCE_END = re.compile(r"(?<=[.;])\s+(?=[A-Z(“\"])")

Values = dict[str, list[str]]


@dataclass
class Data:
    """What the official layer says: properties of each subject, by its path after id/."""

    subjects: dict[str, Values] = field(default_factory=dict)

    def of(self, path: str, prop: str) -> list[str]:
        return self.subjects.get(path, {}).get(prop, [])

    def having(self, prop: str) -> Iterator[tuple[str, Values]]:
        return ((path, values) for path, values in self.subjects.items() if prop in values)


@cache
def data() -> Data:
    found = Data()
    for path in sorted((ROOT / "data" / "official").rglob("*.ttl")):
        for triple in ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE):
            subject = str(triple.subject.value).removeprefix(ID)
            value = str(triple.object.value).removeprefix(ID)
            values = found.subjects.setdefault(subject, {})
            values.setdefault(triple.predicate.value, []).append(value)
    return found


@cache
def english() -> tuple[Read, ...]:
    return tuple(read_all(ROOT, FOLDER, "en"))


def divisions() -> Iterator[tuple[Read, Division]]:
    """Return each provision with the copy that it stands in."""
    return ((read, division) for read in english() for division in read.divisions)


def near(read: Read, path: str) -> set[str]:
    """Return a provision with what holds it and what it holds."""
    return {
        d.path
        for d in read.divisions
        if d.path == path or path.startswith(d.path + "/") or d.path.startswith(path + "/")
    } | {d.whole for d in read.divisions if d.path == path}


@cache
def norms() -> dict[str, list[str]]:
    """Return the operative verbs of the norms of each provision."""
    found: dict[str, list[str]] = {}
    for _, values in data().having(SL + "operativeVerb"):
        found.setdefault(values[SL + "ground"][0], []).append(values[SL + "operativeVerb"][0])
    return found


def plain(text: str) -> str:
    """Return a text with one kind of apostrophe, quotation mark and hyphen at the end of a line."""
    signs = text.replace("\u2019", "'").replace("“", '"').replace("”", '"').replace("- ", "-")
    return " ".join(signs.split())


def is_quoted(quotation: str, text: str) -> bool:
    """Whether a text has the words of a quotation; an ellipsis stands for what it leaves out."""
    parts = (re.escape(part) for part in plain(quotation).split(" … "))
    return re.search(" (?:.* )?".join(parts), text) is not None


def listed(name: str) -> list[list[str]]:
    """Return the rows of a list of exceptions without its head."""
    with (LISTS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def paraphrases() -> Iterator[tuple[str, str, list[str]]]:
    """Return each text of ours: its provision, the text, the operative verbs that it may keep."""
    ours = [SL + name for name in ("caption", "action", "condition", "exception")]
    ours += [DCTERMS + "description", SKOS + "note"]
    verbs = {
        division.path: [v for p in near(read, division.path) for v in norms().get(p, [])]
        for read, division in divisions()
    }
    for path, values in data().subjects.items():
        place = (values.get(SL + "ground") or values.get(SL + "definedIn") or [path])[0]
        if place in verbs:
            yield from ((place, t, verbs[place]) for prop in ours for t in values.get(prop, []))
