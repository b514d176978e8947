"""Reading of the Turtle sources: each file's quads, its named graph, and where a subject stands."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox

from server.problems import Faulty
from server.rdf.datatypes import is_valid
from server.rdf.iris import rebase
from server.rdf.iris import unservable as why_unservable
from server.rdf.terms import subject_of
from server.rdf.vocabulary import CANONICAL_BASE, LAYERS, XSD, graph_iri
from server.release.manifest import digest_of

Progress = Callable[[str], None]

# How Turtle, XML and JSON-LD declare prefixes, and how Turtle declares a base.
_DECLARED = re.compile(
    r"""(?:(?:prefix\s+|xmlns:)([\w.-]*)(?::\s*<|=["'])|"([\w.-]+)"\s*:\s*")(\w+:[^>"']*)[>"']""",
    re.IGNORECASE,
)
_DECLARED_BASE = re.compile(r"^\s*@?base\s+<([^>]*)>", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Fault:
    """Something wrong in a source, with its place as far as it is known (from 1)."""

    message: str
    file: str = ""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = ":".join(str(p) for p in (self.file, self.line, self.column) if p)
        return f"{place}: {self.message}" if place else self.message


class Refused(Faulty):
    """Sources from which no release can be made; carries each Fault."""


class Nonconforming(Faulty):
    """Sources that violate shapes or hygiene rules; carries the violations."""


@dataclass(frozen=True)
class SourceFile:
    """One Turtle file with its quads in its named graph; `name` is its path under the root."""

    name: str
    path: Path
    graph: str
    quads: tuple[ox.Quad, ...] = field(repr=False)
    given: str | None = field(default=None, repr=False)

    @cached_property
    def text(self) -> str:
        """The text of the file, as it was given or as it stands at its path."""
        return self.path.read_text("utf-8") if self.given is None else self.given

    @cached_property
    def subjects(self) -> frozenset[str]:
        """What the file describes."""
        return frozenset(subject_of(q).value for q in self.quads)

    def line(self, iri: str, base: str = CANONICAL_BASE) -> int | None:
        """Return the line, from 1, that an IRI begins, or on which it is mentioned first.

        The text may write our IRIs on `base`.
        """
        forms = [form for i in (iri, rebase(iri, base)) for form in _forms(i, self.text)]
        either = rf"(?:{'|'.join(map(re.escape, forms))})(?![\w/-])"
        for start in ("^", r"^[ \t]*", ""):
            if match := re.search(start + either, self.text, re.MULTILINE):
                return self.text.count("\n", 0, match.end()) + 1
        return None


@dataclass(frozen=True)
class Sources:
    """All sources of a release; `digest` stands for their bytes."""

    files: tuple[SourceFile, ...]
    digest: str

    def quads(self, *graphs: str) -> Iterator[ox.Quad]:
        """Return the quads of the graphs called so, or of all."""
        for file in self.files:
            if not graphs or file.graph in graphs:
                yield from file.quads

    def place(self, subject: str) -> tuple[str, int | None]:
        """Return file and line of the first description of `subject`, or an empty place."""
        for file in self.files:
            if subject in file.subjects:
                return file.name, file.line(subject)
        return "", None


def find(root: Path) -> list[tuple[Path, str]]:
    """Return the source files under `root`, sorted, each with the name of its graph.

    Raises Refused where a folder that must be there is missing.
    """
    faults = [
        Fault("The folder is missing.", str(root / name))
        for name in ("ontology", "data", "shapes")
        if not (root / name).is_dir()
    ]
    graphs = {"ontology": "ontology", "shapes": "shapes", **{f"data/{la}": la for la in LAYERS}}
    files = [(path, graphs[home]) for home in graphs for path in (root / home).rglob("*.ttl")]
    if (root / "data" / "catalog.ttl").is_file():
        files.append((root / "data" / "catalog.ttl", "catalog"))
    known = {path for path, _ in files}
    faults += [
        Fault(
            f"A file in data/ belongs in one of the layers {', '.join(LAYERS)}.",
            str(path.relative_to(root)),
        )
        for path in sorted((root / "data").rglob("*.ttl"))
        if path not in known and path.parent != root / "data" / "releases"
    ]
    if faults:
        raise Refused(faults)
    return sorted(files)


def digest(root: Path) -> str:
    """Return the SHA-256 of all source files' names and bytes, whatever a release is made of."""
    folders = ("ontology", "data", "shapes", "queries")
    suffixes = (".ttl", ".rq", ".tsv", ".nt", ".nq.gz")
    paths = (p for d in folders for p in (root / d).rglob("*") if p.name.endswith(suffixes))
    return digest_of(paths, root)


def read(root: Path, *graphs: str) -> Sources:
    """Parse all sources under `root`, or those of the graphs called so.

    Raises Refused with one fault for each faulty file.
    """
    files, faults = [], []
    for path, graph in find(root):
        if graphs and graph not in graphs:
            continue
        name = path.relative_to(root).as_posix()
        try:
            quads = parse(path, graph, name)
        except Refused as refused:
            faults += refused.faults
            continue
        file = SourceFile(name, path, graph, quads)
        files.append(file)
        faults += [*ill_typed(file).values(), *misplaced(file), *unservable(file)]
    if faults:
        raise Refused(faults)
    return Sources(tuple(files), digest(root))


def parse(path: Path, graph: str, name: str) -> tuple[ox.Quad, ...]:
    """Return the quads of a Turtle file in the graph called so; raises Refused with its place."""
    try:
        return parse_text(path.read_text("utf-8"), graph, name)
    except UnicodeDecodeError as error:
        raise Refused([not_decoded(error, name)]) from None
    except OSError as error:
        raise Refused([Fault(str(error.strerror), name)]) from None


def not_decoded(error: UnicodeDecodeError, name: str) -> Fault:
    """Return the fault of a file that is not in the encoding it should be in, with its line."""
    line = error.object[: error.start].count(b"\n") + 1
    return Fault(f"The file is not {error.encoding.upper()}: {error.reason}.", name, line)


def parse_text(
    text: str, graph: str, name: str, fmt: ox.RdfFormat = ox.RdfFormat.TURTLE
) -> tuple[ox.Quad, ...]:
    """Return the quads of a text in the graph called so; raises Refused with its place."""
    node = ox.NamedNode(graph_iri(graph))
    try:
        triples = list(ox.parse(text, fmt, rename_blank_nodes=True))
    except SyntaxError as error:
        message = re.sub(r"^Parser error at .*?: ", "", str(error.msg))
        raise Refused([Fault(message, name, error.lineno, error.offset)]) from None
    if any(isinstance(term, ox.Triple) for t in triples for term in (t.subject, t.object)):
        raise Refused([Fault("Triple terms (RDF 1.2) have no place in the sources.", name)])
    if any(isinstance(t.object, ox.Literal) and t.object.direction for t in triples):
        raise Refused([Fault("Base directions (RDF 1.2) have no place in the sources.", name)])
    return tuple(ox.Quad(t.subject, t.predicate, t.object, node) for t in triples)


def ill_typed(file: SourceFile) -> dict[ox.Literal, Fault]:
    """Return a fault for each literal that is no value of its datatype (XSD 1.1 part 2)."""
    literals = dict.fromkeys(q.object for q in file.quads if isinstance(q.object, ox.Literal))
    return {
        literal: Fault(
            f"“{literal.value[:80]}” is no {datatype.replace(XSD, 'xsd:')}.",
            file.name,
            _line_of(literal.value, file.text),
        )
        for literal in literals
        if not is_valid(literal.value, datatype := literal.datatype.value)
    }


def _line_of(value: str, text: str) -> int | None:
    """Return the line on which a literal first stands, or None where it is written by escapes."""
    match = re.search(rf"[\"'>]{re.escape(value)}[\"'<]", text)
    return text.count("\n", 0, match.start()) + 1 if match else None


def misplaced(file: SourceFile) -> list[Fault]:
    """Return a fault for each subject outside the base, or that the file's path does not mirror."""
    parts = file.name.removesuffix(".ttl").split("/")
    home = {"data": "id/" + "/".join(parts[2:]), "shapes": "shape/"}.get(parts[0], "")
    if file.graph == "catalog":
        home = ""
    faults = []
    for subject in dict.fromkeys(q.subject for q in file.quads):
        if not isinstance(subject, ox.NamedNode) or _at_home(subject.value, home, file):
            continue
        where = f"under <{CANONICAL_BASE}{home}>" if home else f"under <{CANONICAL_BASE}>"
        faults.append(
            Fault(
                f"<{subject.value}> is outside the base: this file holds what is {where}.",
                file.name,
                file.line(subject.value),
            )
        )
    return faults


def unservable(file: SourceFile) -> list[Fault]:
    """Return a fault for each subject under the base that no request can reach."""
    return [
        Fault(f"<{iri}> cannot be served: {why}.", file.name, file.line(iri))
        for iri in sorted(file.subjects)
        if iri.startswith(CANONICAL_BASE) and (why := why_unservable(iri, CANONICAL_BASE))
    ]


def _at_home(iri: str, home: str, file: SourceFile) -> bool:
    if file.name == "ontology/external.ttl" or file.name == "ontology/alignments.ttl":
        return True  # these two speak of other vocabularies' terms
    place = CANONICAL_BASE + home
    return iri == place or iri.startswith(place if place.endswith("/") else place + "/")


def _forms(iri: str, text: str) -> Iterator[str]:
    """Yield how an IRI may be written: whole, by a prefix, or relative to a base."""
    bases = (base for base in _DECLARED_BASE.findall(text) if iri.startswith(base))
    shortened = (iri.removeprefix(base) for base in bases)
    for form in (iri, *shortened, re.split("[/#]", iri)[-1]):
        yield from (f"<{form}>", f'"{form}"', f"'{form}'", f'"#{form}"', f"<#{form}>")
    for prefix, json_ld, space in _DECLARED.findall(text):
        if iri.startswith(space):
            yield f"{prefix or json_ld}:{iri[len(space) :]}"
