"""The page of counts is that of today's suites and lists of skips."""

from tests.conformance import report, suites
from tests.conformance.suites import needs_suites

pytestmark = needs_suites


def test_the_page_is_up_to_date() -> None:
    expected = report.page()
    assert report.PAGE.read_text("utf-8") == expected, "run: python -m tests.conformance.report"


def test_every_skip_is_of_a_test() -> None:
    known = {name for _, _, names in report.groups() for name in names}
    for path in suites.SKIPS.glob("*.toml"):
        assert set(suites.skips(path.stem)) <= known, path.name
