"""Tests of which query runs next."""

import time

import pytest

from server.sparql.engine import Limits
from server.sparql.query_lanes import BRIEF, TINY, Lanes, Rank
from server.sparql.query_queues import Job, Lane


@pytest.fixture
def lanes() -> Lanes:
    return Lanes(Limits(workers=3, slow=2, waiting=4))


def ask(lanes: Lanes, *clients: str) -> list[Job]:
    """Queue a query of each client, one after the other; return them."""
    now = time.monotonic()
    jobs = [Job(b"", client, 1, print, arrived=now + i / 1e6) for i, client in enumerate(clients)]
    for job in jobs:
        assert lanes.admit(job) is None
    return jobs


def taken(lanes: Lanes, lane: Lane) -> list[str]:
    """Take queries of a lane while there are any; return their clients."""
    found = []
    while lanes.free(lane) > 0 and (job := lanes.next(lane)):
        found.append(job.client)
    return found


def test_what_is_known_of_a_client_follows_its_queries(lanes: Lanes) -> None:
    assert lanes.rank("a") is Rank.UNKNOWN
    lanes.note("a", BRIEF / 10)
    assert lanes.rank("a") is Rank.LIGHT
    lanes.note("a", 1)
    assert lanes.rank("a") is Rank.HEAVY
    for _ in range(12):
        lanes.note("a", BRIEF / 10)
    assert lanes.rank("a") is Rank.LIGHT


def test_of_clients_that_are_long_gone_nothing_is_known(lanes: Lanes) -> None:
    for number in range(5000):
        lanes.note(str(number), 1)
    assert lanes.rank("0") is Rank.UNKNOWN
    assert lanes.rank("4999") is Rank.HEAVY
    assert len(lanes.work) < 5000


def test_light_clients_come_first_then_who_came_first(lanes: Lanes) -> None:
    lanes.note("heavy", 1)
    lanes.note("light", BRIEF / 10)
    ask(lanes, "heavy", "new", "newer", "light")
    assert taken(lanes, Lane.QUICK) == ["light", "new", "newer"]


def test_of_whom_nothing_is_known_is_not_held_back_for_long(lanes: Lanes) -> None:
    lanes.note("light", BRIEF / 10)
    (new,) = ask(lanes, "new")
    new.arrived -= 1
    ask(lanes, "light", "light", "light")
    assert taken(lanes, Lane.QUICK)[0] == "new"


def test_tiny_ones_may_go_ahead_unless_others_wait(lanes: Lanes) -> None:
    lanes.note("tiny", TINY / 2)
    lanes.note("tinier", TINY / 2)
    first, second, third = ask(lanes, "tiny", "tiny", "tinier")
    lanes.running.put(Job(b"", "tiny", 1, print), Lane.QUICK)
    assert lanes.tiny() is third  # who has fewer at work
    (light,) = ask(lanes, "light")
    lanes.note("light", TINY * 2)
    assert lanes.tiny() is None
    lanes.quick.drop(light)
    assert lanes.tiny() is first
    assert lanes.tiny() is second
    assert lanes.tiny() is None


def test_no_client_takes_all_places(lanes: Lanes) -> None:
    ask(lanes, "a", "a", "a", "b")
    assert sorted(taken(lanes, Lane.QUICK)) == ["a", "a", "b"]


def test_heavy_ones_start_behind_as_soon_as_others_run_there(lanes: Lanes) -> None:
    for client in ("a", "b"):
        lanes.note(client, 1)
    first, _ = ask(lanes, "a", "b")
    assert lanes.next(Lane.QUICK) is first  # nobody is passed
    lanes.running.put(first, Lane.YIELDING)
    assert lanes.next(Lane.QUICK) is None
    assert taken(lanes, Lane.YIELDING) == ["b"]


def test_only_heavy_ones_start_behind(lanes: Lanes) -> None:
    ask(lanes, "new")
    assert lanes.lighter_wait
    assert lanes.next(Lane.YIELDING) is None
    lanes.note("new", 1)
    assert not lanes.lighter_wait


def test_a_full_queue_refuses_the_heaviest_that_came_last(lanes: Lanes) -> None:
    lanes.note("heavy", 1)
    lanes.note("light", BRIEF / 10)
    _, heavy, *_ = ask(lanes, "a", "heavy", "b", "c", "d", "e", "f")
    assert lanes.admit(Job(b"", "light", 1, print)) is heavy


def test_a_client_has_half_of_the_queue(lanes: Lanes) -> None:
    ask(lanes, "a", "a", "a")
    fourth = Job(b"", "a", 1, print)
    assert lanes.admit(fourth) is fourth
