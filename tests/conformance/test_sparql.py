"""SPARQL 1.0, 1.1 and 1.2: syntax, evaluation and formats of results, through the endpoint."""

import pytest

from tests.conformance import protocol, sparql
from tests.conformance.suites import check, needs_suites
from tests.endpoint import Endpoint

pytestmark = needs_suites


@pytest.mark.parametrize("group", sparql.groups())
def test_queries(suite_endpoint: Endpoint, group: str) -> None:
    tests = sparql.tests_of(group)
    check("sparql", tests, lambda name: sparql.run(suite_endpoint, tests[name]))


def test_the_protocol(suite_endpoint: Endpoint) -> None:
    tests = protocol.tests_of("protocol")
    check("protocol", tests, lambda name: protocol.run_protocol(suite_endpoint, tests[name]))


def test_the_description_of_the_service(suite_endpoint: Endpoint) -> None:
    tests = protocol.tests_of("service-description")
    check("protocol", tests, lambda name: protocol.run_description(suite_endpoint, tests[name]))
