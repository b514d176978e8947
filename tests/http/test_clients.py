"""Who counts as one client, and what becomes of its queries."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from server.http.message import client_network
from server.release.reader import Release
from tests.awkward import BASE
from tests.served import served

LONG = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


@pytest.mark.parametrize(("address", "client"), [
    ("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
    ("::ffff:192.0.2.7", "192.0.2.7"), ("::ffff:c000:207", "192.0.2.7"),
    ("64:ff9b::192.0.2.7", "192.0.2.7"), ("::1", "::/64"), ("no address", ""), ("", ""),
    ("1" * 5000, "")])  # fmt: skip
def test_clients_are_told_apart_by_address(address: str, client: str) -> None:
    assert client_network(address) == client


def test_one_client_does_not_fill_the_queue_of_another(awkward: Release) -> None:
    """Bug: IPv4 addresses in IPv6 ones were all of one network, and so one client."""
    with served(awkward.folder.parent, BASE, SPACELAW_WEB_WORKERS="1", SPACELAW_PROXIES="1",
                SPACELAW_QUERY_WORKERS="1", SPACELAW_QUERY_SLOW_WORKERS="1",
                SPACELAW_QUERY_WAITING="8", SPACELAW_QUERY_SECONDS="4") as server:  # fmt: skip

        def ask(client: str, number: int) -> int:
            path = f"/sparql?query={quote(f'{LONG} # {client} {number}')}"
            return server.get(path, headers={"X-Forwarded-For": client}).status_code

        with ThreadPoolExecutor(40) as pool:
            many = [pool.submit(ask, "::ffff:192.0.2.7", n) for n in range(30)]
            while not any(asked.done() for asked in many):
                pass
            other = server.get("/sparql?query=ASK%7B%7D", headers={
                "X-Forwarded-For": "::ffff:198.51.100.9"}).status_code  # fmt: skip
            statuses = [asked.result() for asked in many]
    assert 429 in statuses  # the one client asks too much
    assert other == 200
