"""Reconciliation of names with resources (Reconciliation Service API 0.2), as OpenRefine asks."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, render_template

from server.pages.release_graph import Thing, graph_for
from server.problems import Problem
from server.rdf.formats import HTML, JSON
from server.rdf.iris import rebase
from server.release.names import Name, Names, names_of, plain
from server.release.reader import Release
from server.site.parameters import check_value, parameters
from server.site.responses import negotiate, render_xml, respond, services

blueprint = Blueprint("reconcile", __name__)

MAX_QUERIES, MAX_RESULTS, MAX_CELLS, MAX_LETTERS = 200, 25, 5000, 300
_LINES_OF_A_PREVIEW = 6
_QUERY = {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Query"}}


@blueprint.route("/reconcile", methods=["GET", "POST"])
def reconcile() -> Response:
    """Answer with the manifest, or with matches for `queries`, or with values for `extend`."""
    release = services().release
    queries, extend = parameters().get("queries"), parameters().get("extend")
    if queries is None:
        manifest = json.loads(render_template("reconcile.json", base=release.base))
        return _answer(_extension(release, extend) if extend else manifest)
    if extend:
        raise Problem(400, "There are both queries and extend; one is answered at a time.")
    if len(queries) > MAX_QUERIES:
        raise Problem(413, f"A batch has at most {MAX_QUERIES} queries; split it.")
    results: dict[str, Any] = {k: _result(release, k, query) for k, query in queries.items()}
    faults = [result for result in results.values() if isinstance(result, Problem)]
    if faults and len(faults) == len(queries):
        raise faults[0]
    for key, result in results.items():
        if isinstance(result, Problem):  # the others have their results
            fault = {"status": result.status, "detail": result.detail}
            results[key] = {"result": [], "error": fault}
    return _answer(results)


def _result(release: Release, key: str, query: Any) -> dict[str, Any] | Problem:
    """Return the candidates for one query of a batch, best first (section 4), or what is wrong."""
    try:
        check_value("queries", _QUERY, {key: query})
    except Problem as problem:
        return problem
    names, kinds = names_of(release), query.get("type", [])
    kinds = {rebase(k, release.base) for k in ([kinds] if isinstance(kinds, str) else kinds)}
    limit, wanted = min(query.get("limit", 5), MAX_RESULTS), query.get("properties", [])
    candidates = names.search(
        query["query"][:MAX_LETTERS],
        kinds,
        MAX_RESULTS if wanted else limit,
        is_all=query.get("type_strict") == "all",
    )
    scored = [
        (name, round(score * _agreement(release, name.iri, wanted))) for name, score in candidates
    ]
    scored.sort(key=lambda pair: -pair[1])
    is_single = sum(score == 100 for _, score in scored) == 1
    return {
        "result": [
            _entity(name, names) | {"score": score, "match": score == 100 and is_single}
            for name, score in scored[:limit]
        ]
    }


def _agreement(release: Release, iri: str, wanted: list[dict[str, Any]]) -> float:
    """Return by what to multiply a score: 1 where a resource has all wanted values, 0.6 if none."""
    if not wanted:
        return 1
    asked = [(rebase(p["pid"], release.base), p["v"]) for p in wanted]
    values = _values(release, iri, [pid for pid, _ in asked])
    met = sum(_text(v) in {plain(t) for c in values[p] for t in c.values()} for p, v in asked)
    return 0.6 + 0.4 * met / len(asked)


def _text(value: Any) -> str:
    """Return a wanted value, which may be a resource, as it is compared."""
    return plain(str(value.get("id", "") if isinstance(value, Mapping) else value))


def _entity(name: Name, names: Names) -> dict[str, Any]:
    kind = {"id": name.type, "name": names.types.get(name.type, name.type)}
    return {"id": name.iri, "name": name.label, "type": [kind]}


@blueprint.get("/reconcile/suggest/<any(entity, type, property):kind>")
def suggest(kind: str) -> Response:
    """Answer with what begins with, or has, the letters of `prefix` (section 6)."""
    names = names_of(services().release)
    prefix, start = parameters()["prefix"][:MAX_LETTERS], parameters()["cursor"]
    if kind == "entity":
        entities = names.beginning(prefix, start + MAX_RESULTS)
        result = [{"id": n.iri, "name": n.label, "notable": [n.type]} for n in entities]
    else:
        terms = names.types if kind == "type" else names.properties
        result = [{"id": iri, "name": label} for iri, label in sorted(terms.items())
                  if prefix.lower() in label.lower()]  # fmt: skip
    return _answer({"result": result[start : start + MAX_RESULTS]})


@blueprint.get("/reconcile/properties")
def properties() -> Response:
    """Answer with the properties that things of one type have (section 7.1)."""
    kind, names = parameters()["type"], names_of(services().release)
    proposed = [{"id": p, "name": names.properties[p]} for p in sorted(names.properties_of(kind))]
    return _answer({"type": kind, "properties": proposed[: parameters()["limit"]]})


@blueprint.get("/reconcile/preview")
def preview() -> Response:
    """Answer with a small page about a resource (section 5)."""
    release = services().release
    document = release.document(parameters()["id"][:MAX_LETTERS])
    if document is None:
        raise Problem(404, "Nothing is known of the id that is asked for.")
    names = names_of(release)
    values = _values(release, document.iri, sorted(names.properties))
    lines = [
        (names.properties[p], cell.get("str") or cell.get("name"))
        for p, cells in values.items()
        for cell in cells
    ]
    body = render_xml(
        "harvest_preview.html",
        document=document,
        kind=names.types.get(document.type, ""),
        lines=lines[:_LINES_OF_A_PREVIEW],
    )
    response = respond(body, HTML)
    # A client of another origin shows it in a frame; it holds no control that could be abused.
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


def _extension(release: Release, extend: Mapping[str, Any]) -> dict[str, Any]:
    """Return values of properties for resources (section 7.2)."""
    iris, wanted = extend["ids"], [p["id"] for p in extend["properties"]]
    if len(iris) * len(wanted) > MAX_CELLS:
        raise Problem(413, f"An extension has at most {MAX_CELLS} cells; split it.")
    labels = names_of(release).properties
    meta = [{"id": p, "name": labels.get(p, p)} for p in wanted]
    return {"meta": meta, "rows": {iri: _values(release, iri, wanted) for iri in iris}}


def _values(release: Release, iri: str, wanted: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the values of properties of a resource as cells."""
    document = release.document(iri)
    thing = Thing(graph_for(release), document) if document else None
    # A client may ask for what is no property.
    values = {p: thing.all(p) if thing and "://" in p else [] for p in wanted}
    labels = release.labels(text for texts in values.values() for text in texts)
    return {
        p: [{"id": t, "name": labels[t]} if t in labels else {"str": t} for t in texts]
        for p, texts in values.items()
    }


def _answer(document: dict[str, Any]) -> Response:
    return respond(document, negotiate((JSON,)))
