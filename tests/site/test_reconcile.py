"""Reconciliation: answers have the shape that the specification gives them, and are right."""

import json
from pathlib import Path
from urllib.parse import urlencode

import pytest

from server.compile import pipeline
from server.rdf.form_fields import FORM
from server.rdf.vocabulary import CANONICAL_BASE
from server.release.names import plain, similarity
from tests import tinysource
from tests.served import NO_ENGINE, Answer, Client, served
from tests.tinysource import BASE

OST = f"{BASE}id/treaty/1967/outer-space"


def ask(plain: Client, **query: object) -> list[dict[str, object]]:
    answer = plain.post("/reconcile", data={"queries": json.dumps({"q0": query})})
    assert answer.status_code == 200
    found: list[dict[str, object]] = answer.json["q0"]["result"]
    return found


def test_the_manifest_has_what_the_specification_requires(plain: Client) -> None:
    manifest = plain.get("/reconcile").json
    assert manifest
    assert {"versions", "name", "identifierSpace", "schemaSpace", "view"} <= set(manifest)
    assert manifest["versions"] == ["0.2"]
    assert "{{id}}" in manifest["preview"]["url"]


@pytest.mark.parametrize("name", ["Outer Space Treaty", "the OUTER-SPACE  treaty", "OST"])
def test_a_name_in_any_dress_is_a_match(plain: Client, name: str) -> None:
    best = ask(plain, query=name)[0]
    assert (best["id"], best["match"], best["score"]) == (OST, True, 100)
    assert set(best) == {"id", "name", "type", "score", "match"}
    assert best["type"] == [{"id": f"{BASE}def/Treaty", "name": "treaty"}]


def test_a_misspelt_name_is_a_candidate_and_no_match(plain: Client) -> None:
    best = ask(plain, query="Outer Spase Treaty")[0]
    assert (best["id"], best["match"]) == (OST, False)


def test_types_and_limits_are_kept(plain: Client) -> None:
    assert ask(plain, query="Outer Space Treaty", type=f"{BASE}def/Claim") == []
    assert len(ask(plain, query="Outer Space Treaty", limit=1)) == 1


@pytest.mark.parametrize("kind", [f"{BASE}def/Text", f"{CANONICAL_BASE}def/Text"])
def test_a_type_stands_for_those_below_it(plain: Client, kind: str) -> None:
    assert ask(plain, query="Outer Space Treaty", type=kind)[0]["id"] == OST
    proposed = plain.get(f"/reconcile/properties?type={BASE}def/Text").json["properties"]
    assert f"{BASE}def/hasPart" in {p["id"] for p in proposed}
    kinds = {k["id"] for k in plain.get("/reconcile/suggest/type?prefix=t").json["result"]}
    assert kinds >= {f"{BASE}def/Text", f"{BASE}def/Treaty"}


def test_all_of_several_types_or_any(plain: Client) -> None:
    types = [f"{BASE}def/Text", f"{BASE}def/Claim"]
    asked = {"query": "Outer Space Treaty", "type": types}
    assert ask(plain, **asked)
    assert ask(plain, **asked, type_strict="all") == []
    types[1] = f"{BASE}def/Treaty"
    assert ask(plain, **asked, type_strict="all")


@pytest.mark.parametrize("iri", [OST, OST.replace(BASE, CANONICAL_BASE), f" {OST} "])
def test_an_iri_of_ours_is_a_match(plain: Client, iri: str) -> None:
    (found,) = ask(plain, query=iri)
    assert (found["id"], found["match"]) == (OST, True)


def test_a_query_at_fault_fails_alone(plain: Client) -> None:
    queries = {"q0": {"query": "OST"}, "q1": {"query": 5}, "q2": "x", "q3": {"query": "OST"}}
    answer = plain.post("/reconcile", data={"queries": json.dumps(queries)})
    assert answer.status_code == 200
    assert [bool(r["result"]) for r in answer.json.values()] == [True, False, False, True]
    assert "at /q1/query" in answer.json["q1"]["error"]["detail"]
    assert "error" not in answer.json["q3"]


def test_values_of_properties_tell_things_of_one_name_apart(plain: Client) -> None:
    part = {"pid": f"{BASE}def/hasPart", "v": "Article IX"}
    other = {"pid": f"{BASE}def/hasPart", "v": {"id": f"{BASE}id/none", "name": "x"}}
    (fits,) = ask(plain, query="OST", properties=[part], limit=1)
    assert (fits["score"], fits["match"]) == (100, True)
    (half,) = ask(plain, query="OST", properties=[part, other], limit=1)
    assert (half["id"], half["score"], half["match"]) == (OST, 80, False)


