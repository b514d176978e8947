"""What the site asks of a query engine: bytes for a query, or a reason why not."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

from server.formats import Format
from server.protocol import QueryRequest

Reason = Literal["syntax", "deadline", "memory", "size", "busy", "crash", "unavailable"]


@dataclass(eq=False)
class QueryFailed(Exception):
    """A query without a result: why, and for a syntax error where (from 1)."""

    reason: Reason
    detail: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return self.detail


@dataclass(frozen=True)
class Limits:
    """What one query may take: seconds, bytes of memory, bytes of result; and how many at once.

    `waiting` queries queue for one of `workers` places; more are refused as busy.
    """

    seconds: float = 30.0
    memory: int = 2 * 1024**3
    result: int = 256 * 1024**2
    workers: int = 4
    waiting: int = 32


class Engine(ABC):
    """A SPARQL 1.1 query engine over one release."""

    @abstractmethod
    def query(self, request: QueryRequest, fmt: Format) -> bytes:
        """Return the whole result of a query, serialized; raise QueryFailed otherwise."""
