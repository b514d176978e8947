"""The matrix of docs/clients.md: each test of this folder says by `shows` what a client does.

`python -m tests.clients.matrix` runs these tests and writes the page: a row for all that passed.
"""

import ast
import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pytest

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[1] / "docs" / "clients.md"
_HEAD = """# Clients

What people use, unmodified, and what it does here. The tests of `tests/clients` do what each row
says; `make clients` runs them and writes this page, and `make test-peers` runs them too. A client
that is missing here has not been tried.

| client | version | what was done | result |
|---|---|---|---|
"""
_SAYS_VERSION = {
    "rapper": ["rapper", "--version"],
    "curl": ["curl", "--version"],
    "GNU Wget": ["wget", "--version"],
    "R": ["Rscript", "--version"],
    "nginx": ["/usr/sbin/nginx", "-v"],
    "Virtuoso": ["virtuoso-t", "--version"],
}
_REQUESTS_ONLY = {"OpenRefine": "its requests"}
_JARS = {"OWL API": "/usr/share/java/owlapi-api-*.jar"}
Test = TypeVar("Test", bound=Callable[..., Any])


class Row(NamedTuple):
    """What a test does with a client, and what it then finds."""

    client: str
    done: str
    result: str


def shows(client: str, done: str, result: str) -> Callable[[Test], Test]:
    """Say that a test shows this; it may say so several times."""

    def mark(test: Test) -> Test:
        test.shows = (Row(client, done, result), *getattr(test, "shows", ()))  # type: ignore[attr-defined]
        return test

    return mark


def declared() -> list[Row]:
    """Return what the tests say that they show, without importing them."""
    calls = [
        call
        for path in sorted(FOLDER.glob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
        for call in node.decorator_list
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "shows"
    ]
    return sorted(Row(*map(ast.literal_eval, call.args)) for call in calls)


def written() -> Iterator[tuple[str, Row]]:
    """Yield the version and the rest of each row of the page."""
    text = PAGE.read_text("utf-8") if PAGE.exists() else ""
    for line in text.splitlines():
        if line.startswith("| ") and not line.startswith("| client |"):
            client, version, done, result = line.strip("| ").split(" | ")
            yield version, Row(client, done, result)


def version_of(client: str) -> str:
    """Return the version of a client on this machine."""
    package = FOLDER / "node_modules" / client / "package.json"
    if package.is_file():
        return str(json.loads(package.read_text("utf-8"))["version"])
    if client in _SAYS_VERSION:
        done = subprocess.run(_SAYS_VERSION[client], capture_output=True, text=True, check=False)
        found = re.search(r"\d+\.\d+(\.\d+)*", done.stdout + done.stderr)
        return found[0] if found else ""
    if client in _REQUESTS_ONLY:
        return _REQUESTS_ONLY[client]
    if client in _JARS:
        (jar,) = Path("/").glob(_JARS[client].lstrip("/"))
        return jar.stem.rpartition("-")[2]
    if client == "Jena":
        from tests.clients.java import JENA

        return next(j.stem for j in JENA if j.stem.startswith("jena-core")).rpartition("-")[2]
    if client == "Fuseki":
        from tests.sparql.servers import FUSEKI

        return Path(str(FUSEKI)).stem.rpartition("-")[2]
    if client == "RDF4J":
        from tests.clients.java import RDF4J

        name = next(j.stem for j in RDF4J if j.stem.startswith("rdf4j-model-api"))
        return name.rpartition("-")[2]
    return importlib.metadata.version(client)


class Recorder:
    """A plugin of pytest: notes for each row whether all of its tests passed."""

    def __init__(self) -> None:
        self.passed: dict[Row, bool] = {}

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Note the outcome of a test, or that it was skipped."""
        for row in getattr(getattr(item, "function", None), "shows", ()):
            if call.when == "call" or call.excinfo:
                self.passed[row] = self.passed.get(row, True) and not call.excinfo


def main() -> None:
    """Run the tests, or those of the files that are named, and write the page."""
    recorder = Recorder()
    options = ["-q", "-o", "addopts=-ra --strict-markers", "-p", "no:cacheprovider"]
    status = pytest.main([*options, *(sys.argv[1:] or [str(FOLDER)])], plugins=[recorder])
    known = set(declared())
    # What was not tried now stands as it did.
    rows = {r: v for v, r in written() if r in known and r not in recorder.passed}
    rows |= {r: version_of(r.client) for r, has_passed in recorder.passed.items() if has_passed}
    ordered = sorted(rows, key=lambda row: (row.client.lower().lstrip("@"), row))
    lines = (f"| {r.client} | {rows[r]} | {r.done} | {r.result} |\n" for r in ordered)
    PAGE.write_text(_HEAD + "".join(lines), "utf-8")
    missing = sorted(known - set(rows))
    print(f"{len(rows)} rows in {PAGE.name}; not shown: {missing or 'none'}")
    sys.exit(bool(status or missing))


def is_there(command: str) -> bool:
    """Tell whether a command is on this machine."""
    return shutil.which(command) is not None


if __name__ == "__main__":
    main()
