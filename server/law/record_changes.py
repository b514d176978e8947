"""Answers that differ between two days of knowledge, and the records that make the difference."""

from collections.abc import Iterator
from dataclasses import dataclass

from server.law.acts import Event, Existence, Listed
from server.law.standing import Standing
from server.law.treaty_record import Treaty
from server.rdf.datatypes import Day


@dataclass(frozen=True)
class Change:
    """How a participant stood by what was on record first, how it stands by now, and why.

    `added` are the records that came in between, `dropped` those that were set aside then.
    """

    before: Standing | None
    after: Standing
    added: tuple[Event | Listed, ...]
    dropped: tuple[Event, ...]


def changes(treaty: Treaty, day: Day, first: Day, last: Day) -> Iterator[Change]:
    """Yield each standing on `day` whose status, or its beginning, the records of `last` change."""
    before = {s.participant: s for s in treaty.standings(day, first)}
    for after in treaty.standings(day, last):
        was = before.get(after.participant)
        if was and (was.status, was.since) == (after.status, after.since):
            continue
        existence = treaty.existence.get(after.participant, Existence())
        names = {after.participant, *existence.predecessors}
        acts = [act for act in treaty.events if act.participant in names]
        rows = [row for row in treaty.listed if first < row.known <= last]
        added: list[Event | Listed] = [act for act in acts if _is_news(act, first, last)]
        added += [row for row in rows if row.participant in names]
        used = [record for record in added if record.iri in after.records]
        dropped = tuple(act for act in acts if act.aside and first < act.aside <= last)
        # Whom a table leaves out is in doubt: then any of its rows tells which table that was.
        yield Change(was, after, tuple(used or added or rows[:1]), dropped)


def _is_news(act: Event, first: Day, last: Day) -> bool:
    """Tell whether an act, or one of its deposits, came on record in between and counts."""
    days = (act.known, *(known for _, known in act.deposits))
    return act.as_known(last) is not None and any(first < known <= last for known in days)
