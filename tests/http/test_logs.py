"""The access log, and operational events."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from server.release.reader import Release
from tests.awkward import BASE
from tests.processes import eventually
from tests.served import NO_ENGINE, Client, served
from tests.sockets import answers, connected

Lines = Callable[[int], list[str]]
Logging = Callable[..., AbstractContextManager[tuple[Client, Lines]]]


@pytest.fixture
def logging(awkward: Release, capfd: pytest.CaptureFixture[str]) -> Logging:
    """Return what serves with settings and gives a client and what waits for lines of the log."""

    @contextmanager
    def serving(**settings: str) -> Iterator[tuple[Client, Lines]]:
        with served(awkward.folder.parent, BASE, **NO_ENGINE, **settings) as client:
            out = ""

            def lines(count: int, end: str = "") -> list[str]:
                def whole() -> bool:
                    nonlocal out
                    out += capfd.readouterr().out  # which may end in the middle of a line
                    return out.endswith("\n") and out.count("\n") >= count and end in out

                nonlocal out
                eventually(whole)
                found, out = out.splitlines(), ""
                return found

            if settings:
                client.get("/robots.txt?begin")  # what comes before asked whether it runs
                lines(1, "?begin")

            yield client, lines

    return serving


def test_the_common_format(logging: Logging) -> None:
    with logging(SPACELAW_ACCESS_LOG="common") as (client, lines):
        size = len(client.get("/robots.txt").data)
        client.head("/doc/id/treaty/1967/outer-space.ttl")
        client.get("/nothing?%22%0a&x=%5C")
        first, second, third = lines(3)
    when = r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\]"
    found = re.fullmatch(rf'127\.0\.0\.1 - - {when} "GET /robots.txt HTTP/1\.1" 200 (\d+)', first)
    assert found
    assert int(found[1]) > size
    assert '"HEAD /doc/id/treaty/1967/outer-space.ttl HTTP/1.1" 200 ' in second
    assert '"GET /nothing?%22%0a&x=%5C HTTP/1.1" 404 ' in third


def test_what_could_not_be_read_is_logged_too(logging: Logging) -> None:
    with logging(SPACELAW_ACCESS_LOG="common") as (client, lines):
        with connected(client.port) as one:
            one.sendall(b"NONSENSE\r\n\r\n")
            assert [status for status, _, _ in answers(one)] == [400]
        [line] = lines(1)
    assert re.search(r'\] "-" 400 \d+$', line)


def test_a_target_cannot_forge_a_line(logging: Logging) -> None:
    with logging(SPACELAW_ACCESS_LOG="common") as (client, lines):
        with connected(client.port) as one:
            one.sendall(b'GET /a"b\xe9 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
            list(answers(one))
        [line] = lines(1)
    assert line.isascii()
    assert line.count('"') == 2


def test_json(logging: Logging) -> None:
    with logging(SPACELAW_ACCESS_LOG="json") as (client, lines):
        client.get("/robots.txt?x", headers={"User-Agent": 'a "b"', "Referer": "http://c/"})
        [entry] = map(json.loads, lines(1))
    assert (entry["method"], entry["target"], entry["status"]) == ("GET", "/robots.txt?x", 400)
    assert (entry["agent"], entry["referrer"]) == ('a "b"', "http://c/")
    assert entry["milliseconds"] >= 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry["time"])


def test_off(logging: Logging, capfd: pytest.CaptureFixture[str]) -> None:
    with logging() as (client, _):
        client.get("/robots.txt")
    assert capfd.readouterr().out == ""


FORWARDED = {
    0: [("192.0.2.7", "127.0.0.1")],  # anybody may write it
    1: [
        ("", "127.0.0.1"),
        ("203.0.113.9, 192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2:3::4"),
        ("no address", "-"),
    ],
    2: [("203.0.113.9, 192.0.2.7, 10.0.0.1", "192.0.2.7"), ("10.0.0.1", "10.0.0.1")],
}


@pytest.mark.parametrize("proxies", FORWARDED)
def test_clients_behind_proxies_are_told_apart(logging: Logging, proxies: int) -> None:
    settings = {"SPACELAW_ACCESS_LOG": "json", "SPACELAW_PROXIES": str(proxies)}
    with logging(**settings) as (client, lines):
        for forwarded, _ in FORWARDED[proxies]:
            client.get("/robots.txt", headers={"X-Forwarded-For": forwarded} if forwarded else {})
        found = [json.loads(line)["client"] for line in lines(len(FORWARDED[proxies]))]
    assert found == [expected for _, expected in FORWARDED[proxies]]


def test_events_go_to_standard_error(awkward: Release, capfd: pytest.CaptureFixture[str]) -> None:
    with served(awkward.folder.parent, BASE, **NO_ENGINE):
        err = capfd.readouterr().err
    assert re.search(r"^\S+ \S+ INFO server\.http\.gateway: Web process \d+ is ready\.$", err, re.M)
