"""Tests of dereferencing: every format, method and condition, and all that may be in the way."""

import json
from urllib.parse import quote

import pyoxigraph as ox
import pytest

from server.rdf.formats import (
    CSV_RESULTS,
    DATA_FORMATS,
    DOCUMENT_FORMATS,
    EXPANDED,
    FORMAT_PARAMETERS,
    HTML,
    Format,
)
from server.rdf.serialization import parse
from server.rdf.terms import canonical_nquads
from server.rdf.terms import stated as in_default_graph
from server.release.reader import Release
from tests.awkward import BASE
from tests.reading import read
from tests.served import Client

TREATY = "id/treaty/1967/outer-space"


def accept(fmt: Format) -> str:
    return fmt.content_type.partition(";")[0] if not fmt.profile else fmt.content_type


def stated(release: Release, iri: str, fmt: Format) -> bytes:
    found = release.document(iri)
    assert found
    quads = parse(release.statements(found) or b"")
    if fmt.kind == "quads":
        return canonical_nquads({*quads, *in_default_graph(quads, BASE)})
    return canonical_nquads({ox.Quad(*q.triple) for q in quads})


@pytest.mark.parametrize("fmt", [f for f in DATA_FORMATS if f is not CSV_RESULTS],
                         ids=lambda f: f.key)  # fmt: skip
def test_each_resource_in_each_format_is_what_the_sources_state(
    client: Client, release: Release, fmt: Format
) -> None:
    for iri in release.iris():
        path = quote(iri.removeprefix(BASE), safe="/%")
        answer = client.get(f"/doc/{path}.{fmt.key}")
        assert answer.status_code == 200
        assert canonical_nquads(read(answer.data, fmt)) == stated(release, iri, fmt), iri


LITERALS = {
    ("1", "nonNegativeInteger"), ("1.50", "decimal"), ("P12M", "duration"), ("010", "integer"),
    ("2026-01-01T00:00:00+00:00", "dateTime"), ("1.0E0", "double")}  # fmt: skip


@pytest.mark.parametrize("fmt", DATA_FORMATS, ids=lambda f: f.key)
def test_lexical_forms_are_those_of_the_sources(client: Client, fmt: Format) -> None:
    body = client.get(f"/doc/id/awkward.{fmt.key}").data
    if fmt is CSV_RESULTS:
        rows = [line.split(",") for line in body.decode().splitlines()]
        found = {(r[1], r[2].rpartition("#")[2]) for r in rows if r[0].endswith("extent")}
    else:
        found = {
            (q.object.value, q.object.datatype.value.rpartition("#")[2])
            for q in read(body, fmt)
            if q.predicate.value.endswith("extent") and isinstance(q.object, ox.Literal)
        }
    assert found == LITERALS


