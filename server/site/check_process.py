"""Checks that run in a process of their own, one at a time in each web process."""

import json
import subprocess
import sys
from threading import BoundedSemaphore
from typing import Any

from server.problems import Problem

SECONDS = 30
_NO_MEMORY = 3  # exit status of those that run out of it


class Checker:
    """Runs a module of ours that reads what is sent and prints JSON.

    A check takes a processor and much memory, so the next waits `wait_seconds` for it to end.
    """

    def __init__(self, module: str, thing: str, wait_seconds: float) -> None:
        self._module, self._thing, self._wait = module, thing, wait_seconds
        self._at_once = BoundedSemaphore(1)

    def run(self, data: bytes, *arguments: str) -> dict[str, Any]:
        """Return what the module says of `data`.

        Raises Problem 429 while another is checked, 503 where it takes too much time or memory.
        """
        if not self._at_once.acquire(timeout=self._wait):
            text = f"Another {self._thing} is being checked."
            raise Problem(429, text, headers={"Retry-After": "5"})
        try:
            done = subprocess.run(  # noqa: S603 (our own module; arguments are never a visitor's)
                [sys.executable, "-P", "-m", self._module, *arguments],
                input=data,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Problem(503, f"Checking took more than {SECONDS} seconds.") from None
        finally:
            self._at_once.release()
        if done.returncode < 0 or done.returncode == _NO_MEMORY:
            text = f"Checking this {self._thing} takes more memory than a check may take."
            raise Problem(503, text)
        if done.returncode:
            raise RuntimeError(done.stderr.decode(errors="replace"))
        found: dict[str, Any] = json.loads(done.stdout)
        return found
