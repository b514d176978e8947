"""A storm of runaway queries through HTTP, in small: light queries go on, and nothing dies.

Its bounds are wide, for the machine may be busy: `python -m benchmarks.storm` measures.
"""

import statistics
from pathlib import Path

import pytest

from benchmarks import graph, storm
from benchmarks.engines import started
from server.release.manifest import CURRENT

pytestmark = pytest.mark.xdist_group("engine")

MEMORY = 2500 * 1024**2  # all queries together 2048 MB, and the processes themselves


def test_light_queries_go_on_in_a_storm(tmp_path: Path) -> None:
    graph.release(tmp_path / CURRENT, storm.BASE, 10_000)
    settings = {"SPACELAW_QUERY_SECONDS": "3", "SPACELAW_QUERY_TOTAL_MB": "2048",
                "SPACELAW_QUERY_MEMORY_MB": "1024"}  # fmt: skip
    with started(tmp_path, storm.BASE, **settings) as (url, root):
        found = storm.run(url, root, 20, 20)  # raises if a light query is refused or fails
    assert set(found.statuses) <= {429, 503, 504}
    assert found.statuses.total() == 20
    before, after = found.webs
    assert len(before) == 2
    assert before <= after
    assert found.memory < MEMORY
    # A runaway that held its place would hold light queries up until its deadline.
    assert statistics.median(found.stormy) < 1.5
    normal = storm.recovered(found, 10, least=250)
    assert normal is not None
    assert normal < 5
