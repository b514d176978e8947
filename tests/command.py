"""Starting and stopping the real command, and asking it over HTTP."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pyoxigraph as ox

from server.rdf.iris import canonical
from server.rdf.terms import moved
from server.release.manifest import CURRENT, QUADS
from tests.measured import ALONE, MEASURED
from tests.sockets import free_port as free_port

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-c", "from server.cli import main; main(prog_name='spacelaw')"]


@dataclass(frozen=True)
class Answer:
    """What a request was answered with; redirects are not followed."""

    status: int
    headers: "Message[str, str]"
    body: bytes


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


_opener = urllib.request.build_opener(_Stay)


def ask(url: str, headers: Mapping[str, str] | None = None, data: bytes | None = None) -> Answer:
    """Return the answer to a GET, or to a POST of `data`."""
    request = urllib.request.Request(url, data, dict(headers or {}))
    try:
        with _opener.open(request, timeout=300) as response:
            return Answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read())


def environment(releases: Path, port: int, **settings: str) -> dict[str, str]:
    """Return the environment of a command with its settings and nothing of ours."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("SPACELAW_")}
    # Making all pages ahead takes a minute; tests/site/test_pages_ahead.py is about it.
    own = {"SPACELAW_PAGES_AHEAD": "0", "SPACELAW_RELEASES": str(releases)}
    own |= {"SPACELAW_PORT": str(port)}
    return inherited | own | {f"SPACELAW_{k}": v for k, v in settings.items()}


class Site:
    """A running `spacelaw serve`."""

    def __init__(
        self, releases: Path, port: int = 0, is_measured: bool = False, **settings: str
    ) -> None:
        self.port, self.releases = port or free_port(), releases
        self.base = f"http://127.0.0.1:{self.port}/"
        # Not a pipe: one that nobody reads, and that is full, would stop the site.
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - it lasts as long as the site
        self.process = subprocess.Popen(
            [*COMMAND[:2], ALONE + COMMAND[2], "serve"],
            env=environment(releases, self.port, **settings) | (MEASURED if is_measured else {}),
            stderr=self.log,
            start_new_session=True,
        )
        self.pid = self.process.pid
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 1200  # on a machine with much else to do
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                self.log.seek(0)
                raise RuntimeError(self.log.read().decode())
            try:
                if ask(self.base).status == 200:
                    return
            except OSError:
                time.sleep(0.05)
        self.stop()
        raise RuntimeError("the site did not answer in time")

    def quads(self) -> list[ox.Quad]:
        """Return what the release that is served holds, with canonical IRIs."""
        served = ox.parse(path=self.releases / CURRENT / QUADS, format=ox.RdfFormat.N_QUADS)
        return [moved(q, lambda iri: canonical(iri, self.base)) for q in served]

    def stop(self) -> int:
        """End the site as Ctrl-C does and return its exit status."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)  # a terminal tells the whole group
        try:
            return self.process.wait(20)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)


# Each checkout has ports of its own, so that two of them on a machine do not meet.
_PORTS = range(8801 + zlib.crc32(str(ROOT).encode()) % 800, 9621)
BUILT = ROOT / "var" / "tests"  # releases are kept by port, and built again if sources changed


def _prune(releases: Path) -> None:
    """Remove all releases but the current one."""
    current = (releases / "current").resolve().name
    for path in releases.iterdir():
        if path.is_dir() and not path.is_symlink() and path.name != current:
            shutil.rmtree(path)


class Shared(Site):
    """One site for all processes of a test session: the first starts it, the last ends it.

    The next session finds its release built, unless the sources or the code changed.
    """

    def __init__(self, folder: Path, **settings: str) -> None:
        """Use or start the site of `folder`, which all processes of the session name alike."""
        folder.mkdir(exist_ok=True)  # the constructor of Site is not called: that starts one
        self._lock, self._state = folder / "lock", folder / "state.json"
        self._started: Site | None = None
        with self._locked() as state:
            if not state:
                port = free_port(*_PORTS)
                # Not by the site itself: to measure the build would take a minute more.
                env = environment(BUILT / str(port), port, **settings)
                subprocess.run([*COMMAND, "build"], env=env, check=True, capture_output=True)
                self._started = Site(BUILT / str(port), port, is_measured=True, **settings)
                _prune(BUILT / str(port))
                state.update(port=self._started.port, pid=self._started.pid, users=0)
            state["users"] += 1
            self.port, self.pid = state["port"], state["pid"]
        self.releases = BUILT / str(self.port)
        self.base = f"http://127.0.0.1:{self.port}/"

    @contextlib.contextmanager
    def _locked(self) -> Iterator[dict[str, int]]:
        with self._lock.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            state = json.loads(self._state.read_text()) if self._state.exists() else {}
            yield state
            self._state.write_text(json.dumps(state))

    def leave(self) -> None:
        """Say that this process needs the site no more."""
        with self._locked() as state:
            state["users"] -= 1
            if not state["users"]:
                os.killpg(self.pid, signal.SIGINT)
                if self._started:
                    self._started.stop()
                state.clear()
