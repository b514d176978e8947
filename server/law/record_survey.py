"""What the record of participation covers, and which answers differ between days of knowledge."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from server.law.acts import CONSENTS, Event, Existence, Listed
from server.law.participation import Record
from server.law.standing import Standing
from server.law.treaty_record import Treaty
from server.rdf.datatypes import Day

Cells = dict[str, str | int]


def coverage(record: Record, today: Day) -> Iterator[Cells]:
    """Yield how many acts each decade has, and how many standings are known at its end."""
    acts = [
        (act.day.year // 10 * 10 if act.day else 0, act.act)
        for act in record.treaty.events
        if not act.aside
    ]
    known = [decade for decade, _ in acts if decade]
    for decade in (0, *range(min(known), today.year + 1, 10)) if known else (0,):
        own = [act for of, act in acts if of == decade]
        signatures, consents = own.count("signature"), sum(act in CONSENTS for act in own)
        end = min(Day(decade + 9, 12, 31), today) if decade else today
        held = Counter(standing.status for standing in record.treaty.standings(end))
        yield {
            "decade": f"{decade}s" if decade else "no day",
            "signatures": signatures,
            "consents": consents,
            "other acts": len(own) - signatures - consents,
            "parties at its end": held["party"],
            "not known": held["unknown"],
        }


def horizons(record: Record, today: Day) -> Iterator[Cells]:
    """Yield each horizon in words, with how many participants it has and how many are parties."""
    tables = sorted({row.as_of for row in record.treaty.listed})
    standings = [s for s in record.treaty.standings(today) if s.status != "nonexistent"]
    reach = [(_reach(s, tables), s.status) for s in standings]
    for name, number in sorted(Counter(name for name, _ in reach).items(), reverse=True):
        parties = reach.count((name, "party"))
        yield {"last record": name, "participants": number, "of these parties": parties}


def _reach(standing: Standing, tables: list[Day]) -> str:
    """Return the last record of a standing in words."""
    if standing.horizon in tables:
        return f"table of {standing.horizon}"
    before = [day for day in tables if standing.horizon and day < standing.horizon]
    return f"act after the table of {before[-1]}" if before else "act; no table is on record"


def parties(record: Record, table: Day) -> Cells:
    """Return how many parties there are on the day of a table, and how that is known."""
    standings = record.treaty.standings(table)
    listed = {row.participant for row in record.treaty.listed if row.as_of == table}
    are_listed = [s.participant in listed for s in standings if s.status == "party"]
    unknown = sum(s.status == "unknown" for s in standings)
    counts = (len(are_listed), sum(are_listed), len(are_listed) - sum(are_listed), unknown)
    return dict(zip(("parties", "listed", "carried forward", "not known"), counts, strict=True))


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
