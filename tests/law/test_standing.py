"""Tests of the derivation of standings, on small records made by hand."""

from dataclasses import replace

import pytest

from server.law.acts import Act, Event, Existence, Listed, Status
from server.law.standing import Standing
from server.law.treaty_record import Treaty
from server.rdf.datatypes import FIRST_DAY, LAST_DAY, Day
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
    treaty = Treaty(ADOPTED, OPENED, in_force, tuple(events), tuple(listed), {})
    (one,) = treaty.standings(day)
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

    def test_there_is_nothing_to_be_bound_by_before_adoption(self) -> None:
        unopened = Treaty(ADOPTED, None, IN_FORCE, (), (row("party"),), {})
        (one,) = unopened.standings(Day(1966, 12, 18))
        assert one.status == "unadopted"

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

    def test_the_last_known_status_is_carried_forward_beyond_its_horizon(self) -> None:
        assert statuses(OFTEN, row("none")) == ["none", "none", "none"]
        assert standing("2026-01-01", row("none")).horizon == TABLE
        later = act("accession", "2022-02-04")
        assert standing("2026-01-01", row("none"), later).horizon == Day(2022, 2, 4)

    def test_a_listed_signatory_is_open_before_a_signature_is_known(self) -> None:
        assert statuses(OFTEN, row("signatory")) == ["unknown", "signatory", "signatory"]
        assert statuses(OFTEN, SIGNED, row("signatory")) == ["signatory"] * 3

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
        expected = ["none", "unknown", "none", "none"]
        assert statuses(days, ACCEDED, row("none")) == expected

    def test_the_table_decides_on_its_day_against_a_later_one_too(self) -> None:
        rows = row("none"), row("party", Day(2026, 1, 1))
        assert statuses(("2014-12-31", *OFTEN[1:]), *rows) == ["none", "none", "party"]
        assert standing("2015-01-02", *rows).status == "unknown"

    @pytest.mark.parametrize("day", OFTEN)
    def test_both_sources_are_named(self, day: Day) -> None:
        assert set(standing(day, ACCEDED, row("none")).source) == {"source/acts", "source/table"}

    def test_a_withdrawal_before_the_table_is_no_contradiction(self) -> None:
        leaving = act("withdrawal", "2000-01-01")
        assert statuses(OFTEN[:2], ACCEDED, leaving, row("none")) == ["party", "none"]
        assert standing(TABLE, ACCEDED, leaving, row("none")).since == Day(2000, 1, 1)


CSK_SIGNED, CSK_BOUND = (
    Event("csk", "signature", Day(1967, 1, 27), None, "source/acts", "csk/signature"),
    Event("csk", "ratification", Day(1967, 5, 11), None, "source/acts", "csk/ratification"),
)
SUCCEEDED = Event(
    "cze", "succession", Day(1993, 9, 29), Day(1993, 1, 1), "source/acts", "cze/succession"
)
END, START = Day(1992, 12, 31), Day(1993, 1, 1)
EXISTENCE = {"csk": Existence(Day(1918, 10, 28), END), "cze": Existence(START, LAST_DAY, ("csk",))}


class TestExistence:
    """States that end, and those that follow them."""

    @staticmethod
    def held(day: str, *events: Event, listed: tuple[Listed, ...] = ()) -> dict[str, Status]:
        treaty = Treaty(ADOPTED, OPENED, IN_FORCE, events, listed, EXISTENCE)
        return {s.participant: s.status for s in treaty.standings(read_day(day))}

    def test_a_former_state_is_bound_under_its_own_name_until_its_end(self) -> None:
        records = (CSK_SIGNED, CSK_BOUND, SUCCEEDED)
        assert self.held("1979-12-31", *records) == {"csk": "party", "cze": "predecessor"}
        assert self.held("1993-01-01", *records) == {"csk": "nonexistent", "cze": "party"}

    def test_a_successor_is_nonexistent_where_its_predecessor_was_not_bound(self) -> None:
        assert self.held("1967-10-10", CSK_SIGNED, SUCCEEDED)["cze"] == "nonexistent"

    def test_a_successor_that_has_not_acted_yet_is_bound_through_its_predecessor(self) -> None:
        late = Event("cze", "succession", Day(1995, 5, 1), None, "source/acts", "cze/succession")
        assert self.held("1994-01-01", CSK_SIGNED, CSK_BOUND, late)["cze"] == "predecessor"
        assert self.held("1995-05-01", CSK_SIGNED, CSK_BOUND, late)["cze"] == "party"

    def test_a_successor_that_accedes_is_not_bound_before(self) -> None:
        own = Event("cze", "accession", Day(1995, 5, 1), None, "source/acts", "cze/accession")
        assert self.held("1994-01-01", CSK_SIGNED, CSK_BOUND, own)["cze"] == "none"

    def test_a_successor_without_an_act_is_a_party_from_the_table_that_lists_it(self) -> None:
        listed = (Listed("cze", "party", TABLE, "source/table", "status/cze"),)
        days = ("1994-01-01", "2015-01-01", "2020-01-01")
        found = [self.held(day, CSK_SIGNED, CSK_BOUND, listed=listed)["cze"] for day in days]
        assert found == ["predecessor", "party", "party"]


