"""Tests of the serializations: whatever is written reads back as exactly the same statements."""

import json
import os
import re
import subprocess
import sys

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from pyld import jsonld as other  # type: ignore[import-untyped]

from server.problems import Problem
from server.rdf.formats import (
    BY_KEY,
    DATA_FORMATS,
    EXPANDED,
    FLATTENED,
    JSONLD,
    RDFXML,
    TRIG,
    TURTLE,
    Format,
)
from server.rdf.jsonld import coercions, context
from server.rdf.serialization import serialize
from server.rdf.terms import canonical_nquads, write
from server.rdf.terms import stated as in_default_graph
from server.rdf.vocabulary import CANONICAL_BASE, RDF, SL, XSD, prefixes
from tests import reading

BASE = CANONICAL_BASE
THING = BASE + "id/a"
RDF_ONES = [f for f in DATA_FORMATS if f.kind in ("triples", "quads")]

LEXICAL = ["1", "01", "+1", "1.50", ".5", "1.", "true", "1e0", "P12M", "1\n"]
IRIS = [
    *(THING, SL, RDF + "nil", "urn:x:y", "http://example.org/é"),
    *(SL + local for local in ("x-y", "1", "a/b", "-", "a.", "é")),
]
named = st.sampled_from(IRIS).map(ox.NamedNode)
blank = st.sampled_from("abcdef").map(ox.BlankNode)
text = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\n\t\"\\'"))
literal = st.one_of(
    text.map(ox.Literal),
    st.builds(lambda t, lang: ox.Literal(t, language=lang), text, st.sampled_from(["en", "zh"])),
    st.builds(
        lambda t, d: ox.Literal(t, datatype=ox.NamedNode(XSD + d)),
        text | st.sampled_from(LEXICAL),
        st.sampled_from(["integer", "decimal", "boolean", "double", "date", "nonNegativeInteger"]),
    ),
)  # fmt: skip
predicate = st.sampled_from(
    [SL + "p", RDF + "type", RDF + "first", RDF + "rest", "http://example.org/p#q"]
).map(ox.NamedNode)
graph = st.sampled_from(["graph/official", "graph/paper"]).map(lambda g: ox.NamedNode(BASE + g))
quads = st.lists(st.builds(ox.Quad, named | blank, predicate, named | blank | literal, graph),
                 max_size=14)  # fmt: skip


def read(body: bytes, fmt: Format) -> bytes:
    return canonical_nquads(set(reading.read(body, fmt)))


def expected(stated: list[ox.Quad], fmt: Format) -> bytes:
    return canonical_nquads(
        {*stated, *in_default_graph(stated, BASE)}
        if fmt.kind == "quads"
        else {ox.Quad(*q.triple) for q in stated}
    )


@pytest.mark.parametrize("fmt", RDF_ONES, ids=lambda f: f.key)
def test_number_of_any_length_is_written(fmt: Format) -> None:
    number = ox.Literal("9" * 5000, datatype=ox.NamedNode(XSD + "integer"))
    stated = [ox.Quad(ox.NamedNode(THING), ox.NamedNode(SL + "p"), n, ox.NamedNode(SL))
              for n in (number, ox.Literal("10"), ox.Literal("9"))]  # fmt: skip
    assert read(serialize(stated, fmt, BASE, THING), fmt) == expected(stated, fmt)


@pytest.mark.parametrize("fmt", RDF_ONES, ids=lambda f: f.key)
@given(stated=quads)
@settings(max_examples=150)
def test_any_statements_read_back_the_same(fmt: Format, stated: list[ox.Quad]) -> None:
    known = coercions(q.triple for q in stated[::2])
    assert read(serialize(stated, fmt, BASE, THING, known), fmt) == expected(stated, fmt)


