"""Going back in time: time gates, time maps, earlier releases, and what changed between them."""

import json
import os
import re
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import pytest

from server.compile import pipeline
from server.release.manifest import MANIFEST
from server.release.reader import Release
from tests import tinysource
from tests.measured import MEASURED
from tests.served import Client, served

OST = "id/treaty/1967/outer-space"
GONE = "id/concept/cooperation"
OLD, NEW = 1_700_000_000, 1_750_000_000  # when the two releases were made
QUERY = "SELECT ?label { <id/treaty/1967/outer-space> rdfs:label ?label }"


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> list[Release]:
    """Build two releases: the second has another label of the treaty and one concept less."""
    folder = tmp_path_factory.mktemp("history")
    root, made = tinysource.write(folder / "sources"), []
    for moment in (OLD, NEW):
        made.append(Release(pipeline.build(root, folder / "releases", tinysource.BASE)))
        os.utime(made[-1].folder / MANIFEST, (moment, moment))
        text = tinysource.TREATY.replace('"Outer Space Treaty"', '"Treaty on Outer Space"')
        tinysource.put(root, tinysource.TREATY_FILE, text)
        (root / "data/editor/concept.ttl").unlink(missing_ok=True)
    return made


@pytest.fixture(scope="module")
def site(releases: list[Release]) -> Iterator[Client]:
    folder = releases[0].folder.parent
    with served(folder, tinysource.BASE, SPACELAW_WEB_WORKERS="1", **MEASURED) as running:
        yield running


def key(release: Release) -> str:
    return release.manifest.release


def http_date(moment: int) -> str:
    return formatdate(moment, usegmt=True)


@pytest.mark.parametrize(
    ("moment", "number"), [(OLD - 9, 0), (OLD, 0), (NEW - 1, 0), (NEW, 1), (NEW + 9, 1)]
)
def test_the_gate_leads_to_the_release_of_the_moment(
    site: Client, releases: list[Release], moment: int, number: int
) -> None:
    asked = {"Accept-Datetime": http_date(moment)}
    answer = site.get(f"/timegate/doc/{OST}.ttl", headers=asked)
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(f"/memento/{key(releases[number])}/doc/{OST}.ttl")
    assert answer.headers["Vary"] == "accept-datetime"
    assert 'rel="original"' in answer.headers["Link"]


def test_without_a_moment_the_gate_leads_to_the_latest(
    site: Client, releases: list[Release]
) -> None:
    location = site.get(f"/timegate/doc/{OST}").headers["Location"]
    assert f"/memento/{key(releases[1])}/" in location


@pytest.mark.parametrize("suffix", [".ttl", ".html", ".jsonld", ""])
def test_a_memento_is_what_the_release_answered(
    site: Client, releases: list[Release], suffix: str
) -> None:
    for release, moment, label in zip(
        releases, (OLD, NEW), ("Outer Space Treaty", "Treaty on Outer Space"), strict=True
    ):
        answer = site.get(f"/memento/{key(release)}/doc/{OST}{suffix}")
        assert answer.status_code == 200, answer.text
        assert label in answer.text
        assert answer.headers["Memento-Datetime"] == http_date(moment)
        links = answer.headers["Link"]
        assert f'<{tinysource.BASE}doc/{OST}{suffix}>; rel="original"' in links
        assert 'rel="timegate"' in links
        assert 'rel="timemap"' in links


def test_what_is_gone_lives_on_in_its_release(site: Client, releases: list[Release]) -> None:
    assert site.get(f"/doc/{GONE}").status_code == 404
    assert site.get(f"/memento/{key(releases[0])}/doc/{GONE}").status_code == 200
    location = site.get(f"/timegate/doc/{GONE}").headers["Location"]
    assert key(releases[0]) in location
    assert site.get("/timegate/doc/id/never/was").status_code == 404


