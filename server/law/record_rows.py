"""Rows of a CSV with acts or with a status table: read, and refused where they cannot be right."""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from server.declared import declared_in
from server.problems import Faulty

_COMMON = ("state_iso3", "treaty", "source", "where_read", "retrieved", "quality")
ACTS = (*_COMMON, "act", "date", "effective_date", "depositary", "note")
STATUSES = (*_COMMON, "status", "as_of")
OPTIONAL = ("note", "source_date")
_TABLES: dict[str, Any] = declared_in(Path(__file__).parent / "record.yaml")
KINDS: dict[str, str] = {act: told["class"] for act, told in _TABLES["acts"].items()}
VERBS: dict[str, str] = {act: told["verb"] for act, told in _TABLES["acts"].items()}
STATUS_WORDS: dict[str, str] = _TABLES["statuses"]
QUALITIES: dict[str, str] = _TABLES["qualities"]
PREFIXES: dict[str, str] = _TABLES["prefixes"]
PREDICATES: list[str] = _TABLES["predicates"]


class Wrong(Exception):
    """Why a row is refused."""


class RefusedRows(Faulty):
    """Rows that are wrong, each as file, line and reason."""


@dataclass(frozen=True)
class Row:
    """One row: its line in the file and its cells."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column) or ""

    @property
    def treaty(self) -> str:
        """The key of the treaty in identifiers."""
        return str(_TABLES["treaties"].get(self["treaty"], self["treaty"]))

    @property
    def depositaries(self) -> list[str]:
        """The identifiers of the depositaries."""
        return [_TABLES["depositaries"][code] for code in self["depositary"].split(";") if code]

    @property
    def known(self) -> str:
        """The day by which the source is known."""
        return self["source_date"] or self["retrieved"]


@dataclass(frozen=True)
class Table:
    """The rows of a file, which columns were not read, and whether they are acts or statuses."""

    name: str
    acts: bool
    rows: list[Row]
    unread: list[str]

    def each(self, use: Callable[[Row], None]) -> None:
        """Use each row; raises RefusedRows with file, line and reason of all that are wrong."""
        faults = []
        for row in self.rows:
            try:
                use(row)
            except Wrong as wrong:
                faults.append(f"{self.name}:{row.line}: {wrong}")
        if faults:
            raise RefusedRows(faults)


def read(path: Path) -> Table:
    """Return the rows of a CSV file in UTF-8; raises RefusedRows where it has not the columns."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        columns = list(reader.fieldnames or ())
        acts = "act" in columns
        wanted = ACTS if acts else STATUSES
        if missing := [c for c in wanted if c not in columns]:
            raise RefusedRows([f"{path}:1: The column {missing[0]!r} is missing."])
        rows = [Row(reader.line_num, cells) for cells in reader]
    unread = [c for c in columns if c not in (*wanted, *OPTIONAL)]
    return Table(str(path), acts, rows, unread)


def check_cells(row: Row, acts: bool) -> None:
    """Check a row by itself; raises Wrong."""
    if None in row.cells or None in row.cells.values():
        raise Wrong("The row has more or fewer cells than the head.")
    if not row["source"] or not row["where_read"]:
        raise Wrong("The row names no source, or not where it was read.")
    _of("quality", row["quality"], QUALITIES)
    read_on, known = _day("retrieved", row["retrieved"]), _day("source_date", row.known)
    if known > read_on:
        raise Wrong(f"The source is of {known} and was read before, on {read_on}.")
    last = _check_act(row) if acts else _check_status(row)
    if last > known:
        raise Wrong(f"The row is of {last}, its source of {known}.")


def _check_act(row: Row) -> date:
    _of("act", row["act"], KINDS)
    for code in filter(None, row["depositary"].split(";")):
        _of("depositary", code, _TABLES["depositaries"])
    if row["effective_date"]:
        _day("effective_date", row["effective_date"])
    return first_day(row["date"]) if row["date"] else date.min


def _check_status(row: Row) -> date:
    _of("status", row["status"], STATUS_WORDS)
    return _day("as_of", row["as_of"])


def first_day(text: str) -> date:
    """Return the first day of a date, a month or a year; raises Wrong for what is none."""
    if not re.fullmatch(r"\d{4}(-\d{2}){0,2}", text, re.ASCII):
        raise Wrong(f"{text!r} is no date; write 2015-01-31, 2015-01 or 2015.")
    return _day("date", text + "-01-01"[len(text) - 4 :])


def _day(column: str, text: str) -> date:
    try:
        if len(text) == len("2015-01-31"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Wrong(f"{column} is {text!r}, which is no day; write 2015-01-31.")


def _of(column: str, text: str, known: dict[str, str]) -> None:
    if text not in known:
        raise Wrong(f"{column} is {text!r}; it is one of {', '.join(known)}.")
