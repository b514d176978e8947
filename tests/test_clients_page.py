"""The page of clients has what tests of clients show, nothing else, and the locks' versions."""

import json
import re
from collections import defaultdict
from pathlib import Path

from tests.clients.matrix import declared, written

ROOT = Path(__file__).parents[1]


def locked() -> dict[str, set[str]]:
    """Return the versions of each package from PyPI or npm, by its name in lower case.

    There are several where those for an older Python are others.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        text = path.read_text("utf-8")
        for name, version in re.findall(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE):
            found[name.lower()].add(version)
    lock = json.loads((ROOT / "tests/clients/package-lock.json").read_text("utf-8"))
    for place, package in lock["packages"].items():
        if place.count("node_modules/") == 1:
            found[place.removeprefix("node_modules/").lower()].add(package["version"])
    return found


def test_the_page_has_nothing_that_no_test_shows() -> None:
    """What a test shows and did not pass when the page was made is not there."""
    rows = [row for _, row in written()]
    assert len(set(rows)) == len(rows) >= 40
    assert set(rows) <= set(declared())


def test_versions_are_those_of_the_locks() -> None:
    versions = locked()
    known = {row.client: version for version, row in written() if row.client.lower() in versions}
    assert len(known) > 15
    for client, version in known.items():
        assert version in versions[client.lower()], client