def test_a_thing_leads_to_its_document_of_that_release(
    site: Client, releases: list[Release]
) -> None:
    answer = site.get(f"/memento/{key(releases[0])}/{OST}")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{tinysource.BASE}memento/{key(releases[0])}/doc/{OST}"


def test_dumps_and_catalogues_are_kept(site: Client, releases: list[Release]) -> None:
    for path in ("catalog.ttl", "search?q=treaty", ""):
        answer = site.get(f"/memento/{key(releases[0])}/{path}")
        assert answer.status_code == 200, path
    dump = releases[0].folder / "dumps" / "spacelaw.nq.gz"
    catalogue = site.get(f"/memento/{key(releases[0])}/catalog.ttl").text
    match = re.search(r"dumps/[^\s<>\"]*spacelaw\.nq\.gz", catalogue)
    assert match
    found = site.get(f"/memento/{key(releases[0])}/{match[0]}")
    assert found.data == dump.read_bytes()


def test_the_original_names_gate_and_map(site: Client) -> None:
    links = site.get(f"/doc/{OST}.ttl").headers["Link"]
    assert f'<{tinysource.BASE}timegate/doc/{OST}.ttl>; rel="timegate"' in links
    assert f'<{tinysource.BASE}timemap/doc/{OST}.ttl>; rel="timemap"' in links
    assert "Memento-Datetime" not in site.get(f"/doc/{OST}.ttl").headers


def test_the_map_lists_all_mementos(site: Client, releases: list[Release]) -> None:
    answer = site.get(f"/timemap/doc/{OST}", headers={"Accept": "application/link-format"})
    assert answer.content_type == "application/link-format"
    assert re.findall(r'rel="memento"; datetime="([^"]+)"', answer.text) == [
        http_date(OLD),
        http_date(NEW),
    ]
    told = site.get(f"/timemap/doc/{GONE}", headers={"Accept": "application/json"}).json
    assert [key(releases[0]) in m["uri"] for m in told["mementos"]["list"]] == [True]


def test_a_release_is_chosen_by_a_parameter(site: Client, releases: list[Release]) -> None:
    for path in (f"/doc/{OST}.ttl", "/search?q=treaty"):
        joint = "&" if "?" in path else "?"
        answer = site.get(f"{path}{joint}release={key(releases[0])}")
        assert answer.status_code == 307
        assert site.get(answer.headers["Location"]).status_code == 200
    assert site.get(f"/memento/none/doc/{OST}").status_code == 404
    assert site.get(f"/memento/{key(releases[0])}/quote").status_code == 404
    assert site.get(f"/memento/{key(releases[0])}/doc/{OST}?x=1").status_code == 400


def test_queries_are_answered_from_an_earlier_release(
    site: Client, releases: list[Release]
) -> None:
    accept = {"Accept": "application/sparql-results+json"}
    for release, label in zip(
        releases, ("Outer Space Treaty", "Treaty on Outer Space"), strict=True
    ):
        asked = {"query": QUERY, "release": key(release)}
        answer = site.get("/sparql", query_string=asked, headers=accept)
        assert answer.status_code == 307
        found = site.get(answer.headers["Location"], headers=accept)
        assert found.status_code == 200, found.text
        (row,) = json.loads(found.data)["results"]["bindings"]
        assert row["label"]["value"] == label
        posted = site.post(f"/memento/{key(release)}/sparql", data={"query": QUERY}, headers=accept)
        assert label in posted.text
        made = http_date(OLD if release is releases[0] else NEW)
        assert posted.headers["Memento-Datetime"] == made
    faulty = site.get(f"/memento/{key(releases[0])}/sparql", query_string={"query": "SELECT"})
    assert faulty.status_code == 400
    update = site.post(f"/memento/{key(releases[0])}/sparql", data={"query": "DROP ALL"})
    assert update.status_code == 403


