"""The OpenAPI description is true to the routes, and routes refuse what it does not name."""

import json
import re
from typing import Any

import pytest
import yaml
from werkzeug.routing import Rule

from server.rdf.form_fields import FORM
from server.release.reader import Release
from server.site.application import create_app
from server.site.prerender import NoEngine
from server.sparql.request import ASKS_NOTHING, PARAMETERS, VIRTUOSO_PARAMETERS
from tests.served import Answer, Client

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def description(client: Client) -> dict[str, Any]:
    answer = client.get("/openapi.json")
    assert answer.mimetype == "application/openapi+json"
    found: dict[str, Any] = json.loads(answer.data)
    return found


def path_of(rule: Rule) -> str:
    return re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule)


def test_yaml_says_the_same(client: Client, description: dict[str, Any]) -> None:
    assert yaml.safe_load(client.get("/openapi.yaml").data) == description


def test_each_method_of_each_route_is_described_and_no_other(
    release: Release, description: dict[str, Any]
) -> None:
    routes: dict[str, set[str]] = {}
    for rule in create_app(release, NoEngine()).url_map.iter_rules():
        methods = {m.lower() for m in rule.methods or ()} & METHODS
        routes.setdefault(path_of(rule), set()).update(methods)
    described = {path: set(methods) & METHODS for path, methods in description["paths"].items()}
    assert described == routes


def test_each_operation_says_what_it_does_and_answers(description: dict[str, Any]) -> None:
    for path, methods in description["paths"].items():
        names = set(re.findall(r"{(\w+)}", path))
        for operation in methods.values():
            assert operation["summary"]
            assert {"200", "303"} & operation["responses"].keys(), path
            in_path = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"}
            assert in_path == names, path


def test_the_parameters_of_a_query_are_those_of_the_endpoint(description: dict[str, Any]) -> None:
    sparql = description["paths"]["/sparql"]
    form = sparql["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]
    taken = {*PARAMETERS, *VIRTUOSO_PARAMETERS, *ASKS_NOTHING}
    assert {p["name"] for p in sparql["get"]["parameters"]} == {*taken, "graph", "default"}
    assert form["schema"]["properties"].keys() == taken


def refused(answer: Answer, path: str) -> str:
    """Return which parameter a request is refused for; OAI-PMH tells it with status 200."""
    if path.startswith("/oai"):
        assert b'<error code="bad' in answer.data, path
        return answer.text
    assert answer.status_code == 400, path
    assert answer.json["detail"]
    return str(answer.json.get("parameter", ""))


def addresses(description: dict[str, Any]) -> list[str]:
    """Return an address of each route that answers GET, its parts filled in by examples."""
    found = []
    reads = {path: m["get"] for path, m in description["paths"].items() if "get" in m}
    for path, operation in reads.items():
        for p in operation.get("parameters", ()):
            value = p.get("example") or p.get("schema", {}).get("enum", [1])[0]
            path = path.replace(f"{{{p['name']}}}", str(value))
        found.append(path)
    return found


def test_no_route_ignores_a_parameter_that_it_does_not_have(
    client: Client, description: dict[str, Any]
) -> None:
    for address in addresses(description):
        answer = client.get(f"{address}?no-such-parameter=1", headers={"Accept": "*/*"})
        assert "no-such-parameter" in refused(answer, address)


def test_no_route_ignores_a_field_that_its_form_does_not_have(
    client: Client, description: dict[str, Any]
) -> None:
    forms = [
        path
        for path, methods in description["paths"].items()
        if FORM in methods.get("post", {}).get("requestBody", {}).get("content", {})
    ]
    assert len(forms) > 3
    for path in forms:
        for fields in ({"no-such-field": "1"}, {"no-such-field": "1", "query": "ASK {}"}):
            answer = client.post(path, data=fields, headers={"Accept": "*/*"})
            said = refused(answer, path)
            assert any(name in said for name in fields)


def test_no_route_ignores_that_a_parameter_is_given_twice(
    client: Client, description: dict[str, Any]
) -> None:
    for path, methods in description["paths"].items():
        for p in methods.get("get", {}).get("parameters", ()):
            if p["in"] != "query" or p.get("schema", {}).get("type") == "array" or "{" in path:
                continue
            answer = client.get(f"{path}?{p['name']}=1&{p['name']}=1")
            refused(answer, path)


@pytest.mark.parametrize(
    ("address", "nearest"),
    [
        ("/status?treaty=treaty/1967/outer-space&asof=2000-01-01", "asOf"),
        ("/status.csv?treaty=treaty/1967/outer-space&as_of=2000-01-01", "asOf"),
        ("/search?q=moon&pages=2", "page"),
        ("/search?q=moon&kinds=x", "kind"),
        ("/doc/id/treaty/1967/outer-space?profile=dcterms", "_profile"),
        ("/doc/id/treaty/1967/outer-space?mediatype=text/turtle", "_mediatype"),
        ("/id/treaty/1967/outer-space?Page=2", "page"),
        ("/reconcile?query=x", "queries"),
        ("/sparql?query=ASK%7B%7D&default-graph=x", "default-graph-uri"),
        ("/sparql?query=ASK%7B%7D&time-out=x", "timeout"),
    ],
)
def test_a_misspelt_parameter_is_refused_with_the_nearest(
    client: Client, address: str, nearest: str
) -> None:
    answer = client.get(address, headers={"Accept": "*/*"})
    assert answer.status_code == 400
    assert f"did you mean {nearest}?" in answer.json["detail"]


@pytest.mark.parametrize(
    "address",
    [
        "/search?q=%FF",
        "/search?q=%ED%A0%80",
        "/search?q=%4",
        "/search?q=a&page=0",
        "/search?q=a&page=1e9",
        "/search?q=a&page=" + "9" * 5000,
        "/search?q=" + "a" * 201,
        "/search?kind=x",
        "/reconcile/properties?type=x&limit=0",
        "/reconcile/suggest/entity?prefix=a&cursor=-1",
        "/doc/id/treaty/1967/outer-space.ttl?asOf=2000-01-01",
        "/doc/id/treaty/1967/outer-space.ttl?page=1",
        "/doc/id/treaty/1967/outer-space.ttl?_mediatype=text/html",
        "/doc/id/treaty/1967/outer-space?_profile=alt&page=1",
        "/doc/id/awkward.html?asOf=2000-01-01",
        "/sparql?timeout=5",
    ],
)
def test_a_faulty_or_useless_value_is_refused(client: Client, address: str) -> None:
    answer = client.get(address, headers={"Accept": "*/*"})
    assert answer.status_code == 400, answer.data
    assert answer.mimetype == "application/problem+json"
    assert len(answer.data) < 2000