def batch(**query: object) -> dict[str, str]:
    return {"queries": json.dumps({"q0": query})}


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({"queries": "{"}, ""),
        ({"queries": "[" * 10_000}, ""),
        ({"queries": "[" * 500 + "]" * 500}, ""),
        ({"queries": "[]"}, ""),
        ({"queries": '{"q0": {"query": "x", "limit": %s}}' % ("9" * 5000)}, ""),
        ({"queries": '{"q0": {"query": "\\ud800"}}'}, ""),
        (batch(), "/q0"),
        (batch(query=1), "/q0/query"),
        (batch(query="x", type=5), "/q0/type"),
        (batch(query="x", type=["a", 5]), "/q0/type"),
        (batch(query="x", limit=-1), "/q0/limit"),
        (batch(query="x", limit="1"), "/q0/limit"),
        (batch(query="x", limit=10**40), "/q0/limit"),
        (batch(query="x", limits=1), "/q0"),
        (batch(query="x", properties=[{"pid": 1, "v": 1}]), "/q0/properties/0/pid"),
        ({"queries": json.dumps({"a/b~": {"query": 1}})}, "/a~1b~0/query"),
        ({"extend": "{}"}, ""),
        ({"extend": json.dumps({"ids": None, "properties": [{"id": "p"}]})}, "/ids"),
        ({"extend": json.dumps({"ids": ["x"], "properties": [{"id": 1}]})}, "/properties/0/id"),
        ({"extend": json.dumps({"ids": ["x"], "properties": []})}, "/properties"),
        ({"query": "x"}, ""),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_faulty_batch_is_refused_with_the_place(
    plain: Client, method: str, data: dict[str, str], pointer: str
) -> None:
    (name,), encoded = data, urlencode(data)
    answer = send(plain, method, encoded)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert answer.json["parameter"] == name
    assert answer.json.get("pointer", "") == pointer
    assert len(answer.data) < 2000


def send(plain: Client, method: str, encoded: str) -> Answer:
    if method == "GET":
        return plain.get(f"/reconcile?{encoded}")
    return plain.post("/reconcile", data=encoded, headers={"Content-Type": FORM})


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"queries": json.dumps({f"q{n}": {"query": "x"} for n in range(201)})}, 413),
        ({"extend": json.dumps({"ids": ["x"] * 5001, "properties": [{"id": "p"}]})}, 413),
        ({"queries": "{}", "extend": '{"ids": ["x"], "properties": [{"id": "p"}]}'}, 400),
    ],
)
def test_what_is_too_much_is_refused(plain: Client, data: dict[str, str], status: int) -> None:
    assert send(plain, "POST", urlencode(data)).status_code == status


def test_a_body_of_another_kind_is_refused(plain: Client) -> None:
    answer = plain.post("/reconcile", data="{}", headers={"Content-Type": "application/json"})
    assert answer.status_code == 415
    assert answer.headers["Accept-Post"] == FORM


def test_an_empty_batch_has_no_results(plain: Client) -> None:
    answer = plain.get("/reconcile?queries=%7B%7D")
    assert (answer.status_code, answer.json) == (200, {})


def test_suggestions_go_on_from_a_cursor(plain: Client) -> None:
    for kind in ("entity", "type", "property"):
        every = plain.get(f"/reconcile/suggest/{kind}?prefix=").json["result"]
        rest = plain.get(f"/reconcile/suggest/{kind}?prefix=&cursor=1").json["result"]
        assert every
        assert rest == every[1:]


def test_suggestions_begin_with_what_was_typed(plain: Client) -> None:
    (found,) = plain.get("/reconcile/suggest/entity?prefix=out").json["result"]
    assert (found["id"], found["name"]) == (OST, "Outer Space Treaty")
    (kind,) = plain.get("/reconcile/suggest/type?prefix=trea").json["result"]
    assert kind == {"id": f"{BASE}def/Treaty", "name": "treaty"}


def test_values_extend_a_table(plain: Client) -> None:
    parts = f"{BASE}def/hasPart"
    asked = {"ids": [OST, f"{BASE}id/none"], "properties": [{"id": parts}]}
    answer = plain.get("/reconcile", query_string={"extend": json.dumps(asked)}).json
    assert answer
    assert answer["meta"] == [{"id": parts, "name": "has part"}]
    assert {"id": f"{OST}/article/9", "name": "Article IX"} in answer["rows"][OST][parts]
    assert answer["rows"][f"{BASE}id/none"] == {parts: []}
    proposed = plain.get(f"/reconcile/properties?type={BASE}def/Treaty").json
    assert proposed
    assert {"id": parts, "name": "has part"} in proposed["properties"]


def test_a_preview_is_a_small_page(plain: Client) -> None:
    answer = plain.get(f"/reconcile/preview?id={OST}")
    assert "Outer Space Treaty" in answer.text
    assert "frame-ancestors" not in answer.headers["Content-Security-Policy"]
    assert plain.get(f"/reconcile/preview?id={OST}x").status_code == 404


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
