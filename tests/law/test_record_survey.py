"""Tests of answers that differ between two days of knowledge, on small records made by hand."""

from server.law.acts import Event, Listed
from server.law.record_survey import Change, changes
from server.law.treaty_record import Treaty
from server.rdf.datatypes import Day

OPENED, IN_FORCE = Day(1967, 1, 27), Day(1967, 10, 10)
EARLY, TABLE, LATE = Day(2014, 12, 31), Day(2015, 1, 1), Day(2020, 1, 1)
ACCEDED = Event("chn", "accession", Day(1983, 12, 30), None, "gazette", "chn/accession", LATE)
OLD = Event("bra", "accession", Day(1969, 1, 1), None, "list", "bra/old", EARLY, aside=LATE)
BETTER = Event("bra", "accession", Day(1969, 3, 5), None, "gazette", "bra/better", LATE)
SIGNED = Event("usa", "signature", Day(1967, 1, 27), None, "list", "usa/signature", EARLY)


def row(participant: str) -> Listed:
    return Listed(participant, "none", TABLE, "table", f"status/{participant}", TABLE)


def found(day: Day, first: Day, last: Day, *records: Event | Listed) -> dict[str, Change]:
    events = tuple(r for r in records if isinstance(r, Event))
    listed = tuple(r for r in records if isinstance(r, Listed))
    treaty = Treaty(None, OPENED, IN_FORCE, events, listed, {})
    return {c.after.participant: c for c in changes(treaty, day, first, last)}


def test_what_stays_is_no_change() -> None:
    assert found(Day(2000, 1, 1), EARLY, LATE, SIGNED) == {}


def test_an_act_that_came_on_record_is_the_reason() -> None:
    change = found(Day(2000, 1, 1), EARLY, LATE, ACCEDED)["chn"]
    assert change.before is None
    assert (change.after.status, change.added) == ("party", (ACCEDED,))
    assert found(Day(2000, 1, 1), LATE, LATE, ACCEDED) == {}


def test_a_better_record_moves_the_beginning_and_sets_the_other_aside() -> None:
    change = found(Day(2000, 1, 1), EARLY, LATE, OLD, BETTER)["bra"]
    assert change.before
    assert (str(change.before.since), str(change.after.since)) == ("1969-01-01", "1969-03-05")
    assert (change.added, change.dropped) == ((BETTER,), (OLD,))


def test_a_table_that_contradicts_an_act_is_the_reason() -> None:
    early = Event("chn", "accession", Day(1983, 12, 30), None, "list", "chn/accession", EARLY)
    change = found(Day(2000, 1, 1), EARLY, TABLE, early, row("chn"))["chn"]
    assert change.before
    assert (change.before.status, change.after.status) == ("party", "unknown")
    assert change.added == (row("chn"),)


def test_a_table_that_leaves_a_participant_out_is_named_by_one_of_its_rows() -> None:
    early = Event("chn", "accession", Day(1983, 12, 30), None, "list", "chn/accession", EARLY)
    change = found(LATE, EARLY, TABLE, early, row("usa"))["chn"]
    assert (change.after.status, change.added) == ("unknown", (row("usa"),))
