"""How long an HTTP connection may last without anything going on, and how many there may be."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.problems import Problem

CONNECTIONS = 4096  # of each web process; beyond it the one that is silent longest is closed
SILENT_SECONDS = 10.0  # for the head of a request to arrive, from the answer before or the start
STUCK_SECONDS = 120.0  # in which a client takes nothing of its answer
_LOOK = 5.0  # seconds between looks at a connection


class Bounded(HttpToolsProtocol):
    """A connection of uvicorn's, with the bounds that this leaves open.

    `size` counts the bytes of the request that arrives, `since` is when the wait for it began, and
    `end` ends the work on one whose client has gone.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.size, self.since = 0, self.loop.time()
        self.stuck: float | None = None
        self.end: Callable[[], object] = bool
        self.look: asyncio.TimerHandle | None = None

    def refuse(self, problem: Problem) -> None:
        """Answer a request that cannot be read, and read no more."""
        raise NotImplementedError

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; where there are too many, end another that says nothing."""
        super().connection_made(transport)
        self.look = self.loop.call_later(_LOOK, self._look)
        if len(self.connections) > CONNECTIONS:
            ours = cast("set[Bounded]", self.connections)
            silent = min((c for c in ours if not c.is_busy), key=lambda c: c.since, default=self)
            silent.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """End, and with it the work on a request whose client has gone."""
        super().connection_lost(exc)
        if self.look:
            self.look.cancel()
        self.end()

    @property
    def is_busy(self) -> bool:
        """Whether a request is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def _look(self) -> None:
        """Close a connection on which nothing goes on."""
        now = self.loop.time()
        if self.transport.is_closing() and self.stuck is None:
            self.stuck = now  # it takes not even the last of its answer
        if self.stuck is not None and now - self.stuck > STUCK_SECONDS:
            self.transport.abort()
            return
        if not self.is_busy and self.stuck is None and now - self.since > SILENT_SECONDS:
            if self.size:
                self.refuse(Problem(408, f"No request came within {SILENT_SECONDS:g} seconds."))
            self.transport.close()
        self.look = self.loop.call_later(_LOOK, self._look)

    def pause_writing(self) -> None:
        """Note since when the client takes nothing."""
        super().pause_writing()
        self.stuck = self.loop.time()

    def resume_writing(self) -> None:
        """Note that it takes something."""
        super().resume_writing()
        self.stuck = None
