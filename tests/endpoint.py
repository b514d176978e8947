"""A real endpoint over a small graph, and requests to it byte for byte."""

import contextlib
import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import quote

from server.rdf.vocabulary import graph_iri
from server.release.manifest import CURRENT
from tests.measured import MEASURED
from tests.served import served as serving
from tests.sockets import exchange
from tests.sparql.asking import BASE, nquads, release_of

COUNTS = {"official": 5001, "paper": 2, "inferred": 1}
FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"


@dataclass(frozen=True)
class Answer:
    """What a request was answered with."""

    status: int
    headers: "Message[str, str]"
    body: bytes

    @property
    def media_type(self) -> str:
        """The Content-Type without its parameters."""
        return self.headers["Content-Type"].partition(";")[0]

    def json(self) -> Any:
        """Return the body of an answer in JSON, whole and as long as it says."""
        assert int(self.headers["Content-Length"]) == len(self.body)
        return json.loads(self.body)

    def rows(self) -> list[list[str]]:
        """Return the rows of a successful answer in CSV."""
        assert (self.status, self.media_type) == (200, "text/csv"), self.body
        return list(csv.reader(io.StringIO(self.body.decode(), newline="")))[1:]

    def problem(self, status: int) -> dict[str, Any]:
        """Return the problem document (RFC 9457) of an answer that has this status."""
        assert self.status == status, (self.status, self.body)
        assert self.media_type == "application/problem+json"
        found: dict[str, Any] = self.json()
        assert found["status"] == status
        return found


@dataclass(frozen=True)
class Endpoint:
    """The endpoint at `port`; each request has a connection of its own."""

    port: int

    def request(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """Return the answer to a request with these headers, Host and Content-Length alone."""
        return Answer(*exchange(self.port, method, target, headers, body))

    def get(self, parameters: str, accept: str = "text/csv") -> Answer:
        """Query by GET; the parameters are sent as they are."""
        return self.request("GET", f"/sparql?{parameters}", {"Accept": accept})

    def post(
        self, body: bytes, kind: str = FORM, accept: str = "text/csv", parameters: str = ""
    ) -> Answer:
        """Query by POST; an empty `kind` sends no Content-Type."""
        headers = {"Accept": accept} | ({"Content-Type": kind} if kind else {})
        return self.request("POST", f"/sparql{parameters}", headers, body)

    def ask(self, query: str, accept: str = "text/csv") -> Answer:
        """Return the answer to a query by GET."""
        return self.get(f"query={quote(query, safe='')}", accept)


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Endpoint]:
    """Serve the graph of the engine's own tests; queries have two seconds."""
    release_of(folder / CURRENT, nquads(COUNTS["official"] - 1), counts=COUNTS)
    with serving(folder, BASE, SPACELAW_QUERY_SECONDS="2", **MEASURED) as server:
        yield Endpoint(server.port)


def graph(name: str) -> str:
    """Return the IRI of a named graph, as a parameter carries it."""
    return quote(graph_iri(name, BASE), safe="")
