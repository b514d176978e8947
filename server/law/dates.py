"""Days in a question: the day that is asked about, and the day of knowledge."""

import calendar
import re
from dataclasses import dataclass

from server.rdf.datatypes import Day

_MONTHS = {name.casefold(): n for n, name in enumerate(calendar.month_name) if name}
_NAMES = "|".join(_MONTHS)
# In `iso`, or by `day`, `month` and `year`, the last two of them with one of several numbers.
DATE = (
    r"(?P<iso>\d{4}-\d{2}-\d{2})|(?P<day>\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{m})\s+(?P<year>\d{4})"
    r"|(?P<month2>{m})\s+(?:(?P<day2>\d{1,2}),?\s+)?(?P<year2>\d{4})|(?P<year3>(?:19|20)\d\d)"
).replace("{m}", _NAMES)
_WHEN = re.compile(
    rf"(?P<how>\b(?:as\s+(?:of|at)|on|in|by|before|until|at\s+the\s+end\s+of|since|after|from)\s+)?"
    rf"(?<![\w/-])(?:{DATE})(?![\w/-])",
    re.IGNORECASE,
)
# Another day beside the one that is written out.
_TODAY = re.compile(
    r"\b(?:and|or)\b[^.;]*\b(?:today|now|currently|at present)\b|\b(?:today|now)\s+(?:and|or)\b",
    re.IGNORECASE,
)
_KNOWN = re.compile(r"\b(?:known|on\s+record|recorded)\s+$", re.IGNORECASE)


@dataclass
class Dates:
    """The day asked about and the day of knowledge; `faulty` where there are more, or none such.

    `also` is today where a question names it beside another day.
    """

    day: Day | None = None
    also: Day | None = None
    known: Day | None = None
    faulty: bool = False


def find_dates(text: str) -> tuple[str, Dates]:
    """Return a text without its days, and the days: the last day of a year or month named so."""
    dates, rest, at = Dates(), "", 0
    for match in _WHEN.finditer(text):
        kept = match.start() + len(match["how"] or "")
        rest, before = rest + text[at:kept], text[: match.start()]
        at = match.end()
        day = _day(match)
        is_known = bool(_KNOWN.search(before + " "))
        if day is None or day > Day.today() or (dates.known if is_known else dates.day):
            dates.faulty = True
        elif is_known:
            dates.known = day
        else:
            dates.day = day
    rest += text[at:]
    if dates.day and dates.day != Day.today() and _TODAY.search(rest):
        dates.also = Day.today()
    return rest, dates


def numbers_of(match: re.Match[str]) -> tuple[int, int, int]:
    """Return year, month and day of a DATE that was found; 0 where it names none."""
    if match["iso"]:
        year, month, day = map(int, match["iso"].split("-"))
        return year, month, day
    name, number = match["month"] or match["month2"], match["day"] or match["day2"]
    month = _MONTHS[name.casefold()] if name else 0
    return int(match["year"] or match["year2"] or match["year3"] or 0), month, int(number or 0)


def _day(match: re.Match[str]) -> Day | None:
    year, month, day = numbers_of(match)
    if not month and year == Day.today().year:
        return Day.today()
    if not month:  # a year: since its first day, else as things stood on its last
        return (
            Day(year, 1, 1)
            if (match["how"] or "").lower().startswith("since")
            else Day(year, 12, 31)
        )
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    return Day(year, month, day or last) if day <= last else None
