"""Checking a manuscript over HTTP: findings, the annotated copy, the page, and what is refused."""

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from tests.command import Answer, Site, ask
from tests.manuscripts import of_paragraphs

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ENVOYS = "States Parties to the Treaty shall regard astronauts as envoys of mankind in outer space"


def send(site: Site, data: bytes, media_type: str, accept: str = JSON) -> Answer:
    """Return the answer to a manuscript; while one of another test is checked, send it again."""
    headers = {"Content-Type": media_type, "Accept": accept}
    while (answer := ask(site.base + "quote", headers, data)).status == 429:
        time.sleep(0.5)
    return answer


def findings(site: Site, text: str) -> list[dict[str, Any]]:
    answer = send(site, json.dumps({"text": text}).encode(), JSON)
    assert answer.status == 200, answer.body
    assert "ETag" not in answer.headers
    found: list[dict[str, Any]] = json.loads(answer.body)["findings"]
    return found


def one(site: Site, text: str) -> dict[str, Any]:
    (found,) = findings(site, text)
    return found


def test_a_passage_is_verbatim_with_provision_language_and_official_address(site: Site) -> None:
    found = one(site, ENVOYS)
    assert found["verdict"] == "verbatim"
    assert found["provision"] == f"{site.base}id/treaty/1967/outer-space/article/5/paragraph/1"
    assert found["where"] == "Outer Space Treaty, Article V, paragraph 1"
    assert found["language"] == "en"
    assert found["official"].startswith("https://www.unoosa.org/")
    assert ask(found["provision"]).status == 303


def test_a_passage_is_altered_where_a_word_is_another(site: Site) -> None:
    found = one(site, ENVOYS.replace("envoys", "heroes"))
    assert found["verdict"] == "altered"
    assert [(c["kind"], c["words"]) for c in found["changes"]] == [("replaced", "heroes")]


def test_a_passage_of_no_text_is_absent(site: Site) -> None:
    found = one(site, "No State shall ever send a purple balloon to the rings of Saturn on Sundays")
    assert (found["verdict"], found["provision"], found["official"]) == ("absent", None, None)


def test_a_passage_in_another_official_language_is_found(site: Site) -> None:
    text = (
        "Les États parties au Traité considéreront les astronautes comme des envoyés "
        "de l\u2019humanité"
    )
    found = one(site, text)
    assert (found["verdict"], found["language"]) == ("verbatim", "fr")


def test_a_passage_is_not_in_the_article_that_is_cited(site: Site) -> None:
    reference, passage = findings(site, f"Article II of the Liability Convention: “{ENVOYS}”.")
    assert (reference["kind"], reference["verdict"]) == ("reference", "absent")
    assert (passage["verdict"], passage["cited"]["agrees"]) == ("verbatim", False)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("India ratified in 1982.", "on record"),
        ("India ratified the Outer Space Treaty on 18 January 1982.", "on record"),
        ("India ratified the Outer Space Treaty in 1972.", "contradicted"),
        ("India acceded to the Outer Space Treaty.", "contradicted"),
        ("India has not ratified the Outer Space Treaty.", "contradicted"),
        ("India withdrew from the Outer Space Treaty in 1990.", "not on record"),
        ("The USA is a party to the Moon Agreement.", "contradicted"),
        ("The USA is not a party to the Moon Agreement.", "on record"),
        ("The Soviet Union was a party to the Outer Space Treaty in 1970.", "on record"),
    ],
)
def test_claims_of_status_are_judged_by_the_record(site: Site, text: str, verdict: str) -> None:
    found = one(site, text)
    assert (found["kind"], found["verdict"]) == ("status", verdict), found
    assert all(ask(record).status == 303 for record in found["records"])


@pytest.mark.parametrize(
    "text",
    [
        "Mars ratified the Outer Space Treaty in 1982 or so it seems to us today.",
        "China is large " * 4,
    ],
)
def test_no_claim_is_judged_where_the_pattern_is_not_sure(site: Site, text: str) -> None:
    assert [f["kind"] for f in findings(site, text)] == ["quotation"]


