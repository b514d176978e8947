"""Whether sources may become a release: all shapes and rules, over all that is made of them."""

from pathlib import Path

import pyoxigraph as ox
import rdflib
from rdflib.namespace import SH

from server.compile import examples, inference, ontology, sources, validation
from server.compile.sources import Nonconforming as Nonconforming
from server.compile.sources import Progress, SourceFile, Sources
from server.compile.validation import Violation
from server.rdf.terms import graph_of
from server.rdf.vocabulary import LAYERS, graph_iri


def dataset(root: Path, progress: Progress) -> tuple[Sources, list[ox.Quad]]:
    """Return the sources under `root` and all quads made of them, on the canonical base."""
    progress("Reading the sources")
    read = sources.read(root)
    quads = list(read.quads())
    quads += [*ontology.additions(root, quads), *examples.examples(root)]
    progress(f"Deriving from {len(quads)} statements")
    stated = quads + inference.derive(quads, root / "ontology" / "rules")
    progress("Inferring (OWL 2 RL)")
    return read, stated + inference.infer(_facts(stated))


def check(
    root: Path,
    read: Sources,
    quads: list[ox.Quad],
    progress: Progress,
    reference: bool = False,
) -> list[Violation]:
    """Return what violates the project's shapes and hygiene rules, each with its place.

    Inferences are left out: by the range of a property any object has the type asked for. SHACL
    itself follows the class hierarchy. `reference` asks the reference engine in any case.
    """
    progress("Validating (SHACL)")
    layers = {name: _shapes(read, f"shapes/layers/{name}.ttl") for name in LAYERS}
    facts = _facts(quads, "inferred")
    found = validation.violations_of(facts, _shapes(read), reference)
    found += validation.in_layers(facts, layers, reference)
    found += validation.hygiene(quads, root / "shapes" / "hygiene")
    return validation.placed(found, read.place)


def check_files(root: Path, files: list[Path]) -> list[Violation]:
    """Return what a user's own Turtle files, taken together, violate of the general shapes.

    Raises Refused.
    """
    own = [
        sources.SourceFile(str(f), f, "editor", sources.parse(f, "editor", str(f))) for f in files
    ]
    return validation.placed(
        validation.violations(own_report(root, own)), Sources(tuple(own), "").place
    )


def own_report(root: Path, own: list[SourceFile]) -> rdflib.Graph:
    """Return the validation report of a user's own files, taken together, by the general shapes.

    The ontology is added, so that subclasses count; the layers' shapes and the hygiene rules
    speak of this dataset's own files and are left out. Raises Refused for an ill-typed literal
    that no shape looks at.
    """
    read = sources.read(root, "ontology", "shapes")
    facts = [*(q for f in own for q in f.quads), *read.quads("ontology")]
    found = validation.report(validation.to_rdflib(facts), validation.to_rdflib(_shapes(read)))
    subjects = {
        q.subject.value for f in own for q in f.quads if isinstance(q.subject, ox.NamedNode)
    }
    # the ontology itself conforms: what blank nodes violate is the user's
    kept = validation.only(found, lambda n: isinstance(n, rdflib.BNode) or str(n) in subjects)
    if unseen := _unseen(kept, own):
        raise sources.Refused(unseen)
    return kept


def _unseen(report: rdflib.Graph, own: list[SourceFile]) -> list[sources.Fault]:
    """Return a fault for each ill-typed literal of which no shape told."""
    told = {str(value) for value in report.objects(None, SH.value)}
    return [
        fault
        for file in own
        for literal, fault in sources.ill_typed(file).items()
        if literal.value not in told
    ]


def _facts(quads: list[ox.Quad], *left_out: str) -> list[ox.Quad]:
    graphs = {graph_iri(name) for name in ("shapes", *left_out)}
    return [q for q in quads if graph_of(q) not in graphs]


def _shapes(read: Sources, name: str = "") -> list[ox.Quad]:
    """Return the shapes of one file, or the general ones: all that no layer's file holds."""
    return [
        q
        for f in read.files
        if f.graph == "shapes"
        and (f.name == name if name else not f.name.startswith("shapes/layers/"))
        for q in f.quads
    ]
