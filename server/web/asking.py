"""Running a query for a request that Flask answers."""

from typing import cast

from flask import request

from server.engine.interface import QueryFailed
from server.engine.spool import Result
from server.formats import Format
from server.protocol import QueryRequest
from server.web import operation
from server.web.services import RESULT, services


def run(asked: QueryRequest, fmt: Format, head: int | None = None) -> Result:
    """Return the result of a query; raises a Problem that says which limit stopped it."""
    if found := request.environ.get(RESULT):
        return cast(Result, found)
    client = operation.client_of(request.remote_addr or "")
    try:
        return services().engine.query(asked, fmt, client, head)
    except QueryFailed as failure:
        raise operation.problem_of(failure) from None
