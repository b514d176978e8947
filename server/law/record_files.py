"""The Turtle files of the record: read, added to, and written as turtlefmt writes them."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from server.law.record_rows import KINDS, PREDICATES, PREFIXES
from server.rdf.vocabulary import LAYERS

_LINE = re.compile(r"    (\S+) (.*) [;.]")
_VALUE = re.compile(r'"(?:[^"\\]|\\.)*"\S*|[^\s",]+')


@dataclass
class Description:
    """What one layer says of one subject: its class and its values, as Turtle terms."""

    subject: str
    kind: str
    values: dict[str, list[str]] = field(default_factory=dict)

    def first(self, predicate: str) -> str:
        """Return the first value without its angle brackets, quotes and datatype, or nothing."""
        value = self.values.get(predicate, [""])[0]
        return value[1:].rpartition('"')[0] if value[:1] == '"' else value.strip("<>")

    def add(self, predicate: str, *terms: str) -> None:
        """Add values that are not there yet; empty terms are passed over."""
        held = self.values.get(predicate, [])
        new = [t for t in dict.fromkeys(terms) if t and t not in held]
        if held:
            held += new
        elif new:
            later = {p: self.values.pop(p) for p in _after(predicate) if p in self.values}
            self.values |= {predicate: new} | later

    def __str__(self) -> str:
        lines = [f"{p} {' , '.join(v)}" for p, v in self.values.items()]
        return " ;\n    ".join([f"<{self.subject}> a {self.kind}", *lines]) + " .\n"


def _after(predicate: str) -> list[str]:
    return PREDICATES[PREDICATES.index(predicate) + 1 :]


class Unformatted(Exception):
    """A file that would have to be changed and that turtlefmt did not write."""


class RecordFiles:
    """The files under data/ with all that stands in them by layer and subject."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._text: dict[Path, str] = {}
        self._read_as: dict[Path, str] = {}
        self._head: dict[Path, str] = {}
        self.layers: dict[str, dict[str, Description]] = {layer: {} for layer in LAYERS}
        self._of: dict[tuple[str, str], Path] = {}
        self._groups: dict[str, dict[str, None]] = defaultdict(dict)

    def read(self, *names: str) -> None:
        """Read the files or folders called so, in each layer where they are."""
        for layer in LAYERS:
            for name in names:
                folder, file = self._data / layer / name, self._data / layer / f"{name}.ttl"
                for path in [*([file] if file.is_file() else []), *sorted(folder.rglob("*.ttl"))]:
                    self._read(layer, path)
        self._read_as = self._texts()

    def _read(self, layer: str, path: Path) -> None:
        self._text[path] = path.read_text("utf-8")
        head, *blocks = re.split(r"^(?=<)", self._text[path], flags=re.MULTILINE)
        self._head[path] = head
        for block in blocks:
            first, *lines = block.rstrip("\n").split("\n")
            subject, kind = re.findall(r"^<(.*?)> a (.*) [;.]$", first)[0]
            description = Description(subject, kind)
            for line in lines:
                if match := _LINE.fullmatch(line):
                    description.values[match[1]] = _VALUE.findall(match[2])
            self._hold(layer, description, path)

    def _hold(self, layer: str, description: Description, path: Path) -> None:
        subject = description.subject
        self.layers[layer][subject] = description
        self._of[layer, subject] = path
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

    def describe(self, layer: str, subject: str, kind: str) -> Description:
        """Return the layer's description of a subject, a new one where there is none."""
        held = self.layers[layer]
        if subject not in held:
            self._hold(layer, Description(subject, kind), self._place(layer, subject))
        return held[subject]

    def _place(self, layer: str, subject: str) -> Path:
        """Return the file with the longest leading part of the IRI's path, or one for its group."""
        parts = subject.split("/")[1:]
        for length in range(len(parts), 0, -1):
            path = self._data / layer / f"{'/'.join(parts[:length])}.ttl"
            if path in self._head:
                return path
        path = self._data / layer / f"{'/'.join(parts[:2])}.ttl"
        self._head[path] = f"# Records under the path {'/'.join(parts[:2])}.\n"
        return path

    def changed(self) -> dict[Path, str]:
        """Return the new text of each file that differs from what was read.

        Raises Unformatted.
        """
        new = self._texts()
        changed = {path: text for path, text in new.items() if text != self._read_as.get(path)}
        for path in changed:
            if self._text.get(path) != self._read_as.get(path):
                raise Unformatted(f"{path}: turtlefmt has to write this file first.")
        return changed

    def _texts(self) -> dict[Path, str]:
        texts: dict[Path, list[Description]] = {path: [] for path in self._head}
        for layer, held in self.layers.items():
            for subject, description in held.items():
                texts[self._of[layer, subject]].append(description)
        return {path: _file(self._head[path], held) for path, held in texts.items() if held}


def _file(head: str, held: list[Description]) -> str:
    body = "\n".join(map(str, sorted(held, key=_key)))
    comment = "".join(line for line in head.splitlines(True) if line.startswith("#"))
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", body)
    used = [f"@prefix {p}: <{i}> .\n" for p, i in PREFIXES.items() if re.search(rf"\b{p}:", bare)]
    return f"@base <https://w3id.org/spacelaw/> .\n{''.join(used)}\n{comment}{body}"


def _key(description: Description) -> tuple[str, ...]:
    """Sort acts of an actor in the order in which they follow each other, all else by IRI."""
    parts = description.subject.split("/")
    if parts[1] in ("participation", "status", "record-conflict"):
        act = next((i for i, a in enumerate(KINDS) if len(parts) > 4 and parts[4].startswith(a)), 9)
        return (*parts[:4], str(act), *parts[4:])
    return (parts[0], parts[1])