@pytest.mark.parametrize(("moment", "number"), [(OLD - 9, 0), (NEW - 1, 0), (NEW, 1), (NEW + 9, 1)])
def test_the_endpoint_answers_from_the_release_of_the_moment(
    site: Client, moment: int, number: int
) -> None:
    label = ("Outer Space Treaty", "Treaty on Outer Space")[number]
    headers = {"Accept": "text/csv", "Accept-Datetime": http_date(moment)}
    plain = {"Accept": "text/csv"}
    form = {"query": QUERY}
    assert "Treaty on Outer Space" in site.get("/sparql", query_string=form, headers=plain).text
    got = site.get("/sparql", query_string=form, headers=headers)
    posted = site.post("/sparql", data=form, headers=headers)
    direct = headers | {"Content-Type": "application/sparql-query"}
    for answer in (got, posted, site.post("/sparql", data=QUERY, headers=direct)):
        assert answer.status_code == 200, answer.text
        assert answer.text.split("\r\n")[1] == label
        assert answer.headers["Memento-Datetime"] == http_date((OLD, NEW)[number])
        vary = answer.headers["Vary"].split(", ")
        assert {"Accept", "Accept-Datetime"} <= {*vary}
    again = site.get("/sparql", query_string=form, headers=plain)
    assert "Treaty on Outer Space" in again.text
    assert "Memento-Datetime" not in again.headers
    assert "Accept-Datetime" in again.headers["Vary"]


def test_a_query_at_a_moment_that_is_no_date_is_refused(site: Client) -> None:
    headers = {"Accept": "text/csv", "Accept-Datetime": "yesterday"}
    answer = site.get("/sparql", query_string={"query": QUERY}, headers=headers)
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert "yesterday" in answer.json["detail"]
    page = site.get("/sparql", headers={**headers, "Accept": "text/html"})
    assert page.status_code == 200  # the form asks nothing of a moment


@pytest.mark.parametrize("moment", ["yesterday", "2020-01-01", "Tue, 99 Nov 2020 00:00:00 GMT"])
def test_a_moment_that_is_no_http_date_is_refused(site: Client, moment: str) -> None:
    answer = site.get(f"/timegate/doc/{OST}", headers={"Accept-Datetime": moment})
    assert answer.status_code == 400


def test_the_difference_is_told_as_json_page_and_patch(
    site: Client, releases: list[Release]
) -> None:
    pair = {"from": key(releases[0]), "to": key(releases[1])}
    told = site.get("/diff", query_string=pair, headers={"Accept": "application/json"}).json
    changes = {
        item["iri"].removeprefix(tinysource.BASE): item["change"] for item in told["resources"]
    }
    assert changes[OST] == "changed"
    assert changes[GONE] == "removed"
    page = site.get("/diff", query_string=pair, headers={"Accept": "text/html"}).text
    assert "Treaty on Outer Space" in page
    one = {**pair, "resource": OST}
    lines = site.get("/diff", query_string=one, headers={"Accept": "application/json"}).json[
        "statements"
    ]
    assert [sign for sign, line in lines if '"Outer Space Treaty"@en' in line] == ["D"]
    assert [sign for sign, line in lines if '"Treaty on Outer Space"@en' in line] == ["A"]
    assert site.get("/diff", query_string={**pair, "resource": "id/none"}).status_code == 404
    assert site.get("/diff?from=none").status_code == 404


def test_the_patch_turns_the_old_release_into_the_new(
    site: Client, releases: list[Release]
) -> None:
    pair = {"from": key(releases[0]), "to": key(releases[1])}
    patch = site.get("/diff", query_string=pair, headers={"Accept": "application/rdf-patch"}).text
    old, new = ({*_lines(release.folder)} for release in releases)
    for line in patch.splitlines():
        if line.startswith("A "):
            old.add(line[2:])
        if line.startswith("D "):
            old.remove(line[2:])
    assert old == new


def _lines(folder: Path) -> list[str]:
    lines = (folder / "dataset.nq").read_text("utf-8").splitlines()
    return [line for line in lines if "_:" not in line]  # each release names blank nodes anew
