"""Gives each paragraph of an official text to the provision that it belongs to."""

import re
import string
from dataclasses import dataclass, field

from server.law.passages import words
from tools.texts.outline import Division
from tools.texts.paragraphs import LISTED

_NUMERAL = "[一二三四五六七八九十]+"
_ARTICLE = rf"(?:Article|Artículo|[CС]татья)\s+(premier|[IVXLХ]+\b|\d+)|第\s?({_NUMERAL}|\d+)\s?条"
_PRINCIPLE = rf"(?:Principle|Principe|Principio|Принцип|原则)\s?([IVXLХ]+\b|\d+|{_NUMERAL})"
_GUIDELINE = (
    r"(?:Guideline|Ligne directrice|Directriz|Руководящий принцип|准则)\s?((?:[A-DА-Г]\.)?\d+)"
)
_MARKS = (
    ("article", re.compile(_ARTICLE)),
    ("principle", re.compile(_PRINCIPLE)),
    ("guideline", re.compile(_GUIDELINE)),
    ("figure", re.compile(rf"(\d{{1,2}})\s?[.．、](?!\d)|({_NUMERAL})[.．、]")),
    ("letter", re.compile(r"[（(]?\s?([a-zа-я甲乙丙丁戊]|[ivx]{2,4}|[一二三四五])\s?[)）]")),
    ("capital", re.compile(r"([A-ZА-Г]|[IVX]+)(?:\.\s?|$)")),
)
_KINDS = {"Article": "article", "NumberedPrinciple": "principle", "NumberedGuideline": "guideline"}
_OPENING = re.compile(
    r"The (?:States Parties|Contracting Parties|General Assembly)\b[^.;]{0,40},$"
    r"|L[’']Assemblée générale,|Les États parties [^.;]{0,40},$|Les Parties contractantes,"
    r"|La Asamblea General,|Los Estados Partes [^.;]{0,40},$|Las Partes Contratantes,"
    r"|Генеральная Ассамблея,|Государства\s*[—–‑-]\s*участники[^.;]{0,40},$"
    r"|Договаривающиеся Стороны,"
    r"|大会，|本\w{0,4}缔约(?:各)?国，|各?缔约国，"
)
_NO_PART = re.compile(
    r"Have agreed on|Sont convenue?s de|Han convenido|согласились|договорились"
    r"|[兹爰]\w{0,2}[定议]|达成协议"
    r"|Annex\.|\. \. \.$|\d+(st|nd|rd|th) plenary meeting$|\d+ \w+ \d{4}$"
)
_TESTIMONIUM = re.compile(
    r"IN WITNESS|DONE |Done at|EN FOI|EN TESTIMONIO|EN FE|В УДОСТОВЕРЕНИЕ|为此|以昭信守"
)
_LATIN = str.maketrans("абвгдесхорАВСЕХ甲乙丙丁戊", "abvgdecxopABCEXabcde")
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}
_SMALL_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5}
_AHEAD = 12


