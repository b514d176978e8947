"""Word documents for tests of manuscripts."""

import io
import zipfile

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word(document: str | None, notes: str = "") -> bytes:
    """Return a Word document whose main part is this XML; None leaves that part out."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        if document is not None:
            file.writestr("word/document.xml", document)
        if notes:
            file.writestr("word/footnotes.xml", notes)
    return buffer.getvalue()


def of_paragraphs(*paragraphs: str) -> bytes:
    """Return a Word document with these paragraphs."""
    inside = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    return word(f"<w:document {W}>{inside}</w:document>")
