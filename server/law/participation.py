"""The records of participation in a treaty, read from the documents of a release."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import cast, get_args

from server.law.acts import Act, Event, Existence, Listed, Status
from server.law.treaty_record import Treaty
from server.problems import Problem
from server.rdf.datatypes import FIRST_DAY, LAST_DAY, Day
from server.rdf.datatypes import day as read_day
from server.rdf.serialization import parse
from server.rdf.vocabulary import DCTERMS
from server.release.reader import Document, Release

_ACTS = {"".join(w.capitalize() for w in act.split("-")): act for act in get_args(Act)}

Values = defaultdict[str, list[str]]  # what a document says, by predicate


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
    document, term = release.document(treaty), f"{release.base}def/"
    documents = release.documents_at(treaty, f"{term}participationIn")
    if document is None or not documents:
        raise Problem(404, f"No participation in <{treaty}> is on record.")
    own, described = values(document), {d.iri: values(d) for d in documents}
    aside = _set_aside(described, term)
    events = tuple(
        replace(_event(release, d, described[d.iri]), aside=aside.get(d.iri))
        for d in documents
        if d.type.removeprefix(term) in _ACTS
    )
    listed = tuple(
        _listed(release, d, described[d.iri])
        for d in documents
        if d.type == f"{term}ParticipationStatus"
    )
    adopted = _day(own[f"{term}adoptionDate"])
    participants = {e.participant for e in events} | {row.participant for row in listed}
    existence = {name: _existence(release, name) for name in participants}
    opened = _day(own[f"{term}openedForSignatureDate"])
    in_force = _day(own[f"{term}entryIntoForceDate"])
    treaty_record = Treaty(adopted, opened, in_force, events, listed, existence)
    return Record(treaty, document.label, adopted, treaty_record)


@lru_cache(maxsize=4)
def horizon(release: Release) -> Day:
    """Return the last day of which any record tells how participants stand."""
    known = (record(release, iri).treaty for iri in treaties(release))
    return max((treaty.last_record for treaty in known), default=FIRST_DAY)


def _deposits(release: Release, act: str) -> tuple[tuple[Day, Day], ...]:
    """Return the days of the further deposits of an act, each with the day by which it is known."""
    term = f"{release.base}def/"
    deposits = [values(document) for document in release.documents_at(act, f"{term}depositOf")]
    return tuple((read_day(d[f"{term}eventDate"][0]), _known(d, term)) for d in deposits)


def _existence(release: Release, participant: str) -> Existence:
    document = release.document(participant)
    if document is None:
        return Existence()
    described, term = values(document), f"{release.base}def/"
    return Existence(
        _day(described[f"{term}existedFrom"]) or FIRST_DAY,
        _day(described[f"{term}existedUntil"]) or LAST_DAY,
        tuple(described[f"{term}predecessor"]),
    )


def _set_aside(described: Mapping[str, Values], term: str) -> dict[str, Day]:
    """Return the records for which the editors prefer another, and since when that is known."""
    aside: dict[str, Day] = {}
    for conflict in described.values():
        preferred = conflict[f"{term}preferredRecord"]
        for record in {*conflict[f"{term}conflictingRecord"]} - {*preferred} if preferred else ():
            better = (_known(described[iri], term) for iri in preferred if iri in described)
            known = min(better, default=FIRST_DAY)
            aside[record] = min(known, aside.get(record, known))
    return aside


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


def values(document: Document) -> Values:
    """Return what a document says, by predicate."""
    by_property: Values = defaultdict(list)
    for quad in parse(document.nquads):
        by_property[quad.predicate.value].append(quad.object.value)  # type: ignore[union-attr]
    return by_property


def _day(texts: list[str]) -> Day | None:
    return min(map(read_day, texts)) if texts else None


def _known(described: Values, term: str) -> Day:
    return _day(described[f"{term}knownFrom"]) or FIRST_DAY


def _event(release: Release, document: Document, described: Values) -> Event:
    term = f"{release.base}def/"
    return Event(
        participant=described[f"{term}participationOf"][0],
        act=cast(Act, _ACTS[document.type.removeprefix(term)]),
        day=_day(described[f"{term}eventDate"]),
        effective=_day(described[f"{term}effectiveDate"]),
        source=_source(release, described),
        iri=document.iri,
        known=_known(described, term),
        deposits=_deposits(release, document.iri),
    )


def _listed(release: Release, document: Document, described: Values) -> Listed:
    term = f"{release.base}def/"
    return Listed(
        participant=described[f"{term}participationOf"][0],
        status=cast(Status, described[f"{term}listedStatus"][0].rpartition("/")[2]),
        as_of=read_day(described[f"{term}asOf"][0]),
        source=_source(release, described),
        iri=document.iri,
        known=_known(described, term),
    )


def _source(release: Release, described: Values) -> str:
    """Return the source by which a record was first known."""
    sources = described[DCTERMS + "source"]
    return min(sources, key=lambda iri: (_known_source(release, iri), iri))


@lru_cache(maxsize=1024)
def _known_source(release: Release, source: str) -> Day:
    document = release.document(source)
    return _known(values(document), f"{release.base}def/") if document else FIRST_DAY
