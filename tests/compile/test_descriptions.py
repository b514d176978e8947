"""VoID: every count equals what a query counts."""

from collections.abc import Iterator

import pyoxigraph as ox
import pytest

from server.compile.descriptions import void
from server.rdf.serialization import parse
from server.rdf.terms import store_of
from server.rdf.vocabulary import RDF_TYPE, expand
from server.release.manifest import Manifest
from server.release.reader import Release

Values = dict[tuple[str, str], list[str]]


@pytest.fixture(scope="module")
def store(plain_release: Release) -> ox.Store:
    return store_of(parse(plain_release.quads_file.read_bytes()), plain_release.base)


@pytest.fixture(scope="module")
def values(plain_release: Release) -> Values:
    found: Values = {}
    for q in parse((plain_release.folder / "void.nq").read_bytes()):
        found.setdefault((str(q.subject)[1:-1], q.predicate.value), []).append(q.object.value)  # type: ignore[union-attr]
    return found


def count(store: ox.Store, pattern: str, what: str = "*", graph: str = "") -> int:
    inside = f"GRAPH <{graph}> {{ {pattern} }}" if graph else pattern
    rows = store.query(f"SELECT (COUNT({what}) AS ?n) {{ {inside} }}")
    return int(next(iter(rows))["n"].value)  # type: ignore[arg-type]


def datasets(plain_release: Release) -> Iterator[tuple[str, str]]:
    yield f"{plain_release.base}id/dataset", ""
    for name in plain_release.manifest.graphs:
        yield f"{plain_release.base}graph/{name}", f"{plain_release.base}graph/{name}"


def test_the_counts_of_the_whole_and_of_each_graph(
    plain_release: Release, store: ox.Store, values: Values
) -> None:
    for dataset, graph in datasets(plain_release):
        for name, what in {
            "triples": "*",
            "distinctSubjects": "DISTINCT ?s",
            "distinctObjects": "DISTINCT ?o",
            "properties": "DISTINCT ?p",
        }.items():
            told = values[dataset, expand(f"void:{name}")]
            assert told == [str(count(store, "?s ?p ?o", what, graph))], (dataset, name)


def test_the_partitions_are_all_there_and_exact(
    plain_release: Release, store: ox.Store, values: Values
) -> None:
    for dataset, graph in datasets(plain_release):
        parts = values.get((dataset, expand("void:classPartition")), [])
        assert len(parts) == count(store, "?s a ?c FILTER(isIRI(?c))", "DISTINCT ?c", graph)
        for part in parts:
            (cls,) = values[part, expand("void:class")]
            number = count(store, f"?s a <{cls}>", "DISTINCT ?s", graph)
            assert values[part, expand("void:entities")] == [str(number)]
        parts = values[dataset, expand("void:propertyPartition")]
        assert len(parts) == count(store, "?s ?p ?o", "DISTINCT ?p", graph)
        for part in parts:
            (name,) = values[part, expand("void:property")]
            number = count(store, f"?s <{name}> ?o", "*", graph)
            assert values[part, expand("void:triples")] == [str(number)]


def test_a_linkset_counts_the_links_to_one_site(store: ox.Store, values: Values) -> None:
    linksets = [s for (s, p), kinds in values.items()
                if p == RDF_TYPE and expand("void:Linkset") in kinds]  # fmt: skip
    assert len(linksets) == 2  # the treaty's source and the dictionary of the editors
    for linkset in linksets:
        (name,) = values[linkset, expand("void:linkPredicate")]
        (target,) = values[linkset, expand("void:objectsTarget")]
        (space,) = values[target, expand("void:uriSpace")]
        pattern = f'?s <{name}> ?o FILTER(STRSTARTS(STR(?o), "{space}"))'
        assert values[linkset, expand("void:triples")] == [str(count(store, pattern))]


def test_a_triple_of_two_graphs_counts_once() -> None:
    s, p, o = (ox.NamedNode(f"http://x/{name}") for name in "spo")
    quads = [ox.Quad(s, p, o, ox.NamedNode(f"http://x/graph/{g}")) for g in ("paper", "editor")]
    manifest = Manifest("r", "1.0.0", "http://x/", "", "", "", 2, 1, {"paper": 1, "editor": 1}, {})
    counts = {
        str(q.subject)[1:-1]: q.object.value  # type: ignore[union-attr]
        for q in void(store_of(quads, "http://x/"), manifest, "", [])
        if q.predicate.value == expand("void:triples") and "#" not in str(q.subject)
    }
    assert counts == {"http://x/id/dataset": "1", "http://x/graph/paper": "1",
                      "http://x/graph/editor": "1"}  # fmt: skip


def test_the_description_names_authors_dumps_and_what_it_is(
    plain_release: Release, values: Values
) -> None:
    dataset = f"{plain_release.base}id/dataset"
    for term in ("dcterms:description", "dcterms:publisher", "dcterms:creator", "dcat:version"):
        assert values[dataset, expand(term)], term
    dumps = values[dataset, expand("void:dataDump")]
    assert dumps
    assert all(
        d.startswith(f"{plain_release.base}dumps/{plain_release.manifest.release}/") for d in dumps
    )
