"""Running a query for a request: a result, or a problem that says which limit stopped it."""

from ipaddress import IPv6Address, ip_address, ip_network

from flask import request

from server.engine.interface import QueryFailed, Reason
from server.engine.spool import Result
from server.formats import Format
from server.problems import Problem
from server.protocol import QueryRequest
from server.web.services import services

_STATUS: dict[Reason, int] = {
    "syntax": 400,
    "deadline": 504,
    "memory": 503,
    "size": 503,
    "busy": 429,
    "crash": 500,
    "unavailable": 503,
    "upstream": 502,
}
_RETRY: dict[Reason, str] = {"busy": "5", "unavailable": "5", "upstream": "30"}


def run(asked: QueryRequest, fmt: Format, head: int | None = None) -> Result:
    """Return the result of a query; raises a Problem that says which limit stopped it."""
    try:
        return services().engine.query(asked, fmt, _client(), head)
    except QueryFailed as failure:
        members: dict[str, object] = {"reason": failure.reason}
        if failure.line:
            members.update(line=failure.line, column=failure.column)
        headers = {"Retry-After": _RETRY[failure.reason]} if failure.reason in _RETRY else {}
        raise Problem(_STATUS[failure.reason], failure.detail, members, headers) from None


def _client() -> str:
    """Return who asks: the address, of IPv6 the network of it that one customer has (/64)."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)
