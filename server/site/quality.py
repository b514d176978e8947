"""What every release must meet: the shapes and rules that it conforms to, in words."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, render_template

from server.pages.page_model import Ref
from server.pages.release_graph import Thing, graph_for
from server.rdf.formats import HTML, RDF_FORMATS
from server.rdf.serialization import parse, serialize
from server.release.reader import Release
from server.site.responses import negotiate, respond, services

blueprint = Blueprint("quality", __name__)

_RULE = re.compile(r"^# (rule|why): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Checked:
    """A shape: what it is for, how many things that is, how many parts it has, what it says."""

    ref: Ref
    targets: tuple[Ref, ...]
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
        report = serialize(
            parse(release.report()), fmt, release.base, f"{release.base}quality#report"
        )
        return respond(report, fmt)
    body = render_template(
        "quality.html",
        manifest=release.manifest,
        shapes=_shapes(release),
        rules=_rules(services().sources),
    )
    return respond(body, HTML)


@lru_cache(maxsize=4)
def _shapes(release: Release) -> tuple[Checked, ...]:
    graph = graph_for(release)
    return tuple(_checked(shape) for shape in graph.of_type("sh:NodeShape"))


def _checked(shape: Thing) -> Checked:
    targets = [*shape.all("sh:targetClass"), *shape.all("sh:targetSubjectsOf")]
    classes = _below(shape, targets)
    return Checked(
        shape.ref,
        tuple(shape.graph.ref(t) for t in targets),
        sum(shape.graph.index.use(c) for c in classes),
        len(shape.all("sh:property")),
        shape.one("sh:message"),
    )


def _below(shape: Thing, classes: list[str]) -> list[str]:
    """Return classes and those below them, whose things a shape is for as well."""
    found = list(dict.fromkeys(classes))
    for cls in found:
        narrower = shape.graph.into(cls, "rdfs:subClassOf")
        found += [n.iri for n in narrower if n.iri not in found]
    return found


@lru_cache
def _rules(sources: Path) -> tuple[tuple[str, str], ...]:
    folder = sources / "shapes" / "hygiene"
    heads = [dict(_RULE.findall(p.read_text("utf-8"))) for p in sorted(folder.glob("*.rq"))]
    return tuple((head.get("rule", ""), head.get("why", "")) for head in heads)
