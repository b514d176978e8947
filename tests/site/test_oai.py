"""OAI-PMH 2.0: each verb, each fault by its code, lists in parts, and what was withdrawn."""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from server.rdf.terms import canonical_nquads
from server.release.reader import Release
from server.site.application import create_app
from server.site.prerender import NoEngine
from server.site.responses import PAGE_SIZES
from tests.served import Client
from tests.tinysource import BASE, FIRST, SECOND

OAI, RDF = "{http://www.openarchives.org/OAI/2.0/}", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "{http://purl.org/dc/elements/1.1/}"
OST, WITHDRAWN = f"{BASE}id/treaty/1967/outer-space", f"{BASE}id/concept/cooperation"


@pytest.fixture(scope="module")
def short(recorded_release: Release) -> FlaskClient:
    """Answer in this process, where lists have parts of four records."""
    return create_app(recorded_release, NoEngine(), PAGE_SIZES | {"oai": 4}).test_client()


def ask(client: Client | FlaskClient, **arguments: str) -> ET.Element:
    answer = client.get("/oai", query_string=arguments)
    assert (answer.status_code, answer.mimetype) == (200, "application/xml")
    root = ET.fromstring(answer.data)
    assert root.tag == f"{OAI}OAI-PMH"
    assert root.findtext(f"{OAI}request") == f"{BASE}oai"
    return root


def fault(client: Client | FlaskClient, **arguments: str) -> str:
    error = ask(client, **arguments).find(f"{OAI}error")
    assert error is not None
    assert error.text
    return error.attrib["code"]


def records(client: FlaskClient, verb: str, **arguments: str) -> Iterator[ET.Element]:
    """Yield the entries of a list from all of its parts, as a harvester asks for them."""
    while arguments:
        root = ask(client, verb=verb, **arguments)
        entries = root.findall(f"{OAI}{verb}/*")
        token = root.find(f"{OAI}{verb}/{OAI}resumptionToken")
        yield from (entry for entry in entries if entry is not token)
        arguments = {"resumptionToken": token.text} if token is not None and token.text else {}


def test_it_identifies_itself(recorded: Client) -> None:
    told = {e.tag.removeprefix(OAI): e.text for e in ask(recorded, verb="Identify")[2]}
    assert told["baseURL"] == f"{BASE}oai"
    assert (told["protocolVersion"], told["deletedRecord"]) == ("2.0", "persistent")
    assert (told["earliestDatestamp"], told["granularity"]) == (FIRST, "YYYY-MM-DDThh:mm:ssZ")


def test_it_is_asked_by_post_too(recorded: Client) -> None:
    answer = recorded.post("/oai", data={"verb": "Identify"})
    assert answer.status_code == 200
    assert b"<Identify>" in answer.data


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("verb=Identify&x=1", "badArgument"),
        ("verb=Identify&Verb=x", "badArgument"),
        ("verb=ListSets&set=a&set=b", "badArgument"),
        ("verb=Identify&verb=Identify", "badVerb"),
        ("verb=%FF", "badArgument"),
    ],
)
def test_a_name_that_no_verb_takes_is_a_fault_of_the_protocol(
    recorded: Client, query: str, code: str
) -> None:
    for answer in (recorded.get(f"/oai?{query}"), recorded.post("/oai", **form(query))):
        assert (answer.status_code, answer.mimetype) == (200, "application/xml")
        root = ET.fromstring(answer.data)
        error = root.find(f"{OAI}error")
        assert error is not None
        assert error.attrib["code"] == code
        assert root.find(f"{OAI}request").attrib == {}  # type: ignore[union-attr]


def form(query: str) -> dict[str, Any]:
    return {"data": query, "headers": {"Content-Type": "application/x-www-form-urlencoded"}}


def test_lists_come_in_parts_and_are_whole(short: FlaskClient, recorded_release: Release) -> None:
    heads = list(records(short, "ListIdentifiers", metadataPrefix="rdf"))
    told = {h.findtext(f"{OAI}identifier"): h.get("status") for h in heads}
    assert len(told) == len(heads) > 8
    assert {iri for iri, status in told.items() if not status} == set(recorded_release.iris())
    assert {iri for iri, status in told.items() if status == "deleted"} == {WITHDRAWN}


