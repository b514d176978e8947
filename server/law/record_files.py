"""The Turtle files of the record: read, added to in words, written as turtlefmt writes them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Self

from server.law.record_rows import KINDS, PREDICATES, PREFIXES
from server.problems import UserError
from server.rdf.turtle_template import fill
from server.rdf.vocabulary import CANONICAL_BASE, LAYERS

_FIRST = re.compile(r"<(.*?)> a (.*) [;.]")
_LINE = re.compile(r"    (\S+) (.*) [;.]")
_VALUE = re.compile(r'"(?:[^"\\]|\\.)*"\S*|[^\s",]+')

_WITH_ARTICLE = re.compile(
    r"(United|Russian|Union|Netherlands|Philippines|Bahamas|Gambia|Holy See|Lao|Syrian|Republic|"
    r"Democratic (People|Republic)|Dominican|Central|Solomon|German|Socialist|European|Comoros|"
    r"Marshall|Niger$|Maldives|Seychelles|Congo|State)\b"
)


class Unformatted(UserError):
    """A file that would have to be changed and that turtlefmt did not write."""


@dataclass
class Description:
    """What one layer says of one subject: its class and its values, as Turtle terms."""

    subject: str
    kind: str
    values: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a description in Turtle that has each property on a line of its own."""
        first, *lines = text.strip().split("\n")
        subject, kind = _FIRST.findall(first)[0]
        matches = filter(None, map(_LINE.fullmatch, lines))
        return cls(subject, kind, {m[1]: _VALUE.findall(m[2]) for m in matches})

    def first(self, predicate: str) -> str:
        """Return the first value without its angle brackets, quotes and datatype, or nothing."""
        value = self.values.get(predicate, [""])[0]
        return value[1:].rpartition('"')[0] if value[:1] == '"' else value.strip("<>")

    def add(self, predicate: str, *terms: str) -> None:
        """Add values that are not there yet."""
        held = self.values.get(predicate, [])
        new = [t for t in dict.fromkeys(terms) if t not in held]
        if held:
            held += new
        elif new:
            after = PREDICATES[PREDICATES.index(predicate) + 1 :]
            later = {p: self.values.pop(p) for p in after if p in self.values}
            self.values |= {predicate: new} | later

    def __str__(self) -> str:
        lines = [f"{p} {' , '.join(v)}" for p, v in self.values.items()]
        return " ;\n    ".join([f"<{self.subject}> a {self.kind}", *lines]) + " .\n"


class _File:
    """One file: what precedes its descriptions, these, and whether turtlefmt wrote it."""

    def __init__(self, text: str) -> None:
        head, *blocks = re.split(r"^(?=<)", text, flags=re.MULTILINE)
        self.comment = "".join(line for line in head.splitlines(True) if line.startswith("#"))
        self.descriptions = [Description.read(block) for block in blocks]
        self.as_read = str(self)
        self.is_formatted = text == self.as_read or not blocks

    def __str__(self) -> str:
        body = "\n".join(map(str, sorted(self.descriptions, key=_key)))
        bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", body)
        used = {p: iri for p, iri in PREFIXES.items() if re.search(rf"\b{p}:", bare)}
        prefixes = "".join(f"@prefix {p}: <{iri}> .\n" for p, iri in used.items())
        return f"@base <https://w3id.org/spacelaw/> .\n{prefixes}\n{self.comment}{body}"


