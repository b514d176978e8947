"""Reconciliation: answers have the shape that the specification gives them, and are right."""

import json
from pathlib import Path

import pytest

from server.compile import pipeline
from server.release.names import plain, similarity
from tests import tinysource
from tests.harvest.conftest import BASE
from tests.served import NO_ENGINE, Client, served

OST = f"{BASE}id/treaty/1967/outer-space"


def ask(client: Client, **query: object) -> list[dict[str, object]]:
    answer = client.post("/reconcile", data={"queries": json.dumps({"q0": query})})
    assert answer.status_code == 200
    found: list[dict[str, object]] = answer.json["q0"]["result"]
    return found


def test_the_manifest_has_what_the_specification_requires(client: Client) -> None:
    manifest = client.get("/reconcile").json
    assert manifest
    assert {"versions", "name", "identifierSpace", "schemaSpace", "view"} <= set(manifest)
    assert manifest["versions"] == ["0.2"]
    assert "{{id}}" in manifest["preview"]["url"]


@pytest.mark.parametrize("name", ["Outer Space Treaty", "the OUTER-SPACE  treaty", "OST"])
def test_a_name_in_any_dress_is_a_match(client: Client, name: str) -> None:
    best = ask(client, query=name)[0]
    assert (best["id"], best["match"], best["score"]) == (OST, True, 100)
    assert set(best) == {"id", "name", "type", "score", "match"}
    assert best["type"] == [{"id": f"{BASE}def/Treaty", "name": "treaty"}]


def test_a_misspelt_name_is_a_candidate_and_no_match(client: Client) -> None:
    best = ask(client, query="Outer Spase Treaty")[0]
    assert (best["id"], best["match"]) == (OST, False)


def test_types_and_limits_are_kept(client: Client) -> None:
    assert ask(client, query="Outer Space Treaty", type=f"{BASE}def/Claim") == []
    assert len(ask(client, query="Outer Space Treaty", limit=1)) == 1


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"queries": "{"}, 400),
        ({"queries": "[]"}, 400),
        ({"queries": '{"q0": {"query": 1}}'}, 400),
        ({"queries": '{"q0": {"query": "x", "limit": -1}}'}, 400),
        ({"queries": json.dumps({f"q{n}": {"query": "x"} for n in range(201)})}, 413),
        ({"extend": "{}"}, 400),
    ],
)
def test_a_faulty_batch_is_refused_with_a_problem(
    client: Client, data: dict[str, str], status: int
) -> None:
    answer = client.post("/reconcile", data=data)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"


def test_suggestions_begin_with_what_was_typed(client: Client) -> None:
    (found,) = client.get("/reconcile/suggest/entity?prefix=out").json["result"]
    assert (found["id"], found["name"]) == (OST, "Outer Space Treaty")
    (kind,) = client.get("/reconcile/suggest/type?prefix=trea").json["result"]
    assert kind == {"id": f"{BASE}def/Treaty", "name": "treaty"}


def test_values_extend_a_table(client: Client) -> None:
    parts = f"{BASE}def/hasPart"
    asked = {"ids": [OST, f"{BASE}id/none"], "properties": [{"id": parts}]}
    answer = client.get("/reconcile", query_string={"extend": json.dumps(asked)}).json
    assert answer
    assert answer["meta"] == [{"id": parts, "name": "has part"}]
    assert {"id": f"{OST}/article/9", "name": "Article IX"} in answer["rows"][OST][parts]
    assert answer["rows"][f"{BASE}id/none"] == {parts: []}
    proposed = client.get(f"/reconcile/properties?type={BASE}def/Treaty").json
    assert proposed
    assert {"id": parts, "name": "has part"} in proposed["properties"]


def test_a_preview_is_a_small_page(client: Client) -> None:
    answer = client.get(f"/reconcile/preview?id={OST}")
    assert "Outer Space Treaty" in answer.text
    assert "frame-ancestors" not in answer.headers["Content-Security-Policy"]
    assert client.get(f"/reconcile/preview?id={OST}x").status_code == 404


def test_a_name_that_two_things_have_matches_neither(tmp_path: Path) -> None:
    double = tinysource.TREATY.replace("1967/outer-space", "1968/outer-space")
    double = double.replace('"OST"', '"OST2"')
    name = "data/official/treaty/1968/outer-space.ttl"
    root = tinysource.write(tmp_path / "source", {name: double})
    pipeline.build(root, tmp_path / "releases", BASE)
    with served(tmp_path / "releases", BASE, **NO_ENGINE) as two:
        found = ask(two, query="Outer Space Treaty")
    assert [(f["score"], f["match"]) for f in found[:2]] == [(100, False), (100, False)]


def test_comparison_of_names() -> None:
    assert plain("Côte d\u2019Ivoire") == plain("COTE D'IVOIRE")
    assert plain("the Treaty on the Moon") == "treaty moon"
    assert similarity("moon", "moon") == 1
    assert similarity("", "moon") == similarity("xyz", "moon") == 0
