"""The page of clients has what tests of clients show, nothing else, and the locks' versions."""

import json
import re
from pathlib import Path

from tests.clients.matrix import declared, written

ROOT = Path(__file__).parents[1]


def locked() -> dict[str, str]:
    """Return the version of each package from PyPI or npm, by its name in lower case."""
    found = dict[str, str]()
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        found |= dict(re.findall(r"^([\w.-]+)==([\w.]+)", path.read_text("utf-8"), re.MULTILINE))
    lock = json.loads((ROOT / "tests/clients/package-lock.json").read_text("utf-8"))
    for place, package in lock["packages"].items():
        if place.count("node_modules/") == 1:
            found[place.removeprefix("node_modules/")] = package["version"]
    return {name.lower(): version for name, version in found.items()}


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
        assert version == versions[client.lower()], client