@dataclass
class Placed:
    """What became of a text: its passages in order, each with its provision, and what is left.

    `left` are paragraphs for which the data have no provision, `missing` provisions that the text
    does not show at their place.
    """

    passages: list[tuple[str, str]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def text(self, path: str) -> str:
        """Return the text of a provision with all its parts."""
        inside = (t for p, t in self.passages if p == path or p.startswith(path + "/"))
        return " ".join(inside)

    def own(self, path: str) -> str:
        """Return the text of a provision without its parts."""
        return " ".join(t for p, t in self.passages if p == path)


def place(paragraphs: list[str], divisions: list[Division]) -> Placed:
    """Give each paragraph to its provision, in the order of the text."""
    reader = _Reader(divisions)
    for paragraph in paragraphs:
        if _TESTIMONIUM.match(paragraph):
            break
        reader.read(paragraph)
    reader.placed.missing += [d.path for d in divisions if d.path not in reader.entered]
    return reader.placed


class _Reader:
    """Reads paragraph by paragraph; `_next` is the number of the provision that comes next."""

    def __init__(self, divisions: list[Division]) -> None:
        self._divisions = divisions
        self._next = 0
        self._current: Division | None = None
        self.entered: set[str] = set()
        self.placed = Placed()

    def read(self, paragraph: str) -> None:
        if _NO_PART.match(paragraph):
            return
        for number in range(self._next, min(self._next + _AHEAD, len(self._divisions))):
            division = self._divisions[number]
            rest = _rest(paragraph, division)
            if rest is not None and (number == self._next or _is_marked(division)):
                self._enter(number, rest)
                return
        self._follow(paragraph)

    def _enter(self, number: int, rest: str) -> None:
        division = self._divisions[number]
        self._current, self._next = division, number + 1
        self.entered.add(division.path)
        following = self._divisions[number + 1] if number + 1 < len(self._divisions) else None
        if rest and following and _is_marked(following) and _rest(rest, following) is not None:
            self._enter(number + 1, _rest(rest, following) or "")
            return
        inner = following and _inner(rest, following)
        if inner:
            self.placed.passages.append((division.path, rest[:inner]))
            self.read(rest[inner:])
        elif rest:
            self.placed.passages.append((division.path, rest))

    def _follow(self, paragraph: str) -> None:
        """Take a paragraph that opens no provision for more text of the one being read."""
        if self._current is None:
            return  # the title
        path = self._current.path
        if self.placed.passages and self.placed.passages[-1][0] == path:
            if re.fullmatch(r"[a-z]{1,4}", self._current.number):
                path = self._current.whole  # what follows a list belongs to the whole of it
            else:
                self.placed.left.append(paragraph)
        self.placed.passages.append((path, paragraph))


def _is_marked(division: Division) -> bool:
    return bool(division.number or division.heading or division.kind == "Preamble")


def _rest(paragraph: str, division: Division) -> str | None:
    """Return what follows the mark and the heading of a provision, None where it does not begin."""
    if division.kind == "Preamble":
        return paragraph if _OPENING.match(paragraph) else None
    if division.number:
        rest = _after_mark(paragraph, division)
        if rest is None or not division.heading:
            return None if rest and division.kind == "Part" else rest
        headed = _after_heading(rest, division.heading)
        return headed if headed is not None or division.kind == "Part" else rest
    if division.heading:
        return _after_heading(paragraph, division.heading)
    plain = not LISTED.match(paragraph) and not _OPENING.match(paragraph)
    marked = any(paragraph.startswith(w) for w in ("Article ", "Principle ", "Guideline "))
    return paragraph if plain and not marked and not paragraph[0].isdigit() else None


def _after_mark(paragraph: str, division: Division) -> str | None:
    for kind, pattern in _MARKS:
        found = pattern.match(paragraph)
        if found and (kind, _canonical(next(g for g in found.groups() if g))) in _marks_of(
            division
        ):
            return paragraph[found.end() :].lstrip(" .:：")
    return None


def _marks_of(division: Division) -> set[tuple[str, str]]:
    number = _canonical(division.number)
    if division.kind in _KINDS:
        return {(_KINDS[division.kind], number)}
    if division.number.isdigit():
        return {("figure", number)}
    if division.number.isupper():
        return {("capital", number)}
    return {("letter", number), ("letter", str(_SMALL_ROMAN.get(number, number)))}


def _canonical(number: str) -> str:
    """Return numerals as figures, and letters of other scripts as the Latin they stand for."""
    number = "1" if number == "premier" else number.translate(_LATIN)
    if re.fullmatch(r"[IVXL]+", number):
        values = [_ROMAN[c] for c in number]
        return str(sum(-v if v < max(values[i:]) else v for i, v in enumerate(values)))
    if re.fullmatch(r"[一二三四五六七八九十]+", number):
        tens, _, ones = number.rpartition("十")
        ten = ("一二三四五六七八九".find(tens) + 1 or 1) * 10 if "十" in number else 0
        return str(ten + "一二三四五六七八九".find(ones or "零") + 1)
    return number


def _after_heading(text: str, heading: str) -> str | None:
    wanted, end = "".join(words(heading)), 0
    for end in range(1, min(len(text), len(heading) * 2) + 1):
        if len("".join(words(text[:end]))) >= len(wanted):
            break
    if "".join(words(text[:end])) != wanted:
        return None
    return text[end:].lstrip(string.punctuation + " ")


def _inner(text: str, following: Division) -> int:
    """Return where inside a paragraph the next listed provision begins, 0 if it does not."""
    number = following.number
    if re.fullmatch(r"[a-z]{1,5}", number):
        mark = rf"[（(]?\s?{number}\s?[)）]\s"
    elif number.isdigit() and following.kind in ("Paragraph", "OperativeParagraph"):
        mark = rf"{number}\s?\.\s[^\W\d]"
    else:
        return 0
    found = re.search(rf"[;:.,](?: and| et| y| и)? (?={mark})", text)
    return found.end() if found else 0
