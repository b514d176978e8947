"""Each Python that is supported makes the same bytes: of a release, and of what is handed out."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from server.release.manifest import CURRENT
from tests import tinysource
from tests.command import ROOT
from tests.needs import missing

BUILD = "import sys; from pathlib import Path; from server.compile.pipeline import build; " \
    "build(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])"  # fmt: skip
# Python, hash seed, time zone and language of each environment; the first is that of the tests.
ENVIRONMENTS = [
    ("", "1", "UTC", "C"),
    ("3.12", "2", "Asia/Kathmandu", "tr_TR.UTF-8"),
    ("3.13", "3", "America/St_Johns", "de_DE.UTF-8"),
]


def python(version: str) -> Path | None:
    """Return a Python of this version, of the machine's own or of pyenv's."""
    pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    own = shutil.which(f"python{version}")
    for path in (*map(str, pyenv), *([own] if own else [])):
        if subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
            return Path(path)
    return None


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file in a folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def made(folder: Path, version: str, seed: str, zone: str, language: str) -> dict[str, str]:
    """Return what one environment makes of the same sources, written in an order of its own."""
    settings = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": language}
    executable = sys.executable
    if version:
        subprocess.run([str(python(version)), "-m", "venv", str(folder / "venv")], check=True)
        executable = str(folder / "venv" / "bin" / "python")
        _install(executable, "-r", str(ROOT / "requirements" / "serve.txt"))
    dist = [executable, "-m", "hatchling", "build", "-d", str(folder / "dist")]
    subprocess.run(dist, cwd=ROOT, env=settings, check=True)
    if version:
        _install(executable, "--no-deps", *map(str, (folder / "dist").glob("*.whl")))
    files = tinysource.FILES | tinysource.ODD_FILES
    for name in sorted(files, reverse=seed == "2"):  # the order in which folders list them
        tinysource.put(folder / "sources", name, files[name])
    where = str(folder / "sources"), str(folder / "releases")
    build = [executable, "-c", BUILD, *where, tinysource.BASE]
    subprocess.run(build, cwd=folder, env=settings, check=True)
    current = digests((folder / "releases" / CURRENT).resolve())
    return {f"release/{name}": found for name, found in current.items()} | digests(folder / "dist")


def _install(executable: str, *what: str) -> None:
    command = [executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", *what]
    subprocess.run(command, check=True)


@pytest.mark.parametrize("environment", ENVIRONMENTS[1:], ids=lambda one: one[0])
def test_each_python_makes_the_same_bytes(
    environment: tuple[str, str, str, str], tmp_path: Path
) -> None:
    if python(environment[0]) is None:
        missing(f"Python {environment[0]}")
    expected = made(tmp_path / "here", *ENVIRONMENTS[0])
    found = made(tmp_path / "there", *environment)
    assert sorted(found) == sorted(expected)
    assert [name for name in expected if found[name] != expected[name]] == []
