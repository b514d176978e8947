"""The dataset's prefixes and terms for those who write queries: what an editor completes."""

import json
from functools import lru_cache

from flask import Blueprint, Response

from server.rdf.formats import JSON
from server.rdf.serialization import parse
from server.rdf.vocabulary import SKOS, prefixes
from server.release.reader import Document, Release
from server.site.responses import respond, services

blueprint = Blueprint("vocabulary", __name__)

_KINDS = {"Class": "class", "ObjectProperty": "property", "DatatypeProperty": "property"}


@blueprint.get("/vocabulary.json")
def vocabulary() -> Response:
    """List the prefixes and terms of the ontology, each with label, definition and kind."""
    release = services().release
    body = _vocabulary(release)
    return respond(body, JSON, vary=())


@lru_cache(maxsize=4)
def _vocabulary(release: Release) -> str:
    own = f"{release.base}def/"
    documents = (release.document(iri) for iri in release.iris() if iri.startswith(own))
    terms = [_term(d, own) for d in documents if d]
    found = {"prefixes": prefixes(release.base), "terms": [t for t in terms if t["kind"]]}
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _term(document: Document, own: str) -> dict[str, str]:
    """Return a term as an editor needs it; `kind` is empty unless it is a class or property."""
    defined = [
        q.object.value  # type: ignore[union-attr]
        for q in parse(document.nquads)
        if q.predicate.value == SKOS + "definition"
    ]
    return {
        "name": f"sl:{document.iri.removeprefix(own)}",
        "label": document.label,
        "definition": defined[0] if defined else "",
        "kind": _KINDS.get(document.type.rpartition("#")[2], ""),
    }
