"""Tests of reading manuscripts, and of the command that checks them."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli import main
from server.law import manuscript
from server.law.manuscript import Unreadable
from tests.manuscripts import W, word


def quote(path: Path, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.setenv("SPACELAW_RELEASES", str(path.parent / "none"))
    return CliRunner().invoke(main, ["quote", str(path)])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x00\x01\x02" * 100, "is no text in UTF-8"),
        (b"\xff\xfe\xfa" * 100, "is no text in UTF-8"),
        (b"x" * (manuscript.MAX_BYTES + 1), "at most 10 MB can be checked"),
        (b"PK\x03\x04 and then nothing", "is no Word document that can be read"),
        (word("<!DOCTYPE a><w:document/>"), "declares a document type"),
        (word("<w:document>"), "is no Word document that can be read"),
        (word(None), "without the text of a Word document"),
        (word(" " * 31_000_000), "unpacks to more than 30 MB"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(
    tmp_path: Path, content: bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=said):
        manuscript.read(path)
    result = quote(path, monkeypatch)
    assert result.exit_code == 1
    assert result.output.count("\n") == 1


@pytest.mark.parametrize("content", ["too short", ""])
def test_a_file_with_nothing_to_check_is_told(
    tmp_path: Path, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.txt"
    path.write_text(content)
    result = quote(path, monkeypatch)
    assert result.exit_code == 1
    assert "no passage of at least 8 words" in result.output


def test_a_missing_file_is_told_in_one_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["quote", str(tmp_path / "none.txt")])
    assert result.exit_code == 1
    assert result.output.endswith("none.txt cannot be read: No such file or directory.\n")


def test_a_word_document_has_paragraphs_and_notes() -> None:
    document = f"<w:document {W}><w:p><w:r><w:t>One</w:t><w:tab/><w:t>two</w:t></w:r></w:p><w:p/>"
    document += "<w:p><w:r><w:t>three</w:t><w:delText>gone</w:delText></w:r></w:p></w:document>"
    notes = f"<w:footnotes {W}><w:p><w:t>A note</w:t></w:p></w:footnotes>"
    text = manuscript.text_of(word(document, notes), "essay.docx")
    assert text == "One\ttwo\n\nthree\n\nA note"


def test_a_file_that_is_no_word_document_but_a_zip_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("a.txt", "x")
    with pytest.raises(Unreadable, match="without the text of a Word document"):
        manuscript.text_of(buffer.getvalue(), "a.zip")


def test_the_committed_fingerprints_know_the_treaties(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "essay.txt"
    path.write_text(
        "He quotes “States Parties to the Treaty shall regard astronauts as envoys of mankind”\n"
        "and “Such representatives shall give a reasonable notice of a projected visit”.\n",
        "utf-8",
    )
    result = quote(path, monkeypatch)
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"{path}:1: verbatim; Outer Space Treaty, Article V, paragraph 1")
    altered = r":2: altered; Outer Space Treaty, Article XII \(en\); “a reasonable” replaced"
    assert re.search(altered, lines[1])
    assert result.stderr == "No release is built here: claims of status were not checked.\n"
