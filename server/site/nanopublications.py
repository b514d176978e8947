"""Claims and statements of reuse as nanopublications, which can be cited, disputed and checked."""

import re
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, redirect

from server.problems import Problem
from server.rdf.formats import JSONLD, NQUADS, TRIG, split_suffix
from server.rdf.iris import rebase
from server.rdf.nanopublication import NPX, nanopublication
from server.rdf.serialization import parse, serialize
from server.rdf.terms import graph_of, write
from server.rdf.vocabulary import LAYERS, LICENSE, PUBLISHER, expand, graph_iri
from server.release import earlier
from server.release.changes import Changes
from server.release.reader import Document, Release
from server.site import lookup
from server.site.responses import chosen_format, respond, services

blueprint = Blueprint("nanopublications", __name__)

_KINDS = ("Claim", "RelationClaim", "InfluenceClaim", "TextualReuse")
# Properties that tell of a statement who makes it, where, and how sure we are of it.
_ORIGIN = (
    "sl:assertedBy", "sl:locator", "sl:inSection", "sl:inFootnote", "sl:confidence",
    "dcterms:source", "prov:wasGeneratedBy",
)  # fmt: skip
_JSON_LD = ox.RdfFormat.JSON_LD
_PLACE = re.compile(r"(.+?)(?:/(RA[\w-]{43}))?")


@blueprint.get("/np/<path:path>")
def published(path: str) -> Response:
    """Answer with a nanopublication, of an earlier release too, or lead to that of a thing."""
    name, named = split_suffix(path)
    place, code = _PLACE.fullmatch(name).groups()  # type: ignore[union-attr]
    release, suffix = services().release, named.key if named else ""
    if code is None:
        document = lookup.describe(f"id/{place}")
        if not path_for(release, document):
            raise Problem(404, "Nanopublications are made of claims and of textual reuse.")
        iri, _ = _made(release, document)
        return redirect(iri + (f".{suffix}" if suffix else ""), 303)  # type: ignore[return-value]
    fmt = chosen_format(suffix, (TRIG, NQUADS, JSONLD))
    for one in earlier.served_first(release):
        thing = one.document(f"{one.base}id/{place}")
        iri, quads = _made(one, thing) if thing and path_for(one, thing) else ("", [])
        if iri.endswith(code):
            # Our own writer of JSON-LD merges the graphs.
            body = write(quads, _JSON_LD) if fmt is JSONLD else serialize(quads, fmt, one.base)
            return respond(body, fmt, (f'<{one.base}id/{place}>; rel="describes"',))
    raise Problem(404, f"No release that is kept has a nanopublication {code} of id/{place[:200]}.")


def path_for(release: Release, document: Document) -> str:
    """Return the path that leads to the nanopublication of a thing, or "" for most things."""
    is_published = document.type in [f"{release.base}def/{kind}" for kind in _KINDS]
    return f"/np/{document.iri.removeprefix(f'{release.base}id/')}" if is_published else ""


def _made(release: Release, document: Document) -> tuple[str, list[ox.Quad]]:
    base, thing = release.base, ox.NamedNode(document.iri)
    layers = {graph_iri(name, base) for name in LAYERS}
    own = [q for q in parse(document.nquads) if q.subject == thing and graph_of(q) in layers]
    origin = {rebase(expand(name), base) for name in _ORIGIN}
    said: list[tuple[str, Any]] = [(q.predicate.value, q.object) for q in own]
    said = [(name, value) for name, value in said if name in origin]
    sources = [value for name, value in said if name.endswith(("/assertedBy", "/source"))]
    said += [(expand("prov:wasDerivedFrom"), value) for value in sources]
    information: list[tuple[str, Any]] = [
        (expand("dcterms:publisher"), ox.Literal(PUBLISHER)),
        (expand("dcterms:license"), ox.NamedNode(LICENSE)),
        (expand("rdfs:label"), ox.Literal(document.label, language="en")),
        (NPX + "introduces", thing),
    ]
    if changes := Changes(release.folder).about(document.iri):
        issued = ox.Literal(changes[-1].issued, datatype=ox.NamedNode(expand("xsd:dateTime")))
        information.append((expand("dcterms:created"), issued))
    assertion = [q.triple for q in own if q.predicate.value not in origin]
    root = f"{base}{path_for(release, document)[1:]}/"
    return nanopublication(root, assertion, said, information, services().signer)