@pytest.mark.parametrize("path", [TREATY, "def", "shape/Text"])
def test_a_thing_leads_to_its_document(client: Client, path: str) -> None:
    answer = client.get(f"/{path}", headers={"Accept": "text/turtle"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{BASE}doc/{path}"
    assert answer.headers["Vary"] == "Accept"
    assert f'<{BASE}doc/{path}>; rel="describedby"' in answer.headers["Link"]


@pytest.mark.parametrize(("path", "location"), [
    ("/def.owl", "doc/def.rdf"), ("/def.ttl", "doc/def.ttl"),
    (f"/{TREATY}.nt", f"doc/{TREATY}.nt")])  # fmt: skip
def test_a_suffix_on_a_thing(client: Client, path: str, location: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, BASE + location)
    assert client.get("/def.nothing").status_code == 404


@pytest.mark.parametrize("parameter", FORMAT_PARAMETERS)
@pytest.mark.parametrize(("name", "media_type"), [
    ("turtle", "text/turtle"), ("TTL", "text/turtle"), ("application/x-turtle", "text/turtle"),
    ("n3", "text/n3"), ("text/rdf+n3", "text/n3"), ("json", "application/ld+json"),
    ("json-ld", "application/ld+json"), ("xml", "application/rdf+xml"),
    ("rdf+xml", "application/rdf+xml"), ("rdf xml", "application/rdf+xml"),
    ("nt", "application/n-triples"), ("text", "application/n-triples"), ("html", "text/html"),
    ("csv", "text/csv"), ("auto", "application/trig"), ("", "application/trig")])  # fmt: skip
def test_a_parameter_names_the_format(
    client: Client, parameter: str, name: str, media_type: str
) -> None:
    named = {parameter: name}
    answer = client.get(
        f"/doc/{TREATY}", query_string=named, headers={"Accept": "application/trig"}
    )
    assert (answer.status_code, answer.mimetype) == (200, media_type)
    thing = client.get(f"/{TREATY}", query_string=named)
    assert thing.headers["Location"].startswith(f"{BASE}doc/{TREATY}?{parameter}=")
    gone = client.get("/doc/id/withdrawn", query_string=named)
    assert gone.status_code == 410
    if name not in ("auto", ""):
        assert gone.mimetype == media_type


@pytest.mark.parametrize(("suffix", "media_type"), [
    ("json", "application/ld+json"), ("xml", "application/rdf+xml"), ("n3", "text/n3"),
])  # fmt: skip
def test_suffixes_that_others_use(client: Client, suffix: str, media_type: str) -> None:
    for path in (f"/doc/{TREATY}", "/catalog", "/.well-known/void"):
        answer = client.get(f"{path}.{suffix}")
        if suffix != "n3" or path.startswith("/doc"):
            assert (answer.status_code, answer.mimetype) == (200, media_type)


@pytest.mark.parametrize("space", ["", " "])
def test_a_media_type_may_have_parameters(client: Client, space: str) -> None:
    profile = f'application/ld+json;{space}profile="{EXPANDED.profile}"'
    answer = client.get(f"/doc/{TREATY}", query_string={"_mediatype": profile})
    assert answer.content_type == EXPANDED.content_type
    turtle = f"text/turtle;{space}charset=UTF-8"
    assert client.get(f"/doc/{TREATY}", query_string={"format": turtle}).mimetype == "text/turtle"


def test_a_format_that_is_not_there_is_refused(client: Client) -> None:
    for name, status in (("turtel", 400), ("image/png", 406)):
        answer = client.get(f"/doc/{TREATY}?format={name}")
        assert answer.status_code == status
        assert "turtle" in answer.text
    assert client.get(f"/doc/{TREATY}.ttl?format=nt").status_code == 400
    assert client.get(f"/doc/{TREATY}?_format=nt&results=ttl").mimetype == "application/n-triples"


@pytest.mark.parametrize("path", [f"/{TREATY}", f"/doc/{TREATY}"])
def test_406_lists_the_alternatives_with_their_urls(client: Client, path: str) -> None:
    answer = client.get(path, headers={"Accept": "image/png"})
    assert answer.status_code == 406
    listed = json.loads(answer.data)["alternatives"]
    assert {a["url"] for a in listed} == {f"{BASE}doc/{TREATY}.{f.key}" for f in DOCUMENT_FORMATS}
    for alternative in listed:
        assert client.get(alternative["url"].removeprefix(BASE[:-1])).status_code == 200


@pytest.mark.parametrize(("asked", "meant"), [
    (f"/{TREATY}/", TREATY), (f"/doc/{TREATY}/", f"doc/{TREATY}"), ("/def/", "def"),
    ("/docs/", "docs"), ("/docs/http/", "docs/http"), ("/status/?treaty=a", "status?treaty=a"),
    ("/robots.txt/", "robots.txt"),
    ("/ID/Treaty/1967/OUTER-SPACE", TREATY), ("/id/awkward/case", "id/awkward/Case"),
    ("/doc/id/awkward/CASE", "doc/id/awkward/Case"), ("/def/treaty", "def/Treaty"),
    ("/DOC/def/treaty?_profile=alt", "doc/def/Treaty?_profile=alt")])  # fmt: skip
def test_301_for_a_slash_or_a_case(client: Client, asked: str, meant: str) -> None:
    answer = client.get(asked)
    assert (answer.status_code, answer.headers.get("Location")) == (301, BASE + meant)


@pytest.mark.parametrize("path", ["/id/awkward/tWo", f"/{TREATY}//", "/id/nothing", "/nothing",
                                  "/doc/", "/docs//", "/status/nothing/", "/doc/nothing",
                                  "/id/nothing.ttl"])  # fmt: skip
def test_404_for_what_is_unknown_or_ambiguous(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


@pytest.mark.parametrize("fmt", DOCUMENT_FORMATS, ids=lambda f: f.key)
@pytest.mark.parametrize("root", ["/", "/doc/"])
def test_410_with_a_tombstone(client: Client, fmt: Format, root: str) -> None:
    answer = client.get(f"{root}id/withdrawn", headers={"Accept": accept(fmt)})
    assert (answer.status_code, answer.headers["Content-Type"]) == (410, fmt.content_type)
    assert b"2026-01-02T03:04:05Z" in answer.data
    assert b"<b>" not in answer.data or fmt is not HTML


def test_414(client: Client) -> None:
    assert client.get("/id/" + "a" * 8001).status_code == 414


@pytest.mark.parametrize(("iri", "path"), [
    ("id/awkward/café", "id/awkward/caf%C3%A9"),
    ("id/awkward/a%20b", "id/awkward/a%20b")])  # fmt: skip
def test_iris_beyond_ascii_round_trip(client: Client, iri: str, path: str) -> None:
    answer = client.get(f"/{path}")
    assert answer.headers["Location"] == f"{BASE}doc/{path}"
    document = client.get(f"/doc/{path}.nt")
    assert document.headers["Content-Location"] == f"{BASE}doc/{path}.nt"
    assert f"<{BASE}{iri}>" in document.text
    assert client.get(f"/linkset/{path}").status_code == 200


HOSTILE = ["/id/%0D%0ASet-Cookie:%20a=b", "/doc/id/%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
           "/id/x/%0d%0a/", "/%0d%0aX:y/", "/doc/id/awkward/?_profile=%0D%0Ax",
           f"/doc/{TREATY}?_profile=%3Cscript%3E",
           f"/doc/{TREATY}.html?page=%3Cscript%3E"]  # fmt: skip


@pytest.mark.parametrize("path", HOSTILE)
@pytest.mark.parametrize("media_type", ["text/html", "application/json"])
def test_a_hostile_address_becomes_neither_markup_nor_header(
    client: Client, path: str, media_type: str
) -> None:
    answer = client.get(path, headers={"Accept": media_type})
    assert answer.status_code in (301, 400, 404)
    assert "Set-Cookie" not in answer.headers
    for value in answer.headers.values():
        assert "\r" not in value
        assert "\n" not in value
    assert "<script>alert" not in answer.text or answer.mimetype == "application/problem+json"


def test_hostile_data_never_become_markup(client: Client) -> None:
    page = client.get("/doc/id/awkward.html").text
    assert "<script>alert" not in page
    assert 'href="javascript:' not in page
    inside = page.partition('<script type="application/ld+json">')[2].partition("</script>")[0]
    assert json.loads(inside)["rdfs:label"] == '</script><script>alert(1)</script> & "quotes"'
    for value in client.get("/doc/id/awkward").headers.values():
        assert "\n" not in value


def test_links_of_a_page(client: Client) -> None:
    text = client.get(f"/doc/{TREATY}.html").headers["Link"]
    for rel in ("alternate", "canonical", "describedby", "type", "license", "collection",
                "linkset", "cite-as", "profile", "describes"):  # fmt: skip
        assert f'rel="{rel}"' in text


# Profiles

DC = "http://purl.org/dc/terms/"


@pytest.mark.parametrize(("query", "header", "profile"), [
    ("", None, f"{BASE}def"), ("", f"<{DC}>", DC), ("", f"<{DC}>;q=0.5, <{BASE}def>", f"{BASE}def"),
    ("", "<urn:unknown>", f"{BASE}def"), ("?_profile=dcterms", None, DC),
    ("?_profile=native", f"<{DC}>", f"{BASE}def"), (f"?_profile={DC}", None, DC)])  # fmt: skip
def test_profile(client: Client, query: str, header: str | None, profile: str) -> None:
    headers = {"Accept": "application/n-triples"} | ({"Accept-Profile": header} if header else {})
    answer = client.get(f"/doc/{TREATY}{query}", headers=headers)
    assert f'<{profile}>; rel="profile"' in answer.headers["Link"]
    assert ("terms/title" in answer.text) == (profile == DC)
    assert ("Accept-Profile" in answer.headers["Vary"]) == (query == "")
    again = client.get(answer.headers["Content-Location"].removeprefix(BASE[:-1]))
    assert again.data == answer.data


def test_profile_that_says_nothing_of_a_resource(client: Client) -> None:
    assert client.get("/doc/def/Treaty?_profile=dcterms").status_code == 406
    assert client.get("/doc/def/Treaty?_profile=none").status_code == 400
    answer = client.get("/doc/def/Treaty", headers={"Accept-Profile": f"<{DC}>"})
    assert f'<{BASE}def>; rel="profile"' in answer.headers["Link"]


@pytest.mark.parametrize("fmt", DOCUMENT_FORMATS, ids=lambda f: f.key)
def test_list_of_profiles(client: Client, fmt: Format) -> None:
    answer = client.get(f"/doc/{TREATY}?_profile=alt", headers={"Accept": accept(fmt)})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, fmt.content_type)
    assert DC in answer.text
