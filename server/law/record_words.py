"""What records are called in the labels of the data, and how their values are written in Turtle."""

import re
from datetime import date

from server.law.record_rows import STATUS_WORDS, VERBS

_WITH_ARTICLE = re.compile(
    r"(United|Russian|Union|Netherlands|Philippines|Bahamas|Gambia|Holy See|Lao|Syrian|Republic|"
    r"Democratic (People|Republic)|Dominican|Central|Solomon|German|Socialist|European|Comoros|"
    r"Marshall|Niger$|Maldives|Seychelles|Congo|State)\b"
)


def named(actor: str) -> str:
    """Return an actor's name with the article that it takes in a sentence."""
    return f"the {actor}" if _WITH_ARTICLE.match(actor) else actor


def act_label(actor: str, act: str, treaty: str, day: str) -> str:
    """Return the label of an act: who does what, and when if that is known."""
    return f"{named(actor)} {VERBS[act]} the {treaty}{f', {in_words(day)}' if day else ''}"


def status_label(actor: str, status: str, treaty: str, day: str) -> str:
    """Return the label of what a table lists for an actor."""
    return f"{actor}: {STATUS_WORDS[status]} the {treaty}, {in_words(day)}"


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


def day_term(text: str) -> str:
    """Return a literal of a day."""
    return f'"{text}"^^xsd:date'


def iri_term(*iris: str) -> list[str]:
    """Return references to things."""
    return [f"<{iri}>" for iri in iris]


def plain(term: str) -> str:
    """Return the text of a literal."""
    return re.sub(r"\\(.)", r"\1", term[1:].rpartition('"')[0])
