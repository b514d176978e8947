"""Tests of the lexical spaces of XSD 1.1 and of the days that dates name."""

import pytest

from server.rdf.datatypes import Day, day, is_valid
from server.rdf.vocabulary import XSD

READ = {
    "date": "1967-10-10 -0044-03-15 12345-01-01 0000-02-29 2000-10-04Z 2000-02-29+14:00",
    "dateTime": "1967-10-10T00:00:00 2000-01-01T24:00:00 2000-01-01T12:00:00.5-05:30",
    "dateTimeStamp": "1967-10-10T00:00:00Z",
    "time": "00:00:00 24:00:00.0 12:30:00Z",
    "gYear": "0000 -0001 12345 2000Z",
    "gYearMonth": "2000-12",
    "gMonth": "--12",
    "gMonthDay": "--02-29 --04-30+01:00",
    "gDay": "---31",
    "duration": "P1Y -P1Y2M3DT4H5M6.7S PT0S P0D",
    "dayTimeDuration": "P1DT1H",
    "yearMonthDuration": "P1Y2M",
    "integer": "0 -1 +007 123456789012345678901234567890",
    "positiveInteger": "1",
    "byte": "-128 127",
    "unsignedLong": "18446744073709551615",
    "decimal": "1 1. .5 -0.0",
    "double": "1 1.5E-3 INF -INF NaN +INF",
    "boolean": "true false 1 0",
    "language": "en zh-Hant en-GB-oxendict",
    "hexBinary": "0FB7",
    "base64Binary": "YQ== YWI= YWJj",
    "token": "one",
    "NCName": "a-b",
}
REFUSED = {
    "date": "1967-W41-2 1967-10-10T00:00:00 1967-10-10+15:00 1967-10-10+14:01 1900-02-29 0100-02-29"
    " 01967-10-10 967-10-10 1967-13-01 1967-04-31 19671010 1967-10 1967-10-10z \uff11967-10-10",
    "dateTime": "1967-10-10 2000-01-01T24:00:01 2000-01-01T25:00:00 2000-02-30T00:00:00",
    "dateTimeStamp": "1967-10-10T00:00:00",
    "time": "12:30",
    "gYear": "99 +2000 02000",
    "gMonthDay": "--02-30 02-29",
    "duration": "P PT P1YT 1Y P-1Y P1S",
    "yearMonthDuration": "P1D",
    "integer": "1_000 1.0 1\uff12 1e3 --1 0x1",
    "positiveInteger": "0",
    "byte": "128 -129",
    "unsignedLong": "-1 18446744073709551616",
    "decimal": ". 1e3 1_0 INF",
    "double": "inf nan 1e 1_0",
    "boolean": "TRUE yes",
    "language": "en_GB abcdefghi",
    "hexBinary": "0FB",
    "base64Binary": "YQ=",
    "NCName": "a:b 1a",
    "noSuchType": "x",
}


def cases(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, text) for name, texts in table.items() for text in texts.split()]


@pytest.mark.parametrize(("name", "text"), cases(READ))
def test_value_is_read(name: str, text: str) -> None:
    assert is_valid(text, XSD + name)


@pytest.mark.parametrize(("name", "text"), cases(REFUSED))
def test_what_is_no_value_is_refused(name: str, text: str) -> None:
    assert not is_valid(text, XSD + name)


@pytest.mark.parametrize("name", ["date", "integer", "decimal", "boolean", "duration", "gYear"])
def test_neither_nothing_nor_space_around_is_a_value(name: str) -> None:
    text = READ[name].split()[0]
    assert not any(is_valid(t, XSD + name) for t in ("", f" {text}", f"{text}\n"))


def test_other_datatypes_take_any_text() -> None:
    assert is_valid("anything", "https://example.org/type")
    assert is_valid("", XSD + "string")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1967-10-10", Day(1967, 10, 10)),
        ("2000-10-04Z", Day(2000, 10, 4)),
        ("2000-10-04-05:00", Day(2000, 10, 4)),
        ("-0044-03-15", Day(-44, 3, 15)),
        ("12345-01-01", Day(12345, 1, 1)),
        ("0000-02-29", Day(0, 2, 29)),
    ],
)
def test_day_is_that_of_the_place(text: str, found: Day) -> None:
    assert day(text) == found
    assert text.startswith(str(found))


def test_days_are_in_the_order_of_time() -> None:
    texts = ("-0044-03-15", "-0001-12-31", "0000-01-01", "1967-10-10", "12345-01-01")
    assert sorted(map(day, reversed(texts))) == [day(t) for t in texts]


@pytest.mark.parametrize("text", ["", "1967-W41-2", "yesterday", "1967-02-30"])
def test_what_is_no_date_names_no_day(text: str) -> None:
    with pytest.raises(ValueError, match=f"“{text}” is no xsd:date"):
        day(text)