def test_short_quotations_are_counted(site: Site) -> None:
    answer = send(site, json.dumps({"text": f"“{ENVOYS}” and “all mankind”"}).encode(), JSON)
    report = json.loads(answer.body)
    assert (len(report["findings"]), report["tooShort"], report["leastWords"]) == (1, 1, 8)


def test_a_word_document_and_markdown_are_read_and_annotated(site: Site) -> None:
    data = of_paragraphs("An essay", f"He quotes “{ENVOYS}”.")
    assert json.loads(send(site, data, WORD).body)["findings"][0]["line"] == 3
    copy = send(site, f"He quotes “{ENVOYS}”.".encode(), "text/markdown", "text/markdown")
    assert copy.headers["Content-Type"].startswith("text/markdown")
    mark = "[quotation: verbatim; Outer Space Treaty, Article V, paragraph 1 (en)]"
    assert copy.body.decode() == f"He quotes “{ENVOYS} {mark}”."


def upload(fields: Mapping[str, str], file: bytes = b"") -> bytes:
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
        for name, text in fields.items()
    ]
    head = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.docx"\r\n\r\n'
    return b"".join([*parts, head.encode(), file, b"\r\n--x--\r\n"])


def test_the_form_takes_a_text_or_a_file(site: Site) -> None:
    media_type = "multipart/form-data; boundary=x"
    for data in (upload({"text": ENVOYS}), upload({"text": ""}, of_paragraphs(ENVOYS))):
        page = send(site, data, media_type, "text/html").body.decode()
        assert "<td>verbatim</td>" in page
        assert "Outer Space Treaty, Article V, paragraph 1" in page
    both = send(site, upload({"text": ENVOYS}, of_paragraphs(ENVOYS)), media_type)
    assert (both.status, b"one of them" in both.body) == (400, True)
    assert send(site, upload({"texte": ENVOYS}), media_type).status == 400


@pytest.mark.parametrize(
    ("data", "media_type", "accept", "status"),
    [
        (b"{", JSON, JSON, 400),
        (b"[]", JSON, JSON, 400),
        (b'{"text": 1}', JSON, JSON, 400),
        (b'{"text": "a", "more": 1}', JSON, JSON, 400),
        (b'{"text": "\\ud800"}', JSON, JSON, 400),
        (b'{"text": "too short"}', JSON, JSON, 400),
        (b"", JSON, JSON, 400),
        (b"text=", FORM, JSON, 400),
        (b"text=a&more=b", FORM, JSON, 400),
        (b"\xff", "text/plain", JSON, 400),
        (b"PK\x03\x04", WORD, JSON, 400),
        (b"x", "application/pdf", JSON, 415),
        (b"x" * (1024**2 + 1), "text/plain", JSON, 413),
        (b"x", "text/plain", "image/png", 406),
    ],
)
def test_what_is_not_checked(
    site: Site, data: bytes, media_type: str, accept: str, status: int
) -> None:
    answer = send(site, data, media_type, accept)
    assert answer.status == status, answer.body
    assert b"Traceback" not in answer.body


def test_the_form_tells_why_nothing_was_checked(site: Site) -> None:
    answer = send(site, b"text=short", FORM, "text/html")
    assert answer.status == 400
    assert "Nothing here can be checked" in answer.body.decode()


def test_a_hostile_manuscript_ends(site: Site) -> None:
    for text in ("“" * 300_000, "article I, " * 80_000, "India ratified " * 60_000, "a " * 500_000):
        answer = send(site, text.encode(), "text/plain")
        assert answer.status in (200, 400, 503), answer.body[:200]
    assert one(site, ENVOYS)["verdict"] == "verbatim"


def test_the_example_of_the_documentation_is_answered(site: Site) -> None:
    page = ask(site.base + "docs/quote").body.decode()
    assert "application/json" in page
    example = (
        '{"text": "“States Parties to the Treaty shall regard astronauts as envoys of mankind”"}'
    )
    assert (
        json.loads(send(site, example.encode(), JSON).body)["findings"][0]["verdict"] == "verbatim"
    )
