"""What befalls a site in its life: a full disk, a clock that jumps, a store that is away."""

import contextlib
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from server.release.reader import Release
from server.sparql.release_loading import publish
from server.sparql.remote import Store
from tests.sockets import free_port
from tests.sparql.servers import oxigraph

TROUBLE_SECONDS = 3.0
_DISK_MEGABYTES = 256
_DAY = 86_400
_CLOCK = Path(__file__).with_name("clock.c")


class AwayStore:
    """A store that goes away and returns, with all that it holds."""

    def __init__(self, folder: Path, release: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.running = contextlib.ExitStack()
        self.url = self._start()
        publish(Release(release), Store(self.url), lambda _: None)

    def _start(self) -> str:
        return self.running.enter_context(oxigraph(self.folder, self.port, is_writable=True))

    def go_away(self) -> None:
        """Be away for a while."""
        self.running.close()
        time.sleep(TROUBLE_SECONDS)
        self._start()


def fill(folder: Path) -> None:
    """Leave no room on a disk for a while."""
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        with contextlib.suppress(OSError):
            while True:
                file.write(b"0" * 4096)
        time.sleep(TROUBLE_SECONDS)


def clock_settings(clock: Path) -> dict[str, str]:
    """Return what a process needs so that `jump` moves its clock; nothing without a C compiler."""
    library = clock.with_suffix(".so")
    _set(clock, 0)
    try:
        compile_it = ["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(_CLOCK)]
        subprocess.run(compile_it, check=True)
    except (OSError, subprocess.CalledProcessError):
        return {}
    return {"LD_PRELOAD": str(library), "SPACELAW_CLOCK": str(clock)}


def jump(clock: Path) -> None:
    """Have the clock of a site jump a day ahead, a day back, and to the right time again."""
    for days in (1, -1, 0):
        _set(clock, days * _DAY)
        time.sleep(TROUBLE_SECONDS)


def _set(clock: Path, seconds: int) -> None:
    """Write, in place, what a clock is ahead of the right time."""
    with clock.open("r+b" if clock.exists() else "wb") as file:
        file.write(struct.pack("=q", seconds))


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Have a folder on a small disk of its own; yield whether it is, which takes root."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_MEGABYTES}m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=False)
