"""Manners towards robots: validators on every route, and a space of URLs that has an end."""

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urldefrag, urlencode, urljoin, urlsplit

import pytest

from server.release.reader import Release
from server.site.application import create_app
from server.site.lists import LISTINGS
from server.site.prerender import NoEngine
from tests.served import Client
from tests.tinysource import BASE

ROUTES = [
    "catalog", "catalog.ttl", "catalog.html", ".well-known/void", ".well-known/void.ttl",
    ".well-known/api-catalog", ".well-known/resourcesync", "robots.txt", "llms.txt", "sitemap.xml",
    "sitemap/1.xml", "changes", "changes/1", "changes.atom", "changes/1.atom", "ldes", "ldes/1",
    "releases/0.1.0", "resourcesync/capabilitylist.xml", "resourcesync/resourcelist.xml",
    "resourcesync/changelist.xml", "resourcesync/resourcedump.xml", "reconcile",
    "reconcile/suggest/entity?prefix=o", "reconcile/properties?type=x",
    f"reconcile/preview?id={BASE}id/treaty/1967/outer-space",
    "capabilitylist.xml", "dumps", "dumps/{release}", "dumps/{release}/SHA256SUMS",
    "dumps/{release}/spacelaw.nq.gz", "dumps/{release}/spacelaw.nq",
    "dumps/{release}/resources.csv", "dumps/{release}/resources.zip",
    "dumps/{release}/csv-metadata.json", "context.jsonld", "vocabulary.json",
]  # fmt: skip


def release_of(plain: Client) -> str:
    found = re.search(r"dumps/([0-9a-f]{16})/", plain.get("/catalog.nt").text)
    assert found
    return found[1]


@pytest.mark.parametrize("path", ROUTES)
def test_a_robot_that_comes_again_is_told_nothing_changed(recorded: Client, path: str) -> None:
    url = "/" + path.format(release=release_of(recorded))
    first = recorded.get(url)
    assert first.status_code == 200
    assert re.fullmatch('"[^"]+"', first.headers["ETag"])  # a strong one
    assert "max-age" in first.headers["Cache-Control"]
    again = recorded.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert recorded.head(url).headers["ETag"] == first.headers["ETag"]


def test_every_route_for_harvesters_is_among_these(plain_release: Release) -> None:
    ours = {"dataset", "discovery", "feeds", "ldes", "atom", "resourcesync", "reconcile"}
    routes = create_app(plain_release, NoEngine()).url_map
    rules = routes.bind("x")
    asked = {rules.match("/" + path.partition("?")[0].format(release="0" * 16))[0]
             for path in ROUTES}  # fmt: skip
    known = {r.endpoint for r in routes.iter_rules()
             if r.endpoint.partition(".")[0] in ours}  # fmt: skip
    # Differences need two releases that are kept: test_mementos.py.
    assert asked == known - {"feeds.diff"}


class Links(HTMLParser):
    """The addresses that a page links to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src") and value]


def links(text: str, media_type: str, headers: Iterable[str]) -> list[str]:
    found = [m for value in headers for m in re.findall(r"<([^>]*)>", value)]
    if media_type == "text/html":
        found += Links(text).found
    elif media_type == "application/xml":
        found += re.findall(r"(?:<loc>|href=\")([^<\"]+)", text)
    return found


def allowed(url: str, robots: str) -> bool:
    """Tell whether robots.txt lets a robot in: the longest rule decides (RFC 9309, section 2.2)."""
    rules = re.findall(r"^(Allow|Disallow): (\S+)$", robots, re.MULTILINE)
    place = url.removeprefix(BASE[:-1])
    fitting = [
        (len(path), kind == "Allow")
        for kind, path in rules
        if re.match(re.escape(path).replace(r"\*", ".*").replace(r"\$", "$"), place)
    ]
    return max(fitting, default=(0, True))[1]


def normal(url: str) -> str:
    parts = urlsplit(urldefrag(url)[0])
    query = urlencode(sorted(parse_qsl(parts.query, keep_blank_values=True)))
    return parts._replace(query=query).geturl()


def test_who_follows_every_link_that_robots_txt_allows_comes_to_an_end(
    recorded: Client,
) -> None:
    robots = recorded.get("/robots.txt").text
    todo, seen, kept_out, dead = [BASE], {BASE}, set[str](), set[str]()
    while todo:
        url = todo.pop()
        answer = recorded.get(url.removeprefix(BASE[:-1]))
        if answer.status_code not in (200, 303):
            dead.add(url)
        text = answer.text if answer.mimetype in ("text/html", "application/xml") else ""
        found = links(text, str(answer.mimetype), answer.headers.get_all("Link", []))
        for link in [*found, answer.headers.get("Location", url)]:
            target = normal(urljoin(url, link))
            if not target.startswith(BASE) or target in seen:
                continue
            if not allowed(target, robots):
                kept_out.add(target)
                continue
            seen.add(target)
            todo.append(target)
        assert len(seen) < 10_000, sorted(seen)[-50:]
    resources = len(recorded.get("/sitemap/1.xml").text.split("<url>")) - 1
    assert resources < len(seen) < 40 * resources
    assert {re.split("[/.]", urlsplit(url).path)[1] for url in kept_out} <= {
        "search", "sparql", "status", "reconcile", "compare", "ask", "record", *LISTINGS,
        "timegate", "timemap", "memento"}  # fmt: skip
    # What the small sources have not.
    absent = ("id/source/liao-2013", "id/relation", "id/participation-status", "status")
    small = {BASE + path for path in absent}
    assert {url for url in dead if not url.startswith(f"{BASE}graph/")} <= small
