"""Clients written in Python read what identifiers lead to, and ask the endpoint."""

import json
from pathlib import Path
from urllib.parse import quote

import extruct  # type: ignore[import-untyped]
import owlready2
import pytest
import rdflib
import signposting  # type: ignore[import-untyped]

from tests.clients.expected import SELECT, TREATY, statements
from tests.clients.matrix import shows
from tests.command import Site, ask
from tests.descriptions import rows

FORMATS = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld", "n3": "n3",
           "trig": "trig", "nq": "nquads"}  # fmt: skip


@shows("rdflib", "parses identifiers of things, terms and shapes", "all triples")
@pytest.mark.parametrize("path", [TREATY, "def", "id/state/chn", "shape/Treaty"])
def test_rdflib(site: Site, path: str) -> None:
    assert len(rdflib.Graph().parse(site.base + path)) == statements(site, path)


@shows("rdflib", "parses a document in seven formats", "all triples in each")
@pytest.mark.parametrize("suffix", FORMATS)
def test_rdflib_reads_each_format(site: Site, suffix: str) -> None:
    url = f"{site.base}doc/{TREATY}.{suffix}"
    found = rdflib.Dataset(default_union=True).parse(url, format=FORMATS[suffix])
    assert len(set(found.triples((None, None, None)))) == statements(site, TREATY)


@shows("rdflib", "parses an identifier as quads into a Dataset", "each statement in its graph")
def test_rdflib_reads_quads_by_an_identifier(site: Site) -> None:
    data = rdflib.Dataset()
    data.parse(site.base + TREATY, format="trig")
    graphs = {str(g.identifier) for g in data.graphs() if len(g)}
    assert f"{site.base}graph/official" in graphs


@shows("sparql-dataframe", "sparql_dataframe.get", "the endpoint's rows")
def test_sparql_dataframe(site: Site) -> None:
    module = pytest.importorskip("sparql_dataframe")
    frame = module.get(site.base + "sparql", SELECT)
    assert frame.to_numpy().tolist() == rows(site, SELECT)


@shows("pandas", "read_csv of the table of a class", "a row for each thing of the class")
@shows("duckdb", "read_csv of the table of a class", "a row for each thing of the class")
@shows("duckdb", "read_csv of the endpoint's CSV", "the endpoint's rows")
def test_tables_are_read(site: Site, tmp_path: Path) -> None:
    pandas, duckdb = pytest.importorskip("pandas"), pytest.importorskip("duckdb")
    ((count,),) = rows(site, "SELECT (COUNT(DISTINCT ?t) AS ?n) { ?t a sl:Treaty }")
    assert len(pandas.read_csv(f"{site.base}dumps/latest/Treaty.csv")) == int(count)
    table, answer = tmp_path / "Treaty.csv", tmp_path / "answer.csv"
    place = ask(f"{site.base}dumps/latest/Treaty.csv").headers["Location"]
    table.write_bytes(ask(place).body)
    assert len(duckdb.read_csv(str(table)).fetchall()) == int(count)
    query = f"{site.base}sparql?query={quote(SELECT)}"
    answer.write_bytes(ask(query, {"Accept": "text/csv"}).body)
    found = duckdb.read_csv(str(answer), header=True).fetchall()
    assert [list(row) for row in found] == rows(site, SELECT)


@shows("owlready2", "loads the ontology by its IRI", "its classes")
def test_owlready2_loads_the_ontology_by_its_iri(site: Site) -> None:
    world = owlready2.World()
    ontology = world.get_ontology(site.base + "def").load()
    assert site.base + "def/Treaty" in {c.iri for c in ontology.classes()}


@shows("pyld", "turns a document into RDF", "all triples")
def test_pyld_reads_a_document(site: Site) -> None:
    from pyld import jsonld  # type: ignore[import-untyped]

    text = jsonld.to_rdf(json.loads(ask(f"{site.base}doc/{TREATY}.jsonld").body),
                         {"format": "application/n-quads"})  # fmt: skip
    assert len(text.splitlines()) == statements(site, TREATY)


@shows("signposting", "goes from a page to the data and back", "each link is true")
def test_signposting_leads_from_the_page_to_the_data_and_back(site: Site) -> None:
    page = f"{site.base}doc/{TREATY}.html"
    links = signposting.find_signposting_http(page)
    assert links.citeAs.target == f"https://w3id.org/spacelaw/{TREATY}"
    assert links.license.target == "https://creativecommons.org/licenses/by/4.0/"
    assert {t.target for t in links.types} == {
        "https://schema.org/AboutPage", site.base + "def/Treaty"}  # fmt: skip
    assert links.collection.target == site.base + "id/dataset"
    for link in links.describedBy:
        answer = ask(link.target)
        assert answer.headers["Content-Type"].split(";")[0] == link.type
    for link in links.linksets:
        answer = ask(link.target, {"Accept": link.type})
        assert (answer.status, answer.headers["Content-Type"]) == (200, link.type)
        found = signposting.find_signposting_linkset(link.target, link.type)
        assert found.for_context(page).citeAs.target == links.citeAs.target


@shows("extruct", "takes the schema.org record out of a page", "type, name and IRI")
def test_extruct_finds_the_record_in_the_page(site: Site) -> None:
    page = ask(f"{site.base}doc/{TREATY}.html").body.decode()
    found = extruct.extract(page, site.base, syntaxes=["json-ld"])["json-ld"]
    (record,) = (block for block in found if block.get("@type") == "Legislation")
    assert record["@id"] == site.base + TREATY
    assert record["name"]
