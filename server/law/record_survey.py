"""What the record of participation covers: acts by decade, horizons, and parties as known."""

from collections import Counter
from collections.abc import Iterator

from server.law.acts import CONSENTS
from server.law.participation import Record
from server.law.standing import Standing
from server.rdf.datatypes import Day

Cells = dict[str, str | int]


def coverage(record: Record, today: Day) -> Iterator[Cells]:
    """Yield how many acts each decade has, and how many standings are known at its end."""
    acts = [(_decade(act.day), act.act) for act in record.treaty.events if not act.aside]
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


def _decade(day: Day | None) -> int:
    return day.year // 10 * 10 if day else 0


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
    return f"act after the table of {before[-1]}" if before else "act, no table"


def parties(record: Record, table: Day) -> Cells:
    """Return how many parties there are on the day of a table, and how that is known."""
    standings = record.treaty.standings(table)
    listed = {row.participant for row in record.treaty.listed if row.as_of == table}
    are_listed = [s.participant in listed for s in standings if s.status == "party"]
    unknown = sum(s.status == "unknown" for s in standings)
    counts = (len(are_listed), sum(are_listed), len(are_listed) - sum(are_listed), unknown)
    return dict(zip(("parties", "listed", "carried forward", "not known"), counts, strict=True))
