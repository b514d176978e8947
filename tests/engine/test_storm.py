"""A storm of runaway queries through HTTP, in small: light queries and pages go on."""

import contextlib
import http.client
import statistics
import threading
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from benchmarks import graph
from benchmarks.engines import site
from server.release.manifest import CURRENT
from tests.engine.test_workers import BOMBS

pytestmark = pytest.mark.xdist_group("engine")

BASE = "http://127.0.0.1:8000/"
LIGHT = "SELECT ?l { <id/treaty/1957/t7> rdfs:label ?l }"


def ask(url: str, query: str, source: str, timeout: float = 60) -> int:
    """Return the status of a query asked from one of this machine's own addresses."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout,
                                            source_address=(source, 0))  # fmt: skip
    with contextlib.closing(connection):
        connection.request("GET", f"/sparql?query={quote(query)}")
        response = connection.getresponse()
        response.read()
        return response.status


def light(url: str, count: int) -> list[float]:
    times = []
    for i in range(count):
        started = time.perf_counter()
        assert ask(url, f"{LIGHT} # {i} {started}", "127.0.0.2") == 200
        times.append(time.perf_counter() - started)
        time.sleep(0.02)
    return times


def test_light_queries_go_on_in_a_storm(tmp_path: Path) -> None:
    graph.release(tmp_path / CURRENT, BASE, 10_000)
    with site(tmp_path, BASE, SPACELAW_QUERY_SECONDS="4") as url:
        quiet = statistics.median(light(url, 50))
        statuses: list[int] = []

        def runaway(i: int) -> None:
            query = list(BOMBS.values())[i % len(BOMBS)]
            statuses.append(ask(url, f"{query} # {i}", f"127.0.1.{i + 1}"))

        threads = [threading.Thread(target=runaway, args=(i,)) for i in range(30)]
        for thread in threads:
            thread.start()
        stormy = light(url, 60)
        for thread in threads:
            thread.join()
        calm = statistics.median(light(url, 30))
    assert set(statuses) <= {200, 400, 414, 429, 503, 504}
    assert len(statuses) == 30
    # Generous, for busy machines: this catches a stall, it measures nothing.
    assert statistics.median(stormy) < max(20 * quiet, 0.5)
    assert calm < max(5 * quiet, 0.1)
