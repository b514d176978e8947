"""The records of participation in a treaty, read from the documents of a release."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import cast, get_args

from server.law.standing import Act, Event, Existence, Listed, Standing, Status, Treaty
from server.problems import Problem
from server.rdf.datatypes import FIRST_DAY, LAST_DAY, Day
from server.rdf.datatypes import day as read_day
from server.rdf.serialization import parse
from server.rdf.vocabulary import DCTERMS
from server.release.reader import Document, Release

_ACTS = {"".join(w.capitalize() for w in act.split("-")): act for act in get_args(Act)}
_ACTS["DeclarationOfAcceptance"] = "declaration-of-acceptance"


@dataclass(frozen=True)
class Record:
    """All that the release records of participation in one treaty."""

    iri: str
    label: str
    adopted: Day | None
    treaty: Treaty


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
    found = release.document(treaty)
    term = f"{release.base}def/"
    documents = [
        d
        for iri in release.sources_of(treaty, f"{term}participationIn")
        if (d := release.document(iri))
    ]
    if found is None or not documents:
        raise Problem(404, f"No participation in <{treaty}> is on record.")
    own, values = _values(found), {d.iri: _values(d) for d in documents}
    aside = set_aside(values.values(), term)
    deposits = _deposits(release, values, term)
    events = tuple(
        _event(d, values[d.iri], term, deposits.get(d.iri, []))
        for d in documents
        if d.type.removeprefix(term) in _ACTS and d.iri not in aside
    )
    listed = tuple(
        _listed(d, values[d.iri], term) for d in documents if d.type == f"{term}ParticipationStatus"
    )
    adopted = _day(own[f"{term}adoptionDate"])
    participants = {e.participant for e in events} | {row.participant for row in listed}
    existence = {name: _existence(release, name) for name in participants}
    opened = _day(own[f"{term}openedForSignatureDate"])
    in_force = _day(own[f"{term}entryIntoForceDate"])
    treaty_record = Treaty(adopted, opened, in_force, events, listed, existence)
    return Record(treaty, found.label, adopted, treaty_record)


@lru_cache(maxsize=4)
def horizon(release: Release) -> Day:
    """Return the last day of which any record tells how participants stand."""
    known = [record(release, iri).treaty for iri in treaties(release)]
    days = [row.as_of for treaty in known for row in treaty.listed]
    days += [event.day for treaty in known for event in treaty.events if event.day]
    return max(days, default=FIRST_DAY)


def _deposits(release: Release, acts: Iterable[str], term: str) -> dict[str, list[Day]]:
    """Return the days of the further deposits of each act."""
    days: dict[str, list[Day]] = {}
    for act in acts:
        for iri in release.sources_of(act, f"{term}depositOf"):
            if document := release.document(iri):
                days.setdefault(act, []).extend(
                    map(read_day, _values(document)[f"{term}eventDate"])
                )
    return days


def _existence(release: Release, participant: str) -> Existence:
    document = release.document(participant)
    if document is None:
        return Existence()
    values, term = _values(document), f"{release.base}def/"
    return Existence(
        _day(values[f"{term}existedFrom"]) or FIRST_DAY,
        _day(values[f"{term}existedUntil"]) or LAST_DAY,
        tuple(values[f"{term}predecessor"]),
    )


def set_aside(described: Iterable[dict[str, list[str]]], term: str) -> set[str]:
    """Return the records for which the editors prefer another, as conflicts tell."""
    aside: set[str] = set()
    for values in described:
        if values[f"{term}preferredRecord"]:
            aside |= {*values[f"{term}conflictingRecord"]} - {*values[f"{term}preferredRecord"]}
    return aside


def on(release: Release, treaty: str, day: Day, known_on: Day = LAST_DAY) -> list[Standing]:
    """Return who stands how towards a treaty on a day, by what was on record by `known_on`.

    Raises Problem 400 for a day before the treaty's adoption, 404 for a treaty without records.
    """
    known = record(release, treaty)
    if known.adopted and day < known.adopted:
        raise Problem(
            400,
            f"asOf is {day}, before the {known.label} was adopted on {known.adopted}.",
            {"adopted": str(known.adopted)},
        )
    return known.treaty.standings(day, known_on)


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


def _values(document: Document) -> dict[str, list[str]]:
    values: dict[str, list[str]] = defaultdict(list)
    for quad in parse(document.nquads):
        values[quad.predicate.value].append(quad.object.value)  # type: ignore[union-attr]
    return values


def _day(values: list[str]) -> Day | None:
    return min(map(read_day, values)) if values else None


def _event(
    document: Document, values: dict[str, list[str]], term: str, deposits: list[Day]
) -> Event:
    days = [*map(read_day, values[f"{term}eventDate"]), *deposits]
    return Event(
        participant=values[f"{term}participationOf"][0],
        act=cast(Act, _ACTS[document.type.removeprefix(term)]),
        day=min(days, default=None),
        effective=_day(values[f"{term}effectiveDate"]),
        source=_source(values),
        iri=document.iri,
        known=_day(values[f"{term}knownFrom"]) or FIRST_DAY,
    )


def _listed(document: Document, values: dict[str, list[str]], term: str) -> Listed:
    return Listed(
        participant=values[f"{term}participationOf"][0],
        status=cast(Status, values[f"{term}listedStatus"][0].rpartition("/")[2]),
        as_of=read_day(values[f"{term}asOf"][0]),
        source=_source(values),
        iri=document.iri,
        known=_day(values[f"{term}knownFrom"]) or FIRST_DAY,
    )


def _source(values: dict[str, list[str]]) -> str:
    return sorted(values[DCTERMS + "source"])[0]
