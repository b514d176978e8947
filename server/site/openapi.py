"""The OpenAPI 3.1 description of all routes."""

import re
from collections.abc import Mapping
from typing import Any

import server
from server.rdf.formats import DOCUMENT_FORMATS, HTML, RDF_FORMATS, RESULT_FORMATS, Format
from server.release.reader import Release
from server.site import signposting
from server.site.validate import INPUTS
from server.sparql.request import DIRECT, FORM

Json = dict[str, Any]
Answers = dict[int, Json]
_EXAMPLES = {"id": "state/chn", "def": "Treaty", "shape": "Treaty", "graph": "official"}

_PROBLEMS = {
    400: "A parameter is faulty",
    403: "Updates and SERVICE are refused",
    404: "Nothing is known of it",
    406: "None of the formats is acceptable; the alternatives are listed",
    410: "The resource was withdrawn; what is left of it is told in the format asked for",
    412: "A precondition failed",
    413: "The request is too large",
    414: "The address is too long",
    415: "A query is not posted in this media type",
    429: "Too many queries wait",
    500: "The server failed",
    502: "The store behind the endpoint failed",
    503: "A limit was reached",
    504: "The deadline passed",
}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "alternatives": {"type": "array", "items": {"type": "object"}},
    },
}


def document(release: Release, routes: Mapping[str, tuple[str, set[str]]]) -> Json:
    """Return the description of the routes as a release has them.

    `routes` are all paths with a line on each and its methods; what is not told of here gets that.
    """
    told = _paths(release)
    roots = ("/{root}", "/{root}/{path}")
    further = {p: _plain(p, *known) for p, known in routes.items() if p not in (*told, *roots)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Space law as linked data",
            "version": server.__version__,
            "description": "Dereferencing and queries; /docs explains both for people.",
            "license": {"name": "CC BY 4.0", "identifier": "CC-BY-4.0"},
        },
        "servers": [{"url": release.base.rstrip("/")}],
        "paths": told | further,
        "components": {"schemas": {"Problem": _PROBLEM}},
    }


def _paths(release: Release) -> Json:
    keys = ["native", *(p.key for p in release.profiles), "alt"]
    profile = _query("_profile", "The profile, by its key", {"type": "string", "enum": keys})
    media = _query("_mediatype", "Takes the place of Accept", {"type": "string"})
    found: Json = {"/": _get("home", "The home page", _page(), ())}
    for root, example in _EXAMPLES.items():
        thing: Answers = {
            303: {"description": "The document about the thing is at Location"},
            **_moved(),
        }
        found[f"/{root}"] = _get(f"root-{root}", "The thing", thing, (404, 406))
        path = f"/{root}/{{path}}"
        found[path] = _get(f"thing-{root}", "A thing", thing, (404, 406, 410, 414), _path(example))
    answers: Answers = {
        200: _content(DOCUMENT_FORMATS, "The document"),
        **_not_modified(),
        **_moved(),
    }
    found["/doc/{path}"] = _get(
        "document",
        "The document about a thing",
        answers,
        (400, 404, 406, 410, 412, 414),
        [
            *_path("id/state/chn"),
            profile,
            media,
            _query("page", "Turns over what points here", {"type": "integer"}),
        ],
    )
    sets: Answers = {
        200: _content((signposting.LINKSET_JSON, signposting.LINKSET), "All links"),
        **_not_modified(),
    }
    found["/linkset/{path}"] = _get(
        "linkset", "All links", sets, (404, 406, 410, 412, 414), _path("id/state/chn")
    )
    return found | _further()


