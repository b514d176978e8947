"""Whether sources may become a release: all shapes and rules, over all that is made of them."""

from pathlib import Path

import pyoxigraph as ox

from server.compile import inference, ontology, partitions, sources, validation
from server.compile.beside import beside
from server.compile.sources import Progress, Sources
from server.compile.validation import Violation
from server.rdf.terms import graph_of
from server.rdf.vocabulary import LAYERS, graph_iri


def dataset(root: Path, progress: Progress) -> tuple[Sources, list[ox.Quad]]:
    """Return the sources under `root` and all quads made of them, on the canonical base."""
    read, quads = stated(root, progress)
    progress("Inferring (OWL 2 RL)")
    return read, [*quads, *inferred(quads)]


def checked(
    root: Path, progress: Progress, reference: bool = False
) -> tuple[Sources, list[ox.Quad], list[Violation]]:
    """Return what `dataset` does, and what violates shapes and hygiene rules, with its place.

    `reference` asks the reference engine for shapes in any case.
    """
    read, quads = stated(root, progress)
    progress("Validating (SHACL) and inferring (OWL 2 RL)")
    with beside(lambda: _of_shapes(read, quads, reference)) as breaches:
        quads += inferred(quads)
        violations = breaches() + validation.hygiene(quads, root / "shapes" / "hygiene")
    return read, quads, validation.placed(violations, read.place)


def stated(root: Path, progress: Progress) -> tuple[Sources, list[ox.Quad]]:
    """Return the sources under `root` and what is made of them but for inferences."""
    progress("Reading the sources")
    read = sources.read(root)
    quads = list(read.quads())
    quads += [*ontology.additions(root, quads), *partitions.examples(root)]
    progress(f"Deriving from {len(quads)} statements")
    quads += inference.derive(quads, root / "ontology" / "rules")
    return read, [*quads, *partitions.catalogued(quads)]


def inferred(quads: list[ox.Quad]) -> list[ox.Quad]:
    """Return what follows from what is stated; of the counts in the catalogue nothing does."""
    catalog = graph_iri("catalog")
    counts = {
        q
        for q in quads
        if graph_of(q) == catalog
        and any(isinstance(term, ox.BlankNode) for term in (q.subject, q.object))
    }
    return inference.infer(set(_facts(quads)) - counts)


def _of_shapes(read: Sources, quads: list[ox.Quad], reference: bool) -> list[Violation]:
    """Return what violates the shapes, in each layer and over all.

    Inferences are left out: by the range of a property any object has the type asked for. SHACL
    itself follows the class hierarchy.
    """
    layers = {name: _shapes(read, f"shapes/layers/{name}.ttl") for name in LAYERS}
    facts = _facts(quads)
    breaches = validation.violations_of(facts, general_shapes(read), reference)
    return breaches + validation.in_layers(facts, layers, reference)


def _facts(quads: list[ox.Quad]) -> list[ox.Quad]:
    shapes = graph_iri("shapes")
    return [q for q in quads if graph_of(q) != shapes]


def general_shapes(read: Sources) -> list[ox.Quad]:
    """Return the shapes that hold for any data: all that no layer's file holds."""
    files = (f for f in read.files if not f.name.startswith("shapes/layers/"))
    return [q for f in files if f.graph == "shapes" for q in f.quads]


def _shapes(read: Sources, name: str) -> list[ox.Quad]:
    return [q for f in read.files if f.name == name for q in f.quads]
