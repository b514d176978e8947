"""Tests of the manifest of a release."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from server.release.manifest import MANIFEST, Manifest, MissingRelease

EXAMPLE = Manifest(
    release="0123456789abcdef",
    version="1.0",
    base="http://localhost/",
    dataset="d" * 64,
    sources="e" * 64,
    software="f" * 64,
    quads=3,
    resources=2,
    graphs={"paper": 2, "official": 1},
    files={"dataset.nq": "d" * 64},
)


def test_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    EXAMPLE.write(tmp_path)
    assert Manifest.read(tmp_path) == EXAMPLE


def test_manifest_is_plain_json(tmp_path: Path) -> None:
    EXAMPLE.write(tmp_path)
    assert json.loads((tmp_path / MANIFEST).read_text("utf-8")) == asdict(EXAMPLE)


def test_bytes_do_not_depend_on_the_order_of_members(tmp_path: Path) -> None:
    EXAMPLE.write(tmp_path)
    before = (tmp_path / MANIFEST).read_bytes()
    turned = {**asdict(EXAMPLE), "graphs": {"official": 1, "paper": 2}}
    Manifest(**turned).write(tmp_path)
    assert (tmp_path / MANIFEST).read_bytes() == before


def test_folder_without_a_manifest_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(MissingRelease, match="There is no release at"):
        Manifest.read(tmp_path)
    with pytest.raises(MissingRelease, match="nowhere"):
        Manifest.read(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"release": "x"}', b'"\xff"']
)
def test_broken_manifest_is_no_release(tmp_path: Path, text: bytes) -> None:
    (tmp_path / MANIFEST).write_bytes(text)
    with pytest.raises(MissingRelease, match="cannot be read"):
        Manifest.read(tmp_path)


def test_manifest_with_members_of_another_version_is_no_release(tmp_path: Path) -> None:
    members = {**asdict(EXAMPLE), "colour": "red"}
    (tmp_path / MANIFEST).write_text(json.dumps(members))
    with pytest.raises(MissingRelease, match="colour"):
        Manifest.read(tmp_path)