class TestKnowledge:
    """What was on record by a day."""

    def test_what_was_not_on_record_does_not_count(self) -> None:
        known = Event(
            "chn", "accession", Day(1983, 12, 30), None, "t", "a", known=Day(2017, 11, 22)
        )
        treaty = Treaty(ADOPTED, OPENED, IN_FORCE, (known,), (row("none", Day(1990, 1, 1)),), {})
        before, after = Day(2017, 11, 21), Day(2017, 11, 22)
        assert [s.status for s in treaty.standings(TABLE, before)] == ["none"]
        assert [s.status for s in treaty.standings(Day(1985, 1, 1), before)] == ["none"]
        assert [s.status for s in treaty.standings(Day(1985, 1, 1), after)] == ["unknown"]
        assert treaty.standings(TABLE, Day(1980, 1, 1))[0].records == ("status/1990-01-01",)

    def test_a_record_is_set_aside_from_the_day_on_which_a_better_one_is_known(self) -> None:
        day, found = Day(2010, 1, 1), Day(2017, 11, 22)
        old = replace(act("accession", "1983-12-30"), known=day, aside=found)
        better = replace(act("accession", "1984-01-30"), known=found)
        treaty = Treaty(ADOPTED, OPENED, IN_FORCE, (old, better), (), {})
        since = [treaty.standings(TABLE, by)[0].since for by in (Day(2017, 11, 21), found)]
        assert since == [Day(1983, 12, 30), Day(1984, 1, 30)]

    def test_a_deposit_counts_from_the_day_on_which_it_is_known(self) -> None:
        found = Day(2017, 11, 22)
        done = replace(ACCEDED, known=FIRST_DAY, deposits=((Day(1983, 12, 1), found),))
        treaty = Treaty(ADOPTED, OPENED, IN_FORCE, (done,), (), {})
        since = [treaty.standings(TABLE, by)[0].since for by in (Day(2017, 11, 21), found)]
        assert since == [Day(1983, 12, 30), Day(1983, 12, 1)]


class TestMany:
    """Several participants at once."""

    @staticmethod
    def standings(events: list[Event], listed: list[Listed], day: Day) -> list[Standing]:
        return Treaty(ADOPTED, OPENED, IN_FORCE, tuple(events), tuple(listed), {}).standings(day)

    def test_participants_come_sorted_each_with_its_records(self) -> None:
        records = [Listed(p, "none", TABLE, "t", f"status/{p}") for p in ("usa", "chn")]
        sources, iris = ("t", "source/acts"), ("status/chn", ACCEDED.iri)
        assert self.standings([ACCEDED], records, TABLE) == [
            Standing("chn", "none", None, sources, iris, TABLE),
            Standing("usa", "none", None, ("t",), ("status/usa",), TABLE),
        ]

    def test_whom_no_table_lists_is_open_from_the_first_table_on(self) -> None:
        rows = [Listed("usa", "party", TABLE, "t", "status/usa")]
        found = [self.standings([ACCEDED], rows, d)[0] for d in OFTEN]
        assert [s.status for s in found] == ["party", "unknown", "unknown"]
        assert found[1].records == (ACCEDED.iri,)
        assert found[1].horizon == Day(1983, 12, 30)

    def test_no_records_no_standings(self) -> None:
        assert self.standings([], [], TABLE) == []


def test_parties_are_counted_as_they_are_listed_one_by_one() -> None:
    """By days that stand close and far apart, at, before and after each turn."""
    heir = replace(act("succession", "1995-06-01"), participant="svk")
    old = (replace(SIGNED, participant="csk"), replace(RATIFIED, participant="csk"))
    existence = {
        "csk": Existence(last=Day(1992, 12, 31)),
        "svk": Existence(first=Day(1993, 1, 1), predecessors=("csk",)),
    }
    events = (SIGNED, RATIFIED, act("withdrawal", "2016-01-01"), heir, *old)
    treaty = Treaty(ADOPTED, OPENED, IN_FORCE, events, (row("party"),), existence)
    turns = [
        Day(1967, 1, 26),
        OPENED,
        IN_FORCE,
        Day(1970, 5, 4),
        Day(1970, 5, 5),
        Day(1992, 12, 31),
    ]
    turns += [Day(1993, 1, 1), Day(1995, 6, 1), Day(2014, 12, 31), TABLE, Day(2015, 12, 31)]
    days = sorted({*turns, *(Day(year, 12, 31) for year in range(1966, 2020))})
    listed = [sum(s.status == "party" for s in treaty.standings(day)) for day in days]
    assert treaty.count_parties(days) == listed
    assert {0, 1, 2} == set(listed)