class RecordFiles:
    """Files and folders under data/ with all that stands in them by layer and subject."""

    def __init__(self, data: Path, *names: str) -> None:
        self._data = data
        self._files: dict[Path, _File] = {}
        self.layers: dict[str, dict[str, Description]] = {layer: {} for layer in LAYERS}
        self._groups: dict[str, dict[str, None]] = defaultdict(dict)
        for layer in LAYERS:
            for name in names:
                paths = sorted((data / layer / name).rglob("*.ttl"))
                for path in (data / layer / f"{name}.ttl", *paths):
                    if path.is_file():
                        self._files[path] = _File(path.read_text("utf-8"))
                        for description in self._files[path].descriptions:
                            self._hold(layer, description)

    def _hold(self, layer: str, description: Description) -> None:
        subject = description.subject
        self.layers[layer][subject] = description
        self._groups["/".join(subject.split("/")[:4])][subject] = None

    def under(self, path: str) -> list[str]:
        """Return the subjects whose first four parts are this path, as in id/status/moon/chl."""
        return list(self._groups[path])

    def found(self, subject: str) -> Iterator[Description]:
        """Return the descriptions of a subject, the official one first."""
        return (held[subject] for held in self.layers.values() if subject in held)

    def first(self, subject: str, predicate: str) -> str:
        """Return the first value that a layer gives, bare, or nothing."""
        return next((v for d in self.found(subject) if (v := d.first(predicate))), "")

    def all(self, subject: str, predicate: str) -> set[str]:
        """Return the values of all layers, as Turtle terms."""
        return {v for d in self.found(subject) for v in d.values.get(predicate, [])}

    def add(self, layer: str, turtle: str) -> Description:
        """Add what a description says to that of a layer; return this, which may be new."""
        new, held = Description.read(turtle), self.layers[layer]
        if new.subject not in held:
            self._file_of(layer, new.subject).descriptions.append(new)
            self._hold(layer, new)
            return new
        for predicate, terms in new.values.items():
            held[new.subject].add(predicate, *terms)
        return held[new.subject]

    def _file_of(self, layer: str, subject: str) -> _File:
        """Return the file with the longest leading part of the IRI's path, or one for its group."""
        parts = subject.split("/")[1:]
        for length in range(len(parts), 0, -1):
            path = self._data / layer / f"{'/'.join(parts[:length])}.ttl"
            if path in self._files:
                return self._files[path]
        group = "/".join(parts[:2])
        new = _File(f"# Records under the path {group}.\n")
        return self._files.setdefault(self._data / layer / f"{group}.ttl", new)

    def write(self) -> None:
        """Write each file that differs from what was read; raises Unformatted before the first."""
        changed = {path: file for path, file in self._files.items() if str(file) != file.as_read}
        for path, file in changed.items():
            if not file.is_formatted:
                raise Unformatted(f"{path}: turtlefmt has to write this file first.")
        for path, file in changed.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            part.write_text(str(file), "utf-8")
            part.replace(path)


def _key(description: Description) -> tuple[str, ...]:
    """Sort acts of an actor in the order in which they follow each other, all else by IRI."""
    parts = description.subject.split("/")
    if parts[1] in ("participation", "status", "record-conflict"):
        act = next((i for i, a in enumerate(KINDS) if len(parts) > 4 and parts[4].startswith(a)), 9)
        return (*parts[:4], str(act), *parts[4:])
    return (parts[0], parts[1])


def named(actor: str) -> str:
    """Return an actor's name with the article that it takes in a sentence."""
    return f"the {actor}" if _WITH_ARTICLE.match(actor) else actor


def in_words(text: str) -> str:
    """Return a day, a month or a year of ISO 8601 in words."""
    if len(text) == len("2015"):
        return text
    day = date.fromisoformat(text if is_day(text) else f"{text}-01")
    return f"{day.day} {day:%B %Y}" if is_day(text) else f"{day:%B %Y}"


def is_day(text: str) -> bool:
    """Whether a date is given to the day."""
    return len(text) == len("2015-01-01")


def english(text: str) -> str:
    """Return a literal in English, which begins with a capital letter."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    escaped = escaped.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")
    return f'"{escaped[0].upper()}{escaped[1:]}"@en'


def references(iris: Iterable[str]) -> str:
    """Return references to things, as the values of one property."""
    return " , ".join(f"<{iri}>" for iri in iris)


def plain(term: str) -> str:
    """Return the text of a literal."""
    return re.sub(r"\\(.)", r"\1", term[1:].rpartition('"')[0])


def turtle(template: str, **values: Any) -> str:
    """Return a description in Turtle that a template of the record gives."""
    words = {f.__name__: f for f in (named, in_words, is_day, english, references)}
    return fill(f"record_{template}.ttl", CANONICAL_BASE, **words, **values)
