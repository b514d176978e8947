"""Discovery on the real dataset: the catalogue's shapes, VoID against queries, robots' ways."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from xml.etree import ElementTree as ET

import extruct  # type: ignore[import-untyped]
import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
from rdflib.namespace import SH

from server.rdf.vocabulary import expand
from server.verify.publisher import discover
from tests.command import ROOT, Site, ask
from tests.descriptions import described, rows, term

SHAPES = ROOT.parent / "shared" / "standards" / "dcat-ap-SHACL.ttl"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
FORMATS = {"ttl": "text/turtle", "nt": "application/n-triples", "rdf": "application/rdf+xml",
           "jsonld": "application/ld+json", "trig": "application/trig",
           "nq": "application/n-quads"}  # fmt: skip
PARSERS = {"ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES, "rdf": ox.RdfFormat.RDF_XML,
           "jsonld": ox.RdfFormat.JSON_LD, "trig": ox.RdfFormat.TRIG,
           "nq": ox.RdfFormat.N_QUADS}  # fmt: skip


def number(value: rdflib.term.Node | None) -> int:
    assert value is not None
    return int(str(value))


def shapes() -> rdflib.Graph:
    """Return the shapes of DCAT-AP without references to property shapes that they do not hold."""
    graph = rdflib.Graph().parse(SHAPES)
    for shape, name in list(graph.subject_objects(SH.property)):
        if (name, SH.path, None) not in graph:
            graph.remove((shape, SH.property, name))
    return graph


@pytest.mark.skipif(not SHAPES.exists(), reason="the DCAT-AP shapes are not beside this checkout")
def test_the_catalogue_conforms_to_dcat_ap(site: Site) -> None:
    catalog, wanted = described(site, "catalog"), shapes()
    conforms, _, text = pyshacl.validate(catalog, shacl_graph=wanted, inference="none")
    assert conforms, text
    catalog.remove((None, term("dcterms:publisher"), None))
    catalog.remove((None, term("dcat:accessURL"), None))
    _, report, _ = pyshacl.validate(catalog, shacl_graph=wanted, inference="none")
    paths = {str(path) for path in report.objects(None, SH.resultPath)}
    assert paths == {expand("dcterms:publisher"), expand("dcat:accessURL")}


@pytest.mark.parametrize("path", ["catalog", ".well-known/void"])
def test_descriptions_say_the_same_in_every_format(site: Site, path: str) -> None:
    found = []
    for key, media_type in FORMATS.items():
        answer = ask(site.base + path, {"Accept": media_type})
        assert answer.headers.get_content_type() == media_type
        assert answer.headers["ETag"]
        assert ask(f"{site.base}{path}.{key}").body == answer.body
        found.append({str(t) for t in ox.parse(answer.body, PARSERS[key])})
    assert all(one == found[0] for one in found)


@pytest.mark.parametrize("graph", ["", "official", "paper", "editor", "ontology", "inferred"])
def test_every_partition_counts_what_the_endpoint_counts(site: Site, graph: str) -> None:
    void = described(site, ".well-known/void")
    dataset = rdflib.URIRef(f"{site.base}graph/{graph}" if graph else f"{site.base}id/dataset")
    start, end = (f"GRAPH <{dataset}> {{", "}") if graph else ("", "")
    ((triples, subjects, objects),) = rows(
        site,
        "SELECT (COUNT(*) AS ?t) (COUNT(DISTINCT ?s) AS ?d) (COUNT(DISTINCT ?o) AS ?e) "
        f"{{ {start} ?s ?p ?o {end} }}",
    )
    for name, value in (("triples", triples), ("distinctSubjects", subjects),
                        ("distinctObjects", objects)):  # fmt: skip
        assert number(void.value(dataset, term(f"void:{name}"))) == int(value)
    query = (
        "SELECT ?p (COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?d) (COUNT(DISTINCT ?o) AS ?e) "
        f"{{ {start} ?s ?p ?o {end} }} GROUP BY ?p"
    )
    told = {
        (str(void.value(part, term("void:property"))),
         *(str(void.value(part, term(f"void:{n}")))
           for n in ("triples", "distinctSubjects", "distinctObjects")))
        for part in void.objects(dataset, term("void:propertyPartition"))
    }  # fmt: skip
    assert told == {tuple(row) for row in rows(site, query)}
    query = f"SELECT ?c (COUNT(DISTINCT ?s) AS ?n) {{ {start} ?s a ?c {end} }} GROUP BY ?c"
    told = {
        (str(void.value(part, term("void:class"))), str(void.value(part, term("void:entities"))))
        for part in void.objects(dataset, term("void:classPartition"))
    }
    assert told == {tuple(row) for row in rows(site, query)}


def test_editors_of_queries_find_partitions_prefixes_and_questions(site: Site) -> None:
    """The endpoint answers their queries, and the VoID document describes what they find."""
    asked = "SELECT ?c ?p { ?x void:class ?c ; void:propertyPartition [ void:property ?p ] }"
    partitions = rows(site, asked)
    assert [f"{site.base}def/Treaty", expand("rdfs:label")] in partitions
    told = described(site, ".well-known/void").query(asked.replace("void:", "v:"),
                                                     initNs={"v": expand("void:")})  # fmt: skip
    assert {tuple(map(str, row)) for row in told} == {tuple(row) for row in partitions}  # type: ignore[arg-type]
    namespaces = rows(site, "SELECT ?p ?n { [] sh:prefix ?p ; sh:namespace ?n }")
    assert ["sl", f"{site.base}def/"] in namespaces
    query = "SELECT ?q { ?q a sh:SPARQLExecutable ; rdfs:comment ?c ; sh:prefixes/sh:declare ?d }"
    assert len(rows(site, f"{query} GROUP BY ?q")) > 80


def test_every_linkset_counts_what_the_endpoint_counts(site: Site) -> None:
    void = described(site, ".well-known/void")
    linksets = list(void.subjects(term("rdf:type"), term("void:Linkset")))
    assert linksets
    for linkset in linksets:
        target = void.value(linkset, term("void:objectsTarget"))
        space = void.value(target, term("void:uriSpace"))
        predicate = void.value(linkset, term("void:linkPredicate"))
        query = (
            f"SELECT (COUNT(*) AS ?n) {{ ?s <{predicate}> ?o "
            f'FILTER(STRSTARTS(STR(?o), "{space}") && STRSTARTS(STR(?s), "{site.base}")) }}'
        )
        assert rows(site, query) == [[str(number(void.value(linkset, term("void:triples"))))]]


def listed(site: Site) -> list[ET.Element]:
    robots = ask(site.base + "robots.txt").body.decode()
    (index,) = (x.removeprefix("Sitemap: ") for x in robots.splitlines() if "Sitemap:" in x)
    maps = [e.text or "" for e in ET.fromstring(ask(index).body).iter(f"{SITEMAP}loc")]
    return [url for part in maps for url in ET.fromstring(ask(part).body).iter(f"{SITEMAP}url")]


def test_the_sitemap_lists_every_resource_and_each_page_is_there(site: Site) -> None:
    urls = listed(site)
    resources = int(rows(site, "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o "
                    f'FILTER(STRSTARTS(STR(?s), "{site.base}")) }}')[0][0])  # fmt: skip
    assert len(urls) == resources
    assert all(url.findtext(f"{SITEMAP}lastmod") for url in urls)
    asked: list[tuple[str, str]] = []
    for url in urls[:: max(1, len(urls) // 200)]:
        asked.append((url.findtext(f"{SITEMAP}loc", ""), "text/html"))
        asked += [(a.attrib["href"], a.attrib["type"]) for a in url.iter(f"{XHTML}link")]
    with ThreadPoolExecutor(4) as clients:
        answers = list(clients.map(lambda pair: ask(pair[0]), asked))
    for (place, media_type), answer in zip(asked, answers, strict=True):
        assert (answer.status, answer.headers.get_content_type()) == (200, media_type), place


def test_interfaces_are_listed_and_answer(site: Site) -> None:
    answer = ask(site.base + ".well-known/api-catalog")
    assert answer.headers["Content-Type"].startswith("application/linkset+json;")
    contexts = {c["anchor"]: c for c in json.loads(answer.body)["linkset"]}
    items = [i["href"] for i in contexts[site.base + ".well-known/api-catalog"]["item"]]
    assert set(items) == set(contexts) - {site.base + ".well-known/api-catalog"}
    for item in items:
        links = [link for rel in contexts[item].values() if isinstance(rel, list) for link in rel]
        for link in links:
            found = ask(link["href"], {"Accept": link["type"]})
            assert (found.status, found.headers.get_content_type()) == (200, link["type"]), link


def test_what_llms_txt_links_to_is_there(site: Site) -> None:
    text = ask(site.base + "llms.txt").body.decode()
    links = [part.partition(")")[0] for part in text.split("](")[1:]]
    assert len(links) > 5
    assert all(ask(link).status == 200 for link in links)


def test_a_publisher_of_ours_lacks_nothing(site: Site) -> None:
    assert discover(site.base).lacks == []


REQUIRED = {"name", "description"}
RECOMMENDED = {
    "alternateName", "citation", "creator", "hasPart", "identifier", "isAccessibleForFree",
    "keywords", "license", "measurementTechnique", "sameAs", "spatialCoverage",
    "temporalCoverage", "variableMeasured", "version", "url", "includedInDataCatalog",
    "distribution",
}  # fmt: skip


def test_the_dataset_page_has_all_that_dataset_search_asks_for(site: Site) -> None:
    page = ask(site.base + "catalog.html").body.decode()
    (about,) = extruct.extract(page, site.base, syntaxes=["json-ld"])["json-ld"]
    assert set(about) >= REQUIRED | RECOMMENDED
    for dataset in [about, *about["hasPart"]]:
        assert 50 <= len(dataset["description"]) <= 5000
        assert set(dataset) >= {"name", "license", "creator", "identifier"}
    for file in about["distribution"]:
        assert set(file) >= {"contentUrl", "encodingFormat", "contentSize", "sha256"}
    start, end = map(date.fromisoformat, about["temporalCoverage"].split("/"))
    assert start < date(1967, 1, 27) < end
    assert ask(about["citation"]["@id"]).status == 303
    assert ask(about["url"]).status == 303
