"""Tests of a worker as its web process knows it."""

import asyncio
import os
import socket

import pytest

from server.sparql import worker_messages
from server.sparql.query_queues import Job, Lane
from server.sparql.worker_handle import Worker


def pair() -> tuple[Worker, socket.socket]:
    """Return a worker and the other end of its channel."""
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    ours.setblocking(False)
    theirs.setblocking(False)
    loop = asyncio.get_running_loop()
    return Worker(os.getpid(), ours, worker_messages.Reader(ours), loop), theirs


def job(text: bytes = b"") -> Job:
    return Job(worker_messages.packed({}, text), "client", 1, print)


async def arrived(channel: socket.socket, count: int) -> list[bytes]:
    """Return the bodies of so many messages."""
    reader, found = worker_messages.Reader(channel), list[bytes]()
    while len(found) < count:
        try:
            message = reader.read()
        except BlockingIOError:
            await asyncio.sleep(0.001)
            continue
        if message:
            found.append(message.body)
    return found


def test_queries_run_in_the_order_in_which_they_were_sent() -> None:
    async def run() -> None:
        worker, channel = pair()
        first, second = job(b"first"), job(b"second")
        worker.run(first)
        worker.follow(second)
        assert (first.tries, second.tries) == (1, 0)
        assert await arrived(channel, 2) == [b"first", b"second"]
        assert worker.finish(0) is first
        assert worker.job is second
        assert second.tries == 1
        assert worker.finish(0) is second
        assert worker.job is None
        assert not worker.spent

    asyncio.run(run())


def test_what_has_not_begun_is_given_back() -> None:
    async def run() -> None:
        worker, _ = pair()
        jobs = [job() for _ in range(3)]
        worker.run(jobs[0])
        for one in jobs[1:]:
            worker.follow(one)
        assert worker.give_back() == jobs[1:]
        assert worker.spent  # these are in its channel yet
        assert worker.give_back() == []
        assert worker.finish(0) is jobs[0]
        assert worker.job is None

    asyncio.run(run())


def test_only_so_many_follow() -> None:
    async def run() -> None:
        worker, _ = pair()
        assert not worker.takes_more  # nothing runs
        worker.run(job())
        followers = 0
        while worker.takes_more:
            worker.follow(job())
            followers += 1
        assert 0 < followers < 20
        worker.give_back()
        worker.lane = Lane.SLOW
        assert not worker.takes_more

    asyncio.run(run())


@pytest.mark.parametrize("size", [1_000, 5_000_000])
def test_nothing_goes_ahead_of_a_query_that_is_not_sent_whole(size: int) -> None:
    async def run() -> None:
        worker, channel = pair()
        bodies = [b"x" * size, b"second"]
        worker.run(job(bodies[0]))
        assert worker.takes_more is (size < 10_000)
        waiting = asyncio.create_task(arrived(channel, 2))
        while not worker.takes_more:
            await asyncio.sleep(0.001)
        worker.follow(job(bodies[1]))
        assert await waiting == bodies

    asyncio.run(run())


def test_a_worker_that_died_takes_a_query_without_a_fault() -> None:
    async def run() -> None:
        worker, channel = pair()
        channel.close()
        worker.run(job())  # the zygote tells of its death
        assert not worker.sending

    asyncio.run(run())
