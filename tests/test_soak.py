"""A short form of the endurance test: releases change, processes die, and troubles of all kinds."""

import subprocess
import sys
from pathlib import Path

from tests.command import ROOT
from tests.needs import needs

pytestmark = needs(Path("/proc/self/task").exists(), "/proc")


def test_no_good_request_fails() -> None:
    often = ["--seconds=10", "--switch=4", "--kill=6", "--trouble=1"]
    command = [sys.executable, "-m", "benchmarks.soak", *often]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr[-1000:]
