"""Each answer of the reconciliation service has the form that the API's specification gives it."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.served import Client
from tests.tinysource import BASE

FORMS = json.loads((Path(__file__).parents[1] / "data/reconciliation.json").read_text("utf-8"))
OST, TREATY = f"{BASE}id/treaty/1967/outer-space", f"{BASE}def/Treaty"
QUERIES = {"q0": {"query": "Outer Space Treaty", "type": TREATY, "limit": 3,
                  "properties": [{"pid": f"{BASE}def/hasPart", "v": "Article IX"}]},
           "q1": {"query": "nothing is called so"}}  # fmt: skip
WANTED = [f"{BASE}def/hasPart", "http://purl.org/dc/terms/identifier"]
EXTEND = {"ids": [OST, f"{BASE}id/none"], "properties": [{"id": p} for p in WANTED]}
# Suggestions and proposals are asked for by GET, the rest by either method (section 2.2).
ANSWERS = [
    ("manifest", "", {}),
    ("results", "", {"queries": json.dumps(QUERIES)}),
    ("extension", "", {"extend": json.dumps(EXTEND)}),
    ("entities", "/suggest/entity", {"prefix": "out"}),
    ("terms", "/suggest/type", {"prefix": "t"}),
    ("terms", "/suggest/property", {"prefix": "p"}),
    ("properties", "/properties", {"type": TREATY, "limit": "5"}),
]
# What must not pass, so that the schemas themselves are known to bite.
FAULTY: list[tuple[str, Any]] = [
    ("manifest", {"versions": ["0.1"], "name": "x", "identifierSpace": "http://x/",
                  "schemaSpace": "http://x/"}),
    ("results", {"q0": {}}),
    ("results", {"q0": {"result": [{"id": "x", "name": "x", "score": "100"}]}}),
    ("results", {"q0": {"result": [{"id": "x", "name": "x", "score": 1, "type": []}]}}),
    ("extension", {"meta": [], "rows": {"x": {"p": [{"id": "x"}]}}}),
    ("extension", {"meta": [], "rows": {"x": {"p": [{"str": "x", "int": 1}]}}}),
    ("entities", {"result": [{"id": "x"}]}),
    ("terms", {"result": [{"id": "x", "name": "y", "score": 1}]}),
    ("properties", {"type": "x"}),
]  # fmt: skip


def form(name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(FORMS | {"$ref": f"#/$defs/{name}"})


@pytest.mark.parametrize(
    ("method", "name", "path", "asked"),
    [(m, *a) for m in ("GET", "POST") for a in ANSWERS if m == "GET" or not a[1]],
)
def test_answers_have_the_specified_form(
    plain: Client, method: str, name: str, path: str, asked: dict[str, str]
) -> None:
    sent = {"query_string": asked} if method == "GET" else {"data": asked}
    answer = plain.open(f"/reconcile{path}", method=method, **sent)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"  # section 2.2: CORS
    assert [error.message for error in form(name).iter_errors(answer.json)] == []
    assert any(answer.json.values())


@pytest.mark.parametrize(("name", "answer"), FAULTY)
def test_the_schemas_refuse_what_the_specification_does(name: str, answer: object) -> None:
    assert not form(name).is_valid(answer)


def test_values_of_each_id_and_property_are_there(plain: Client) -> None:
    answer = plain.post("/reconcile", data={"extend": json.dumps(EXTEND)}).json
    assert answer
    assert list(answer["rows"]) == EXTEND["ids"]
    assert all(list(row) == WANTED for row in answer["rows"].values())
    assert answer["rows"][OST]["http://purl.org/dc/terms/identifier"] == [{"str": "OST"}]


def test_the_places_in_the_manifest_answer(plain: Client) -> None:
    manifest = plain.get("/reconcile").json
    assert manifest
    places = [*manifest["suggest"].values(), manifest["extend"]["propose_properties"]]
    urls = [place["service_url"] + place["service_path"] for place in places]
    urls.append(manifest["preview"]["url"].replace("{{id}}", OST))
    assert all(plain.get(url.removeprefix(BASE[:-1])).status_code == 200 for url in urls)
