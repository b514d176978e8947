"""A running server over a release, and a client that asks it as Flask's test client would."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.sockets import exchange, free_port

SERVE = "from server.serve import run; from server.settings import Config; " \
    "run(Config.from_environment())"  # fmt: skip
# Queries go to a store that is not there: whoever asks for one gets 503.
NO_ENGINE = {"SPACELAW_STORE": "http://127.0.0.1:1/", "SPACELAW_WEB_WORKERS": "1"}


@dataclass(frozen=True)
class Answer:
    """What a request was answered with; redirects are not followed."""

    status_code: int
    headers: "Message[str, str]"
    data: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.data.decode()

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.data)

    @property
    def content_type(self) -> str:
        """The Content-Type."""
        return self.headers["Content-Type"]

    @property
    def mimetype(self) -> str:
        """The Content-Type without its parameters."""
        return self.content_type.partition(";")[0]

    @property
    def content_length(self) -> int:
        """The Content-Length."""
        return int(self.headers["Content-Length"])


@dataclass(frozen=True)
class Client:
    """Asks the server at `port`, which process `pid` runs; each request has its own connection."""

    port: int
    pid: int = 0

    def open(
        self,
        path: str,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        data: bytes | str | Mapping[str, str] | None = None,
        query_string: Mapping[str, object] | None = None,
    ) -> Answer:
        """Return the answer to a request for a path, or for a URL of this server.

        `data` is a body, or the fields of a form.
        """
        target = "/" + path.split("/", 3)[3] if path.startswith("http://") else path
        if query_string:
            target += f"?{urlencode(query_string)}"
        headers = dict(headers or {})
        if isinstance(data, Mapping):
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            data = urlencode(data)
        body = data.encode() if isinstance(data, str) else data
        return Answer(*exchange(self.port, method, target, headers, body))

    def get(self, path: str, **options: Any) -> Answer:
        """Return the answer to a GET; the options are those of `open`."""
        return self.open(path, "GET", **options)

    def head(self, path: str, **options: Any) -> Answer:
        """Return the answer to a HEAD."""
        return self.open(path, "HEAD", **options)

    def options(self, path: str, **options: Any) -> Answer:
        """Return the answer to OPTIONS."""
        return self.open(path, "OPTIONS", **options)

    def post(self, path: str, **options: Any) -> Answer:
        """Return the answer to a POST."""
        return self.open(path, "POST", **options)


@contextlib.contextmanager
def served(releases: Path, base: str, **settings: str) -> Iterator[Client]:
    """Serve the current release of a folder until it is no longer needed; a port may be set."""
    port = int(settings.get("SPACELAW_PORT") or free_port())
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("SPACELAW_")}
    chosen = {
        "SPACELAW_RELEASES": str(releases),
        "SPACELAW_BASE_IRI": base,
        "SPACELAW_PORT": str(port),
        "SPACELAW_PAGES_AHEAD": "0",  # tests/site/test_pages_ahead.py is about it
    }
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", SERVE], env=inherited | chosen | settings
    )
    client = Client(port, process.pid)
    try:
        deadline = time.monotonic() + 60
        while not answers(client):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the server did not start")
            time.sleep(0.05)
        yield client
    finally:
        process.terminate()
        process.wait(20)


def answers(client: Client) -> bool:
    """Tell whether the server answers."""
    with contextlib.suppress(OSError):
        return client.get("/robots.txt").status_code == 200
    return False
