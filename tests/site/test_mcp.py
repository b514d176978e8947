"""The Model Context Protocol with the SDK's own client, over HTTP and over standard input."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import CallToolResult

from tests.command import ROOT, Site, ask, environment

TOOLS = {
    "search", "describe", "provision", "bound_on", "norms_of", "topic", "check_quotation", "ask",
    "sparql",
}  # fmt: skip
ENVOYS = "States Parties to the Treaty shall regard astronauts as envoys of mankind in outer space"
Connect = Callable[[], AbstractAsyncContextManager[Client]]


@pytest.fixture(params=["http", "stdio"])
def connect(request: pytest.FixtureRequest, site: Site) -> Connect:
    """Return what connects a client over a transport."""
    if request.param == "http":
        return lambda: Client(f"{site.base}mcp")
    command = [sys.executable, "-c", "from server.cli import main; main(prog_name='spacelaw')"]
    env = environment(site.releases, site.port)
    parameters = StdioServerParameters(
        command=command[0], args=[*command[1:], "mcp"], env=env, cwd=ROOT
    )
    return lambda: Client(stdio_client(parameters))


def run(connect: Connect, work: Callable[[Client], Awaitable[Any]]) -> Any:
    async def connected() -> Any:
        async with connect() as client:
            return await work(client)

    return asyncio.run(connected())


CALLS: list[tuple[str, dict[str, str], str]] = [
    ("search", {"query": "LIAB"}, "id/treaty/1972/liability"),
    ("describe", {"iri": "id/state/ind"}, "India"),
    ("provision", {"reference": "article VI of the Outer Space Treaty"}, "article/6"),
    ("provision", {"reference": "id/treaty/1967/outer-space/article/2"}, "article/2"),
    ("bound_on", {"treaty": "Moon Agreement", "day": "2000-01-01"}, "Netherlands"),
    ("bound_on", {"treaty": "OST", "day": "1990-01-01", "known_on": "2015-01-01"}, "party"),
    ("bound_on", {"treaty": "Moon Agreement", "day": "1970-01-01"}, "1979-12-05"),
    ("norms_of", {"thing": "launching States"}, "actor-class/launching-states"),
    ("topic", {"name": "space debris"}, "guidelines/2007/space-debris-mitigation"),
    ("check_quotation", {"text": ENVOYS}, "verbatim"),
    ("ask", {"question": "When did India ratify the Outer Space Treaty?"}, "1982-01-18"),
    ("sparql", {"query": "SELECT ?t { ?t a sl:Treaty } ORDER BY ?t"}, "treaty/1967/outer-space"),
    ("sparql", {"query": "ASK { ?t a sl:Treaty }"}, "true"),
]
FAULTS: list[tuple[str, dict[str, str], str]] = [
    ("search", {"query": ""}, "1 to 200 letters"),
    ("describe", {"iri": "id/state/atlantis"}, "Nothing is known"),
    ("describe", {"iri": "file:///etc/passwd"}, "Nothing is known"),
    ("provision", {"reference": "article 99 of the Outer Space Treaty"}, "no such provision"),
    ("bound_on", {"treaty": "Moon Agreement", "day": "yesterday"}, "day"),
    ("bound_on", {"treaty": "Moon Agreement", "day": "2999-01-01"}, "future"),
    ("bound_on", {"treaty": "Moon Agreement", "asOf": "2000-01-01"}, "asOf"),
    ("search", {"query": "LIAB", "limit": "1"}, "not permitted"),
    ("check_quotation", {"text": "too short"}, "Nothing here can be checked"),
    ("check_quotation", {"text": "a " * 60_000}, "At most 100,000 letters"),
    ("ask", {"question": "x" * 201}, "1 to 200 letters"),
    ("sparql", {"query": "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"}, "SERVICE"),
    ("sparql", {"query": "DROP ALL"}, "read-only"),
    ("sparql", {"query": "CONSTRUCT WHERE { ?s ?p ?o }"}, "not answered here"),
]


async def call(client: Client, name: str, arguments: dict[str, str]) -> CallToolResult:
    """Return the result of a tool; while a manuscript of another test is checked, call it again."""
    while "is being checked" in str((result := await client.call_tool(name, arguments)).content):
        await asyncio.sleep(0.5)
    return result


def test_tools_answer_with_layers_horizon_and_citation(connect: Connect) -> None:
    async def work(client: Client) -> None:
        tools = (await client.list_tools()).tools
        assert {tool.name for tool in tools} == TOOLS
        assert not any(tool.input_schema["additionalProperties"] for tool in tools)
        for name, arguments, expected in CALLS:
            result = await call(client, name, arguments)
            assert not result.is_error, (name, result.content)
            told = result.structured_content or {}
            assert expected in json.dumps(told, ensure_ascii=False), (name, told)
            assert told["horizon"] >= "2015-01-01"
            assert "https://w3id.org/spacelaw/" in told["citation"]
            assert isinstance(told["layers"], list)

    run(connect, work)


def test_hostile_and_faulty_calls_are_refused_in_words(connect: Connect) -> None:
    async def work(client: Client) -> None:
        for name, arguments, said in FAULTS:
            result = await call(client, name, arguments)
            assert result.is_error, name
            assert said in result.content[0].text, (name, result.content)  # type: ignore[union-attr]

    run(connect, work)


def test_things_are_resources_by_their_iris_and_prompts_are_offered(
    connect: Connect, site: Site
) -> None:
    async def work(client: Client) -> None:
        read = await client.read_resource(f"{site.base}id/state/ind")
        assert "India" in read.contents[0].text  # type: ignore[union-attr]
        assert {prompt.name for prompt in (await client.list_prompts()).prompts} == {
            "memo",
            "comparison",
        }
        prompt = await client.get_prompt("comparison", {"first": "OST", "second": "Moon Agreement"})
        assert "Compare OST with Moon Agreement" in prompt.messages[0].content.text  # type: ignore[union-attr]

    run(connect, work)


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"", "application/json", 400),
        (b'"' + b"x" * 1024**2 + b'"', "application/json", 413),
    ],
)
def test_what_is_no_message_is_refused(
    site: Site, body: bytes, media_type: str, status: int
) -> None:
    headers = {"Content-Type": media_type, "Accept": "application/json, text/event-stream"}
    assert ask(f"{site.base}mcp", headers, body).status == status


@pytest.mark.parametrize(
    ("header", "status"),
    [({"Host": "evil.example"}, 421), ({"Origin": "http://evil.example"}, 403)],
)
def test_a_page_of_another_site_cannot_reach_a_local_server(
    site: Site, header: dict[str, str], status: int
) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    accept = "application/json, text/event-stream"
    headers = {"Content-Type": "application/json", "Accept": accept}
    body = json.dumps(message).encode()
    assert ask(f"{site.base}mcp", headers, body).status == 200
    assert ask(f"{site.base}mcp", headers | header, body).status == status


def test_a_stream_is_refused(site: Site) -> None:
    assert ask(f"{site.base}mcp", {"Accept": "text/event-stream"}).status == 405
