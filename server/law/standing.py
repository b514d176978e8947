"""Derivation of who stands how towards a treaty on a given day, from dated acts and from tables."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from server.rdf.datatypes import FIRST_DAY, LAST_DAY, Day

# What counts as what:
# - A party is a State that has consented to be bound and for which the treaty is in force (Vienna
#   Convention on the Law of Treaties, article 2(1)(g)). Before entry into force nobody is a party:
#   who has consented by then is a signatory if it signed, else not bound ("none").
# - An act has effect from its effective date if the record gives one, else from its day. A treaty's
#   own delay for later consent is applied only where the record carries it as effective date.
# - Up to the day of a table the acts decide; if they lead elsewhere than the table, "unknown".
# - On its own day a table decides alone, even against earlier acts.
# - After the last table a party stays one until it withdraws. That others did not act is not on
#   record then: they are "unknown", unless a later act shows what they were before it.
# - A ratification without a recorded signature leaves the time before it "unknown".
# - The signature recorded for a State that succeeds is its predecessor's and is passed over.
# - Whom the tables do not list at all is "unknown" from the first of them on: it may have ended.
# Records that the editors set aside for better ones are for the caller to leave out.

Act = Literal["signature", "ratification", "accession", "succession", "withdrawal"]
Status = Literal["party", "signatory", "none", "unknown"]
_Position = Literal["none", "signatory", "bound"]

_ORDER: tuple[Act, ...] = ("signature", "ratification", "accession", "succession", "withdrawal")
_LISTED: dict[Status, _Position] = {"party": "bound", "signatory": "signatory", "none": "none"}


@dataclass(frozen=True)
class Event:
    """One act of a participant as one record has it."""

    participant: str
    act: Act
    day: Day | None
    effective: Day | None
    source: str
    iri: str

    @property
    def start(self) -> Day | None:
        """Return the day from which the act has effect."""
        return self.effective or self.day


@dataclass(frozen=True)
class Listed:
    """What one table lists for a participant on one day."""

    participant: str
    status: Status
    as_of: Day
    source: str
    iri: str


@dataclass(frozen=True)
class Standing:
    """How a participant stands on the day asked for, since when, and by which records."""

    participant: str
    status: Status
    since: Day | None
    source: tuple[str, ...]
    records: tuple[str, ...]


@dataclass(frozen=True)
class _Dossier:
    """What is on record of one participant, seen from one day."""

    past: tuple[Event, ...]
    coming: tuple[Event, ...]
    undated: tuple[Event, ...]
    table: Listed | None
    following: Listed | None
    day: Day
    unlisted: bool

    def next_act(self) -> Event | None:
        """Return the first act after the day and not after the following table."""
        end = self.following.as_of if self.following else LAST_DAY
        return next((act for act in self.coming if _start(act) <= end), None)

    def leaves(self) -> bool:
        """Return whether the participant withdraws after the day, by the following table."""
        end = self.following.as_of if self.following else LAST_DAY
        return any(act.act == "withdrawal" and _start(act) <= end for act in self.coming)

    def since_table(self) -> tuple[Event, ...]:
        """Return the acts after the last table and up to the day."""
        last = self.table.as_of if self.table else FIRST_DAY
        return tuple(act for act in self.past if _start(act) > last)


def _start(event: Event) -> Day:
    return event.start or LAST_DAY


def _own_acts(events: Iterable[Event]) -> list[Event]:
    """Sort dated acts by effect, without signatures that a succession shows to be another's."""
    acts = sorted(
        (e for e in events if e.start), key=lambda e: (_start(e), _ORDER.index(e.act), e.iri)
    )
    succession = next((_start(e) for e in acts if e.act == "succession"), FIRST_DAY)
    return [e for e in acts if e.act != "signature" or _start(e) >= succession]


def _dossier(
    events: Sequence[Event], rows: Sequence[Listed], day: Day, first_table: Day
) -> _Dossier:
    acts = _own_acts(events)
    rows = sorted(rows, key=lambda row: row.as_of)
    return _Dossier(
        past=tuple(act for act in acts if _start(act) <= day),
        coming=tuple(act for act in acts if _start(act) > day),
        undated=tuple(e for e in events if not e.start),
        table=next((row for row in reversed(rows) if row.as_of <= day), None),
        following=next((row for row in rows if row.as_of > day), None),
        day=day,
        unlisted=not rows and day >= first_table,
    )


