"""Derivation of who stands how towards a treaty on a given day, from dated acts and from tables."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from server.law.acts import Act, Event, Listed, Status
from server.rdf.datatypes import FIRST_DAY, LAST_DAY, Day

# What counts as what:
# - Only what was on record by the day of knowledge counts: each record is known from the earliest
#   of its sources (docs/record.md), and set aside from the day on which a better one is known.
# - A party is a State that has consented to be bound and for which the treaty is in force (Vienna
#   Convention on the Law of Treaties, article 2(1)(g)). Before entry into force nobody is a party:
#   who has consented by then is a signatory if it signed, else not bound ("none").
# - An act has effect from its effective date if the record gives one, else from its first deposit.
#   A treaty's own delay for later consent is applied only where the record carries it.
# - Up to the day of a table the acts decide; if they lead elsewhere than the table, "unknown".
# - Before the day of adoption there is nothing to stand towards: everybody is "unadopted".
# - On its own day a table decides alone, even against earlier acts.
# - After the last record the status that it left is carried forward; `horizon` says how far the
#   records reach.
# - Whom no table lists, although it would be a party, is "unknown" from the first table on.
# - A ratification without a recorded signature leaves the time before it "unknown".
# - A State that did not exist on the day is "nonexistent", or "predecessor" where a State that it
#   succeeds was bound then. So is one that exists and has not yet acted itself, if it later
#   succeeds or a table lists it as a party.

_Position = Literal["none", "signatory", "declaration", "bound"]

_ORDER = get_args(Act)
_LISTED: dict[Status, _Position] = {
    "party": "bound",
    "signatory": "signatory",
    "declaration": "declaration",
    "none": "none",
}


@dataclass(frozen=True)
class Standing:
    """How a participant stands on the day asked for, since when, and by which records.

    `horizon` is the last day of which the records tell; a status of a later day is carried forward.
    """

    participant: str
    status: Status
    since: Day | None
    source: tuple[str, ...]
    records: tuple[str, ...]
    horizon: Day | None = None


@dataclass(frozen=True)
class Dossier:
    """What is on record of one participant, seen from one day."""

    past: tuple[Event, ...]
    coming: tuple[Event, ...]
    undated: tuple[Event, ...]
    table: Listed | None
    following: Listed | None
    day: Day
    inherited: tuple[Event | Listed, ...]
    is_unlisted: bool

    def horizon(self) -> Day | None:
        """Return the last day of which the records tell, None where none has a day."""
        days = [act.start for act in (*self.past, *self.coming) if act.start]
        days += [row.as_of for row in (self.table, self.following) if row]
        return max(days, default=None)

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


def dossier_of(
    events: Sequence[Event],
    rows: Sequence[Listed],
    day: Day,
    inherited: tuple[Event | Listed, ...] = (),
    is_unlisted: bool = False,
) -> Dossier:
    """Return what these acts and rows of one participant are, seen from a day."""
    acts = sorted(
        (e for e in events if e.start), key=lambda e: (_start(e), _ORDER.index(e.act), e.iri)
    )
    rows = sorted(rows, key=lambda row: row.as_of)
    return Dossier(
        past=tuple(act for act in acts if _start(act) <= day),
        coming=tuple(act for act in acts if _start(act) > day),
        undated=tuple(e for e in events if not e.start),
        table=next((row for row in reversed(rows) if row.as_of <= day), None),
        following=next((row for row in rows if row.as_of > day), None),
        day=day,
        inherited=inherited,
        is_unlisted=is_unlisted,
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
        elif act.act == "declaration-of-acceptance":
            reached = "declaration"
        if reached != position:
            position, decisive = reached, act
    return position, decisive


def position_of(dossier: Dossier) -> tuple[_Position, Event | None, bool]:
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


def _is_settled(dossier: Dossier, position: _Position) -> bool:
    """Return whether the records leave no doubt about a position that they lead to."""
    following, act = dossier.following, dossier.next_act()
    if dossier.table and dossier.table.as_of == dossier.day:
        return True
    if position == "bound" and dossier.is_unlisted:
        return False
    if position == "bound":
        return following is None or following.status == "party" or dossier.leaves()
    if dossier.undated and dossier.table is None:
        return False
    if act:
        return act.act != "withdrawal" and (act.act != "ratification" or position == "signatory")
    return following is None or _LISTED[following.status] == position


def _status(
    position: _Position, decisive: Event | None, dossier: Dossier, in_force: Day | None
) -> tuple[Status, Day | None]:
    """Return what a settled position amounts to, and since when."""
    since = decisive.start if decisive else None
    if position != "bound":
        return position, since
    if in_force is not None and in_force <= dossier.day:
        return "party", max(since, in_force) if since else None
    signature = next((act.start for act in dossier.past if act.act == "signature"), None)
    return ("signatory" if signature else "none"), signature


def judge(participant: str, dossier: Dossier, in_force: Day | None) -> Standing:
    """Return how a participant stands by its dossier."""
    position, act, agrees = position_of(dossier)
    if _is_inherited(dossier, position):
        return answer(participant, "predecessor", None, dossier.inherited, dossier.horizon())
    settled = _is_settled(dossier, position)
    status, since = _status(position, act if agrees else None, dossier, in_force)
    coming = dossier.next_act()
    horizon = dossier.horizon()
    if settled and since and horizon:
        horizon = max(horizon, since)  # whoever consented before the entry into force
    evidence: list[Event | Listed | None] = [dossier.table, act]
    if not settled:
        evidence += [coming, *dossier.undated, dossier.following]
    elif not any(evidence):
        evidence = [coming or dossier.following]
    return answer(
        participant,
        status if settled else "unknown",
        since if settled else None,
        evidence,
        horizon,
    )


def _is_inherited(dossier: Dossier, position: _Position) -> bool:
    """Tell whether a State that has not acted yet is bound by what its predecessor did."""
    if not dossier.inherited or position == "bound" or dossier.past or dossier.table:
        return False
    coming = dossier.next_act()
    succeeds = coming is not None and coming.act == "succession"
    listed = dossier.following is not None and dossier.following.status == "party"
    return succeeds or (listed and coming is None)


def answer(
    participant: str,
    status: Status,
    since: Day | None,
    evidence: Iterable[Event | Listed | None],
    horizon: Day | None = None,
) -> Standing:
    """Return a standing that rests on the records given as evidence."""
    used = [record for record in evidence if record]
    return Standing(
        participant=participant,
        status=status,
        since=since,
        source=tuple(dict.fromkeys(record.source for record in used)),
        records=tuple(record.iri for record in used),
        horizon=horizon,
    )
