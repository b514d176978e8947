"""The competency questions: SPARQL files with a title, a description and an exact answer."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

_HEADER = re.compile(r"^# (title|description|inventory): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Question:
    """A question in words and in SPARQL; `answer` is a table whose first row names the columns.

    IRIs in the answer are relative to the base. `inventory` is the key of the question in the
    inventory of the paper, or "".
    """

    slug: str
    title: str
    description: str
    inventory: str
    query: str
    answer: tuple[tuple[str, ...], ...]

    @property
    def ordered(self) -> bool:
        """Whether the order of the rows belongs to the answer."""
        return "ORDER BY" in self.query


def read(path: Path) -> Question:
    """Return the question of a query file; raises ValueError if head or answer is missing."""
    text = path.read_text("utf-8")
    head = dict(_HEADER.findall(text))
    answer = path.with_suffix(".csv")
    if not {"title", "description"} <= head.keys() or not answer.is_file():
        raise ValueError(f"{path} lacks a title, a description or its answer in {answer.name}")
    with answer.open(encoding="utf-8", newline="") as lines:
        rows = tuple(tuple(row) for row in csv.reader(lines))
    return Question(
        path.stem, head["title"], head["description"], head.get("inventory", ""), text, rows
    )


def read_all(folder: Path) -> list[Question]:
    """Return the questions of a folder in the order of their slugs."""
    return [read(path) for path in sorted(folder.glob("*.rq"))]
