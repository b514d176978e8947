"""Tests of how a web process and its workers hear of each other, with a worker played here."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path

import pytest

from server.sparql import worker_messages
from server.sparql.engine import Limits, QueryFailed
from server.sparql.query_queues import Job
from server.sparql.scheduler import Pool
from server.sparql.worker_messages import Message

QUERY = worker_messages.packed({}, b"a query")


class Played:
    """A pool with one worker, whose side of the channel is here."""

    def __init__(self, place: Path) -> None:
        self.zygote = socket.socket(socket.AF_UNIX)
        self.zygote.bind(str(place / "engine"))
        self.zygote.listen()
        self.pool = Pool(str(place / "engine"), Limits(), asyncio.get_running_loop())
        ours, self.channel = socket.socketpair()
        self.pid = os.getpid()  # of which the system tells what time it took
        self.pool.born(self.pid, ours)
        self.answers: dict[int, Message | QueryFailed] = {}

    async def ready(self) -> None:
        worker_messages.send(self.channel, {})
        while not self.pool.idle:
            await asyncio.sleep(0)
        self.pool.lanes.note("tiny", 1e-5)

    def ask(self, count: int) -> list[Job]:
        """Ask so many queries of one client that is known for tiny ones."""
        return [
            self.pool.begin(QUERY, "tiny", 30, partial(self.answers.__setitem__, number))
            for number in range(count)
        ]

    def answered(self) -> dict[int, bytes | str]:
        """Return what came: the body of an answer, or the reason why there is none."""
        return {
            number: found.body if isinstance(found, Message) else found.reason
            for number, found in self.answers.items()
        }


Scene = Callable[[Played], Coroutine[None, None, None]]
Play = Callable[[Scene], None]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    def run(scene: Scene) -> None:
        async def whole() -> None:
            played = Played(tmp_path)
            await played.ready()
            with played.zygote, played.channel:
                await asyncio.wait_for(scene(played), 10)

        asyncio.run(whole())

    return run


def test_answers_that_come_together_go_each_to_its_query(play: Play) -> None:
    async def scene(played: Played) -> None:
        played.ask(3)
        for number in range(3):
            worker_messages.send(played.channel, {"whole": True}, b"%d" % number)
        while len(played.answers) < 3:
            await asyncio.sleep(0)
        assert played.answered() == {0: b"0", 1: b"1", 2: b"2"}

    play(scene)


def test_what_kills_a_worker_is_what_came_after_its_last_answer(play: Play) -> None:
    async def scene(played: Played) -> None:
        played.ask(3)
        worker_messages.send(played.channel, {"whole": True}, b"0")
        played.channel.close()
        played.pool.died(played.pid, signal.SIGSEGV)  # told before the answer is read
        assert played.answered() == {0: b"0", 1: "crash"}
        assert len(played.pool.lanes.quick) == 1  # the third waits for another worker

    play(scene)


def test_a_query_whose_client_went_takes_no_other_with_it(play: Play) -> None:
    async def scene(played: Played) -> None:
        jobs = played.ask(3)
        played.pool.withdraw(jobs[1])
        assert played.pool.workers  # it goes on with the first
        worker_messages.send(played.channel, {"whole": True}, b"0")
        while not played.answers:
            await asyncio.sleep(0)
        assert played.answered() == {0: b"0"}
        assert not played.pool.workers  # and ends when the second begins
        assert [*played.pool.lanes.quick] == [jobs[2]]
        assert len(played.pool.lanes.running) == 0

    play(scene)


def test_what_follows_a_query_that_gives_way_runs_elsewhere(play: Play) -> None:
    async def scene(played: Played) -> None:
        played.ask(3)
        (one,) = played.pool.workers.values()
        one.started -= 1
        one.worked -= 0.02
        while not one.spent:
            await asyncio.sleep(0.001)
        assert len(played.pool.lanes.quick) == 2
        worker_messages.send(played.channel, {"whole": True}, b"0")
        while not played.answers:
            await asyncio.sleep(0)
        assert played.answered() == {0: b"0"}
        assert not played.pool.workers  # for it has queries in its channel that others answer

    play(scene)
