"""Errors that users can cause: lines for a command, problem documents (RFC 9457) for a client."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, ClassVar


class UserError(Exception):
    """An error that a user can cause; its text says all that there is to say."""


class Faulty(UserError):
    """What a user wrote has `faults`, each a line of the text; nothing is made of it."""

    def __init__(self, faults: list[Any]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


@dataclass(eq=False)
class Problem(UserError):
    """A refusal with its HTTP status, a detail for people and members for machines.

    `members` are extension members of the problem document, such as the line of a syntax error;
    `headers` go with the response (Allow, Retry-After).
    """

    media_type: ClassVar[str] = "application/problem+json"

    status: int
    detail: str
    members: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The reason phrase of the status, as RFC 9457 section 4.2.1 asks of type about:blank."""
        return HTTPStatus(self.status).phrase

    def document(self) -> dict[str, Any]:
        """Return the problem document as a JSON object."""
        return {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.members,
        }

    def as_json(self) -> bytes:
        """Return the problem document as it is sent."""
        return json.dumps(self.document(), ensure_ascii=False, indent=2).encode(errors="replace")

    def __str__(self) -> str:
        return self.detail
