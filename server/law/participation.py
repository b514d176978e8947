"""The records of participation in a treaty, read from the documents of a release."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from server.law.standing import Act, Event, Listed, Standing, Status, standings
from server.problems import Problem
from server.rdf.datatypes import Day
from server.rdf.datatypes import day as read_day
from server.rdf.serialization import parse
from server.rdf.vocabulary import DCTERMS
from server.release.reader import Document, Release

_ACTS = {
    a.capitalize(): a
    for a in ("signature", "ratification", "accession", "succession", "withdrawal")
}


@dataclass(frozen=True)
class Record:
    """All that the release records of participation in one treaty."""

    iri: str
    label: str
    adopted: Day | None
    opened: Day | None
    in_force: Day | None
    events: tuple[Event, ...]
    listed: tuple[Listed, ...]


def treaties(release: Release) -> list[str]:
    """Return the treaties whose participation is on record."""
    return release.targets_of(f"{release.base}def/participationIn")


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
    own = _values(found)
    aside = set_aside(documents, term)
    return Record(
        treaty,
        found.label,
        _day(own[f"{term}adoptionDate"]),
        _day(own[f"{term}openedForSignatureDate"]),
        _day(own[f"{term}entryIntoForceDate"]),
        tuple(
            _event(d, term)
            for d in documents
            if d.type.removeprefix(term) in _ACTS and d.iri not in aside
        ),
        tuple(_listed(d, term) for d in documents if d.type == f"{term}ParticipationStatus"),
    )


def set_aside(documents: Iterable[Document], term: str) -> set[str]:
    """Return the records for which the editors prefer another, as conflicts tell."""
    aside: set[str] = set()
    for document in documents:
        values = _values(document)
        if values[f"{term}preferredRecord"]:
            aside |= {*values[f"{term}conflictingRecord"]} - {*values[f"{term}preferredRecord"]}
    return aside


def on(release: Release, treaty: str, day: Day) -> list[Standing]:
    """Return who stands how towards a treaty on a day.

    Raises Problem 400 for a day before the treaty's adoption, 404 for a treaty without records.
    """
    known = record(release, treaty)
    if known.adopted and day < known.adopted:
        raise Problem(
            400,
            f"asOf is {day}, before the {known.label} was adopted on {known.adopted}.",
            {"adopted": str(known.adopted)},
        )
    return standings(known.events, known.listed, day, known.adopted, known.opened, known.in_force)


def parse_day(text: str, today: Day) -> Day:
    """Return the day that an asOf parameter names; raises Problem 400 for one that cannot be."""
    try:
        day = read_day(text)
    except ValueError:
        raise Problem(
            400, f"asOf is {text[:50]!r}; it takes a day written as 2015-01-01."
        ) from None
    if day > today:
        raise Problem(400, f"asOf is {day}, which is in the future; today is {today}.")
    return day


def _values(document: Document) -> dict[str, list[str]]:
    values: dict[str, list[str]] = defaultdict(list)
    for quad in parse(document.nquads):
        values[quad.predicate.value].append(quad.object.value)  # type: ignore[union-attr]
    return values


def _day(values: list[str]) -> Day | None:
    return min(map(read_day, values)) if values else None


def _event(document: Document, term: str) -> Event:
    values = _values(document)
    return Event(
        participant=values[f"{term}participationOf"][0],
        act=cast(Act, _ACTS[document.type.removeprefix(term)]),
        day=_day(values[f"{term}eventDate"]),
        effective=_day(values[f"{term}effectiveDate"]),
        source=_source(values),
        iri=document.iri,
    )


def _listed(document: Document, term: str) -> Listed:
    values = _values(document)
    return Listed(
        participant=values[f"{term}participationOf"][0],
        status=cast(Status, values[f"{term}listedStatus"][0].rpartition("/")[2]),
        as_of=read_day(values[f"{term}asOf"][0]),
        source=_source(values),
        iri=document.iri,
    )


def _source(values: dict[str, list[str]]) -> str:
    return sorted(values[DCTERMS + "source"])[0]
