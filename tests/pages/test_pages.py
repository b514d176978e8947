"""Tests of how pages show the statements of a document and what points to it."""

import signal
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import pyoxigraph as ox
import pytest

from server.pages.kinds import incoming, statements
from server.pages.wording import Property, Ref, curie, words
from server.rdf.vocabulary import CANONICAL_BASE
from server.release.reader import Link

BASE = "http://localhost/"
THING = BASE + "id/treaty/1967/outer-space"
PREFIXES = f"""
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix ex: <http://example.org/terms#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix sl: <{BASE}def/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
KNOWN = {BASE + "def/Treaty": "treaty", BASE + "def/partOf": "part of", BASE + "id/a": "A & B"}


def labels(iris: Iterable[str]) -> Mapping[str, str]:
    return {iri: KNOWN[iri] for iri in iris if iri in KNOWN}


def said(turtle: str, *graphs: str) -> tuple[Property, ...]:
    """Return the statements on a thing of which graphs, or graph/official alone, say `turtle`."""
    trig = "".join(f"<{BASE}graph/{g}> {{ {turtle} }}" for g in graphs or ("official",))
    text = f"{PREFIXES} @base <{THING}> . {trig}"
    return statements(THING, ox.parse(text, ox.RdfFormat.TRIG), labels, BASE)


def value(turtle: str) -> Ref:
    ((only,),) = (p.values for p in said(f"<> ex:says {turtle}"))
    return only


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(
    ("iri", "name"),
    [
        ("http://purl.org/dc/terms/isPartOf", "is part of"),
        ("http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "type"),
        ("http://example.org/Terms/", "terms"),
        ("http://example.org/a#", "a"),
        ("http://", "http:"),
    ],
)
def test_words_of_a_term(iri: str, name: str) -> None:
    assert words(iri) == name


@pytest.mark.parametrize(
    ("iri", "short"),
    [
        ("http://purl.org/dc/terms/title", "dcterms:title"),
        (CANONICAL_BASE + "def/Treaty", "sl:Treaty"),
        ("http://purl.org/dc/terms/", "http://purl.org/dc/terms/"),
        ("http://example.org/title", "http://example.org/title"),
    ],
)
def test_curie_of_a_term(iri: str, short: str) -> None:
    assert curie(iri) == short


def test_nothing_is_shown_of_what_others_say_of_another_thing() -> None:
    assert said("") == ()
    assert said(f'<{BASE}id/b> skos:definition "no"@en .') == ()


def test_types_link_to_their_pages() -> None:
    (kind,) = said("<> a sl:Treaty")
    assert kind.values == (Ref("treaty", "/def/Treaty", layers=("official",)),)


def test_labels_stand_above_the_table_and_not_in_it() -> None:
    assert said('<> rdfs:label "a"@en ; skos:prefLabel "b"@en .') == ()


def test_type_definition_and_description_come_first_then_labels_in_order() -> None:
    found = said(
        f'<> ex:b 1 ; sl:partOf <{BASE}id/a> ; dcterms:description "d" ; ex:a 1 ;'
        ' skos:definition "d" ; a sl:Treaty .'
    )
    assert [p.label for p in found] == ["type", "definition", "description", "a", "b", "part of"]


def test_predicates_of_this_site_link_to_their_pages_others_to_the_web() -> None:
    own, other = said(f"<> ex:a 1 ; sl:partOf <{BASE}id/a> .")[::-1]
    assert (own.label, own.href) == ("part of", "/def/partOf")
    assert (other.label, other.href) == ("a", "http://example.org/terms#a")


def test_value_of_this_site_has_its_label() -> None:
    assert value(f"<{BASE}id/a>") == Ref("A & B", "/id/a", layers=("official",))


def test_value_of_this_site_without_a_label_has_its_iri() -> None:
    assert value(f"<{BASE}id/b>").href == "/id/b"
    assert value(f"<{BASE}id/b>").text.endswith("id/b")


def test_value_elsewhere_links_out() -> None:
    found = value("<https://example.org/x>")
    assert (found.text, found.href) == ("https://example.org/x", "https://example.org/x")
    assert value("dcterms:title").text == "dcterms:title"


@pytest.mark.parametrize(
    "iri",
    ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "urn:x:y", "mailto:a@b.c"],
)
def test_only_web_iris_become_links(iri: str) -> None:
    assert value(f"<{iri}>") == Ref(iri, "", layers=("official",))
    (found,) = said(f"<> <{iri}> 1 .")
    assert found.href == ""


@pytest.mark.parametrize(
    ("turtle", "text", "language", "note"),
    [
        ('"plain"', "plain", "", ""),
        ('"mots"@fr', "mots", "fr", ""),
        ('"词"@zh-Hans', "词", "zh-hans", ""),
        ('"01"^^xsd:integer', "01", "", "xsd:integer"),
        ('"1967-10-10"^^xsd:date', "1967-10-10", "", "xsd:date"),
        ('"x"^^<http://example.org/own>', "x", "", "http://example.org/own"),
    ],
)
def test_literal_keeps_its_form(turtle: str, text: str, language: str, note: str) -> None:
    found = value(turtle)
    assert (found.text, found.language.lower(), found.note) == (text, language, note)
    assert found.href == ""


def test_values_are_in_natural_order() -> None:
    (found,) = said('<> ex:says "article 10", "article 9", "article 9a", "Article", "10", "9" .')
    assert [v.text for v in found.values] == [
        "9", "10", "Article", "article 9", "article 9a", "article 10",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["²", "10²", "①", "9" * 5000])
def test_values_that_look_like_numbers_are_shown(text: str) -> None:
    assert value(f'"{text}"').text == text


def test_value_of_several_graphs_names_them_in_their_order() -> None:
    ((found,),) = (p.values for p in said("<> ex:says 1", "derived", "editor", "official"))
    assert found.layers == ("official", "editor", "derived")


def test_blank_node_is_shown_by_its_properties() -> None:
    found = value(f"[ ex:a 1 ; sl:partOf <{BASE}id/a> ]")
    assert (found.text, found.href) == ("", "")
    assert [p.label for p in found.properties] == ["a", "part of"]


def test_list_is_shown_by_its_members_in_order() -> None:
    found = value('( "b" [ ex:a 1 ] "a" )')
    ((first, second, third),) = (p.values for p in found.properties)
    assert (first.text, third.text) == ("b", "a")
    assert second.properties[0].label == "a"
    assert found.properties[0].label == ""


def test_list_of_lists() -> None:
    ((first, second),) = (p.values for p in value("( ( 1 2 ) ( 3 ) )").properties)
    assert [v.text for v in first.properties[0].values] == ["1", "2"]
    assert [v.text for v in second.properties[0].values] == ["3"]


def test_circle_of_blank_nodes_is_shown_once() -> None:
    found = value("_:a . _:a ex:next _:b . _:b ex:next _:a .")
    (inner,) = found.properties[0].values
    assert inner.properties[0].values[0].text == "…"


def test_circular_list_is_shown_once() -> None:
    with at_most(0.5):
        found = value("_:a . _:a rdf:first 1 ; rdf:rest _:a .")
    assert [v.text for v in found.properties[0].values][:1] == ["1"]


def test_triple_term_is_refused() -> None:
    with pytest.raises(TypeError, match="no RDF 1"):
        value("<<( ex:a ex:b ex:c )>>")


def test_incoming_links_are_grouped_by_predicate() -> None:
    links = [
        Link(BASE + "def/partOf", BASE + "id/1", "one"),
        Link(BASE + "def/partOf", BASE + "id/2", "two"),
        Link("http://example.org/isAbout", BASE + "id/1", "one"),
    ]
    assert incoming(links, labels, BASE) == (
        Property("part of", (Ref("one", "/id/1"), Ref("two", "/id/2")), "/def/partOf"),
        Property("is about", (Ref("one", "/id/1"),), "http://example.org/isAbout"),
    )


def test_incoming_predicate_that_is_no_web_iri_is_no_link() -> None:
    (found,) = incoming([Link("javascript:alert(1)", BASE + "id/1", "one")], labels, BASE)
    assert found.href == ""
