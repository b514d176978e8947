"""Prefixes and terms for those who write in our terms: the JSON-LD context, and the list of all."""

import json
from functools import lru_cache

from flask import Blueprint, Response

from server.pages.release_graph import Thing, graph_for
from server.rdf.formats import JSON, JSONLD
from server.rdf.jsonld import context
from server.rdf.vocabulary import prefixes
from server.release.reader import Release
from server.site.responses import respond, services

blueprint = Blueprint("completion", __name__)

_KINDS = {"Class": "class", "ObjectProperty": "property", "DatatypeProperty": "property"}


@blueprint.get("/context.jsonld")
def json_ld_context() -> Response:
    """Answer with the context that compacted documents take theirs from."""
    release = services().release
    return respond(context(prefixes(release.base), release.coercions), JSONLD)


@blueprint.get("/vocabulary.json")
def vocabulary() -> Response:
    """List the prefixes and terms of the ontology, each with label, definition and kind."""
    return respond(_vocabulary(services().release), JSON)


@lru_cache(maxsize=4)
def _vocabulary(release: Release) -> str:
    things = [t for kind in _KINDS for t in graph_for(release).of_type(f"owl:{kind}")]
    terms = [_term(t) for t in things if t.iri.startswith(f"{release.base}def/")]
    document = {"prefixes": prefixes(release.base), "terms": sorted(terms, key=lambda t: t["name"])}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _term(thing: Thing) -> dict[str, str]:
    return {
        "name": f"sl:{thing.iri.rpartition('/def/')[2]}",
        "label": thing.label,
        "definition": thing.one("skos:definition"),
        "kind": _KINDS[thing.type.rpartition("#")[2]],
    }
