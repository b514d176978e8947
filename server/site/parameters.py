"""The OpenAPI description, and the parameters and forms of requests, checked against it."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import yaml
from flask import Blueprint, Response, g, request

import server
from server.declared import declared_in
from server.http.request_parser import MAX_BODY_BYTES
from server.problems import Problem
from server.rdf.form_fields import FORM, check_names, read_pairs
from server.rdf.formats import Format
from server.site.query_operations import RESULT
from server.site.responses import respond, services
from server.sparql.request import unpacked

blueprint = Blueprint("openapi", __name__)

_MAX_MESSAGE = 300  # letters of what is said of a faulty value
_FILE = Path(__file__).with_name("openapi.yaml")


@lru_cache(maxsize=1)
def _description() -> dict[str, Any]:
    """Return the OpenAPI description of all routes as the file has it, with the keys of JSON."""
    loaded: dict[str, Any] = json.loads(json.dumps(declared_in(_FILE)))
    del loaded["x-parts"]  # they stand wherever they are referred to
    return loaded


@blueprint.get("/openapi.<any(json, yaml):key>")
def document(key: str) -> Response:
    """Answer with the description of this site."""
    whole = _description() | {"servers": [{"url": services().release.base.rstrip("/")}]}
    whole["info"] = whole["info"] | {"version": server.__version__}
    text = json.dumps(whole) if key == "json" else yaml.safe_dump(whole, sort_keys=False)
    return respond(text, Format(key, f"application/openapi+{key}", "OpenAPI", "api"))


def parameters() -> dict[str, Any]:
    """Return the parameters of the request, checked, with the defaults of those not given."""
    checked: dict[str, Any] = g.get("parameters", {})
    return checked


def check_parameters() -> None:
    """Check the parameters of a request, and the fields of its form, before its view is called.

    Raises Problem 400 for one that is unknown, given twice, missing or faulty, and 415 for a body
    in a media type that the route does not take.
    """
    # Those of a query were checked by the endpoint, which found its result.
    if request.url_rule is None or request.method == "OPTIONS" or RESULT in request.environ:
        return
    route = _route(request.url_rule.rule, request.method.lower())
    known, pairs = dict(route.parameters), list(read_pairs(request.query_string))
    if request.method == "POST" and _body_media_type(route) == FORM:
        known |= route.fields
        pairs += read_pairs(body())
    given: dict[str, list[str]] = {}
    for name, text in pairs:
        given.setdefault(name, []).append(text)
    check_names(given, known)
    g.parameters = {
        name: parameter.value(given[name]) if name in given else parameter.default()
        for name, parameter in known.items()
    }


def body() -> bytes:
    """Return the body of a request without its coding; raises Problem 400, 413 or 415."""
    coding = request.headers.get("Content-Encoding", "")
    return unpacked(request.get_data(), coding, MAX_BODY_BYTES)


def _body_media_type(route: "_Route") -> str:
    """Return in which of a route's media types a body was sent, "" where there is none."""
    if not request.content_length and request.mimetype != FORM:
        if route.needs_body:
            raise Problem(400, "The request has no body.")
        return ""
    if request.mimetype not in route.media_types:
        taken = ", ".join(route.media_types)
        detail = f"A body is sent here as {taken}; not as {request.mimetype[:80]!r}."
        raise Problem(415, detail, headers={"Accept-Post": taken})
    return request.mimetype


def check_value(name: str, schema: Mapping[str, Any], value: Any) -> None:
    """Raise Problem 400 where a part of the parameter called so does not fit a schema."""
    _Parameter(name, schema, is_json=True, required=False).check(value)


class _Parameter:
    """A parameter, or a field of a form, and what checks its value."""

    def __init__(self, name: str, schema: Mapping[str, Any], is_json: bool, required: bool) -> None:
        self.name, self.schema, self.is_json, self.required = name, schema, is_json, required
        whole = {**schema, "components": _description()["components"]}
        self.validator = jsonschema_rs.Draft202012Validator(whole)

    def default(self) -> Any:
        """Return what counts where the parameter is not given, None where nothing is said."""
        if self.required:
            raise Problem(400, f"The parameter {self.name} is missing.", {"parameter": self.name})
        return self.schema.get("default")

    def value(self, texts: list[str]) -> Any:
        """Return what the parameter stands for; raises Problem 400 for a faulty one."""
        value: Any = texts[0]
        kind = self.schema.get("type")
        if kind == "array":
            value = texts
        elif len(texts) > 1:
            raise self._fault(f"it is given {len(texts)} times")
        elif self.is_json:
            value = self._json(value)
        elif kind in ("integer", "number") and re.fullmatch("[0-9]{1,15}", value):
            value = int(value)
        self.check(value)
        return value

    def check(self, value: Any) -> None:
        """Raise Problem 400 for a value that the schema of the parameter refuses."""
        try:
            error = next(self.validator.iter_errors(value), None)
        except ValueError as recursion:  # a limit of the library's
            raise self._fault(str(recursion)) from None
        if error:
            parts = (str(p).replace("~", "~0").replace("/", "~1") for p in error.instance_path)
            raise self._fault(error.message, "".join(f"/{part}" for part in parts))

    def _json(self, text: str) -> Any:
        try:
            value = json.loads(text)
            json.dumps(value, ensure_ascii=False).encode()  # refuses halves of surrogate pairs
        except (ValueError, RecursionError) as error:
            raise self._fault(f"it is not well-formed JSON: {error}") from None
        return value

    def _fault(self, message: str, pointer: str = "") -> Problem:
        place = f" at {pointer[:_MAX_MESSAGE]}" if pointer else ""
        detail = f"The parameter {self.name} is faulty{place}: {message[:_MAX_MESSAGE]}."
        members = {"parameter": self.name} | ({"pointer": pointer} if pointer else {})
        return Problem(400, detail, members)


class _Route(NamedTuple):
    """What a method of a route takes: parameters, the fields of a form, bodies of these types."""

    parameters: Mapping[str, _Parameter]
    fields: Mapping[str, _Parameter]
    media_types: Sequence[str]
    needs_body: bool


@lru_cache(maxsize=256)
def _route(rule: str, method: str) -> _Route:
    path = re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule)
    operation = _description()["paths"][path][method]
    parameters, fields = {}, {}
    for p in operation.get("parameters", ()):
        if p["in"] == "query":
            as_json = p.get("content", {}).get("application/json")
            schema = as_json["schema"] if as_json else p["schema"]
            required = p.get("required", False)
            parameters[p["name"]] = _Parameter(p["name"], schema, bool(as_json), required)
    request_body = operation.get("requestBody", {})
    content = request_body.get("content", {})
    form = content.get(FORM, {"schema": {}})
    for name, schema in form["schema"].get("properties", {}).items():
        required = name in form["schema"].get("required", ())
        fields[name] = _Parameter(name, schema, name in form.get("encoding", ()), required)
    return _Route(parameters, fields, list(content), request_body.get("required", False))
