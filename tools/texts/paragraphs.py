"""The paragraphs of a copy of an official text, without what the printed page adds to it."""

import re
from collections.abc import Iterator

from tools.texts.catalogue import Copy

# Letters and figures that open a paragraph, in any of the five languages.
LISTED = re.compile(
    r"\d{1,2}\s?[.．、](?!\d)|[（(]?\s?(?:[a-zа-я]|[ivx]{2,4})\s?[)）]|[一二三四五六七八九十]+[.．、]|[（(][甲乙丙丁戊一二三四五][)）]"
)
_PAGE = re.compile(r"\[\[PDF page \d+\]\]")
_RUNNING_HEAD = re.compile(r"\s*ST/SPACE/61/Rev\.\s?3\s*$|.*\bV\.\s?24-22756\b")
_NOTE = re.compile(r"\s*(_{6,}|\d{1,2}[A-Z])")
_NOTE_MARK = re.compile(r"(?<=[a-zà-ÿа-я])([,;.”’»]?)\d{1,2}(?=[\s,;.):]|$)")
_PAGE_NUMBER = re.compile(r"\s*\d*\s*$")
_ENDED = re.compile(r"[.:;,]\d{0,2}$")
_SHORT_LINE = 62


def paragraphs(copy: Copy) -> list[str]:
    """Return the paragraphs of a copy; one that a page break divided is whole again."""
    found = copy.read().splitlines() if copy.clean else _printed(copy)
    whole: list[str] = []
    for paragraph in filter(None, map(_tidy, found)):
        if paragraph.isdigit():
            continue  # a page number
        if whole and _continues(paragraph, whole[-1], copy.language):
            whole[-1] += " " + paragraph
        else:
            whole.append(paragraph)
    return whole


def _continues(paragraph: str, before: str, language: str) -> bool:
    """Whether a paragraph begins in mid-sentence; in Russian, items of a list do as well."""
    if language == "ru" and _ENDED.search(before):
        return False
    return bool(re.match(r"[a-zà-ÿа-я]|\d+-\d", paragraph)) and not LISTED.match(paragraph)


def _tidy(text: str) -> str:
    joined = " ".join(text.replace("\u00ad", "").replace("\x07", " ").split())
    return _NOTE_MARK.sub(r"\1", re.sub(r"^\d (?=[a-z]|\d\.)", "", joined))


def _printed(copy: Copy) -> Iterator[str]:
    for page in _PAGE.split(copy.read()):
        yield from _blocks(_body(page.rstrip().splitlines()))


def _body(lines: list[str]) -> list[str]:
    """Return the lines of a page without running heads, notes and the page number."""
    body: list[str] = []
    for line in lines:
        if body and _NOTE.match(line):
            break
        if not _RUNNING_HEAD.match(line):
            body.append(line)
    while body and _PAGE_NUMBER.match(body[-1]):
        body.pop()
    return body


def _blocks(lines: list[str]) -> Iterator[str]:
    """Join lines to paragraphs: a blank line, a list mark or a heading of one line divides them."""
    current = ""
    for line, following in zip(lines, [*lines, ""][1:], strict=True):
        if _divides(current, line):
            yield current
            current = ""
        if _is_heading(current, line, following):
            yield line
        else:
            current = _joined(current, line.strip())
    yield current


def _divides(current: str, line: str) -> bool:
    return bool(current) and (
        not line.strip()
        or bool(LISTED.match(line.strip()))
        or re.fullmatch(r"\s+[A-Z]", line) is not None
        or line.strip() == "The General Assembly,"
        or (re.match(r" {4,}\S", line) is not None and _ENDED.search(current) is not None)
    )


def _is_heading(current: str, line: str, following: str) -> bool:
    alone = line.strip()
    return bool(alone and not current) and (
        re.fullmatch(r"[A-Z]", alone) is not None
        or alone == "The General Assembly,"
        or (
            len(alone) < _SHORT_LINE
            and not _ENDED.search(alone)
            and not LISTED.match(alone)
            and re.match(r"[A-Z]", following.strip()) is not None
        )
    )


def _joined(current: str, line: str) -> str:
    if current.endswith("-") and re.match(r"[a-zà-ÿа-я]", line):
        return current[:-1] + line
    if re.search(r"[\u3000-\u9fff]$", current) and re.match(r"[\u3000-\u9fff]", line):
        return current + line
    return f"{current} {line}".strip()
