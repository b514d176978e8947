"""Tests of the days in a question."""

import pytest

from server.law.dates import find_dates
from server.rdf.datatypes import Day


@pytest.mark.parametrize(
    ("text", "day", "known"),
    [
        ("on 20 July 1969", "1969-07-20", ""),
        ("as of January 1, 2015", "2015-01-01", ""),
        ("in 1980", "1980-12-31", ""),
        ("since 2010", "2010-01-01", ""),
        ("in February 1980", "1980-02-29", ""),
        ("2015-01-01", "2015-01-01", ""),
        ("in 1990 by what was known on 1 January 2015", "1990-12-31", "2015-01-01"),
        ("no day at all", "", ""),
    ],
)
def test_days_are_read(text: str, day: str, known: str) -> None:
    _, found = find_dates(text)
    assert (str(found.day or ""), str(found.known or ""), found.faulty) == (day, known, False)


def test_today_is_told_beside_another_day() -> None:
    for text in ("on 31 December 1979, and today", "today and in 1980", "in 1980 and who is now"):
        assert find_dates(text)[1].also == Day.today()
    for text in ("in 1980", "today", "in 1980 by what is known today"):
        assert find_dates(text)[1].also is None


@pytest.mark.parametrize("text", ["in 2090", "31 February 1980", "1980-13-01", "in 1980 and 1990"])
def test_what_is_no_day_is_faulty(text: str) -> None:
    assert find_dates(text)[1].faulty
