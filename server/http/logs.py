"""What is logged: operational events on standard error, each request on standard output."""

import json
import logging
import sys
import time
from collections.abc import Callable

from server.http.message import Request, client_network

ACCESS_LOGS = ("off", "common", "json")
_EVENT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

Record = Callable[[Request | None, str, int, int, float], None]


def log_events() -> None:
    """Write operational events, from INFO on, to standard error."""
    logging.basicConfig(level=logging.INFO, format=_EVENT, stream=sys.stderr)
    for library in ("uvicorn", "httpx2"):  # the latter tells of each query to a store elsewhere
        logging.getLogger(library).setLevel(logging.WARNING)


def access_log(kind: str, proxies: int) -> Record | None:
    """Return what logs a request; None where `kind` is "off", of ACCESS_LOGS.

    It takes the request (None for one that could not be read), the address that it came from, the
    status and the bytes of the reply, and the seconds that it took.
    """
    if kind == "off":
        return None
    logger = logging.getLogger("spacelaw.access")
    logger.propagate, logger.handlers = False, [logging.StreamHandler(sys.stdout)]
    logger.setLevel(logging.INFO)
    line_of = _common if kind == "common" else _json

    def record(request: Request | None, peer: str, status: int, size: int, seconds: float) -> None:
        address = request.client(proxies) if request else peer
        network = client_network(address)  # "" for what is no address
        client = address if "/" in network else network or "-"
        logger.info(line_of(request, client, status, size, seconds))

    return record


def _common(request: Request | None, client: str, status: int, size: int, _: float) -> str:
    """Return a line of the common log format, as the manual of Apache's server defines it."""
    line = "-"
    if request:
        # Without what would end the line or the quotes in it.
        target = request.target.decode("latin-1").encode("unicode_escape").decode()
        line = f"{request.method} {target} HTTP/{request.version}".replace('"', "\\x22")
    now = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
    return f'{client} - - [{now}] "{line}" {status} {size}'


def _json(request: Request | None, client: str, status: int, size: int, seconds: float) -> str:
    fields = request.head.fields if request else {}
    return json.dumps(
        {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "client": client,
            "method": request.method if request else None,
            "target": request.target.decode("latin-1") if request else None,
            "id": request.id if request else None,
            "status": status,
            "bytes": size,
            "milliseconds": round(seconds * 1000, 2),
            "agent": fields.get("user-agent"),
            "referrer": fields.get("referer"),
        }
    )
