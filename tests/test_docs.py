"""The README tells of every setting, command, format and folder that there is."""

import re
import tomllib
from pathlib import Path

import pytest

from server import cli, settings
from server.rdf.formats import DOCUMENT_FORMATS, RESULT_FORMATS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def test_each_setting_has_a_row() -> None:
    rows = [line for line in README.splitlines() if line.startswith("| `SPACELAW_")]
    told = {name for row in rows for name in re.findall(r"`SPACELAW_(\w+)`", row)}
    assert told
    assert told == set(re.findall(r"SPACELAW_(\w+)", settings.settings_help()))


@pytest.mark.parametrize("name", sorted(cli.main.commands))
def test_each_command_has_a_row(name: str) -> None:
    assert f"`spacelaw {name}" in README


@pytest.mark.parametrize("name", [f.name for f in (*DOCUMENT_FORMATS, *RESULT_FORMATS)])
def test_each_format_is_named(name: str) -> None:
    assert name in README


def test_a_server_takes_at_most_ten_commands() -> None:
    """As deploy/fresh-debian runs them."""
    section = README.split("\n## On a server\n")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.S)
    assert len(blocks) == 2
    assert 0 < len("".join(blocks).splitlines()) <= 10


def test_each_decision_has_a_number_of_its_own() -> None:
    numbers = [p.name[:4] for p in sorted((ROOT / "docs/decisions").glob("*.md"))]
    assert numbers == [f"{n:04d}" for n in range(1, len(numbers) + 1)]


def test_the_lock_files_name_no_host() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        assert "://" not in lock.read_text("utf-8")


def test_each_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    locked = (ROOT / "requirements/test.txt").read_text("utf-8").lower()
    groups = [project["project"]["dependencies"]]
    groups += [project["dependency-groups"][name] for name in ("test", "lint", "build")]
    for requirement in (r for group in groups for r in group):
        name = re.split(r"[><=]", requirement)[0].lower()
        assert f"\n{name}==" in "\n" + locked, name


def test_each_module_opens_with_one_sentence_of_purpose() -> None:
    own = [*ROOT.glob("server/**/*.py"), *ROOT.glob("tests/**/*.py")]
    for path in (p for p in own if "node_modules" not in p.parts):
        first = path.read_text("utf-8").split("\n\n")[0].strip()
        assert re.match(r'"""[A-Z][^"]+[.]"?', first), path
