"""Tests of what is remembered of clients."""

from server.sparql.client_history import LIGHT_SECONDS, TINY_SECONDS, ClientHistory, Rank


def test_what_is_known_of_a_client_follows_its_queries() -> None:
    clients = ClientHistory()
    assert clients.rank("a") is Rank.UNKNOWN
    clients.note("a", LIGHT_SECONDS / 10)
    assert clients.rank("a") is Rank.LIGHT
    clients.note("a", 1)
    assert clients.rank("a") is Rank.HEAVY
    for _ in range(12):
        clients.note("a", LIGHT_SECONDS / 10)
    assert clients.rank("a") is Rank.LIGHT


def test_a_client_is_tiny_by_its_queries_alone() -> None:
    clients = ClientHistory()
    assert not clients.is_tiny("a")
    clients.note("a", TINY_SECONDS / 2)
    assert clients.is_tiny("a")
    clients.note("a", TINY_SECONDS * 4)
    assert not clients.is_tiny("a")


def test_of_clients_that_are_long_gone_nothing_is_known() -> None:
    clients = ClientHistory()
    for number in range(5000):
        clients.note(str(number), 1)
    assert clients.rank("0") is Rank.UNKNOWN
    assert clients.rank("4999") is Rank.HEAVY
    assert len(clients.seconds) < 5000
