"""Tests of the derivation of standings, on small records made by hand."""

import pytest

from server.law.standing import Act, Event, Listed, Standing, Status, standings
from server.rdf.datatypes import Day
from server.rdf.datatypes import day as read_day

ADOPTED, OPENED, IN_FORCE = Day(1966, 12, 19), Day(1967, 1, 27), Day(1967, 10, 10)
TABLE = Day(2015, 1, 1)
OFTEN = (Day(1990, 1, 1), TABLE, Day(2026, 1, 1))


def act(kind: Act, day: str | None, effective: str | None = None) -> Event:
    start, effect = (read_day(d) if d else None for d in (day, effective))
    return Event("chn", kind, start, effect, "source/acts", f"{kind}/{day}")


def row(status: Status, as_of: Day = TABLE) -> Listed:
    return Listed("chn", status, as_of, "source/table", f"status/{as_of}")


def standing(day: str | Day, *records: Event | Listed, in_force: Day | None = IN_FORCE) -> Standing:
    day = read_day(day) if isinstance(day, str) else day
    events = [r for r in records if isinstance(r, Event)]
    listed = [r for r in records if isinstance(r, Listed)]
    (one,) = standings(events, listed, day, ADOPTED, OPENED, in_force)
    return one


def statuses(days: tuple[str | Day, ...], *records: Event | Listed) -> list[Status]:
    return [standing(day, *records).status for day in days]


SIGNED, RATIFIED = act("signature", "1967-03-01"), act("ratification", "1970-05-05")
ACCEDED = act("accession", "1983-12-30")


class TestActs:
    """What dated acts alone lead to."""

    def test_consent_makes_a_party_from_its_day(self) -> None:
        days = ("1983-12-29", "1983-12-30", "1983-12-31")
        assert statuses(days, ACCEDED) == ["none", "party", "party"]
        assert standing(TABLE, ACCEDED).since == Day(1983, 12, 30)

    def test_a_signatory_becomes_a_party_by_ratification(self) -> None:
        days = ("1967-02-28", "1967-03-01", "1970-05-04", "1970-05-05")
        assert statuses(days, SIGNED, RATIFIED) == ["none", "signatory", "signatory", "party"]
        assert standing("1968-01-01", SIGNED, RATIFIED).since == Day(1967, 3, 1)

    def test_acts_of_one_day_are_taken_in_their_legal_order(self) -> None:
        records = act("ratification", "1976-06-09"), act("signature", "1976-06-09")
        assert statuses(("1976-06-08", "1976-06-09"), *records) == ["none", "party"]

    def test_withdrawal_has_effect_from_its_effective_date(self) -> None:
        leaving = act("withdrawal", "2023-01-05", "2024-01-05")
        days = ("2023-06-01", "2024-01-04", "2024-01-05")
        assert statuses(days, ACCEDED, leaving, row("party")) == ["party", "party", "none"]
        assert standing("2025-01-01", ACCEDED, leaving).since == Day(2024, 1, 5)

    def test_consent_with_an_effective_date_waits_for_it(self) -> None:
        late = act("accession", "1990-01-01", "1990-01-31")
        assert statuses(("1990-01-30", "1990-01-31"), late) == ["none", "party"]

    def test_a_signature_recorded_for_a_successor_is_passed_over(self) -> None:
        records = act("signature", "1968-04-22"), act("succession", "1993-09-29"), row("party")
        assert statuses(("1970-01-01", "1993-09-29"), *records) == ["none", "party"]

    def test_a_ratification_without_signature_leaves_the_time_before_it_open(self) -> None:
        assert statuses(("1968-01-01", "1970-05-05"), RATIFIED) == ["unknown", "party"]

    def test_two_records_of_one_consent_count_from_the_earlier(self) -> None:
        other = act("ratification", "1970-06-06")
        assert standing(TABLE, SIGNED, RATIFIED, other).since == Day(1970, 5, 5)

    def test_an_undated_act_leaves_the_time_before_the_table_open(self) -> None:
        undated = act("accession", None)
        assert statuses(OFTEN, undated, row("party")) == ["unknown", "party", "party"]


