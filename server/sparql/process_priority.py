"""What the system tells of a process, and how it is told that one comes last."""

import contextlib
import os
import resource
import time
from pathlib import Path

_PAGE = resource.getpagesize()
_NICEST = 19


def come_last(pid: int) -> None:
    """Let a process run when no other wants the processor, and give it up at once when one does."""
    with contextlib.suppress(OSError):
        if hasattr(os, "SCHED_IDLE"):
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
        else:
            os.setpriority(os.PRIO_PROCESS, pid, _NICEST)


def worked(pid: int) -> float:
    """Return the seconds of processor time that a process took; where not told, those gone by."""
    try:
        return time.clock_gettime(~pid << 3 | 2)  # clock_getcpuclockid(3), as Linux has it
    except OSError:
        return time.monotonic()


def resident(pid: int) -> int:
    """Return the bytes of memory that a process has, shared or not: at once, as `private` is not.

    Where the system does not tell, no bound is kept.
    """
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    return 0


def private(pid: int) -> int:
    """Return the bytes of memory that a process shares with no other; 0 if it is not told."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Private_Dirty:"):
                return int(line.split()[1]) * 1024
    return 0
