"""The map of who is bound: every standing is drawn in its colour or named below."""

import csv
import io
import re
import shutil
from pathlib import Path

import server
from server.site.status import GEOMETRY
from tests.command import Site, ask
from tests.needs import needs
from tests.served import NO_ENGINE, served

pytestmark = [
    needs(GEOMETRY.is_file(), "the map's geometry (built at set-up with npm; Debian: npm)"),
]

ADDRESS = "?treaty=treaty/1967/outer-space&asOf=2015-01-01"


def drawn(page: str) -> dict[str, str]:
    """Return the status in which the map draws each State, by the address of its page."""
    found: dict[str, str] = {}
    for status, group in re.findall(r'<g class="(\w+)"[^>]*>\n(.*?)</g>', page, re.DOTALL):
        found |= dict.fromkeys(re.findall(r'<a href="([^"]+)"', group), status)
    return found


def test_each_standing_is_drawn_or_named_below(site: Site) -> None:
    page = ask(f"{site.base}status{ADDRESS}", {"Accept": "text/html"}).body.decode()
    table = ask(f"{site.base}status.csv{ADDRESS}").body.decode()
    stated = {
        row["state"].removeprefix(site.base[:-1]): row["status"]
        for row in csv.DictReader(io.StringIO(table, newline=""))
    }
    shapes = drawn(page)
    below = re.search(r"Not drawn.*?</p>", page)
    assert below is not None
    assert shapes == {iri: status for iri, status in stated.items() if iri in shapes}
    assert set(re.findall(r'href="([^"]+)"', below[0])) == set(stated) - set(shapes)
    assert {"/id/state/csk", "/id/state/ddr"} <= set(stated) - set(shapes)
    assert len(shapes) > 190


def test_small_states_have_a_circle_and_all_have_a_title(site: Site) -> None:
    page = ask(f"{site.base}status{ADDRESS}", {"Accept": "text/html"}).body.decode()
    marks = dict(re.findall(r'<a href="/id/state/(\w+)" tabindex="-1">(.*?)</a>', page))
    for state in ("smr", "mco", "sgp", "atg", "plw"):
        assert "<circle" in marks[state]
    assert all(mark.startswith("<title>") for mark in marks.values())
    assert "<title>Fiji: party since" in marks["fji"]


def test_without_geometry_the_page_has_the_table_alone(site: Site, tmp_path: Path) -> None:
    package = Path(server.__file__).parent
    world = GEOMETRY.name
    shutil.copytree(package, tmp_path / "server", ignore=shutil.ignore_patterns(world))
    alone = {"PYTHONPATH": str(tmp_path), **NO_ENGINE}
    with served(site.releases, site.base, **alone) as client:
        page = client.get(f"/status{ADDRESS}", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert '<figure class="map"' not in page.text
    table = ask(f"{site.base}status.csv{ADDRESS}").body.decode()
    assert page.text.count("<tr>") == len(table.splitlines())
