"""What records are called in the labels of the data, and how their values are written in Turtle."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from server.rdf.turtle_template import fill
from server.rdf.vocabulary import CANONICAL_BASE

_WITH_ARTICLE = re.compile(
    r"(United|Russian|Union|Netherlands|Philippines|Bahamas|Gambia|Holy See|Lao|Syrian|Republic|"
    r"Democratic (People|Republic)|Dominican|Central|Solomon|German|Socialist|European|Comoros|"
    r"Marshall|Niger$|Maldives|Seychelles|Congo|State)\b"
)


def named(actor: str) -> str:
    """Return an actor's name with the article that it takes in a sentence."""
    return f"the {actor}" if _WITH_ARTICLE.match(actor) else actor


def in_words(text: str) -> str:
    """Return a day, a month or a year of ISO 8601 in words."""
    if len(text) == len("2015"):
        return text
    day = date.fromisoformat(text if is_day(text) else f"{text}-01")
    return f"{day.day} {day:%B %Y}" if is_day(text) else f"{day:%B %Y}"


def is_day(text: str) -> bool:
    """Whether a date is given to the day."""
    return len(text) == len("2015-01-01")


def english(text: str) -> str:
    """Return a literal in English, which begins with a capital letter."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    escaped = escaped.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")
    return f'"{escaped[0].upper()}{escaped[1:]}"@en'


def references(iris: Iterable[str]) -> str:
    """Return references to things, as the values of one property."""
    return " , ".join(f"<{iri}>" for iri in iris)


def plain(term: str) -> str:
    """Return the text of a literal."""
    return re.sub(r"\\(.)", r"\1", term[1:].rpartition('"')[0])


def turtle(template: str, **values: Any) -> str:
    """Return a description in Turtle that a template of the record gives."""
    words = {f.__name__: f for f in (named, in_words, is_day, english, references)}
    return fill(f"record_{template}.ttl", CANONICAL_BASE, **words, **values)
