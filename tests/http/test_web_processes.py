"""What becomes of web processes that die, and of all when the command that runs them does."""

import contextlib
import os
import signal
from pathlib import Path

from server.generation import HEALTHCHECK_SECONDS
from server.release.reader import Release
from tests.awkward import BASE
from tests.needs import needs
from tests.processes import eventually, family
from tests.served import Client, served
from tests.sockets import connected

pytestmark = needs(Path("/proc/self/task").exists(), "/proc")

ASK = "/sparql?query=ASK%7B%7D"


def web(root: int) -> set[int]:
    """Return the web processes of a command: its children that have another task are none."""
    found = set()
    for pid in family(root):
        with contextlib.suppress(OSError):
            parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
            if parent == root and b"fork_server" not in line and b"resource_tracker" not in line:
                found.add(pid)
    return found


def test_one_that_dies_is_replaced(awkward: Release) -> None:
    with served(awkward.folder.parent, BASE, SPACELAW_WEB_WORKERS="2") as client:
        before = web(client.pid)
        assert len(before) == 2
        os.kill(min(before), signal.SIGKILL)
        # One that dies just as it is asked whether it lives is waited for.
        eventually(
            lambda: len(web(client.pid)) == 2 and web(client.pid) != before,
            2 * HEALTHCHECK_SECONDS,
        )
        eventually(lambda: client.get(ASK).status_code == 200)


def test_all_end_with_their_command_even_if_it_is_killed(awkward: Release) -> None:
    with served(awkward.folder.parent, BASE) as client:
        assert client.get(ASK).status_code == 200
        os.kill(client.pid, signal.SIGKILL)
        eventually(lambda: not listens(client))


def listens(client: Client) -> bool:
    try:
        connected(client.port).close()
    except ConnectionRefusedError:
        return False
    return True
