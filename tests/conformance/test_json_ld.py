"""The JSON-LD 1.1 API: fromRdf, toRdf and compact."""

import pytest

from tests.conformance import json_ld
from tests.conformance.suites import check, needs_suites

pytestmark = needs_suites


@pytest.mark.parametrize("suite", json_ld.SUITES)
def test_documents(suite: str) -> None:
    check("json_ld", json_ld.tests_of(suite), json_ld.run)