def test_the_native_format_is_the_description(
    short: FlaskClient, recorded_release: Release
) -> None:
    for record in records(short, "ListRecords", metadataPrefix="rdf"):
        iri = record.findtext(f"{OAI}header/{OAI}identifier", "")
        body = record.find(f"{OAI}metadata/{{{RDF}}}RDF")
        known = recorded_release.document(iri)
        assert (body is None) == (known is None)
        if body is not None and known:
            found = ox.parse(ET.tostring(body), ox.RdfFormat.RDF_XML)
            stated = ox.parse(known.nquads, ox.RdfFormat.N_QUADS)
            assert canonical_nquads(found) == canonical_nquads(ox.Quad(*q.triple) for q in stated)


def test_a_record_in_dublin_core_names_the_thing(recorded: Client) -> None:
    root = ask(recorded, verb="GetRecord", identifier=OST, metadataPrefix="oai_dc")
    assert [e.text for e in root.iter(f"{DC}title")] == ["Outer Space Treaty"]
    assert [e.text for e in root.iter(f"{DC}identifier")] == [OST]
    assert [e.text for e in root.iter(f"{OAI}setSpec")] == ["Treaty"]


def test_what_was_withdrawn_says_when(recorded: Client) -> None:
    root = ask(recorded, verb="GetRecord", identifier=WITHDRAWN, metadataPrefix="rdf")
    (head,) = root.iter(f"{OAI}header")
    assert head.get("status") == "deleted"
    assert head.findtext(f"{OAI}datestamp") == SECOND
    assert not list(root.iter(f"{OAI}metadata"))


def test_lists_are_narrowed_by_set_and_by_time(short: FlaskClient) -> None:
    asked = {"metadataPrefix": "oai_dc"}
    assert len(list(records(short, "ListRecords", set="Article", **asked))) == 3
    since = records(short, "ListIdentifiers", **asked, **{"from": SECOND})
    assert WITHDRAWN in {e.findtext(f"{OAI}identifier") for e in since}
    until = records(short, "ListIdentifiers", **asked, until="2026-01-31")
    assert WITHDRAWN not in {e.findtext(f"{OAI}identifier") for e in until}
    specs = {e.findtext(f"{OAI}setSpec") for e in ask(short, verb="ListSets").iter(f"{OAI}set")}
    assert {"Treaty", "Article", "Class"} <= specs


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "badVerb"),
        ({"verb": "Destroy"}, "badVerb"),
        ({"verb": "Identify", "set": "x"}, "badArgument"),
        ({"verb": "ListRecords"}, "badArgument"),
        ({"verb": "GetRecord", "identifier": OST}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "rdf", "from": "2026"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "rdf", "from": "2026-02-30"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "rdf", "from": "2027-01-01",
          "until": "2026-01-01"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "rdf", "from": "2026-01-01",
          "until": FIRST}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "rdf", "resumptionToken": "x"}, "badArgument"),
        ({"verb": "ListRecords", "resumptionToken": "x!y"}, "badResumptionToken"),
        ({"verb": "ListRecords", "metadataPrefix": "marc"}, "cannotDisseminateFormat"),
        ({"verb": "GetRecord", "identifier": f"{OST}x", "metadataPrefix": "rdf"},
         "idDoesNotExist"),
        ({"verb": "ListMetadataFormats", "identifier": f"{OST}x"}, "idDoesNotExist"),
        ({"verb": "ListRecords", "metadataPrefix": "rdf", "set": "None"}, "noRecordsMatch"),
        ({"verb": "ListRecords", "metadataPrefix": "rdf", "until": "1999-01-01"},
         "noRecordsMatch"),
    ],
)  # fmt: skip
def test_each_fault_is_told_by_its_code(
    recorded: Client, arguments: dict[str, str], code: str
) -> None:
    assert fault(recorded, **arguments) == code
