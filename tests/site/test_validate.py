"""Checking one's own data over HTTP: the report, the page, and what is refused."""

import gzip
import json
from urllib.parse import urlencode

import pytest
import rdflib
from rdflib.namespace import RDF, SH

from server.rdf.vocabulary import XSD
from tests.command import Answer, Site, ask

FORM = "application/x-www-form-urlencoded"
BAD = """@prefix sl: <https://w3id.org/spacelaw/def/> .
<https://example.org/t> a sl:Treaty ;
    sl:adoptionDate "yesterday" .
"""
FINE = """@prefix sl: <https://w3id.org/spacelaw/def/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<https://example.org/t> a sl:Treaty ; rdfs:label "T"@en ;
    sl:legalNature <https://w3id.org/spacelaw/id/legal-nature/binding-treaty> .
<https://w3id.org/spacelaw/id/legal-nature/binding-treaty>
    <http://www.w3.org/2004/02/skos/core#inScheme> <https://w3id.org/spacelaw/id/legal-nature> .
"""


def send(site: Site, data: bytes, media_type: str = "text/turtle", **headers: str) -> Answer:
    given = {"Content-Type": media_type, "Accept": "text/turtle"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return ask(site.base + "validate", given, data)


def report(answer: Answer, fmt: str = "turtle") -> rdflib.Graph:
    assert answer.status == 200, answer.body
    return rdflib.Graph().parse(data=answer.body, format=fmt)


@pytest.mark.parametrize(
    ("accept", "fmt"),
    [("text/turtle", "turtle"), ("application/ld+json", "json-ld"), ("application/rdf+xml", "xml")],
)
def test_findings_are_a_shacl_report_in_each_format(site: Site, accept: str, fmt: str) -> None:
    found = report(send(site, BAD.encode(), Accept=accept), fmt)
    (node,) = found.subjects(RDF.type, SH.ValidationReport)
    assert found.value(node, SH.conforms) == rdflib.Literal(False)
    results = set(found.objects(node, SH.result))
    paths = {str(found.value(r, SH.resultPath)).removeprefix(site.base) for r in results}
    assert {"def/adoptionDate", "def/legalNature"} <= paths
    for result in results:
        assert found.value(result, SH.focusNode) == rdflib.URIRef("https://example.org/t")
        assert (result, RDF.type, SH.ValidationResult) in found
        shape = str(found.value(result, SH.sourceShape))
        assert ask(shape).status == 303
        assert found.value(result, SH.sourceConstraintComponent) is not None


def test_what_conforms_is_told_so(site: Site) -> None:
    answer = send(site, FINE.encode())
    found = report(answer)
    assert [str(o) for o in found.objects(None, SH.conforms)] == ["true"], answer.body


def test_terms_on_the_base_of_the_site_are_known(site: Site) -> None:
    data = BAD.replace("https://w3id.org/spacelaw/", site.base)
    assert len(set(report(send(site, data.encode())).objects(None, SH.result))) >= 2


@pytest.mark.parametrize("fmt", ["nt", "json-ld", "xml", "trig", "nquads"])
def test_each_format_that_is_read_gives_the_same_findings(site: Site, fmt: str) -> None:
    types = {"nt": "application/n-triples", "json-ld": "application/ld+json",
             "xml": "application/rdf+xml", "trig": "application/trig",
             "nquads": "application/n-quads"}  # fmt: skip
    graph = rdflib.Dataset().parse(data=BAD, format="turtle") if fmt in ("trig", "nquads") else None
    data = (graph or rdflib.Graph().parse(data=BAD, format="turtle")).serialize(format=fmt)
    found = report(send(site, data.encode(), types[fmt]))
    expected = report(send(site, BAD.encode()))
    assert set(found.objects(None, SH.sourceShape)) == set(expected.objects(None, SH.sourceShape))


def test_faulty_syntax_is_a_problem_with_its_place(site: Site) -> None:
    answer = send(site, b"@prefix sl: <https://w3id.org/spacelaw/def/> .\n<urn:x> a sl:Treaty ,, .")
    assert answer.status == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = json.loads(answer.body)
    assert problem["line"] == 2
    assert problem["column"] > 10


@pytest.mark.parametrize(
    ("data", "media_type", "headers", "status"),
    [
        (b"x", "text/plain; charset=x-none", {}, 400),
        (b"x", "application/pdf", {}, 415),
        (b"", FORM, {}, 400),
        (b"data=%ff", FORM, {}, 400),
        (b"\xff", "text/turtle", {}, 400),
        (b'{"@context": "http://127.0.0.1:9/"}', "application/ld+json", {}, 400),
        (b"x" * (1024**2 + 1), "text/turtle", {}, 413),
        (gzip.compress(b"x" * (1024**2 + 1)), "text/turtle", {"Content_Encoding": "gzip"}, 413),
        (b"x", "text/turtle", {"Content_Encoding": "gzip"}, 400),
        (b"x", "text/turtle", {"Accept": "image/png"}, 406),
        (b"".join(b"<urn:%d><urn:p><urn:o>." % n for n in range(20_001)), "text/turtle", {}, 400),
    ],
)
def test_what_is_not_checked(
    site: Site, data: bytes, media_type: str, headers: dict[str, str], status: int
) -> None:
    answer = send(site, data, media_type, **headers)
    assert answer.status == status, answer.body
    assert b"Traceback" not in answer.body
    assert ask(site.base).status == 200


@pytest.mark.parametrize(
    ("day", "conforms"),
    [
        ("1967-W41-2", False),
        ("1967-10-10+15:00", False),
        ("0000-02-29", True),
        ("-0044-03-15", True),
    ],
)
def test_dates_are_read_as_xml_schema_does(site: Site, day: str, conforms: bool) -> None:
    dated = f'<https://example.org/t> sl:adoptionDate "{day}"^^<{XSD}date> .'
    found = report(send(site, (FINE + dated).encode()))
    assert (None, SH.conforms, rdflib.Literal(conforms)) in found


def test_an_ill_typed_literal_that_no_shape_looks_at_is_a_problem_with_its_line(site: Site) -> None:
    answer = send(site, f'<urn:x> <urn:p>\n "1_000"^^<{XSD}integer> .'.encode())
    assert answer.status == 400
    problem = json.loads(answer.body)
    assert problem["line"] == 2
    assert "“1_000” is no xsd:integer" in problem["detail"]


def test_compressed_data_are_checked(site: Site) -> None:
    found = report(send(site, gzip.compress(BAD.encode()), Content_Encoding="gzip"))
    assert (None, SH.conforms, rdflib.Literal(False)) in found


def test_the_form_tells_findings_with_their_lines_and_keeps_what_was_typed(site: Site) -> None:
    fields = urlencode({"data": BAD, "format": "text/turtle"}).encode()
    answer = send(site, fields, FORM, Accept="text/html")
    page = answer.body.decode()
    assert answer.status == 200
    assert '<td class="number">2</td>' in page
    assert "An instrument has exactly one legal nature" in page
    assert "<code>yesterday</code>" in page
    assert "&lt;https://example.org/t&gt; a sl:Treaty" in page


def test_the_form_tells_of_faulty_syntax(site: Site) -> None:
    fields = urlencode({"data": "<urn:x> a", "format": "text/turtle"}).encode()
    answer = send(site, fields, FORM, Accept="text/html")
    assert answer.status == 400
    assert "This cannot be read" in answer.body.decode()
    assert "Line 1" in answer.body.decode()


@pytest.mark.parametrize(
    ("accept", "fmt"), [("text/turtle", "turtle"), ("application/n-quads", "")]
)
def test_the_report_of_the_release_is_had_as_rdf(site: Site, accept: str, fmt: str) -> None:
    answer = ask(site.base + "quality", {"Accept": accept})
    assert answer.headers["Content-Type"].startswith(accept)
    found = rdflib.Dataset(default_union=True)
    found.parse(data=answer.body, format=fmt or "nquads")
    (node,) = found.subjects(RDF.type, SH.ValidationReport)
    assert found.value(node, SH.conforms) == rdflib.Literal(True)
    graphs = {str(g).removeprefix(site.base) for g in found.objects(node, rdflib.DCTERMS.subject)}
    assert {"graph/official", "graph/paper", "graph/editor"} <= graphs
    assert "graph/inferred" not in graphs


def test_the_page_of_quality_is_for_people_by_default(site: Site) -> None:
    answer = ask(site.base + "quality")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert b'href="/validate"' in answer.body


def test_a_path_of_several_steps_is_whole_in_the_report(site: Site) -> None:
    treaty = f"<{site.base}id/treaty/1967/outer-space> a <{site.base}def/Treaty> ."
    found = report(send(site, treaty.encode()))
    paths = {p for p in found.objects(None, SH.resultPath) if isinstance(p, rdflib.BNode)}
    assert {str(found.value(p, SH.inversePath)) for p in paths} == {f"{site.base}def/partOf"}


def test_terms_that_do_not_exist_are_findings(site: Site) -> None:
    for base in ("https://w3id.org/spacelaw/", site.base):
        text = FINE.replace("https://w3id.org/spacelaw/", base).replace("sl:legal", "sl:legel")
        found = report(send(site, text.encode()))
        messages = " ".join(map(str, found.objects(None, SH.resultMessage)))
        assert "no term sl:legelNature; did you mean sl:legalNature?" in messages
        values = set(found.objects(None, SH.value))
        assert rdflib.URIRef(f"{site.base}def/legelNature") in values


def test_it_is_said_where_nothing_was_checked_or_is_there(site: Site) -> None:
    other = b'<urn:x> <urn:p> "x" .'
    found = report(send(site, other))
    (node,) = found.subjects(RDF.type, SH.ValidationReport)
    assert "nothing was checked" in str(found.value(node, rdflib.RDFS.comment))
    page = send(site, urlencode({"data": other}).encode(), FORM, Accept="text/html")
    assert "Nothing was checked" in page.body.decode()
    answer = send(site, b"# nothing here\n")
    assert (answer.status, json.loads(answer.body)["detail"]) == (
        400, "The file holds no statement.",
    )  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_xml_comes_in_each_encoding_that_xml_has(site: Site, encoding: str) -> None:
    xml = rdflib.Graph().parse(data=BAD, format="turtle").serialize(format="xml")
    named = xml.replace('encoding="utf-8"', f'encoding="{encoding.removesuffix("-sig")}"')
    found = report(send(site, named.encode(encoding), "application/rdf+xml"))
    assert (None, SH.conforms, rdflib.Literal(False)) in found
