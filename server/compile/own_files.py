"""The check of files of a user's own, in any format: by the general shapes, and by our terms.

`python -m server.compile.own_files ROOT BASE MEDIA-TYPE` checks a graph that someone sends, in a
process of its own that the site limits and ends: it reads the graph on standard input and writes
JSON: `findings`, `is_covered` and `report` (N-Triples), or `faults` where it cannot be read.
"""

import json
import re
import resource
import sys
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import rdflib
from pyshacl.shapes_graph import ShapesGraph
from rdflib.namespace import RDF, RDFS, SH

from server.compile import sources, validation
from server.compile.conformance import general_shapes
from server.compile.sources import Fault, Refused, SourceFile
from server.compile.validation import Violation
from server.rdf.iris import canonical, rebase
from server.rdf.serialization import parse
from server.rdf.terms import moved, subject_of, write
from server.rdf.vocabulary import CANONICAL_BASE, RDF_TYPE, SKOS, SL, prefixed

MEMORY = 1024**3
TRIPLES = 20_000
NO_MEMORY = 3  # exit status
NOT_COVERED = "No shape applies to anything here: nothing was checked."
_FURTHER_SUFFIXES = {"owl": "rdf", "json": "jsonld"}
_WIDE = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
_ENCODING = re.compile(r"""^(<\?xml[^>]*?)\s+encoding\s*=\s*["']([\w.:-]+)["']""")


@dataclass(frozen=True)
class Checked:
    """What was found: a SHACL report, its results with their places, and whether shapes applied."""

    report: rdflib.Graph
    findings: list[Violation]
    is_covered: bool


def _format_of(file: Path) -> ox.RdfFormat:
    """Return the format that the suffix of a file stands for; Turtle where it is unknown."""
    suffix = file.suffix[1:].lower()
    known = ox.RdfFormat.from_extension(_FURTHER_SUFFIXES.get(suffix, suffix))
    return known or ox.RdfFormat.TURTLE


def load(file: Path, base: str = CANONICAL_BASE, fmt: ox.RdfFormat | None = None) -> SourceFile:
    """Return a file in a format, or in that of its suffix; - is standard input.

    Raises Refused as `read` does.
    """
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise Refused([Fault(str(error.strerror), str(file))]) from None
    return read(str(file), data, fmt or _format_of(file), base)


def read(name: str, data: bytes, fmt: ox.RdfFormat, base: str = CANONICAL_BASE) -> SourceFile:
    """Return a file whose IRIs of ours are canonical or on `base`.

    Raises Refused where it cannot be read or holds no statement.
    """
    try:
        text = _decoded(data, fmt == ox.RdfFormat.RDF_XML)
    except UnicodeDecodeError as error:
        raise Refused([sources.not_decoded(error, name)]) from None
    except LookupError as error:
        raise Refused([Fault(f"The encoding is not served: {error}.", name, 1)]) from None
    quads = sources.parse_text(text, "editor", name, fmt)
    if not quads:
        raise Refused([Fault("The file holds no statement.", name)])
    own = tuple(moved(q, lambda iri: canonical(iri, base)) for q in quads)
    return SourceFile(name, Path(name), "editor", own, text)


def _decoded(data: bytes, is_xml: bool) -> str:
    """Return text in UTF-8; in XML, in UTF-16 or in the encoding that it declares (XML 1.0, F)."""
    if not is_xml:
        return data.decode("utf-8-sig")
    wide = _WIDE.get(data[:2])
    declared = _ENCODING.match(data[:200].decode("ascii", "replace"))
    text = data.decode(wide or (declared[2] if declared else "utf-8-sig"))
    return _ENCODING.sub(r"\1", text.removeprefix("\ufeff"))


def check(root: Path, files: list[SourceFile], base: str = CANONICAL_BASE) -> Checked:
    """Return what files, taken together, violate of the general shapes, and terms that are not.

    The ontology is added, so that subclasses count; the layers' shapes and the hygiene rules
    speak of this dataset's own files and are left out. Raises Refused for an ill-typed literal
    that no shape looks at.
    """
    project = sources.read(root, "ontology", "shapes")
    ontology = list(project.quads("ontology"))
    data = validation.to_rdflib([*(q for f in files for q in f.quads), *ontology])
    shapes = validation.to_rdflib(general_shapes(project))
    subjects = frozenset[str]().union(*(f.subjects for f in files))

    def is_own(node: rdflib.term.Node | None) -> bool:
        # the ontology itself conforms: what blank nodes violate is the user's
        return isinstance(node, rdflib.BNode) or str(node) in subjects

    alone = validation.to_rdflib(ontology)
    is_covered = _count_targets(data, shapes) > _count_targets(alone, shapes)
    report = validation.only(validation.report(data, shapes), is_own)
    _add_unknown_terms(report, files, ontology)
    if not is_covered:
        (node,) = report.subjects(RDF.type, SH.ValidationReport)
        report.add((node, RDFS.comment, rdflib.Literal(NOT_COVERED, lang="en")))
    if unseen := _unseen(report, files):
        raise Refused(unseen)
    placed = (_placed(v, files, base) for v in validation.violations(report))
    once = {(v.focus, v.message, v.path, v.value): v for v in placed}
    return Checked(report, list(once.values()), is_covered)