def _plain(path: str, text: str, methods: set[str]) -> Json:
    """Describe a route of which no more is known than its line of documentation."""
    names = re.findall(r"{(\w+)}", path)
    parameters = [
        {"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in names
    ]
    answer = {"description": "What is told above; or a problem document, for an error"}
    name = re.sub(r"\W+", "-", path).strip("-")
    operation = {"summary": text, "parameters": parameters, "responses": {"default": answer}}
    return {m: {"operationId": f"{m}-{name}", **operation} for m in sorted(methods)}


def _further() -> Json:
    """Describe the routes that are about no one thing."""
    results: Answers = {200: _content((*RESULT_FORMATS, *RDF_FORMATS, HTML), "The result")}
    query = [
        _query("query", "A SPARQL 1.1 query", {"type": "string"}),
        _query("format", "The key of a result format", {"type": "string"}),
        _query("default-graph-uri", "The default graph", {"type": "string"}),
        _query("named-graph-uri", "A named graph", {"type": "string"}),
    ]
    faults = (400, 403, 406, 412, 413, 415, 429, 500, 502, 503, 504)
    sparql = _get("query", "Run a query, or tell of the service", results, faults, query)
    posted = {FORM: {"schema": {"type": "object"}}, DIRECT: {"schema": {"type": "string"}}}
    sparql["post"] = {
        "operationId": "post-query",
        "summary": "Run a query",
        "requestBody": {"content": posted},
        "responses": sparql["get"]["responses"],
    }
    any_json = {"description": "The document", "content": {"application/json": {}}}
    return {
        "/sparql": sparql,
        "/context.jsonld": _get(
            "context",
            "The JSON-LD context",
            {200: {"description": "The context", "content": {"application/ld+json": {}}}},
            (412,),
        ),
        "/openapi.json": _get(
            "openapi",
            "This description",
            {200: {"description": "It", "content": {"application/openapi+json": {}}}},
            (412,),
        ),
        "/validate": _validate(),
        "/quality": _get(
            "quality",
            "What the release conforms to, and its SHACL report",
            {200: _content((HTML, *RDF_FORMATS), "The report"), **_not_modified()},
            (406, 412),
        ),
        "/docs": _get("docs", "What documentation there is", _page(), (412,)),
        "/status": _get(
            "status",
            "Who is bound by a treaty on a day",
            {200: any_json | {"content": {t: {} for t in _STATUS_TYPES}}},
            (400, 404, 406, 412),
            [
                _query("treaty", "Key or IRI of a treaty", {"type": "string"}),
                _query("asOf", "The day", {"type": "string"}),
            ],
        ),
    }


def _validate() -> Json:
    """Describe the check of one's own data."""
    answers: Answers = {200: _content((*RDF_FORMATS, HTML), "The SHACL report")}
    faults = (400, 406, 412, 413, 415, 429, 500, 503)
    types = (*(f.media_type for f in INPUTS), FORM)
    posted = {t: {"schema": {"type": "string"}} for t in types}
    operation = {
        "operationId": "validate",
        "summary": "Check a graph against the shapes",
        "requestBody": {"content": posted},
        "responses": _get("", "", answers, faults)["get"]["responses"],
    }
    return {
        **_get("check-form", "A form to check one's own data", _page(), (412,)),
        "post": operation,
    }


_STATUS_TYPES = ("application/json", "text/csv", "text/turtle", "text/html")


def _get(
    name: str, summary: str, answers: Answers, faults: tuple[int, ...], parameters: Any = ()
) -> Json:
    responses = {str(status): answer for status, answer in answers.items()}
    responses |= {str(status): _fault(status) for status in faults}
    operation = {"operationId": name, "summary": summary, "responses": responses}
    return {"get": operation | ({"parameters": list(parameters)} if parameters else {})}


def _fault(status: int) -> Json:
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    content: Json = {"application/problem+json": schema, "text/html": {}}
    if status == 410:
        content |= {f.media_type: {} for f in DOCUMENT_FORMATS}
    return {"description": _PROBLEMS[status], "content": content}


def _content(formats: tuple[Format, ...], text: str) -> Json:
    return {"description": text, "content": {f.media_type: {} for f in formats}}


def _page() -> Answers:
    return {200: {"description": "A page", "content": {"text/html": {}}}, **_not_modified()}


def _moved() -> Answers:
    return {301: {"description": "The resource is at Location"}}


def _not_modified() -> Answers:
    return {304: {"description": "The client has it already"}}


def _query(name: str, text: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "description": text, "schema": schema}


def _path(example: str) -> list[Json]:
    return [
        {
            "name": "path",
            "in": "path",
            "required": True,
            "description": "What follows; it may have slashes",
            "schema": {"type": "string", "minLength": 1},
            "example": example,
        }
    ]
