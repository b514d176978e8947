"""What the site asks of a query engine: a result for a query, or a reason why not."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from server.problems import Problem, UserError
from server.rdf.formats import Format
from server.sparql.request import QueryRequest
from server.sparql.spool import DISK_RESERVE_BYTES, Result

Reason = Literal[
    "syntax", "function", "format", "deadline", "memory", "size", "busy", "crash", "unavailable",
    "upstream",
]  # fmt: skip

_STATUS: dict[Reason, int] = {
    "syntax": 400,
    "function": 400,
    "format": 406,
    "deadline": 504,
    "memory": 503,
    "size": 503,
    "busy": 429,
    "crash": 500,
    "unavailable": 503,
    "upstream": 502,
}
_RETRY_SECONDS: dict[Reason, str] = {"busy": "5", "unavailable": "5", "upstream": "30"}

MEGABYTE = 1024**2


@dataclass(eq=False)
class QueryFailed(UserError):
    """A query without a result: why, and for a syntax error where (from 1)."""

    reason: Reason
    detail: str
    line: int | None = None
    column: int | None = None

    def problem(self) -> Problem:
        """Return the problem that tells a client why its query has no result."""
        members: dict[str, object] = {"reason": self.reason}
        if self.line:
            members.update(line=self.line, column=self.column)
        seconds = _RETRY_SECONDS.get(self.reason)
        headers = {"Retry-After": seconds} if seconds else {}
        return Problem(_STATUS[self.reason], self.detail, members, headers)

    def __str__(self) -> str:
        return self.detail


@dataclass(frozen=True)
class Limits:
    """What queries may take: seconds, bytes of memory, bytes of result; and how many at once.

    A query runs in one of `workers` places, and if it is not done after `short` seconds of
    processor time, goes on in one of `slow` places. `waiting` queries may wait; more are refused
    as busy. `total` bounds the memory of all of them in sum. A large result is written to disk
    only if that leaves `disk_reserve` bytes free.
    """

    seconds: float = 30.0
    memory: int = 2048 * MEGABYTE
    result: int = 2048 * MEGABYTE
    workers: int = 4
    waiting: int = 64
    slow: int = 16
    short: float = 0.25
    total: int = 4096 * MEGABYTE
    disk_reserve: int = DISK_RESERVE_BYTES

    def share(self, processes: int) -> "Limits":
        """Return what queries of one of so many web processes may take, at least one place each."""
        return replace(
            self,
            workers=-(-self.workers // processes),
            slow=-(-self.slow // processes),
            waiting=-(-self.waiting // processes),
            total=self.total // processes,
        )

    def deadline(self, request: QueryRequest) -> float:
        """Return the seconds that a query may run: what it asks for, if that is less."""
        return min(self.seconds, request.timeout) if request.timeout else self.seconds


Finished = Callable[[Result | QueryFailed], None]


class Engine(ABC):
    """A SPARQL 1.1 query engine over one release; it runs in one event loop.

    `functions` are the IRIs of those that it is known to have beside the standard ones; `version`
    names the engine and its version, "" where they cannot be known.
    """

    functions: Sequence[str] = ()
    version = ""
    loop: asyncio.AbstractEventLoop | None = None

    @abstractmethod
    def begin(
        self, request: QueryRequest, fmt: Format, client: str, done: Finished,
        head: int | None = None,
    ) -> Callable[[], object]:  # fmt: skip
        """Begin a query; return a function that ends it.

        `done` is called once, perhaps at once, with the whole serialized result or the failure;
        never after the query was ended. `client` is who asks, for fairness. With `head`, so many
        bytes of the result suffice: a longer one may be cut there, and then is not `whole`.
        """

    async def answer(
        self, request: QueryRequest, fmt: Format, client: str = "", head: int | None = None
    ) -> Result:
        """Return the result of a query; raise QueryFailed otherwise. Cancelling it ends it."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()

        def done(outcome: Result | QueryFailed) -> None:
            if future.done():  # cancelled in this step of the loop, and not ended yet
                return
            if isinstance(outcome, Result):
                future.set_result(outcome)
            else:
                future.set_exception(outcome)

        end = self.begin(request, fmt, client, done, head)
        try:
            return await future
        except asyncio.CancelledError:
            end()
            raise

    def ask(
        self, request: QueryRequest, fmt: Format, client: str = "", head: int | None = None
    ) -> Result:
        """Return the result of a query to a thread other than the loop's; raise QueryFailed."""
        if self.loop is None:
            raise QueryFailed("unavailable", "The query engine is starting.")
        answer = self.answer(request, fmt, client, head)
        return asyncio.run_coroutine_threadsafe(answer, self.loop).result()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to answer in this event loop; called from within it."""
        self.loop = loop

    async def warm(self) -> None:  # noqa: B027
        """Wait until the first query can be answered, where that is up to us."""

    def status(self) -> dict[str, int]:
        """Return whether it is "up" (0 or 1), and how many queries it has in each state."""
        return {"up": 1}
