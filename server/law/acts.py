"""What is on record of participants: acts, rows of tables, and when a State existed."""

from dataclasses import dataclass, replace
from typing import Literal

from server.rdf.datatypes import FIRST_DAY, LAST_DAY, Day

Act = Literal[
    "signature",
    "ratification",
    "accession",
    "succession",
    "withdrawal",
    "declaration-of-acceptance",
]
Status = Literal[
    "party", "signatory", "declaration", "predecessor", "none", "unknown", "nonexistent",
    "unadopted",
]  # fmt: skip
CONSENTS = ("ratification", "accession", "succession")


@dataclass(frozen=True)
class Event:
    """One act of a participant as one record has it.

    `deposits` are the days on which it was done again, each with the day by which that is known;
    `aside` is the day by which a record is known that the editors follow instead.
    """

    participant: str
    act: Act
    day: Day | None
    effective: Day | None
    source: str
    iri: str
    known: Day = FIRST_DAY
    deposits: tuple[tuple[Day, Day], ...] = ()
    aside: Day | None = None

    @property
    def start(self) -> Day | None:
        """Return the day from which the act has effect."""
        return self.effective or self.day

    def as_known(self, by: Day) -> "Event | None":
        """Return the act by what was on record on a day, None where it did not count then."""
        if self.known > by or (self.aside and self.aside <= by):
            return None
        days = [self.day, *(day for day, known in self.deposits if known <= by)]
        return replace(self, day=min((day for day in days if day), default=None))


@dataclass(frozen=True)
class Listed:
    """What one table lists for a participant on one day."""

    participant: str
    status: Status
    as_of: Day
    source: str
    iri: str
    known: Day = FIRST_DAY


@dataclass(frozen=True)
class Existence:
    """The first and the last day of a participant, and the States that it succeeds."""

    first: Day = FIRST_DAY
    last: Day = LAST_DAY
    predecessors: tuple[str, ...] = ()
