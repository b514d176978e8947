"""Tests of what the profiles make of the real sources, by the definitions of their vocabularies."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from server.compile import profiles
from server.rdf.terms import store_of
from server.rdf.vocabulary import CANONICAL_BASE
from tests.command import Site

ROOT = Path(__file__).parents[2]
PREFIXES = {
    "dcterms": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
}
RECORDED = [
    "treaty/1945/un-charter",
    "treaty/1967/outer-space",
    "treaty/1968/rescue",
    "treaty/1972/liability",
    "treaty/1975/registration",
    "treaty/1979/moon",
    "treaty/1998/iss-intergovernmental-agreement",
    "treaty/2005/apsco-convention",
]
Asked = Callable[[str, str], list[tuple[str, ...]]]


@pytest.fixture(scope="module")
def ask(site: Site) -> Asked:
    """Return a function that puts a query to what a profile says of everything."""
    views = profiles.construct(ROOT, store_of(site.quads()))
    stores = {profile.key: store_of(view) for profile, view in views}

    def answer(key: str, query: str) -> list[tuple[str, ...]]:
        base = CANONICAL_BASE + "id/"
        rows = stores[key].query(query, base_iri=base, prefixes=PREFIXES)
        assert isinstance(rows, Iterable)
        return [tuple(v.value.removeprefix(base) if v else "" for v in row) for row in rows]

    return answer


@pytest.mark.parametrize(("key", "path", "kinds"), [
    ("eli", "eli:type_document|eli:passed_by", "eli:LegalResource"),
    ("eli", "eli:work_type", "eli:Work"),
    ("eli", "eli:in_force|eli:based_on", "eli:LegalResource"),
    ("eli", "eli:title|eli:title_alternative|eli:language", "eli:LegalExpression"),
    ("eli", "eli:is_embodied_by", "eli:LegalExpression eli:Expression"),
    ("eli", "eli:legal_value", "eli:Format"),
    ("eli", "eli:is_exemplified_by", "eli:Format eli:Manifestation"),
    ("eli", "eli:number", "eli:LegalResourceSubdivision eli:WorkSubdivision"),
    ("eli", "^eli:type_document", "eli:ResourceType"),
    ("eli", "^eli:is_realized_by", "eli:LegalExpression eli:Expression"),
    ("eli", "^eli:is_part_of|^eli:has_annex|^eli:based_on|^eli:cites",
     "eli:LegalResource eli:LegalResourceSubdivision eli:Work eli:WorkSubdivision"),
    ("schema", "schema:legislationType|schema:legislationDate|schema:legislationLegalForce",
     "schema:Legislation"),
    ("schema", "schema:legislationLegalValue", "schema:LegislationObject"),
    ("schema", "^schema:legislationType", "schema:CategoryCode"),
    ("schema", "^schema:legislationPassedBy", "schema:Organization"),
    ("schema", "^schema:legislationJurisdiction", "schema:Country"),
    ("schema", "^schema:encoding", "schema:LegislationObject"),
    ("skos", "skos:topConceptOf|^skos:hasTopConcept|skos:broader|^skos:broader", "skos:Concept"),
    ("skos", "^skos:inScheme|^skos:topConceptOf", "skos:ConceptScheme")])  # fmt: skip
def test_property_joins_what_its_vocabulary_says(
    ask: Asked, key: str, path: str, kinds: str
) -> None:
    used = ask(key, f"SELECT DISTINCT ?s {{ ?s {path} ?o }}")
    assert used
    odd = f"SELECT DISTINCT ?s {{ ?s {path} ?o MINUS {{ VALUES ?k {{ {kinds} }} ?s a ?k }} }}"
    assert ask(key, odd) == []


@pytest.mark.parametrize("one", ["eli:language", "eli:date_document", "eli:is_part_of",
    "eli:realizes", "eli:in_force", "eli:type_document", "eli:legal_value"])  # fmt: skip
def test_eli_says_once_what_there_is_once(ask: Asked, one: str) -> None:
    query = f"SELECT ?s {{ ?s {one} ?o }} GROUP BY ?s HAVING (COUNT(?o) > 1)"
    assert ask("eli", query) == []


@pytest.mark.parametrize("key", ["eli", "schema"])
@pytest.mark.parametrize("folder", ["proposal", "series"])
def test_what_is_no_text_is_left_out(ask: Asked, key: str, folder: str) -> None:
    named = f"""SELECT DISTINCT ?x {{
        {{ ?x ?p ?o }} UNION {{ ?s ?p ?x }} FILTER STRSTARTS(STR(?x), STR(<{folder}/>)) }}"""
    assert ask(key, named) == []


def test_draft_is_no_legal_resource(ask: Asked) -> None:
    query = "SELECT DISTINCT ?k { ?x a ?k FILTER STRSTARTS(STR(?x), STR(<draft/>)) }"
    assert ask("eli", query) == [(PREFIXES["eli"] + "Work",)]
    assert ask("schema", query) == [(PREFIXES["schema"] + "CreativeWork",)]


@pytest.mark.parametrize(("key", "force"), [("eli", "eli:in_force eli:InForce-inForce"),
    ("schema", "schema:legislationLegalForce schema:InForce")])  # fmt: skip
def test_in_force_is_what_somebody_checked(ask: Asked, key: str, force: str) -> None:
    assert ask(key, f"SELECT ?x {{ ?x {force} }} ORDER BY ?x") == [(x,) for x in RECORDED]


@pytest.mark.parametrize(("key", "fact"), [
    ("eli", 'eli:first_date_entry_in_force "1967-10-10"^^xsd:date'),
    ("eli", "eli:is_annex_of <resolution/1966/2222-xxi>"),
    ("eli", 'dcterms:alternative "OST"@en'),
    ("schema", 'schema:legislationDateOfApplicability "1967-10-10"^^xsd:date'),
    ("schema", 'schema:alternateName "Outer Space Treaty"@en'),
    ("dcterms", 'dcterms:valid "start=1967-10-10; scheme=W3C-DTF;"^^dcterms:Period'),
    ("dcterms", "dcterms:hasVersion <treaty/1967/outer-space/expression/fr>")])  # fmt: skip
def test_outer_space_treaty(ask: Asked, key: str, fact: str) -> None:
    treaty = "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> SELECT ?x { ?x %s }"
    assert ask(key, treaty % fact) == [("treaty/1967/outer-space",)]


@pytest.mark.parametrize(("key", "fact"), [
    ("eli", "eli:title_alternative ?x . FILTER EXISTS { ?y eli:language "
            "<http://publications.europa.eu/resource/authority/language/FRA> }"),
    ("eli", "eli:based_on ?x . ?y eli:type_document <genre/treaty>"),
    ("eli", 'eli:is_about ?x . ?y dcterms:title "Outer Space Treaty"@en'),
    ("schema", "schema:sameAs|schema:legislationDateVersion ?x"),
    ("dcterms", "dcterms:creator ?x . ?x dcterms:type <../def/ScholarlyWork>")])  # fmt: skip
def test_profile_does_not_say(ask: Asked, key: str, fact: str) -> None:
    assert ask(key, f"SELECT ?x {{ ?y {fact} }}") == []


def test_declaration_stands_on_its_resolution(ask: Asked) -> None:
    query = "SELECT ?r { <declaration/1963/legal-principles> eli:based_on ?r }"
    assert ask("eli", query) == [("resolution/1963/1962-xviii",)]


def test_national_law_is_of_a_country(ask: Asked) -> None:
    law = "<law/2019/dza-statute>"
    country = ask("eli", f"SELECT ?c {{ {law} eli:jurisdiction ?c }}")
    assert country == [("http://publications.europa.eu/resource/authority/country/DZA",)]
    query = f"SELECT ?c {{ {law} schema:legislationJurisdiction ?c }}"
    assert ask("schema", query) == [("state/dza",)]


def test_terms_are_matched_under_skos(ask: Asked) -> None:
    query = "SELECT ?m { <../def/Treaty> skos:broadMatch ?m } ORDER BY ?m"
    assert ask("skos", query) == [
        (PREFIXES["eli"] + "LegalResource",),
        (PREFIXES["schema"] + "Legislation",),
    ]


def test_each_language_of_an_expression_is_known(ask: Asked) -> None:
    unknown = "SELECT ?x { ?x dcterms:isVersionOf ?y MINUS { ?x dcterms:language ?l } }"
    assert ask("dcterms", unknown) == []
