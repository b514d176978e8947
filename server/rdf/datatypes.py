"""Values of the XML Schema datatypes (XSD 1.1 part 2): what is one, and days to reckon with."""

import re
from calendar import monthrange
from datetime import UTC, datetime
from typing import NamedTuple

from server.rdf.vocabulary import XSD

_YEAR = r"-?(?:[1-9][0-9]{3,17}|0[0-9]{3})"
_MONTH = r"(?:0[1-9]|1[0-2])"
_DAY = r"(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?|24:00:00(?:\.0+)?)"
_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_INTEGER = r"[+-]?[0-9]+"
_DECIMAL = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_SPAN = r"(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?"
_FLOAT = rf"[+-]?{_DECIMAL}(?:[Ee][+-]?[0-9]+)?|[+-]?INF|NaN"
_NAME = r"[^\W\d][\w.-]*"

# The lexical spaces by local name, as regular expressions (section 3).
_LEXICAL = {
    "boolean": r"true|false|1|0",
    "decimal": rf"[+-]?{_DECIMAL}",
    "float": _FLOAT,
    "double": _FLOAT,
    "date": rf"{_YEAR}-{_MONTH}-{_DAY}{_ZONE}?",
    "dateTime": rf"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE}?",
    "dateTimeStamp": rf"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE}",
    "time": rf"{_TIME}{_ZONE}?",
    "gYear": rf"{_YEAR}{_ZONE}?",
    "gYearMonth": rf"{_YEAR}-{_MONTH}{_ZONE}?",
    "gMonth": rf"--{_MONTH}{_ZONE}?",
    "gMonthDay": rf"--{_MONTH}-{_DAY}{_ZONE}?",
    "gDay": rf"---{_DAY}{_ZONE}?",
    "duration": rf"-?P(?=.)(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?(?:T(?=.){_SPAN})?",
    "dayTimeDuration": rf"-?P(?=.)(?:[0-9]+D)?(?:T(?=.){_SPAN})?",
    "yearMonthDuration": r"-?P(?=.)(?:[0-9]+Y)?(?:[0-9]+M)?",
    "hexBinary": r"(?:[0-9A-Fa-f]{2})*",
    "base64Binary": r"(?:(?:[A-Za-z0-9+/] ?){4})*(?:(?:[A-Za-z0-9+/] ?){2}[AEIMQUYcgkosw048] ?=|"
    r"[A-Za-z0-9+/] ?[AQgw] ?= ?=)?",
    "language": r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*",
    "normalizedString": r"[^\t\n\r]*",
    "token": r"(?:[^\t\n\r ]+(?: [^\t\n\r ]+)*)?",
    "Name": rf":|:?{_NAME}(?::{_NAME})*",
    "NCName": _NAME,
    "NMTOKEN": r"[\w.:-]+",
}
_FREE = {"string", "anyURI"}  # every text is one

# Integers between bounds, None for none (section 3.4).
_INTEGERS: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-(2**7), 2**7 - 1),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 2**8 - 1),
}
_PATTERNS = {name: re.compile(pattern) for name, pattern in _LEXICAL.items()}
_PATTERNS |= dict.fromkeys(_INTEGERS, re.compile(_INTEGER))
DATATYPES = frozenset(XSD + name for name in _PATTERNS)
INTEGERS = frozenset(_INTEGERS)  # by local name
_DATED = re.compile(r"(-?[0-9]{4,})-([0-9]{2})-([0-9]{2})")
_MONTH_DAY = re.compile(r"--([0-9]{2})-([0-9]{2})")
_LEAP_YEAR = 2000  # of which the calendar repeats itself each 400 years
_MOST_DIGITS = 4000  # of an integer with bounds; Python refuses to read longer ones


class Day(NamedTuple):
    """A day of the Gregorian calendar, carried back before 1582; the year 0 is 1 BC."""

    year: int
    month: int
    day: int

    def __str__(self) -> str:
        sign = "-" if self.year < 0 else ""
        return f"{sign}{abs(self.year):04}-{self.month:02}-{self.day:02}"

    @classmethod
    def today(cls) -> "Day":
        """Return the present day (UTC)."""
        now = datetime.now(UTC)
        return cls(now.year, now.month, now.day)


FIRST_DAY, LAST_DAY = Day(-(10**18), 1, 1), Day(10**18, 12, 31)  # before and after all others


def day(text: str) -> Day:
    """Return the day that an xsd:date names, whatever its timezone; raises ValueError for others.

    A legal date is a day of the calendar at its place, so a timezone does not move it.
    """
    match = _DATED.match(text)
    if match is None or not is_valid(text, XSD + "date"):
        raise ValueError(f"“{text[:50]}” is no xsd:date")
    return Day(int(match[1]), int(match[2]), int(match[3]))


def is_valid(text: str, datatype: str) -> bool:
    """Tell whether `text` is in the lexical space of a datatype; all texts of others are."""
    name = datatype.removeprefix(XSD)
    if name == datatype or name in _FREE:
        return True
    pattern = _PATTERNS.get(name)
    if pattern is None or not pattern.fullmatch(text):
        return False
    if name in _INTEGERS:
        return _within(text, *_INTEGERS[name])
    return _has_day(text)


def _within(text: str, least: int | None, most: int | None) -> bool:
    if least is None and most is None:
        return True
    if len(text) > _MOST_DIGITS:
        return (most if text[0] != "-" else least) is None
    return (least is None or int(text) >= least) and (most is None or int(text) <= most)


def _has_day(text: str) -> bool:
    """Tell whether the month of a date has that day; True for what is no date."""
    if dated := _DATED.match(text):
        year, month, number = int(dated[1][-4:]), int(dated[2]), int(dated[3])
    elif dated := _MONTH_DAY.match(text):
        year, month, number = _LEAP_YEAR, int(dated[1]), int(dated[2])
    else:
        return True
    return number <= monthrange(_LEAP_YEAR + year % 400, month)[1]