@pytest.mark.parametrize("fmt", [JSONLD, EXPANDED, FLATTENED], ids=lambda f: f.key)
@given(stated=quads)
@settings(max_examples=60)
def test_a_processor_that_is_not_ours_reads_json_ld_the_same(
    fmt: Format, stated: list[ox.Quad]
) -> None:
    # pyld rewrites strings of the datatype double, which JSON-LD 1.1 API section 8.6.2 does not.
    stated = [q for q in stated if not str(q.object).endswith("#double>")]
    known = coercions(q.triple for q in stated)
    document = json.loads(serialize(stated, fmt, BASE, THING, known))
    nquads = other.to_rdf(document, {"format": "application/n-quads"})
    found = canonical_nquads(set(ox.parse(nquads.encode(), ox.RdfFormat.N_QUADS)))
    assert found == expected(stated, fmt)


def turtle(source: str, fmt: Format = TURTLE) -> str:
    names = f"sl: <{SL}>", "rdfs: <http://www.w3.org/2000/01/rdf-schema#>"
    head = f"@base <{BASE}> . " + " ".join(f"@prefix {name} ." for name in names)
    found = [ox.Quad(*t) for t in ox.parse((head + source).encode(), ox.RdfFormat.TURTLE)]
    return serialize(found, fmt, BASE, THING).decode()


def test_turtle_is_readable() -> None:
    source = """<id/z> sl:p <id/a> .
        <id/a> sl:list ( 1 "two" [ sl:p 1.50 ] ) ; sl:at <id/x/10> , <id/x/9> ;
        rdfs:label "a"@en ; a sl:Treaty ."""
    assert turtle(source) == (
        f"""@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sl: <{SL}> .

<{THING}>
    a sl:Treaty ;
    rdfs:label "a"@en ;
    sl:at <{BASE}id/x/9>, <{BASE}id/x/10> ;
    sl:list ( 1 "two" [
        sl:p 1.50
    ] ) .

<{BASE}id/z>
    sl:p <{THING}> .
"""
    )


def test_a_node_that_two_graphs_share_has_a_name_in_trig() -> None:
    node, p = ox.BlankNode("n"), ox.NamedNode(SL + "p")
    one, two = (ox.NamedNode(BASE + g) for g in ("graph/a", "graph/b"))
    stated = [ox.Quad(ox.NamedNode(THING), p, node, one), ox.Quad(node, p, ox.Literal("x"), two)]
    assert read(serialize(stated, TRIG, BASE, THING), TRIG) == expected(stated, TRIG)


def test_the_context_of_a_document_is_part_of_the_published_one() -> None:
    stated = [ox.Quad(ox.NamedNode(THING), ox.NamedNode(SL + "on"),
                      ox.Literal("2026-01-01", datatype=ox.NamedNode(XSD + "date")))]  # fmt: skip
    known = coercions(q.triple for q in stated)
    own = json.loads(serialize(stated, JSONLD, BASE, THING, known))
    published = json.loads(context(prefixes(BASE), known))["@context"]
    assert own["sl:on"] == "2026-01-01"
    assert own["@context"].items() <= published.items()


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\uffff"])
def test_what_xml_cannot_hold_is_refused(character: str) -> None:
    stated = [ox.Quad(ox.NamedNode(THING), ox.NamedNode(SL + "p"), ox.Literal(character))]
    with pytest.raises(Problem, match="RDF/XML"):
        serialize(stated, RDFXML, BASE, THING)


@pytest.mark.parametrize("predicate", [
    "http://x.example/area²", f"{RDF}li", f"{RDF}about", f"{RDF}Description", "urn:x:1",
    "http://www.w3.org/2000/xmlns/foo", "http://www.w3.org/XML/1998/namespacelang",
    "http://x.example/"])  # fmt: skip
def test_a_property_without_a_name_in_rdf_xml_is_refused(predicate: str) -> None:
    stated = [ox.Quad(ox.NamedNode(THING), ox.NamedNode(predicate), ox.Literal("x"))]
    with pytest.raises(Problem, match="RDF/XML"):
        serialize(stated, RDFXML, BASE, THING)
    assert read(serialize(stated, TURTLE, BASE, THING), TURTLE) == expected(stated, TURTLE)


@pytest.mark.parametrize("local", ["a:b", "x²y", "_", "é.1-", "1a", f"{RDF}_1"])
def test_other_properties_are_read_by_a_parser_that_is_not_ours(local: str) -> None:
    predicate = local if ":/" in local else f"http://x.example/{local}"
    stated = [ox.Quad(ox.NamedNode(THING), ox.NamedNode(predicate), ox.BlankNode("1"))]
    graph = rdflib.Graph().parse(data=serialize(stated, RDFXML, BASE, THING), format="xml")
    assert [str(p) for p in graph.predicates()] == [predicate]


