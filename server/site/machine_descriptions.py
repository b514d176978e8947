"""What describes the site to machines: the JSON-LD context, link sets and the OpenAPI document."""

import json
import re

from flask import Blueprint, Response, current_app

from server.rdf.formats import JSONLD, Format
from server.rdf.jsonld import context
from server.rdf.vocabulary import prefixes
from server.site import lookup, openapi, signposting
from server.site.responses import negotiate, respond, services

blueprint = Blueprint("machines", __name__)

_OPENAPI = Format("json", "application/openapi+json", "OpenAPI", "api", ("application/json",))


@blueprint.get("/context.jsonld")
def json_ld_context() -> Response:
    """Answer with the context that compacted documents take theirs from."""
    release = services().release
    body = context(prefixes(release.base), release.coercions)
    return respond(body, JSONLD, vary=())


@blueprint.get("/linkset/<path:path>")
def linkset(path: str) -> Response:
    """Answer with all links of a thing and of its representations (RFC 9264)."""
    release = services().release
    found = lookup.describe(path)
    fmt = negotiate((signposting.LINKSET_JSON, signposting.LINKSET))
    at = signposting.Addresses(found.iri, release.base)
    sets = signposting.linkset(found, at, release.profiles_of(found.iri), release.base + "def")
    if fmt is signposting.LINKSET:
        body = signposting.as_text(sets)
    else:
        body = json.dumps(signposting.as_json(sets), ensure_ascii=False, indent=2)
    return respond(body, fmt)


@blueprint.get("/openapi.json")
def description() -> Response:
    """Answer with the OpenAPI 3.1 description of all routes."""
    release = services().release
    document = openapi.document(release, _routes())
    body = json.dumps(document, ensure_ascii=False, indent=2)
    return respond(body, _OPENAPI, vary=())


def _routes() -> dict[str, tuple[str, set[str]]]:
    """Return a line of documentation and the methods of each route, by its path in OpenAPI."""
    found: dict[str, tuple[str, set[str]]] = {}
    for rule in current_app.url_map.iter_rules():
        view = current_app.view_functions[rule.endpoint]
        path = re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule)
        text = (view.__doc__ or "A file of the pages.").partition("\n")[0]
        methods = {m.lower() for m in rule.methods or ()} - {"head", "options"}
        found[path] = text, methods | found.get(path, ("", set()))[1]
    return found
