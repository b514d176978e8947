"""How pages name terms, days and addresses, and what templates show as links and values."""

import re
from calendar import month_name
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from server.declared import declared_in
from server.rdf import datatypes
from server.rdf.iris import path_of
from server.rdf.vocabulary import PREFIXES

_DECLARED: dict[str, dict[str, str]] = declared_in(Path(__file__).with_suffix(".yaml"))
LANGUAGES, STATUSES = _DECLARED["languages"], _DECLARED["statuses"]
# A State that is on record as one only after the day, and one that was so only before it.
EARLIER = "territory then bound through a predecessor or the State that is continued"
ENDED = "no longer on record as a State"
# Markup with what is no running text, any other tag, or a day: 1967-10-10 or 10 October 1967.
_MARKUP_OR_DAY = re.compile(
    r"<(script|style|pre|code|textarea|title|option|time|svg)\b.*?</\1>|<[^>]*>"
    r"|(?<![\w/.:=-])\d{4}-\d\d-\d\d(?![\w/:-])"
    rf"|\b\d{{1,2}} (?:{'|'.join(month_name[1:])}) \d{{4}}\b",
    re.DOTALL,
)
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True)
class Ref:
    """Text with where it leads, a remark beside it, and the layers that state it.

    A node without an IRI has no text: its `properties` are shown in its place.
    """

    text: str
    href: str = ""
    note: str = ""
    layers: tuple[str, ...] = ()
    language: str = ""
    properties: tuple["Property", ...] = ()


@dataclass(frozen=True)
class Property:
    """A label with values; `href` leads to the page of the property."""

    label: str
    values: tuple[Ref, ...]
    href: str = ""


@dataclass(frozen=True)
class Item:
    """An entry in a cell: a link, what is said of it, and a mark."""

    ref: Ref
    text: str = ""
    mark: str = ""


def day(text: str) -> str:
    """Return an xsd:date in words, such as 27 January 1967, or `text` if it is none or B.C."""
    try:
        parsed = datatypes.day(text)
    except ValueError:
        return text
    if parsed.year <= 0:
        return text
    return f"{parsed.day} {month_name[parsed.month]} {parsed.year}"


def dated(page: str) -> str:
    """Return an HTML page with the days in its running text in words, as time elements."""
    return _MARKUP_OR_DAY.sub(_time, page)


def _time(match: re.Match[str]) -> str:
    text, form = match[0], "%d %B %Y" if " " in match[0] else "%Y-%m-%d"
    try:
        parsed = datetime.strptime(text, form).date()
    except ValueError:  # markup, or no day
        return text
    return f'<time datetime="{parsed}">{day(str(parsed))}</time>'


def author(source: str) -> str:
    """Return how one names a scholarly work: Liao (2013) for …/source/liao-2013, or ""."""
    match = re.search(r"/([a-z]+)-(\d{4})(/|$)", source)
    return f"{match[1].capitalize()} ({match[2]})" if match else ""


def places(count: int) -> str:
    """Return a number of places in words."""
    number = _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"
    return f"{number} {'place' if count == 1 else 'places'}"


def words(iri: str) -> str:
    """Return a readable name for a term of another vocabulary: its local name in words."""
    local = re.split(r"[/#]", iri.rstrip("/#"))[-1]
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", local).lower() or iri


def curie(iri: str) -> str:
    """Return `iri` shortened by a prefix of the dataset, or as it is."""
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and len(iri) > len(namespace):
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri


def brief(iri: str) -> str:
    """Return `iri` shortened by a prefix, or a web address without its scheme."""
    return re.sub(r"^https?://(www\.)?(?=.)", "", curie(iri))


def fragment(title: str) -> str:
    """Return the fragment of a page's address that leads to the section under a heading."""
    return re.sub(r"\W+", "-", title.lower()).strip("-")


def link_to(iri: str, base: str) -> str:
    """Return where a link to `iri` leads: a path here, a web address, or "" for no link at all."""
    if iri.startswith(base):
        return path_of(iri, base)
    # Other schemes, such as javascript:, would run in the page.
    return iri if iri.startswith(("http://", "https://")) else ""
