"""What is handed out is signed, and checked without a network, by us and by minisign itself."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import minisign
import pytest

from tools.dist import SIGNATURE, SUMS, Untrue, sign, verify

MINISIGN = shutil.which("minisign")
FILE = "spacelaw-1.whl"


@pytest.fixture
def signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Return a folder that is signed with a key that has a password, and the public key."""
    folder, public, secret = tmp_path / "dist", tmp_path / "key.pub", tmp_path / "key"
    folder.mkdir()
    (folder / FILE).write_bytes(b"the wheel")
    (folder / SUMS).write_text(f"{hashlib.sha256(b'the wheel').hexdigest()}  {FILE}\n")
    pair = minisign.KeyPair.generate()
    public.write_bytes(bytes(pair.public_key) + b"\n")
    pair.secret_key.encrypt("a password", opslimit=32768, memlimit=16_777_216)
    secret.write_bytes(bytes(pair.secret_key) + b"\n")
    monkeypatch.setenv("SPACELAW_SIGNING_PASSWORD", "a password")
    sign(folder, secret, "spacelaw 1")
    return folder, public


def test_what_is_signed_is_found_to_be_so(signed: tuple[Path, Path]) -> None:
    assert verify(*signed) == "spacelaw 1"


def test_a_file_that_changed_is_told(signed: tuple[Path, Path]) -> None:
    folder, public = signed
    (folder / FILE).write_bytes(b"another wheel")
    with pytest.raises(Untrue, match=FILE):
        verify(folder, public)


def test_checksums_that_changed_are_told(signed: tuple[Path, Path]) -> None:
    folder, public = signed
    (folder / FILE).write_bytes(b"another wheel")
    (folder / SUMS).write_text(f"{hashlib.sha256(b'another wheel').hexdigest()}  {FILE}\n")
    with pytest.raises(Untrue, match=SIGNATURE):
        verify(folder, public)


def test_the_key_of_another_does_not_fit(signed: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "other.pub").write_bytes(bytes(minisign.KeyPair.generate().public_key) + b"\n")
    with pytest.raises(Untrue, match=SIGNATURE):
        verify(signed[0], tmp_path / "other.pub")


def test_what_is_not_signed_is_told(signed: tuple[Path, Path]) -> None:
    folder, public = signed
    (folder / SIGNATURE).unlink()
    with pytest.raises(Untrue, match=SIGNATURE):
        verify(folder, public)


@pytest.mark.skipif(MINISIGN is None, reason="minisign (Debian: minisign): not on this machine")
def test_minisign_finds_the_same(signed: tuple[Path, Path]) -> None:
    folder, public = signed
    command = [str(MINISIGN), "-V", "-p", str(public), "-m", SUMS]
    told = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    assert "Trusted comment: spacelaw 1\n" in told
    subprocess.run(["sha256sum", "-c", "--quiet", SUMS], cwd=folder, check=True)
