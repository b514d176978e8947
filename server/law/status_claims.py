"""Claims about participation in a manuscript (“India ratified in 1982”), judged by the record."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from server.law import participation
from server.law.acts import CONSENTS, Event
from server.law.dates import DATE, numbers_of
from server.law.instruments import Instruments, alternatives, fold
from server.law.patterns import ENGLISH
from server.rdf.datatypes import Day
from server.release.reader import Release

Verdict = Literal["on record", "contradicted", "not on record"]

_VERB = "|".join(ENGLISH["claims"])
_STANDING = r"(?:is|was|are|were|has\s+been)\s+(?P<no>not\s+|never\s+)?(?:a\s+)?party\s+to"


@dataclass(frozen=True)
class Claim:
    """A claim in a text, what the record says of it, and the records that say so."""

    start: int
    end: int
    text: str
    verdict: Verdict
    said: str
    records: tuple[str, ...]


class Claims:
    """Finds and judges the claims in which a State, an act and a treaty or a date are named."""

    def __init__(self, release: Release, instruments: Instruments) -> None:
        states, treaties = instruments.states(release), instruments.treaties(release)
        self.release, self._states, self._treaties = release, _folded(states), _folded(treaties)
        named = alternatives(treaties)
        self._pattern = re.compile(
            rf"\b(?P<state>{alternatives(states)})\s+(?:(?P<verb>(?P<not>(?:has|had|did|have)\s+"
            rf"(?:not|never)\s+|never\s+)?(?:(?:has|had|have|also|only)\s+)*(?:{_VERB}))|{_STANDING})"
            rf"(?:\s+(?:the\s+)?(?:(?:19|20)\d\d\s+)?(?P<treaty>{named}))?(?!\w)"
            rf"(?:,?\s+(?:in|on|since|of)\s+(?i:{DATE})(?!\d))?"
        )
        self._named = re.compile(rf"\b(?:{named})(?!\w)")

    def check(self, text: str) -> Iterator[Claim]:
        """Yield each claim that names a treaty, itself or before it in its paragraph, or a date."""
        for match in self._pattern.finditer(text):
            named = [match["treaty"]] if match["treaty"] else self._before(text, match.start())
            if match["treaty"] or (match["verb"] and (named or numbers_of(match)[0])):
                yield self._judged(match, named)

    def _before(self, text: str, start: int) -> list[str]:
        paragraph = text[max(text.rfind("\n\n", 0, start), start - 2000, 0) : start]
        return self._named.findall(paragraph)

    def _judged(self, match: re.Match[str], named: list[str]) -> Claim:
        state = f"{self.release.base}id/{self._states[fold(match['state'])]}"
        paths = {self._treaties[fold(name)] for name in named} or {*self._treaties.values()}
        iris = [f"{self.release.base}id/{path}" for path in sorted(paths)]
        if match["verb"]:
            verdict, said, records = self._acts(match, state, iris)
        else:
            verdict, said, records = self._standing(match, state, iris[0])
        return Claim(match.start(), match.end(), match[0], verdict, said, records)

    def _acts(
        self, match: re.Match[str], state: str, treaties: list[str]
    ) -> tuple[Verdict, str, tuple[str, ...]]:
        wanted = next(
            acts for verb, acts in ENGLISH["claims"].items() if re.search(verb, match["verb"])
        )
        events = [
            event
            for treaty in treaties
            for event in participation.record(self.release, treaty).treaty.events
            if event.participant == state
        ]
        related = [
            e for e in events if e.act in wanted or (wanted[0] in CONSENTS and e.act in CONSENTS)
        ]
        said = "; ".join(map(self._said, related)) or "No such act is on record."
        agreeing = [e for e in related if e.act in wanted and _fits(e, _date(match))]
        if match["not"]:
            none = not any(e.act in wanted for e in related)
            return ("not on record" if none else "contradicted"), said, _iris(related)
        if agreeing:
            return "on record", "; ".join(map(self._said, agreeing)), _iris(agreeing)
        dated = any(e.day for e in related)
        sure = len(treaties) == 1 and dated
        return ("contradicted" if sure else "not on record"), said, _iris(related)

    def _said(self, event: Event) -> str:
        document = self.release.document(event.iri)
        return document.label if document else event.iri

    def _standing(
        self, match: re.Match[str], state: str, treaty: str
    ) -> tuple[Verdict, str, tuple[str, ...]]:
        day, record = Day.today(), participation.record(self.release, treaty)
        if 0 < (year := numbers_of(match)[0]) < day.year:
            day = Day(year, 12, 31)
        standing = next((s for s in record.treaty.standings(day) if s.participant == state), None)
        status = standing.status if standing else "none"
        told = ENGLISH["statuses"].get(status, status) if standing else "no act is on record"
        said = f"{record.label} on {day}: {told}"
        records = standing.records if standing else ()
        if status == "unknown" or standing is None:
            return "not on record", said, records
        bound = status in ("party", "predecessor")
        return ("on record" if bound != bool(match["no"]) else "contradicted"), said, records


def _date(match: re.Match[str]) -> str:
    """Return the beginning of a date as the record writes it, "" where none is claimed."""
    year, *rest = numbers_of(match)
    return "-".join([str(year), *(f"{number:02}" for number in rest if number)]) if year else ""


def _fits(event: Event, date: str) -> bool:
    return not date or any(str(day or "").startswith(date) for day in (event.day, event.effective))


def _iris(events: list[Event]) -> tuple[str, ...]:
    return tuple(event.iri for event in events)


def _folded(names: Mapping[str, str]) -> dict[str, str]:
    return {fold(name): iri for name, iri in names.items()}
