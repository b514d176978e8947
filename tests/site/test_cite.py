"""Each record is cited in four forms, in meta elements, and in schema.org's terms."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.html import Seen
from tests.served import Client
from tests.tinysource import LOCAL

HTML = {"Accept": "text/html"}
CANONICAL = "https://w3id.org/spacelaw/"
OST, PAPER = "id/treaty/1967/outer-space", "id/source/liao-2013"
RESOLUTION, EVIL = "id/resolution/1961/1721-xvi", "id/claim/liao-2013/e02"


class Metas(HTMLParser):
    """The meta elements with a name, in their order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.pairs: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "meta" and found.get("name"):
            self.pairs.append((found["name"] or "", found.get("content") or ""))

    def all(self, name: str) -> list[str]:
        return [content for key, content in self.pairs if key == name]


def metas(law: Client, thing: str) -> Metas:
    return Metas(law.get(f"/doc/{thing}", headers=HTML).text)


def schema(law: Client, thing: str) -> Any:
    scripts = Seen(law.get(f"/doc/{thing}", headers=HTML).text).scripts
    (found,) = (s for s in (json.loads(text) for _, text in scripts)
                if s.get("@context") == "https://schema.org/")  # fmt: skip
    return found


def csl(law: Client, thing: str) -> Any:
    (entry,) = law.get(f"/cite/{thing}.json").json
    return entry


def ris(law: Client, thing: str) -> list[tuple[str, str]]:
    lines = law.get(f"/cite/{thing}.ris").text.splitlines()
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .*", line) for line in lines)
    return [(line[:2], line[6:]) for line in lines]


@pytest.mark.parametrize(
    ("key", "media_type"),
    [
        ("bib", "application/x-bibtex"),
        ("ris", "application/x-research-info-systems"),
        ("json", "application/vnd.citationstyles.csl+json"),
        ("txt", "text/plain"),
    ],
)
def test_each_form_is_a_file(law: Client, key: str, media_type: str) -> None:
    answer = law.get(f"/cite/{OST}.{key}")
    assert (answer.status_code, answer.mimetype) == (200, media_type)
    assert f'filename="treaty-1967-outer-space.{key}"' in answer.headers["Content-Disposition"]
    assert CANONICAL + OST in answer.text
    assert f"/cite/{OST}.{key}" in Seen(law.get(f"/doc/{OST}", headers=HTML).text).hrefs()


def test_what_is_not_there_is_not_cited(law: Client) -> None:
    assert law.get("/cite/id/nothing.bib").status_code == 404
    assert law.get(f"/cite/{OST}.doc").status_code == 404


def test_treaty_has_its_series_volume_and_page(law: Client) -> None:
    entry = csl(law, OST)
    assert (entry["type"], entry["volume"], entry["page"]) == ("treaty", "610", "205")
    assert entry["container-title"] == "United Nations Treaty Series"
    assert entry["issued"] == {"date-parts": [[1967, 1, 27]]}
    assert (
        "610 UNTS 205 (opened for signature 27 January 1967, " in law.get(f"/cite/{OST}.txt").text
    )


def test_what_is_said_of_a_treaty_is_not_mixed_with_the_dataset(law: Client) -> None:
    bibtex = law.get(f"/cite/{OST}.bib").text
    assert "\n  howpublished = {610 UNTS 205}" in bibtex
    assert "\n  addendum = {As described in The law of outer space as linked data" in bibtex
    assert "\n  pages" not in bibtex
    assert "\n  number" not in bibtex
    note = "opened for signature 27 January 1967; entered into force 10 October 1967"
    assert f"\n  note = {{{note}" in bibtex
    found = ris(law, OST)
    for line in (("TY", "STAT"), ("T2", "United Nations Treaty Series"), ("VL", "610")):
        assert line in found
    assert any(tag == "N1" and text.startswith(note) for tag, text in found)
    entry = csl(law, OST)
    assert entry["note"].startswith(note)
    assert entry["source"].startswith("The law of outer space as linked data")


def test_each_form_tells_the_day_of_access(law: Client) -> None:
    for thing in (OST, PAPER, RESOLUTION, "id/state/ind"):
        (parts,) = csl(law, thing)["accessed"]["date-parts"]
        day = "{:04}-{:02}-{:02}".format(*parts)
        assert f"\n  urldate = {{{day}}}" in law.get(f"/cite/{thing}.bib").text
        assert dict(ris(law, thing))["Y2"] == day.replace("-", "/")
        assert f", accessed {parts[2]} " in law.get(f"/cite/{thing}.txt").text


def test_provision_is_cited_as_a_place_in_its_text(law: Client) -> None:
    entry = csl(law, f"{OST}/article/6")
    assert entry["title"] == "Treaty on Principles Governing Outer Space, Article VI"
    assert (entry["type"], entry["volume"]) == ("treaty", "610")


def test_resolution_has_its_organ_symbol_and_day(law: Client) -> None:
    entry = csl(law, RESOLUTION)
    assert entry["number"] == "A/RES/1721 (XVI)"
    assert entry["author"] == [{"literal": "United Nations General Assembly"}]
    found = dict(ris(law, RESOLUTION))
    assert (found["TY"], found["SN"], found["DA"]) == ("RPRT", "A/RES/1721 (XVI)", "1961/12/20")


