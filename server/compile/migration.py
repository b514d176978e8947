"""What took the place of each identifier that an earlier version of the ontology had."""

import csv
from dataclasses import dataclass
from pathlib import Path

from server.rdf.vocabulary import CANONICAL_BASE

TABLE = Path("ontology/migration.tsv")


@dataclass(frozen=True)
class Moved:
    """An identifier that was given up: its successor, whether that means the same, and when."""

    old: str
    new: str
    same: bool
    withdrawn: str


def read(root: Path) -> list[Moved]:
    """Return the rows of the table under `root`, on the canonical base; none where it is missing.

    An answer of 301 says that the successor means the same, one of 410 that it comes nearest.
    """
    path = root / TABLE
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [
        Moved(
            _whole(r["old"]), _whole(r["new"]), r["answer"] == "301", f"{r['withdrawn']}T00:00:00Z"
        )
        for r in rows
    ]


def _whole(iri: str) -> str:
    return iri if iri.startswith("http") else CANONICAL_BASE + iri
