"""What processes do, as the system tells (Linux), and waiting for it."""

import contextlib
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path


def eventually(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something holds; fail where it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextlib.contextmanager
def little_room(most: int = 100) -> Iterator[None]:
    """Have the kernel refuse this process files of more bytes, as a full disk would."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def family(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    found = [pid]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += family(int(child))
    return found


def private_bytes(pid: int) -> int:
    """Return the bytes that a process shares with no other."""
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        kept = [x for x in lines if x.startswith(("Private_Dirty:", "Private_Clean:"))]
        return sum(int(x.split()[1]) for x in kept) * 1024
    return 0


def ticks(pids: list[int]) -> int:
    """Return the processor time that processes have taken, in hundredths of a second."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total
