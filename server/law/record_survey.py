"""What the record of participation covers: acts by decade, horizons, and parties as known."""

from collections import Counter
from collections.abc import Iterator

from server.law.participation import Record
from server.law.standing import Standing
from server.rdf.datatypes import Day

Cell = str | int
_DECADE = 10


def coverage(record: Record, today: Day) -> Iterator[tuple[Cell, ...]]:
    """Yield each decade with its signatures, consents and other acts, and how it ends.

    That is: with how many parties, and how many standings that are not known. The last row counts
    the acts without a day.
    """
    acts = [act for act in record.treaty.events if not act.aside]
    kinds = Counter((_decade(act.day), _kind(act.act)) for act in acts)
    decades = sorted({decade for decade, _ in kinds if decade})
    for decade in range(decades[0], _decade(today) + 1, _DECADE) if decades else ():
        end = min(Day(decade + _DECADE - 1, 12, 31), today)
        held = Counter(standing.status for standing in record.treaty.standings(end))
        counts = [kinds[decade, kind] for kind in ("signature", "consent", "other")]
        yield (f"{decade}s", *counts, held["party"], held["unknown"])
    undated = [kinds[0, kind] for kind in ("signature", "consent", "other")]
    if any(undated):
        yield ("no day", *undated, "", "")


def _decade(day: Day | None) -> int:
    return day.year // _DECADE * _DECADE if day else 0


def _kind(act: str) -> str:
    if act in ("ratification", "accession", "succession"):
        return "consent"
    return act if act == "signature" else "other"


def horizons(record: Record, today: Day) -> Iterator[tuple[Cell, ...]]:
    """Yield each horizon in words, with how many participants it has and how many are parties."""
    tables = sorted({row.as_of for row in record.treaty.listed})
    standings = [s for s in record.treaty.standings(today) if s.status != "nonexistent"]
    reach = [(_reach(s, tables), s.status == "party") for s in standings]
    for name, number in sorted(Counter(name for name, _ in reach).items(), reverse=True):
        yield name, number, reach.count((name, True))


def _reach(standing: Standing, tables: list[Day]) -> str:
    """Return the last record of a standing in words."""
    if standing.horizon in tables:
        return f"table of {standing.horizon}"
    before = [day for day in tables if standing.horizon and day < standing.horizon]
    return f"act after the table of {before[-1]}" if before else "act, no table"


def parties(record: Record, table: Day) -> tuple[Cell, ...]:
    """Return how many parties there are on the day of a table, and how that is known.

    That is: how many the table lists, for how many an earlier record is carried forward, and of
    how many participants the records do not tell.
    """
    standings = record.treaty.standings(table)
    listed = {row.participant for row in record.treaty.listed if row.as_of == table}
    found = [s.participant for s in standings if s.status == "party"]
    known = sum(participant in listed for participant in found)
    unknown = sum(s.status == "unknown" for s in standings)
    return len(found), known, len(found) - known, unknown