def test_blank_nodes_keep_apart_in_rdf_xml() -> None:
    p, q = ox.NamedNode(SL + "p"), ox.NamedNode(SL + "q")
    one, two = ox.BlankNode("1"), ox.BlankNode("b1")
    stated = [ox.Quad(ox.NamedNode(THING), p, one), ox.Quad(ox.NamedNode(THING), q, two)]
    document = serialize(stated, RDFXML, BASE, THING)
    assert len(set(re.findall(rb'nodeID="([A-Za-z_][^"]*)"', document))) == 2


@pytest.mark.parametrize("fmt", [f for f in DATA_FORMATS if f.key != "csv"], ids=lambda f: f.key)
def test_a_base_direction_is_kept_or_refused(fmt: Format) -> None:
    text = ox.Literal("x", language="ar", direction=ox.BaseDirection.RTL)
    stated = [ox.Quad(ox.NamedNode(THING), ox.NamedNode(SL + "p"), text)]
    assert coercions(q.triple for q in stated) == {}
    if fmt.key == "n3":
        with pytest.raises(Problem, match="N3"):
            serialize(stated, fmt, BASE, THING)
    else:
        assert read(serialize(stated, fmt, BASE, THING), fmt) == expected(stated, fmt)
    assert b"ar--rtl" in serialize(stated, BY_KEY["csv"], BASE, THING)


# The forms below are those that parsers and stores are known to make others of.

EXACT = [
    *(("1", "nonNegativeInteger"), ("01", "integer"), ("+1", "integer"), ("1.50", "decimal")),
    *(("P12M", "duration"), ("1967-01-27T00:00:00+00:00", "dateTime"), ("1", "boolean")),
    *(("1e0", "double"), (" a\n", "string")),
]
RDFLIB = {"nt": "nt11", "rdf": "xml", "jsonld": "json-ld", "nq": "nquads", "ttl": "turtle"}


def exact_quads() -> list[ox.Quad]:
    values = [ox.Literal(text, datatype=ox.NamedNode(XSD + kind)) for text, kind in EXACT]
    values += [ox.Literal("词", language="zh-hans"), ox.Literal("chat", language="fr")]
    graph = ox.NamedNode(BASE + "graph/official")
    return [ox.Quad(ox.NamedNode(THING), ox.NamedNode(SL + "p"), v, graph) for v in values]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("key", ["ttl", "nt", "jsonld", "rdf", "trig", "nq"])
