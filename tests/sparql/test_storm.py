"""A storm of runaway queries through HTTP, in small: light queries go on, and nothing dies.

Its bounds are wide, for the machine may be busy: `python -m benchmarks.storm` measures.
"""

import http.client
import statistics
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

from server.release.manifest import CURRENT
from tests.processes import eventually, family, private_bytes
from tests.served import Client, served
from tests.sparql.asking import BASE, LIGHT, nquads, release_of

MEGABYTE = 1024**2
# The five kinds that public endpoints die of.
RUNAWAYS = {
    "cross product": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "unbounded path": "SELECT (COUNT(*) AS ?n) { ?a (!<x:a>)* ?b . ?c (!<x:a>)* ?d }",
    "sort of a large join": "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f",
    "string building": "SELECT (GROUP_CONCAT(CONCAT(STR(?a), STR(?d))) AS ?x) "
    "{ ?a ?b ?c . ?d ?e ?f }",
    "nested aggregates": "SELECT (SUM(?n) AS ?s) { { SELECT ?a (COUNT(*) AS ?n) "
    "{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } GROUP BY ?a } }",
}
NUMBER_OF_RUNAWAYS = 20


def ask(port: int, query: str, source: str) -> int:
    """Return the status of a query that is asked from one of this machine's own addresses."""
    connection = http.client.HTTPConnection("127.0.0.1", port, 120, source_address=(source, 0))
    connection.request("GET", f"/sparql?query={quote(query)}")
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


class Storm:
    """Runaway queries at a server, and what light ones and memory make of them."""

    def __init__(self, server: Client) -> None:
        self.server = server
        self.number = 0
        self.seconds: list[float] = []
        self.most_memory = 0

    def light(self) -> float:
        """Return the seconds of a light query that nobody asked before; it must succeed."""
        self.number += 1
        started = time.monotonic()
        assert ask(self.server.port, f"{LIGHT.query} # {self.number}", "127.0.0.2") == 200
        return time.monotonic() - started

    def runaway(self, number: int) -> int:
        kind = list(RUNAWAYS.values())[number % len(RUNAWAYS)]
        return ask(self.server.port, f"{kind} # {number}", f"127.0.1.{number + 1}")

    def blow(self) -> list[int]:
        """Ask all runaways at once, and light queries until they have ended; return statuses."""
        with ThreadPoolExecutor(NUMBER_OF_RUNAWAYS) as pool:
            asked: list[Future[int]] = [
                pool.submit(self.runaway, number) for number in range(NUMBER_OF_RUNAWAYS)
            ]
            while not all(future.done() for future in asked):
                self.seconds.append(self.light())
                memory = sum(map(private_bytes, family(self.server.pid)))
                self.most_memory = max(self.most_memory, memory)
        return [future.result() for future in asked]


def test_light_queries_go_on_in_a_storm(tmp_path: Path) -> None:
    release_of(tmp_path / CURRENT, nquads(10_000))
    with served(
        tmp_path, BASE, SPACELAW_QUERY_SECONDS="3", SPACELAW_QUERY_TOTAL_MB="1024",
        SPACELAW_QUERY_MEMORY_MB="512",
    ) as server:  # fmt: skip
        storm = Storm(server)
        before = set(family(server.pid)[:2])
        statuses = storm.blow()
        assert set(statuses) <= {429, 503, 504}
        assert before <= set(family(server.pid))
        # What all queries may have together, and what the processes have themselves.
        assert storm.most_memory < 1500 * MEGABYTE
        # A runaway that held its place would hold light queries up until its deadline.
        assert statistics.median(storm.seconds) < 1.5
        eventually(lambda: statistics.mean(storm.light() for _ in range(10)) < 0.25, 5)
