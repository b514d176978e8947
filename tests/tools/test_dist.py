"""What is handed out is the same each time, and what tells about the project is true."""

import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

from server.rdf.vocabulary import CANONICAL_BASE, PUBLISHER
from tests.command import ROOT
from tools.dist import LISTED, locked

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_the_citation_file_is_true() -> None:
    told = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert told["version"] == PROJECT["version"]
    assert told["url"] == CANONICAL_BASE
    assert told["authors"] == [{"name": PUBLISHER}]
    assert set(told["license"]) == set(PROJECT["license"].split(" AND "))


def test_codemeta_is_true() -> None:
    told = json.loads((ROOT / "codemeta.json").read_text("utf-8"))
    assert told["version"] == PROJECT["version"]
    assert told["description"] == PROJECT["description"]
    assert told["softwareRequirements"] == PROJECT["dependencies"]
    assert told["runtimePlatform"] == f"Python {PROJECT['requires-python']}"
    assert [one.rpartition("/")[2] for one in told["license"]] == PROJECT["license"].split(" AND ")


def test_each_dependency_is_listed_with_its_licence() -> None:
    rows = re.findall(r"^\| (\S+) \| (\S+) \| (.+) \|$", LISTED.read_text("utf-8"), re.M)
    assert [(name, version) for name, version, _ in rows[1:]] == [
        (name, version) for name, version, _ in locked()
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return two folders of what is handed out, made in two environments."""
    folders = []
    for seed, zone, language in (("1", "UTC", "C"), ("2", "Asia/Kathmandu", "tr_TR.UTF-8")):
        folder = tmp_path_factory.mktemp("dist")
        settings = {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": language}
        command = [sys.executable, "-m", "tools.dist", str(folder)]
        subprocess.run(command, cwd=ROOT, env={**os.environ, **settings}, check=True)
        folders.append(folder)
    return folders


def test_each_environment_makes_the_same_bytes(made: list[Path]) -> None:
    one, two = ({p.name: p.read_bytes() for p in folder.iterdir()} for folder in made)
    assert sorted(one) == sorted(two)
    assert [name for name in one if one[name] != two[name]] == []


def test_the_checksums_are_those_of_the_files(made: list[Path]) -> None:
    lines = (made[0] / "SHA256SUMS").read_text().splitlines()
    assert len(lines) == 3
    for line in lines:
        digest, name = line.split("  ")
        assert hashlib.sha256((made[0] / name).read_bytes()).hexdigest() == digest


def test_the_wheel_carries_code_and_sources_and_the_archive_all_to_build_it(
    made: list[Path],
) -> None:
    (wheel,), (archive,) = made[0].glob("*.whl"), made[0].glob("*.tar.gz")
    inside = set(zipfile.ZipFile(wheel).namelist())
    for name in ("server/cli.py", "server/templates/base.html", "server/static/style.css",
                 "server/sources/ontology/spacelaw.ttl",
                 "server/sources/docs/http.md"):  # fmt: skip
        assert name in inside, name
    with tarfile.open(archive) as files:
        names = {name.partition("/")[2] for name in files.getnames()}
    for name in ("pyproject.toml", "deploy/install", "requirements/serve.txt", "assets/build"):
        assert name in names, name


def test_the_bill_of_materials_names_each_dependency(made: list[Path]) -> None:
    (file,) = made[0].glob("*.cdx.json")
    bill = json.loads(file.read_text("utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert [(c["name"], c["version"]) for c in bill["components"]] == [
        (name, version) for name, version, _ in locked()
    ]
    assert all(c["properties"] for c in bill["components"])