def _count_targets(data: rdflib.Graph, shapes: rdflib.Graph) -> int:
    return len({node for s in ShapesGraph(shapes).shapes for node in s.focus_nodes(data)})


def _add_unknown_terms(
    report: rdflib.Graph, files: list[SourceFile], ontology: list[ox.Quad]
) -> None:
    """Add a result for each term in our namespaces that nothing describes."""
    known = {subject_of(q).value for q in ontology}
    schemes = {
        subject_of(q).value + "/"
        for q in ontology
        if q.predicate.value == RDF_TYPE
        and getattr(q.object, "value", "") == SKOS + "ConceptScheme"
    }
    spaces = (SL, *(s for s in schemes if s.startswith(CANONICAL_BASE)))
    described = known.union(*(f.subjects for f in files))
    told = set[str]()
    for quad in (q for f in files for q in f.quads):
        for term in (quad.predicate, quad.object):
            iri = term.value if isinstance(term, ox.NamedNode) else ""
            if iri.startswith(spaces) and iri not in described | told:
                told.add(iri)
                near = get_close_matches(iri, known, n=1, cutoff=0.8)
                advice = f"; did you mean {prefixed(near[0]) or near[0]}?" if near else "."
                message = f"There is no term {prefixed(iri) or iri}{advice}"
                validation.add_result(report, subject_of(quad).value, iri, message)


def _unseen(report: rdflib.Graph, files: list[SourceFile]) -> list[Fault]:
    """Return a fault for each ill-typed literal of which no shape told."""
    told = {str(value) for value in report.objects(None, SH.value)}
    return [
        fault
        for file in files
        for literal, fault in sources.ill_typed(file).items()
        if literal.value not in told
    ]


def _placed(violation: Violation, files: list[SourceFile], base: str) -> Violation:
    """Return a violation with its place: where the value stands, or else the description."""
    about = [f for f in files if violation.focus in f.subjects]
    saying = [f for f in about if any(_says(q, violation) for q in f.quads)]
    for file in (*saying, *about, *files[: len(files) == 1]):
        is_term = violation.value.startswith(CANONICAL_BASE) and not violation.path
        return replace(
            violation,
            file=file.name,
            line=file.line(violation.value if is_term else violation.focus, base),
        )
    return violation


def _says(quad: ox.Quad, violation: Violation) -> bool:
    subject, value = subject_of(quad).value, getattr(quad.object, "value", "")
    is_path = quad.predicate.value == violation.path or not violation.path
    return (
        subject == violation.focus
        and is_path
        and violation.value in (value, quad.predicate.value, "")
    )


def answer(root: Path, base: str, media_type: str, data: bytes) -> dict[str, Any]:
    """Return what the general shapes find in a graph whose IRIs are on `base` or canonical."""
    fmt = ox.RdfFormat.from_media_type(media_type)
    if fmt is None:
        raise ValueError(media_type)
    try:
        own = read("", data, fmt, base)
        if len(own.quads) > TRIPLES:
            size = f"The graph has {len(own.quads):,} statements"
            raise Refused([Fault(f"{size}; {TRIPLES:,} are checked at most.")])
        checked = check(root, [own], base)
    except Refused as refused:
        return {"faults": [asdict(f) for f in refused.faults]}
    quads = parse(checked.report.serialize(format="nt").encode())
    back = [moved(q, lambda iri: rebase(iri, base)).triple for q in quads]
    return {
        "findings": [asdict(v) for v in checked.findings],
        "is_covered": checked.is_covered,
        "report": write(back, ox.RdfFormat.N_TRIPLES).decode(),
    }


def main(root: str, base: str, media_type: str) -> None:
    """Check standard input within the limits of this process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        json.dump(answer(Path(root), base, media_type, sys.stdin.buffer.read()), sys.stdout)
    except MemoryError:
        sys.exit(NO_MEMORY)


if __name__ == "__main__":
    main(*sys.argv[1:])
