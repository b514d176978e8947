"""What every release must meet: the shapes and rules that it conforms to, in words."""

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from flask import Blueprint, Response

from server.pages.page_model import Ref
from server.pages.release_graph import Thing, graph_for
from server.rdf.formats import HTML, RDF_FORMATS
from server.rdf.serialization import parse, serialize
from server.release.reader import Release
from server.site.responses import negotiate, respond, respond_page, services

blueprint = Blueprint("quality", __name__)

_RULE = re.compile(r"^# (rule|why): (.+)$", re.MULTILINE)


class Shape(NamedTuple):
    """A shape: what it is for, how many things that is, how many parts it has, what it says."""

    ref: Ref
    targets: list[Ref]
    things: int
    parts: int
    message: str


@blueprint.get("/quality")
def quality() -> Response:
    """Show what this release was checked against, or give its SHACL report.

    A release that fails is never published.
    """
    release, fmt = services().release, negotiate((HTML, *RDF_FORMATS))
    if fmt is not HTML:
        quads = parse(release.report())
        return respond(serialize(quads, fmt, release.base, f"{release.base}quality#report"), fmt)
    return respond_page(
        "quality.html",
        manifest=release.manifest,
        shapes=_shapes(release),
        rules=_rules(services().sources),
    )


@lru_cache(maxsize=4)
def _shapes(release: Release) -> list[Shape]:
    return [_shape(shape) for shape in graph_for(release).of_type("sh:NodeShape")]


def _shape(shape: Thing) -> Shape:
    graph = shape.graph
    targets = [*shape.all("sh:targetClass"), *shape.all("sh:targetSubjectsOf")]
    classes = list(dict.fromkeys(targets))
    for cls in classes:  # grows: a shape is for the things of narrower classes as well
        narrower = (c.iri for c in graph.into(cls, "rdfs:subClassOf"))
        classes += [iri for iri in narrower if iri not in classes]
    return Shape(
        shape.ref,
        [graph.ref(target) for target in targets],
        sum(graph.index.use(cls) for cls in classes),
        len(shape.all("sh:property")),
        shape.one("sh:message"),
    )


@lru_cache
def _rules(sources: Path) -> list[tuple[str, str]]:
    """Return each rule over the whole, with why it is there."""
    paths = sorted((sources / "shapes" / "hygiene").glob("*.rq"))
    heads = [dict(_RULE.findall(path.read_text("utf-8"))) for path in paths]
    return [(head.get("rule", ""), head.get("why", "")) for head in heads]
