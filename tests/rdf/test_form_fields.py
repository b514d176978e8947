"""Tests of the reading of query strings and forms, and of what is said of unknown names."""

import re
from urllib.parse import parse_qsl, quote, quote_plus, unquote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.problems import Problem
from server.rdf.form_fields import check_names, read_pairs


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5), st.booleans())
def test_parameters_are_read_as_a_form_is(pairs: list[tuple[str, str]], plus: bool) -> None:
    """Against the standard library's reading, which is slower."""
    data = urlencode(pairs, quote_via=quote_plus if plus else quote).encode()
    assert read_pairs(data) == parse_qsl(data.decode(), keep_blank_values=True)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="%&")))
def test_what_need_not_be_encoded_is_read_too(text: str) -> None:
    assert read_pairs(b"x=" + text.encode()) == [("x", unquote_plus(text))]


@given(st.lists(st.sampled_from(["%", "%2", "%20", "%C3%A9", "%FF", "=", "+", "a", "\r\n", "\t"])))
def test_what_is_encoded_wrongly_is_refused(pieces: list[str]) -> None:
    text = "".join(pieces)
    try:
        expected = unquote_plus(text, errors="strict")
    except UnicodeDecodeError:
        expected = None
    if expected is None or re.search("%(?![0-9A-Fa-f]{2})", text):
        with pytest.raises(Problem, match=r"two digits|utf-8"):
            read_pairs(b"x=" + text.encode())
    else:
        assert read_pairs(b"x=" + text.encode()) == [("x", expected)]


def test_more_parameters_than_anybody_needs_are_refused() -> None:
    assert len(read_pairs(b"&".join([b"a=1"] * 100))) == 100
    with pytest.raises(Problem, match="more than 100"):
        read_pairs(b"&".join([b"a=1"] * 101))


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("asof", "did you mean asOf?"),
        ("AsOf", "did you mean asOf?"),
        ("as_of", "did you mean asOf?"),
        ("treaties", "did you mean treaty?"),
        ("x", "there are treaty, asOf."),
        ("", "there are treaty, asOf."),
        ("y" * 10_000, "there are treaty, asOf."),
    ],
)
def test_unknown_name_is_refused_with_the_nearest(name: str, advice: str) -> None:
    with pytest.raises(Problem) as caught:
        check_names(["treaty", name], ("treaty", "asOf"))
    assert caught.value.status == 400
    assert caught.value.detail.endswith(advice)
    assert caught.value.members["parameter"] == name[:50]
    assert len(caught.value.detail) < 200


def test_where_there_are_no_parameters_that_is_said() -> None:
    with pytest.raises(Problem, match="there are none"):
        check_names(["page"], ())
    check_names([], ())
