"""Whether sources may become a release: all shapes and rules, over all that is made of them."""

from pathlib import Path

import pyoxigraph as ox

from server.compile import examples, inference, ontology, partitions, sources, validation
from server.compile.sources import Nonconforming as Nonconforming
from server.compile.sources import Progress, Sources
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
    return read, [*stated, *partitions.catalogued(stated), *inference.infer(_facts(stated))]


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
    found = validation.violations_of(facts, general_shapes(read), reference)
    found += validation.in_layers(facts, layers, reference)
    found += validation.hygiene(quads, root / "shapes" / "hygiene")
    return validation.placed(found, read.place)


def _facts(quads: list[ox.Quad], *left_out: str) -> list[ox.Quad]:
    graphs = {graph_iri(name) for name in ("shapes", *left_out)}
    return [q for q in quads if graph_of(q) not in graphs]


def general_shapes(read: Sources) -> list[ox.Quad]:
    """Return the shapes that hold for any data: all that no layer's file holds."""
    files = (f for f in read.files if not f.name.startswith("shapes/layers/"))
    return [q for f in files if f.graph == "shapes" for q in f.quads]


def _shapes(read: Sources, name: str) -> list[ox.Quad]:
    return [q for f in read.files if f.name == name for q in f.quads]