def test_a_parser_that_is_not_ours_reads_the_exact_forms(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    graph = rdflib.Dataset(default_union=True)
    graph.parse(
        data=serialize(exact_quads(), BY_KEY[key], BASE, THING), format=RDFLIB.get(key, key)
    )
    found = {(str(o), str(o.datatype or XSD + "string"), o.language) for *_, o in _triples(graph)}
    expected_ones = {(text, XSD + kind, None) for text, kind in EXACT}
    tagged = {(o, RDF + "langString", tag) for o, tag in (("词", "zh-hans"), ("chat", "fr"))}
    assert {(t, RDF + "langString" if tag else d, tag) for t, d, tag in found} == (
        expected_ones | tagged
    )


def _triples(graph: rdflib.Dataset) -> list[tuple[object, object, rdflib.Literal]]:
    return [(s, p, o) for s, p, o in graph.triples((None, None, None))
            if isinstance(o, rdflib.Literal)]  # fmt: skip


SERIALIZE = """
import sys, pyoxigraph as ox
from server.rdf.formats import BY_KEY
from server.rdf.serialization import serialize
quads = list(ox.parse(sys.stdin.buffer.read(), ox.RdfFormat.N_QUADS))
sys.stdout.buffer.write(serialize(quads, BY_KEY[sys.argv[1]], sys.argv[2], sys.argv[3]))
"""


def by_another_process(key: str, seed: str, nquads: bytes) -> bytes:
    return subprocess.run(
        [sys.executable, "-c", SERIALIZE, key, BASE, THING],
        input=nquads,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        check=True,
    ).stdout


def many_quads() -> list[ox.Quad]:
    namespaces = (SL, RDF, XSD, "http://purl.org/dc/terms/", "http://www.w3.org/2004/02/skos/core#")
    pairs = [(ox.NamedNode(ns + "p"), ox.BlankNode(f"b{i}")) for i, ns in enumerate(namespaces)]
    graphs = [ox.NamedNode(f"{BASE}graph/{name}") for name in ("official", "paper")]
    found = [ox.Quad(ox.NamedNode(THING), p, node, g) for p, node in pairs for g in graphs]
    return found + [ox.Quad(node, p, ox.Literal(str(i)), graphs[0])
                    for i, (p, node) in enumerate(pairs)] + exact_quads()  # fmt: skip


@pytest.mark.parametrize("key", ["ttl", "jsonld", "rdf", "trig"])
def test_every_process_writes_the_same_bytes_whatever_the_order(key: str) -> None:
    stated = canonical_nquads(many_quads())
    backwards = b"".join(stated.splitlines(keepends=True)[::-1])
    found = {by_another_process(key, seed, n) for seed, n in (("1", stated), ("2", backwards))}
    own = serialize(list(ox.parse(stated, ox.RdfFormat.N_QUADS)), BY_KEY[key], BASE, THING)
    assert found == {own}


@pytest.mark.parametrize("key", [f.key for f in RDF_ONES])
def test_the_resource_itself_comes_first(key: str) -> None:
    about = "".join(f"<{BASE}id/{name}> <{SL}p> <{BASE}id/z> .\n" for name in "0a1b")
    stated = [ox.Quad(*t) for t in ox.parse(about, ox.RdfFormat.N_TRIPLES)]
    body = serialize(stated, BY_KEY[key], BASE, f"{BASE}id/b").decode()
    first = min(("0", "a", "1", "b"), key=lambda name: body.find(f"{BASE}id/{name}"))
    assert first == "b"


def test_no_statements_are_written_as_none() -> None:
    for fmt in RDF_ONES:
        assert read(serialize([], fmt, BASE, THING), fmt) == write([], ox.RdfFormat.N_QUADS)


@pytest.mark.parametrize("predicate_iri", ["http://example.org/1", "http://example.org/a/"])
def test_predicate_that_is_no_xml_name_is_refused(predicate_iri: str) -> None:
    stated = [ox.Quad(ox.NamedNode(THING), ox.NamedNode(predicate_iri), ox.Literal("x"))]
    with pytest.raises(Problem, match="RDF/XML"):
        serialize(stated, RDFXML, BASE, THING)


RDF_1_2 = """<urn:s> <urn:x:p> "x"@ar--rtl , <<( _:1a <urn:x:q> "y"@en )>> . _:1a <urn:x:p> "z" ."""


@pytest.mark.parametrize("fmt", DATA_FORMATS, ids=lambda f: f.key)
def test_what_rdf_1_2_adds_is_kept_or_refused(fmt: Format) -> None:
    stated = [ox.Quad(*t) for t in ox.parse(RDF_1_2, ox.RdfFormat.TURTLE)]
    if fmt.key in ("ttl", "nt", "rdf", "trig", "nq"):
        found = {str(x) for x in ox.parse(serialize(stated, fmt, BASE), reading.READERS[fmt.key])}
        assert len(found) == 3
    else:
        with pytest.raises(Problem, match="triple terms"):
            serialize(stated, fmt, BASE)
    directed = [q for q in stated if not isinstance(q.object, ox.Triple)]
    if fmt.key == "n3":
        with pytest.raises(Problem, match="directions"):
            serialize(directed, fmt, BASE)
    else:
        assert b"rtl" in serialize(directed, fmt, BASE)


def test_trig_refuses_a_graph_without_an_iri() -> None:
    quads = [ox.Quad(ox.NamedNode(THING), ox.NamedNode(SL), ox.Literal("x"), ox.BlankNode())]
    with pytest.raises(Problem, match="blank node"):
        serialize(quads, TRIG, BASE)