def test_paper_has_a_bibliographic_record_of_its_own(law: Client) -> None:
    entry = csl(law, PAPER)
    assert entry == entry | {
        "type": "paper-conference",
        "title": "Evolution from Policy towards Law",
        "author": [{"family": "Liao", "given": "Minwen"}],
        "issued": {"date-parts": [[2013]]},
        "container-title": "Proceedings 2013",
        "page": "621-646",
        "publisher": "Eleven",
    }
    bibtex = law.get(f"/cite/{PAPER}.bib").text
    assert bibtex.startswith("@inproceedings{")
    for field in ("author = {Liao, Minwen}", "booktitle = {Proceedings 2013}", "year = {2013}",
                  "pages = {621--646}", "publisher = {Eleven}"):  # fmt: skip
        assert f"\n  {field}" in bibtex
    found = ris(law, PAPER)
    for line in (("TY", "CPAPER"), ("AU", "Liao, Minwen"), ("SP", "621"), ("EP", "646")):
        assert line in found


def test_line_break_in_a_label_injects_no_field(law: Client) -> None:
    found = ris(law, EVIL)
    assert [tag for tag, _ in found].count("TY") == 1
    assert [tag for tag, _ in found].count("ER") == 1
    bibtex = law.get(f"/cite/{EVIL}.bib").text
    fields = re.findall(r"^  (\w+) = ", bibtex, re.MULTILINE)
    assert len(fields) == len(set(fields))
    assert "note" not in fields
    assert bibtex.count("{") == bibtex.count("}")
    assert "Line ER - TY - EVIL" in law.get(f"/cite/{EVIL}.txt").text
    assert metas(law, EVIL).all("citation_title")[0].startswith("Line ER")


def zotero_item(found: Metas) -> dict[str, Any]:
    """Return the item that Zotero's translator for embedded metadata makes of these elements.

    These are its rules for Highwire's names as its published tests show them: the type follows
    from the name of the host, an author with a comma is a person, pages are joined.
    """
    hosts = {
        "citation_journal_title": ("journalArticle", "publicationTitle"),
        "citation_conference_title": ("conferencePaper", "conferenceName"),
        "citation_technical_report_institution": ("report", "institution"),
    }
    item: dict[str, Any] = {"itemType": "journalArticle"}
    for name, (kind, field) in hosts.items():
        if values := found.all(name):
            item |= {"itemType": kind, field: values[0]}
    item["creators"] = [
        dict(zip(("lastName", "firstName"), author.split(", "), strict=False))
        | {"creatorType": "author"}
        for author in found.all("citation_author")
    ]
    pages = found.all("citation_firstpage") + found.all("citation_lastpage")
    read = {"title": "title", "publication_date": "date", "publisher": "publisher",
            "public_url": "url", "language": "language", "volume": "volume"}  # fmt: skip
    for name, field in read.items():
        if values := found.all(f"citation_{name}"):
            item[field] = values[0]
    return item | ({"pages": "-".join(pages)} if pages else {})


def test_zotero_gets_the_paper_whole(law: Client) -> None:
    assert zotero_item(metas(law, PAPER)) == {
        "itemType": "conferencePaper",
        "title": "Evolution from Policy towards Law",
        "creators": [{"firstName": "Minwen", "lastName": "Liao", "creatorType": "author"}],
        "date": "2013",
        "conferenceName": "Proceedings 2013",
        "pages": "621-646",
        "publisher": "Eleven",
        "language": "en",
        "url": CANONICAL + PAPER,
    }


def test_zotero_gets_a_resolution_as_a_report_of_its_organ(law: Client) -> None:
    item = zotero_item(metas(law, RESOLUTION))
    assert (item["itemType"], item["institution"]) == ("report", "United Nations General Assembly")
    assert item["date"] == "1961/12/20"


def test_dublin_core_is_on_each_record(law: Client) -> None:
    for thing in (OST, PAPER, RESOLUTION, "id/state/ind", "id/norm/6/1", EVIL, "def/Treaty"):
        found = metas(law, thing)
        assert found.all("DC.title")
        assert CANONICAL + thing in found.all("DC.identifier")
        assert found.all("DC.type")
        assert all("\n" not in content for _, content in found.pairs)


@pytest.mark.parametrize(
    ("thing", "expected"),
    [
        (OST, {"@type": "Legislation", "legislationIdentifier": "610 UNTS 205",
               "legislationDate": "1967-01-27"}),
        (f"{OST}/article/6", {"@type": "Legislation"}),
        (PAPER, {"@type": "ScholarlyArticle", "pagination": "621-646", "datePublished": "2013"}),
        ("id/state/ind", {"@type": "Country", "name": "India"}),
        ("id/topic/debris", {"@type": "DefinedTerm", "name": "space debris"}),
        ("id/norm/6/1", {"@type": "CreativeWork"}),
        (EVIL, {"@type": "CreativeWork"}),
    ],
)  # fmt: skip
def test_each_record_is_in_schema_org(law: Client, thing: str, expected: dict[str, Any]) -> None:
    found = schema(law, thing)
    assert found == found | expected | {"@id": LOCAL + thing}
