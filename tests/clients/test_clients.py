"""Real clients dereference what they are given and find what the sources state."""

import json
import shutil
import subprocess
from pathlib import Path

import extruct  # type: ignore[import-untyped]
import owlready2
import pytest
import rdflib
import signposting  # type: ignore[import-untyped]

from tests.clients.java import JENA, java
from tests.clients.npm import needs_npm, run
from tests.command import Site, ask
from tests.needs import needs

pytestmark = pytest.mark.xdist_group("clients")

TREATY = "id/treaty/1967/outer-space"
DEBIAN_JARS = Path("/usr/share/java")


def statements(site: Site, path: str) -> int:
    return len(ask(f"{site.base}doc/{path}.nt").body.splitlines())


@pytest.mark.parametrize("path", [TREATY, "def", "id/state/chn", "shape/Treaty"])
def test_rdflib(site: Site, path: str) -> None:
    assert len(rdflib.Graph().parse(site.base + path)) == statements(site, path)


@needs(shutil.which("rapper"), "rapper (Debian: raptor2-utils)")
@pytest.mark.parametrize("guess", [[], ["-g"], ["-i", "turtle"], ["-i", "ntriples"]])
def test_rapper(site: Site, guess: list[str]) -> None:
    done = subprocess.run(["rapper", "-q", *guess, site.base + TREATY],
                          capture_output=True, text=True, timeout=60)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(set(done.stdout.splitlines())) == statements(site, TREATY)


@needs(JENA, "Jena (requirements/jena.txt)")
@pytest.mark.parametrize("path", [TREATY, "def"])
def test_jena(site: Site, path: str) -> None:
    assert java("jena", JENA, site.base + path)["statements"] == statements(site, path)


@needs((DEBIAN_JARS / "owlapi-api.jar").exists(), "the OWL API (Debian: libowlapi-java)")
def test_the_owl_api_loads_the_ontology_by_its_iri(site: Site) -> None:
    found = java("owlapi", sorted(DEBIAN_JARS.glob("*.jar")), site.base + "def")
    assert found["iri"] == site.base + "def"
    assert site.base + "def/Treaty" in found["classes"]
    assert found["axioms"] > 500


def test_owlready2_loads_the_ontology_by_its_iri(site: Site) -> None:
    world = owlready2.World()
    ontology = world.get_ontology(site.base + "def").load()
    assert site.base + "def/Treaty" in {c.iri for c in ontology.classes()}


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


def test_extruct_finds_the_json_ld_in_the_page(site: Site) -> None:
    page = ask(f"{site.base}doc/{TREATY}.html").body.decode()
    (found,) = extruct.extract(page, site.base, syntaxes=["json-ld"])["json-ld"]
    graph = rdflib.Graph().parse(data=json.dumps(found), format="json-ld")
    assert len(graph) == statements(site, TREATY)


@needs_npm
def test_comunica_follows_links_and_joins_three_resources(site: Site) -> None:
    # It prefers N-Quads, which tell the named graph of each statement, and so the query does.
    query = """PREFIX sl: <BASEdef/> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
    SELECT DISTINCT ?article ?treaty ?organ WHERE {
      GRAPH ?a { <BASEid/treaty/1967/outer-space/article/9> rdfs:label ?article ; sl:partOf ?t }
      GRAPH ?b { ?t rdfs:label ?treaty ; sl:adoptedBy ?body }
      GRAPH ?c { ?body rdfs:label ?organ } }""".replace("BASE", site.base)
    start = f"{site.base}{TREATY}/article/9"
    done = run("comunica-sparql-link-traversal", start, "-q", query,
               "-t", "application/sparql-results+json", "--lenient")  # fmt: skip
    rows = json.loads(done.stdout)["results"]["bindings"]
    assert [{name: cell["value"] for name, cell in row.items()} for row in rows] == [
        {"article": "Outer Space Treaty, Article IX", "treaty": "Outer Space Treaty",
         "organ": "General Assembly of the United Nations"}]  # fmt: skip