def _follow(position: _Position, acts: Iterable[Event]) -> tuple[_Position, Event | None]:
    """Return where the acts lead from a position, and the act that led there."""
    decisive = None
    for act in acts:
        reached: _Position = "bound"
        if act.act == "withdrawal":
            reached = "none"
        elif act.act == "signature":
            reached = "signatory" if position == "none" else position
        if reached != position:
            position, decisive = reached, act
    return position, decisive


def _position(dossier: _Dossier) -> tuple[_Position, Event | None, bool]:
    """Return the position, the act closest to it, and whether that act made it so."""
    if dossier.table is None:
        return *_follow("none", dossier.past), True
    listed = _LISTED[dossier.table.status]
    position, decisive = _follow(listed, dossier.since_table())
    if decisive:
        return position, decisive, True
    recent = len(dossier.since_table())
    recorded, decisive = _follow("none", dossier.past[: len(dossier.past) - recent])
    return position, decisive, recorded == listed


def _is_settled(dossier: _Dossier, position: _Position) -> bool:
    """Return whether the records leave no doubt about a position that they lead to."""
    if dossier.unlisted:
        return False
    following, act = dossier.following, dossier.next_act()
    if position == "bound":
        return following is None or following.status == "party" or dossier.leaves()
    if dossier.undated and dossier.table is None:
        return False
    if act:
        return act.act != "withdrawal" and (act.act != "ratification" or position == "signatory")
    if following:
        return _LISTED[following.status] == position
    table = dossier.table
    return table is None or table.as_of == dossier.day or bool(dossier.since_table())


def _status(
    position: _Position, decisive: Event | None, dossier: _Dossier, in_force: Day | None
) -> tuple[Status, Day | None]:
    """Return what a settled position amounts to, and since when."""
    since = decisive.start if decisive else None
    if position != "bound":
        return position, since
    if in_force is not None and in_force <= dossier.day:
        return "party", max(since, in_force) if since else None
    signature = next((act.start for act in dossier.past if act.act == "signature"), None)
    return ("signatory" if signature else "none"), signature


def _judge(participant: str, dossier: _Dossier, in_force: Day | None) -> Standing:
    position, act, agrees = _position(dossier)
    settled = _is_settled(dossier, position)
    status, since = _status(position, act if agrees else None, dossier, in_force)
    coming = dossier.next_act()
    evidence: list[Event | Listed | None] = [dossier.table, act]
    if not settled:
        evidence += [coming, *dossier.undated, dossier.following]
    elif not any(evidence):
        evidence = [coming or dossier.following]
    used = [record for record in evidence if record]
    return Standing(
        participant=participant,
        status=status if settled else "unknown",
        since=since if settled else None,
        source=tuple(dict.fromkeys(record.source for record in used)),
        records=tuple(record.iri for record in used),
    )


def standings(
    events: Iterable[Event],
    listed: Iterable[Listed],
    day: Day,
    adopted: Day | None,
    opened: Day | None,
    in_force: Day | None,
) -> list[Standing]:
    """Return the standing on `day` of each participant in the records of one treaty, by name."""
    acts: dict[str, list[Event]] = {}
    rows: dict[str, list[Listed]] = {}
    for event in events:
        acts.setdefault(event.participant, []).append(event)
    for row in listed:
        if row.status != "unknown":
            rows.setdefault(row.participant, []).append(row)
    names = sorted({*acts, *rows})
    if day < (opened or adopted or FIRST_DAY):
        return [Standing(name, "none", None, (), ()) for name in names]
    first = min((row.as_of for group in rows.values() for row in group), default=LAST_DAY)
    dossiers = ((n, _dossier(acts.get(n, ()), rows.get(n, ()), day, first)) for n in names)
    return [_judge(name, dossier, in_force) for name, dossier in dossiers]
