"""RDF 1.1 and 1.2: its syntaxes are read, and written in each of our formats and read back."""

import pytest

from tests.conformance import rdf
from tests.conformance.suites import check, needs_suites

pytestmark = needs_suites


@pytest.mark.parametrize("group", rdf.groups())
def test_syntaxes(group: str) -> None:
    tests = rdf.tests_of(group)
    check("rdf", tests, lambda name: rdf.run(tests[name]))
