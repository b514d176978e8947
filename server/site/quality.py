"""What every release must meet: the shapes and rules that it conforms to, in words."""

import re
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response

from server.pages.release_graph import Thing, graph_for
from server.rdf.formats import HTML, RDF_FORMATS
from server.rdf.serialization import parse, serialize
from server.release.reader import Release
from server.site.responses import negotiate, respond, respond_page, services

blueprint = Blueprint("quality", __name__)

_RULE = re.compile(r"^# (rule|why): (.+)$", re.MULTILINE)


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
def _shapes(release: Release) -> list[tuple[Thing, int]]:
    """Return each shape with the number of things that it is for, those of narrower classes too."""
    graph = graph_for(release)
    shapes = []
    for shape in graph.of_type("sh:NodeShape"):
        targets = (*shape.all("sh:targetClass"), *shape.all("sh:targetSubjectsOf"))
        classes = {cls for iri in targets for cls in graph.below(iri, "rdfs:subClassOf")}
        shapes.append((shape, sum(map(graph.index.use, classes))))
    return shapes


@lru_cache
def _rules(sources: Path) -> list[tuple[str, str]]:
    """Return each rule over the whole, with why it is there."""
    paths = sorted((sources / "shapes" / "hygiene").glob("*.rq"))
    heads = [dict(_RULE.findall(path.read_text("utf-8"))) for path in paths]
    return [(head.get("rule", ""), head.get("why", "")) for head in heads]
