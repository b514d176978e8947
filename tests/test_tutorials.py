"""The tutorials' code runs against the real site and prints what they say that it prints."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.command import ROOT, Site
from tests.needs import needs

BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def tutorial(site: Site, name: str, language: str) -> tuple[str, list[str]]:
    """Return the code of a tutorial in one piece, and the lines that it prints."""
    text = (ROOT / "docs" / f"tutorial-{name}.md").read_text("utf-8").replace("BASE/", site.base)
    blocks = BLOCK.findall(text)
    code = "\n".join(body for kind, body in blocks if kind == language)
    told = [line for kind, body in blocks if kind == "text" for line in body.splitlines()]
    return code, told


def run(command: list[str], folder: Path) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_rdflib(site: Site, tmp_path: Path) -> None:
    code, told = tutorial(site, "rdflib", "python")
    assert run([sys.executable, "-c", code], tmp_path) == told


@needs(shutil.which("Rscript"), "R (Debian: r-base-core)")
def test_r(site: Site, tmp_path: Path) -> None:
    code, told = tutorial(site, "r", "r")
    printed = run(["Rscript", "-e", code], tmp_path)
    assert [line.split() for line in printed] == [line.split() for line in told]
    assert (tmp_path / "ratifications.png").stat().st_size > 1000
