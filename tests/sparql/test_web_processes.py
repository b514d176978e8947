"""What becomes of web processes that die, and of all when the command that runs them does."""

import os
import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from benchmarks import graph
from benchmarks.engines import started
from benchmarks.storm import family, webs
from server.release.manifest import CURRENT
from server.serve import HEALTHCHECK_SECONDS
from tests.needs import needs
from tests.sparql.asking import eventually

pytestmark = [
    pytest.mark.xdist_group("engine"),
    needs(Path("/proc/self/task").exists(), "/proc"),
]

BASE = "http://127.0.0.1:8000/"


@pytest.fixture
def served(tmp_path: Path) -> Path:
    graph.release(tmp_path / CURRENT, BASE, 500)
    return tmp_path


def web(root: int) -> set[int]:
    """Return the web processes that a command has started."""
    return webs(family(root), root)


def test_one_that_dies_is_replaced(served: Path) -> None:
    with started(served, BASE) as (url, root):
        before = web(root)
        os.kill(min(before), signal.SIGKILL)
        # One that dies just as it is asked whether it lives is waited for.
        eventually(
            lambda: len(web(root)) == len(before) and web(root) != before, 2 * HEALTHCHECK_SECONDS
        )
        assert requests.get(url, {"query": "ASK {}"}, timeout=20).ok


def test_all_end_with_their_command_even_if_it_is_killed(served: Path) -> None:
    with started(served, BASE) as (url, root):
        port = urlsplit(url).port or 0

        def free() -> bool:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                return probe.connect_ex(("127.0.0.1", port)) != 0

        assert not free()
        os.kill(root, signal.SIGKILL)
        eventually(free)
