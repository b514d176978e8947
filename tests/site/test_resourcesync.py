"""ResourceSync: large lists are indexes of parts that make up the whole."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient

from server.compile import pipeline
from server.release.reader import Release
from server.site.application import create_app
from server.site.prerender import NoEngine
from server.site.responses import PAGE_SIZES
from tests import tinysource
from tests.served import Client
from tests.tinysource import BASE, FIRST

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
RS = "{http://www.openarchives.org/rs/terms/}"


@pytest.fixture
def recorded(recorded_release: Release) -> FlaskClient:
    """Answer in this process, where pages are made shorter."""
    return create_app(recorded_release, NoEngine()).test_client()


def read(client: Client | FlaskClient, url: str) -> ET.Element:
    answer = client.get("/" + url.removeprefix(BASE))
    assert (answer.status_code, answer.mimetype) == (200, "application/xml")
    return ET.fromstring(answer.data)


def md(element: ET.Element) -> dict[str, str]:
    found = element.find(f"{RS}md")
    assert found is not None
    return dict(found.attrib)


def links(root: ET.Element) -> dict[str, str]:
    return {e.attrib["rel"]: e.attrib["href"] for e in root.iterfind(f"{RS}ln")}


@pytest.fixture
def in_parts(recorded_release: Release) -> FlaskClient:
    """Return a client of the same release in lists of few entries."""
    sizes = PAGE_SIZES | {"resourcelist": 7, "changelist": 7}
    return create_app(recorded_release, NoEngine(), sizes).test_client()


@pytest.mark.parametrize("capability", ["resourcelist", "changelist"])
def test_the_parts_of_a_large_list_make_up_the_whole(
    recorded: FlaskClient, in_parts: FlaskClient, capability: str
) -> None:
    place = f"{BASE}resourcesync/{capability}"
    whole = read(recorded, f"{place}.xml")
    assert whole.tag == f"{SITEMAP}urlset"
    assert recorded.get(f"/resourcesync/{capability}-1.xml").status_code == 404
    index = read(in_parts, f"{place}.xml")
    assert index.tag == f"{SITEMAP}sitemapindex"
    assert md(index) == md(whole)
    told = {e.findtext(f"{SITEMAP}loc", ""): md(e) for e in index.iterfind(f"{SITEMAP}sitemap")}
    parts = [read(in_parts, url) for url in told]
    assert [e for part in parts for e in map(ET.tostring, part.iterfind(f"{SITEMAP}url"))] == [
        ET.tostring(e) for e in whole.iterfind(f"{SITEMAP}url")
    ]
    assert [md(part) for part in parts] == [t | {"capability": capability} for t in told.values()]
    assert all(links(part)["index"] == f"{place}.xml" for part in parts)
    assert in_parts.get(f"/resourcesync/{capability}-{len(parts) + 1}.xml").status_code == 404


def test_only_the_last_list_of_changes_is_open(in_parts: FlaskClient) -> None:
    index = read(in_parts, "resourcesync/changelist.xml")
    *closed, last = map(md, index.iterfind(f"{SITEMAP}sitemap"))
    assert all(part["from"] <= part["until"] for part in closed)
    assert set(last) == {"from"}
    assert md(index) == {"capability": "changelist", "from": FIRST}


@pytest.mark.parametrize("name", ["capabilitylist", "resourcelist", "resourcedump", "changelist"])
def test_lists_are_where_clients_look_that_know_the_site_alone(
    recorded: FlaskClient, name: str
) -> None:
    here = recorded.get(f"/{name}.xml")
    assert here.status_code == 200
    assert here.data == recorded.get(f"/resourcesync/{name}.xml").data


def test_each_document_leads_up_to_the_source(recorded: FlaskClient) -> None:
    for name in ("resourcelist", "resourcedump", "changelist"):
        up = links(read(recorded, f"resourcesync/{name}.xml"))["up"]
        assert links(read(recorded, up))["up"] == f"{BASE}.well-known/resourcesync"


def test_the_package_is_the_same_from_the_same_sources(tmp_path: Path) -> None:
    root = tinysource.write(tmp_path / "source")
    one, two = (pipeline.build(root, tmp_path / name, BASE) for name in ("a", "b"))
    assert (one / "dumps/resources.zip").read_bytes() == (two / "dumps/resources.zip").read_bytes()
