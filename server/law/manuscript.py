"""The text of a manuscript: plain text, Markdown, or a Word document."""

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

from server.problems import UserError

MAX_BYTES = 10_000_000
_MOST_UNPACKED = 30_000_000
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PARTS = ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml")
_SIGNS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}


class Unreadable(UserError):
    """A manuscript that cannot be checked; the text says why."""


def read(path: Path) -> str:
    """Return the text of a file. Raises Unreadable, with one clear line, where it has none."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise Unreadable(
                f"{path} has {size / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB can be checked."
            )
        return text_of(path.read_bytes(), str(path))
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from None


def text_of(data: bytes, name: str) -> str:
    """Return the text in a file's bytes; raises Unreadable for what is neither text nor Word."""
    if data.startswith(b"PK\x03\x04"):
        return _word(data, name)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise Unreadable(f"{name} is no text in UTF-8 and no Word document (.docx).")
    return text


def _word(data: bytes, name: str) -> str:
    """Return the paragraphs of a Word document, its notes at the end."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            parts = [_part(file, part) for part in _PARTS if part in file.namelist()]
    except (zipfile.BadZipFile, ElementTree.ParseError, RuntimeError, NotImplementedError) as fault:
        raise Unreadable(f"{name} is no Word document that can be read: {fault}.") from None
    if not parts:
        raise Unreadable(f"{name} is a ZIP file without the text of a Word document (.docx).")
    paragraphs = (p for part in parts for p in part.iter(f"{_W}p"))
    return "\n\n".join(filter(None, map(_paragraph, paragraphs)))


def _part(file: zipfile.ZipFile, part: str) -> ElementTree.Element:
    with file.open(part) as stream:
        xml = stream.read(_MOST_UNPACKED + 1)
    if len(xml) > _MOST_UNPACKED:
        raise zipfile.BadZipFile(f"{part} unpacks to more than {_MOST_UNPACKED / 1e6:.0f} MB")
    if b"<!DOCTYPE" in xml:  # Word writes none; entities could grow without bound
        raise zipfile.BadZipFile(f"{part} declares a document type")
    return ElementTree.fromstring(xml)  # noqa: S314 (bounded, and without entities)


def _paragraph(element: ElementTree.Element) -> str:
    pieces = (
        (node.text or "") if node.tag == f"{_W}t" else _SIGNS.get(node.tag, "")
        for node in element.iter()
    )
    return "".join(pieces).strip()
