"""The event stream: its shape holds for every member, and its tree for every page."""

from pathlib import Path

import pyshacl
import pytest
import rdflib
from flask.testing import FlaskClient
from rdflib import RDF, XSD, Namespace, URIRef

from server.compile import pipeline
from server.release.reader import Release
from server.site.application import create_app
from server.site.prerender import NoEngine
from server.site.responses import PAGE_SIZES
from tests import tinysource
from tests.served import NO_ENGINE, Client, served
from tests.tinysource import BASE, FIRST

LDES, TREE = Namespace("https://w3id.org/ldes#"), Namespace("https://w3id.org/tree#")
AS, SCHEMA = Namespace("https://www.w3.org/ns/activitystreams#"), Namespace("https://schema.org/")
STREAM, ROOT = URIRef(f"{BASE}ldes#stream"), URIRef(f"{BASE}ldes")


@pytest.fixture
def recorded(recorded_release: Release) -> FlaskClient:
    """Answer in this process, where pages are made shorter."""
    return create_app(recorded_release, NoEngine(), PAGE_SIZES | {"feed": 7}).test_client()


def read(client: Client | FlaskClient, url: str) -> rdflib.Graph:
    answer = client.get("/" + url.removeprefix(BASE), headers={"Accept": "text/turtle"})
    assert answer.status_code == 200
    return rdflib.Graph().parse(data=answer.data, format="turtle")


def pages(root: rdflib.Graph) -> dict[URIRef, dict[URIRef, str]]:
    """Return the bounds of each page that the root leads to, by the kind of relation."""
    found: dict[URIRef, dict[URIRef, str]] = {}
    for relation in root.objects(ROOT, TREE.relation):
        (page,) = root.objects(relation, TREE.node)
        assert root.value(relation, TREE.path) == AS.published
        kind, value = root.value(relation, RDF.type), root.value(relation, TREE.value)
        found.setdefault(URIRef(str(page)), {})[URIRef(str(kind))] = str(value)
    return found


def test_every_member_is_within_the_bounds_of_its_page(recorded: FlaskClient) -> None:
    known, positions = pages(read(recorded, "ldes")), []
    assert len(known) > 2
    for page, bounds in known.items():
        graph = read(recorded, str(page))
        times = [str(graph.value(m, AS.published)) for m in graph.objects(STREAM, TREE.member)]
        positions += [int(str(p)) for p in graph.objects(None, SCHEMA.position)]
        assert bounds[TREE.GreaterThanOrEqualToRelation] == min(times)
        assert bounds.get(TREE.LessThanOrEqualToRelation, max(times)) == max(times)
    assert sorted(positions) == list(range(1, len(positions) + 1))


def test_full_pages_never_change_and_say_so(recorded: FlaskClient) -> None:
    known = sorted(pages(read(recorded, "ldes")), key=lambda page: int(page.rpartition("/")[2]))
    for page in known:
        answer = recorded.get("/" + page.removeprefix(BASE))
        closed = page != known[-1]
        assert ("immutable" in answer.headers["Cache-Control"]) == closed
        immutable = read(recorded, str(page)).value(page, LDES.immutable)
        assert immutable == (rdflib.Literal(True) if closed else None)


def test_the_root_states_order_versions_and_retention(recorded: FlaskClient) -> None:
    root = read(recorded, "ldes")
    assert root.value(STREAM, RDF.type) == LDES.EventStream
    assert list(root.objects(STREAM, TREE["view"])) == [ROOT]
    for kind in ("Create", "Update", "Delete"):
        assert root.value(STREAM, LDES[f"version{kind}Object"]) == AS[kind]
    (policy,) = root.objects(ROOT, LDES.retentionPolicy)
    assert root.value(policy, LDES.startingFrom) == rdflib.Literal(FIRST, datatype=XSD.dateTime)
    (described,) = root.objects(ROOT, TREE.viewDescription)
    assert root.value(described, RDF.type) == LDES.EventSource
    assert root.value(described, LDES.retentionPolicy) == policy


def test_every_member_conforms_to_the_shape_of_the_stream(recorded: FlaskClient) -> None:
    root = read(recorded, "ldes")
    (shape,) = root.objects(STREAM, TREE.shape)
    members = rdflib.Graph()
    for page in pages(root):
        members += read(recorded, str(page))
    for member in members.objects(STREAM, TREE.member):
        root.add((shape, rdflib.SH.targetNode, member))
    assert pyshacl.validate(members, shacl_graph=root)[0]
    (gone,) = members.subjects(RDF.type, AS.Delete)
    members.remove((gone, AS.object, None))
    assert not pyshacl.validate(members, shacl_graph=root)[0]


def test_members_carry_the_description_at_their_version(recorded: FlaskClient) -> None:
    """Clients put the object of a member in the member's place; so do we here."""
    members = rdflib.Graph()
    for page in pages(read(recorded, "ldes")):
        members += read(recorded, str(page))
    withdrawn = URIRef(f"{BASE}id/concept/cooperation")
    (created,) = (m for m in members.subjects(AS.object, withdrawn)
                  if (m, RDF.type, AS.Create) in members)  # fmt: skip
    label = rdflib.Literal("cooperation", lang="en")
    assert (created, rdflib.SKOS.prefLabel, label) in members
    (gone,) = members.subjects(RDF.type, AS.Delete)
    assert list(members.objects(gone, rdflib.SKOS.prefLabel)) == []
    treaty = URIRef(f"{BASE}id/treaty/1967/outer-space")
    (member,) = members.subjects(AS.object, treaty)
    described = read(recorded, f"doc/{treaty.removeprefix(BASE)}")
    assert set(described.predicate_objects(treaty)) <= set(members.predicate_objects(member))


def test_an_empty_log_is_an_empty_stream(tmp_path: Path) -> None:
    pipeline.build(tinysource.write(tmp_path / "s"), tmp_path / "r", BASE)
    with served(tmp_path / "r", BASE, **NO_ENGINE) as empty:
        root = read(empty, "ldes")
        (page,) = root.objects(None, TREE.node)
        assert list(read(empty, str(page)).objects(STREAM, TREE.member)) == []
