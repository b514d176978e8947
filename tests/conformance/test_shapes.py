"""SHACL Core, as sources and what people send are validated."""

import pytest

from tests.conformance import shapes
from tests.conformance.suites import check, needs_suites

pytestmark = needs_suites


@pytest.mark.parametrize("group", shapes.groups())
def test_reports(group: str) -> None:
    tests = shapes.tests_of(group)
    check("shapes", tests, lambda name: shapes.run(tests[name]))
