"""RDF Dataset Canonicalization (RDFC-1.0)."""

from tests.conformance import canon
from tests.conformance.suites import check, needs_suites

pytestmark = needs_suites


def test_canonical_forms() -> None:
    tests = canon.tests_of()
    check("canon", tests, lambda name: canon.run(tests[name]))
