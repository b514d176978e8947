"""What stands in for parts of uvicorn where a connection takes a shorter way, or a longer one."""

from collections.abc import Callable
from typing import Any


class Cycle:
    """A request without a body whose answer comes without a task, as uvicorn has to know of it."""

    more_body = disconnected = response_started = response_complete = False

    def __init__(self, keep_alive: bool) -> None:
        self.keep_alive = keep_alive

    @property
    def message_event(self) -> "Cycle":
        """What is told when something came."""
        return self

    def set(self) -> None:
        """Take word that something came; nothing waits for it."""

    async def receive(self) -> dict[str, Any]:
        """Return the body, of which there is none."""
        return {"type": "http.request", "body": b"", "more_body": False}


class Rest:
    """What becomes of a body whose head another parser has read."""

    def __init__(self, on_body: Callable[[bytes], None], on_end: Callable[[], None]) -> None:
        self.on_body, self.on_message_complete = on_body, on_end
