"""Harvesters of other people's making, run against the real site where they are installed."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import site as live
from tests.live.site import COMMAND, ROOT, Site, ask, environment

# A folder in which `npm install ldes-client` was run, if the command is not on the path.
LDES_CLIENT = shutil.which("ldes-client", path=os.environ.get("LDES_CLIENT_BIN")) or shutil.which(
    "ldes-client"
)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve the real dataset with a first release on record."""
    folder = tmp_path_factory.mktemp("recorded")
    for name in ("ontology", "data", "shapes", "queries"):
        shutil.copytree(ROOT / name, folder / "source" / name)
    shutil.rmtree(folder / "source" / "data" / "releases", ignore_errors=True)
    env = environment(folder / "releases", live.free_port(), SOURCES=str(folder / "source"))
    subprocess.run([*COMMAND, "release"], env=env, cwd=ROOT, check=True, capture_output=True)
    running = Site(folder / "releases", SOURCES=str(folder / "source"))
    yield running
    running.stop()


@pytest.mark.skipif(LDES_CLIENT is None, reason="ldes-client (npm) is not installed")
def test_ldes_client_yields_every_member_once(recorded: Site) -> None:
    assert LDES_CLIENT
    done = subprocess.run(
        [LDES_CLIENT, recorded.base + "ldes"],
        capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if "activitystreams#object>" in line]
    members = Counter(line.partition(" ")[0] for line in lines)
    total = ask(recorded.base + "changes").body
    assert f'"totalItems": {len(members)}' in total.decode()
    assert set(members.values()) == {1}


@pytest.mark.skipif(
    importlib.util.find_spec("resync") is None, reason="resync (PyPI) is not installed"
)
def test_resync_takes_everything_and_finds_it_in_sync(recorded: Site, tmp_path: Path) -> None:
    source = ["--sitemap", f"{recorded.base}resourcesync/resourcelist.xml", "--noauth",
              "--hash", "sha-256", f"{recorded.base}doc={tmp_path / 'copy'}"]  # fmt: skip
    script = str(Path(sys.executable).with_name("resync-sync"))

    def resync(*mode: str) -> str:
        done = subprocess.run(
            [script, *mode, *source],
            capture_output=True, text=True, timeout=300, check=True, cwd=tmp_path,
        )  # fmt: skip
        return done.stdout + done.stderr

    (tmp_path / "copy").mkdir()
    assert "SYNCED" in resync("--baseline")
    assert " IN SYNC" in resync("--audit", "--checksum").replace("NOT IN", "NOT-IN")
    files = [p for p in (tmp_path / "copy").rglob("*") if p.is_file()]
    (changed, *_) = files
    changed.write_bytes(b"something else")
    assert "NOT IN SYNC" in resync("--audit", "--checksum")
