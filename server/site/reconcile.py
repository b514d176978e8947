"""Reconciliation of names with resources (Reconciliation Service API 0.2), as OpenRefine asks."""

import json
from typing import Any

from flask import Blueprint, Response, render_template, request

from server.problems import Problem
from server.rdf.formats import HTML, JSON
from server.rdf.iris import path_of
from server.rdf.serialization import parse
from server.release.names import Name, Names, names_of
from server.release.reader import Release
from server.site.responses import negotiate, respond, services

blueprint = Blueprint("reconcile", __name__)

MOST_QUERIES, MOST_RESULTS, MOST_TEXT = 200, 25, 300
VERSION = "0.2"


@blueprint.route("/reconcile", methods=["GET", "POST"])
def reconcile() -> Response:
    """Answer with the manifest, or with matches for `queries`, or with values for `extend`."""
    release = services().release
    if "queries" in request.values:
        queries = _object("queries")
        if len(queries) > MOST_QUERIES:
            raise Problem(413, f"A batch has at most {MOST_QUERIES} queries; split it.")
        known = names_of(release)
        return _answer({key: {"result": _matches(known, q, key)} for key, q in queries.items()})
    if "extend" in request.values:
        return _answer(_extend(release, _object("extend")))
    return _answer(_manifest(release.base))


def _manifest(base: str) -> dict[str, Any]:
    """Return the service manifest (section 3)."""
    suggest = {
        kind: {"service_url": f"{base}reconcile", "service_path": f"/suggest/{kind}"}
        for kind in ("entity", "type", "property")
    }
    return {
        "versions": [VERSION],
        "name": "Space law: States, instruments, actors, norms",
        "identifierSpace": f"{base}id/",
        "schemaSpace": f"{base}def/",
        "defaultTypes": [{"id": f"{base}def/{t}", "name": t} for t in ("State", "Treaty", "Norm")],
        "batchSize": 50,
        "view": {"url": "{{id}}"},
        "preview": {"url": f"{base}reconcile/preview?id={{{{id}}}}", "width": 400, "height": 160},
        "suggest": suggest,
        "extend": {
            "propose_properties": {"service_url": f"{base}reconcile", "service_path": "/properties"}
        },
    }


def _object(parameter: str) -> dict[str, Any]:
    try:
        found = json.loads(request.values[parameter])
    except ValueError as error:
        raise Problem(400, f"{parameter} is not JSON: {error}.") from None
    if not isinstance(found, dict):
        raise Problem(400, f"{parameter} takes a JSON object.")
    return found


def _matches(known: Names, query: Any, key: str) -> list[dict[str, Any]]:
    """Return the candidates for one query, best first (section 4)."""
    if not isinstance(query, dict) or not isinstance(query.get("query"), str):
        raise Problem(400, f"The query {key[:20]!r} has no text in its member query.")
    kinds = query.get("type") or []
    kinds = {k for k in ([kinds] if isinstance(kinds, str) else kinds) if isinstance(k, str)}
    limit = query.get("limit", 5)
    if not isinstance(limit, int) or not limit > 0:
        raise Problem(400, f"limit is {str(limit)[:20]!r}; it takes a whole number from 1.")
    found = known.search(query["query"][:MOST_TEXT], kinds, min(limit, MOST_RESULTS))
    sure = [name for name, score in found if score == 100]
    return [
        _entity(name, known) | {"score": score, "match": score == 100 and len(sure) == 1}
        for name, score in found
    ]


def _entity(name: Name, known: Names) -> dict[str, Any]:
    kind = {"id": name.type, "name": known.types.get(name.type, name.type)}
    return {"id": name.iri, "name": name.label, "type": [kind]}


@blueprint.get("/reconcile/suggest/<any(entity, type, property):kind>")
def suggest(kind: str) -> Response:
    """Answer with what begins with, or has, the letters of `prefix` (section 6)."""
    known = names_of(services().release)
    prefix = request.args.get("prefix", "")[:MOST_TEXT]
    if kind == "entity":
        found = known.beginning(prefix, MOST_RESULTS)
        result = [{"id": n.iri, "name": n.label, "notable": [n.type]} for n in found]
        return _answer({"result": result})
    terms = known.types if kind == "type" else known.properties
    low = prefix.lower()
    chosen = [{"id": i, "name": n} for i, n in sorted(terms.items()) if low in n.lower()]
    return _answer({"result": chosen[:MOST_RESULTS]})


@blueprint.get("/reconcile/properties")
def properties() -> Response:
    """Answer with the properties that things of one type have (section 7.1)."""
    kind = request.args.get("type", "")
    known = names_of(services().release)
    found = [{"id": p, "name": known.properties[p]} for p in sorted(known.properties_of(kind))]
    limit = request.args.get("limit", "")
    most = int(limit) if limit.isascii() and limit.isdigit() else len(found)
    return _answer({"type": kind, "properties": found[:most]})


@blueprint.get("/reconcile/preview")
def preview() -> Response:
    """Answer with a small page about a resource (section 5)."""
    release = services().release
    found = release.document(request.args.get("id", "")[:MOST_TEXT])
    if found is None:
        raise Problem(404, "Nothing is known of the id that is asked for.")
    known = names_of(release)
    rows = _values(release, found.iri, list(known.properties))
    lines = [
        (known.properties[p], v.get("str") or v.get("name", ""))
        for p, values in rows.items()
        for v in values
    ][:6]
    body = render_template(
        "harvest_preview.html", found=found, kind=known.types.get(found.type, ""), lines=lines,
        href=path_of(found.iri, release.base),
    )  # fmt: skip
    response = respond(body, HTML, vary=())
    # A client of another origin shows it in a frame; it holds no control that could be abused.
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


def _extend(release: Release, asked: dict[str, Any]) -> dict[str, Any]:
    """Return values of properties for resources (section 7.2)."""
    ids = [i for i in asked.get("ids", []) if isinstance(i, str)]
    wanted = [
        p["id"]
        for p in asked.get("properties", [])
        if isinstance(p, dict) and isinstance(p.get("id"), str)
    ]
    if not ids or not wanted or len(ids) * len(wanted) > 5000:
        raise Problem(400, "extend takes ids and properties, at most 5000 cells of them.")
    known = names_of(release).properties
    meta = [{"id": p, "name": known.get(p, p)} for p in wanted]
    return {"meta": meta, "rows": {iri: _values(release, iri, wanted) for iri in ids}}


def _values(release: Release, iri: str, wanted: list[str]) -> dict[str, list[dict[str, Any]]]:
    found = release.document(iri)
    values: dict[str, list[dict[str, Any]]] = {p: [] for p in wanted}
    for q in parse(found.nquads) if found else []:
        own = getattr(q.subject, "value", "") == iri
        cell = _cell(release, q.object) if own and q.predicate.value in values else None
        if cell and cell not in values[q.predicate.value]:
            values[q.predicate.value].append(cell)
    return values


def _cell(release: Release, term: Any) -> dict[str, Any]:
    value = term.value
    if not value.startswith(("http://", "https://")) or hasattr(term, "datatype"):
        return {"str": value}
    label = release.labels([value]).get(value)
    return {"id": value, "name": label} if label else {"str": value}


def _answer(document: dict[str, Any]) -> Response:
    negotiate((JSON,))
    body = json.dumps(document, ensure_ascii=False)
    return respond(body, JSON, vary=())