class TestBeforeEntryIntoForce:
    """Nobody is a party to a treaty that is not in force."""

    def test_nobody_is_bound_before_the_treaty_is_open(self) -> None:
        assert standing("1967-01-26", row("party")) == Standing("chn", "none", None, (), ())

    def test_the_day_of_adoption_stands_in_for_that_of_opening(self) -> None:
        (one,) = standings([], [row("party")], Day(1966, 12, 18), ADOPTED, None, IN_FORCE)
        assert one.status == "none"

    def test_a_ratifying_signatory_is_a_party_from_entry_into_force(self) -> None:
        early = act("ratification", "1967-05-11")
        assert statuses(("1967-10-09", "1967-10-10"), SIGNED, early) == ["signatory", "party"]
        assert standing(TABLE, SIGNED, early).since == IN_FORCE
        assert standing("1967-10-09", SIGNED, early).since == Day(1967, 3, 1)

    def test_an_acceding_state_is_not_bound_until_entry_into_force(self) -> None:
        early = act("accession", "1967-08-02")
        assert statuses(("1967-10-09", "1967-10-10"), early) == ["none", "party"]

    def test_a_treaty_that_never_entered_into_force_has_no_party(self) -> None:
        assert standing(TABLE, ACCEDED, in_force=None).status == "none"


class TestTable:
    """What a table adds to the acts."""

    def test_a_listed_party_without_date_is_open_before_the_table(self) -> None:
        assert statuses(OFTEN, row("party")) == ["unknown", "party", "party"]
        assert standing(TABLE, row("party")).since is None

    def test_a_listed_non_party_is_open_after_the_table(self) -> None:
        assert statuses(OFTEN, row("none")) == ["none", "none", "unknown"]

    def test_a_listed_signatory_is_open_after_the_table_and_before_a_signature_is_known(
        self,
    ) -> None:
        assert statuses(OFTEN, row("signatory")) == ["unknown", "signatory", "unknown"]
        assert statuses(OFTEN, SIGNED, row("signatory")) == ["signatory", "signatory", "unknown"]

    def test_a_signature_alone_does_not_decide_for_a_listed_party(self) -> None:
        assert statuses(OFTEN, SIGNED, row("party")) == ["unknown", "party", "party"]

    @pytest.mark.parametrize("status", ["none", "signatory"])
    def test_a_later_consent_shows_what_held_before_it(self, status: Status) -> None:
        later = act("accession", "2022-02-04")
        days = ("2018-01-01", "2022-02-04", "2026-01-01")
        assert statuses(days, row(status), later) == [status, "party", "party"]

    def test_a_second_table_settles_the_time_between_if_it_agrees(self) -> None:
        same, other = row("none", Day(2025, 1, 1)), row("party", Day(2025, 1, 1))
        assert statuses(("2020-01-01", "2025-01-01"), row("none"), same) == ["none", "none"]
        assert statuses(("2020-01-01", "2025-01-01"), row("none"), other) == ["unknown", "party"]

    def test_a_table_that_does_not_tell_is_passed_over(self) -> None:
        assert statuses(OFTEN, ACCEDED, row("unknown")) == ["party", "party", "party"]


class TestContradiction:
    """Acts and a table that disagree."""

    def test_the_table_decides_on_its_day_and_leaves_earlier_days_open(self) -> None:
        days = ("1980-01-01", *OFTEN)
        expected = ["none", "unknown", "none", "unknown"]
        assert statuses(days, ACCEDED, row("none")) == expected

    @pytest.mark.parametrize("day", OFTEN)
    def test_both_sources_are_named(self, day: Day) -> None:
        assert set(standing(day, ACCEDED, row("none")).source) == {"source/acts", "source/table"}

    def test_a_withdrawal_before_the_table_is_no_contradiction(self) -> None:
        leaving = act("withdrawal", "2000-01-01")
        assert statuses(OFTEN[:2], ACCEDED, leaving, row("none")) == ["party", "none"]
        assert standing(TABLE, ACCEDED, leaving, row("none")).since == Day(2000, 1, 1)


class TestMany:
    """Several participants at once."""

    def test_participants_come_sorted_each_with_its_records(self) -> None:
        records = [Listed(p, "none", TABLE, "t", f"status/{p}") for p in ("usa", "chn")]
        assert standings([ACCEDED], records, TABLE, ADOPTED, OPENED, IN_FORCE) == [
            Standing("chn", "none", None, ("t", "source/acts"), ("status/chn", ACCEDED.iri)),
            Standing("usa", "none", None, ("t",), ("status/usa",)),
        ]

    def test_whom_no_table_lists_is_open_from_the_first_table_on(self) -> None:
        rows = [Listed("usa", "party", TABLE, "t", "status/usa")]
        found = [standings([ACCEDED], rows, d, ADOPTED, OPENED, IN_FORCE)[0] for d in OFTEN]
        assert [s.status for s in found] == ["party", "unknown", "unknown"]
        assert found[1].records == (ACCEDED.iri,)

    def test_no_records_no_standings(self) -> None:
        assert standings([], [], TABLE, ADOPTED, OPENED, IN_FORCE) == []
