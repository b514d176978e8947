"""The records of participation in a treaty, read from the documents of a release."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import cast, get_args

from server.law.acts import Act, Event, Existence, Listed, Status
from server.law.treaty_record import Treaty
from server.problems import Problem
from server.rdf.datatypes import FIRST_DAY, LAST_DAY, Day
from server.rdf.datatypes import day as read_day
from server.rdf.description import values_of
from server.rdf.serialization import parse
from server.rdf.vocabulary import DCTERMS
from server.release.reader import Document, Release

_ACTS = {"".join(w.capitalize() for w in act.split("-")): act for act in get_args(Act)}


@dataclass(frozen=True)
class Record:
    """All that the release records of participation in one treaty."""

    iri: str
    label: str
    adopted: Day | None
    treaty: Treaty


class _Facts:
    """What the document of one thing says by our own properties."""

    def __init__(self, release: Release, document: Document) -> None:
        self._term, self.iri = f"{release.base}def/", document.iri
        self.kind = document.type.removeprefix(self._term)
        self._values = values_of(parse(document.nquads))
        self.sources = self._values.get(DCTERMS + "source", [])

    def all(self, name: str) -> list[str]:
        """Return the values of a property."""
        return self._values.get(self._term + name, [])

    def day(self, name: str) -> Day | None:
        """Return the first day that a property has, None where it has none."""
        return min(map(read_day, self.all(name)), default=None)

    @property
    def known(self) -> Day:
        """The day by which the thing is known."""
        return self.day("knownFrom") or FIRST_DAY


def treaties(release: Release) -> list[str]:
    """Return the treaties whose participation is on record."""
    participated = release.targets_of(f"{release.base}def/participationIn")
    return [iri for iri in participated if _is_treaty(release, iri)]


def _is_treaty(release: Release, iri: str) -> bool:
    document = release.document(iri)
    return document is not None and document.type == f"{release.base}def/Treaty"


@lru_cache(maxsize=64)
def record(release: Release, treaty: str) -> Record:
    """Return what is on record for a treaty; raises Problem 404 where nothing is."""
    document = release.document(treaty)
    pointing = release.documents_at(treaty, f"{release.base}def/participationIn")
    if document is None or not pointing:
        raise Problem(404, f"No participation in <{treaty}> is on record.")
    own, described = _Facts(release, document), {d.iri: _Facts(release, d) for d in pointing}
    aside = _set_aside(described)
    facts = described.values()
    events = tuple(_event(release, f, aside.get(f.iri)) for f in facts if f.kind in _ACTS)
    listed = tuple(_listed(release, f) for f in facts if f.kind == "ParticipationStatus")
    adopted = own.day("adoptionDate")
    participants = {e.participant for e in events} | {row.participant for row in listed}
    existence = {name: _existence(release, name) for name in participants}
    opened, in_force = own.day("openedForSignatureDate"), own.day("entryIntoForceDate")
    treaty_record = Treaty(adopted, opened, in_force, events, listed, existence)
    return Record(treaty, document.label, adopted, treaty_record)


@lru_cache(maxsize=4)
def horizon(release: Release) -> Day:
    """Return the last day of which any record tells how participants stand."""
    known = (record(release, iri).treaty for iri in treaties(release))
    return max((treaty.last_record for treaty in known), default=FIRST_DAY)


def _event(release: Release, act: _Facts, aside: Day | None) -> Event:
    deposits = release.documents_at(act.iri, f"{release.base}def/depositOf")
    again = [_Facts(release, document) for document in deposits]
    return Event(
        participant=act.all("participationOf")[0],
        act=cast(Act, _ACTS[act.kind]),
        day=act.day("eventDate"),
        effective=act.day("effectiveDate"),
        source=_source(release, act),
        iri=act.iri,
        known=act.known,
        deposits=tuple((read_day(d.all("eventDate")[0]), d.known) for d in again),
        aside=aside,
    )


def _listed(release: Release, row: _Facts) -> Listed:
    return Listed(
        participant=row.all("participationOf")[0],
        status=cast(Status, row.all("listedStatus")[0].rpartition("/")[2]),
        as_of=read_day(row.all("asOf")[0]),
        source=_source(release, row),
        iri=row.iri,
        known=row.known,
    )


def _existence(release: Release, participant: str) -> Existence:
    document = release.document(participant)
    if document is None:
        return Existence()
    facts = _Facts(release, document)
    first, last = facts.day("existedFrom") or FIRST_DAY, facts.day("existedUntil") or LAST_DAY
    return Existence(first, last, tuple(facts.all("predecessor")))


def _set_aside(described: Mapping[str, _Facts]) -> dict[str, Day]:
    """Return the records for which the editors prefer another, and since when that is known."""
    aside: dict[str, Day] = {}
    for conflict in described.values():
        preferred = conflict.all("preferredRecord")
        for record in {*conflict.all("conflictingRecord")} - {*preferred} if preferred else ():
            better = (described[iri].known for iri in preferred if iri in described)
            known = min(better, default=FIRST_DAY)
            aside[record] = min(known, aside.get(record, known))
    return aside


def _source(release: Release, record: _Facts) -> str:
    """Return the source by which a record was first known."""
    return min(record.sources, key=lambda iri: (_known_source(release, iri), iri))


@lru_cache(maxsize=1024)
def _known_source(release: Release, source: str) -> Day:
    document = release.document(source)
    return _Facts(release, document).known if document else FIRST_DAY


def check_day(known: Record, day: Day) -> None:
    """Raise Problem 400 for a day before the treaty's adoption."""
    if known.adopted and day < known.adopted:
        raise Problem(
            400,
            f"asOf is {day}, before the {known.label} was adopted on {known.adopted}.",
            {"adopted": str(known.adopted)},
        )


def parse_day(text: str, today: Day, parameter: str = "asOf") -> Day:
    """Return the day that a parameter names; raises Problem 400 for one that cannot be."""
    try:
        day = read_day(text)
    except ValueError:
        raise Problem(
            400, f"{parameter} is {text[:50]!r}; it takes a day written as 2015-01-01."
        ) from None
    if day > today:
        raise Problem(400, f"{parameter} is {day}, which is in the future; today is {today}.")
    return day
