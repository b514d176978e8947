"""Following a publisher from one release to the next, by each feed, over HTTP.

The clients here are written from the specifications alone. Each takes release 1 whole, then
follows one feed after release 2 (a resource added, one changed, one withdrawn) was published.
"""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest

from server.release.manifest import CURRENT
from server.release.reader import Release
from server.verify.proof import verify
from tests import command as live
from tests import tinysource
from tests.command import COMMAND, ROOT, Site, ask, environment

ATOM = "{http://www.w3.org/2005/Atom}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
RS = "{http://www.openarchives.org/rs/terms/}"
AS = "https://www.w3.org/ns/activitystreams#"
TREE = "https://w3id.org/tree#"
WITHDRAWN, ADDED, CHANGED = (f"id/treaty/1967/outer-space/article/{n}" for n in (2, 11, 10))

# What one resource underwent: the kind, its IRI.
Event = tuple[str, str]
Feed = Callable[[str, int], list[Event]]


def spacelaw(*arguments: str, releases: Path, port: int, sources: Path) -> str:
    env = environment(releases, port, SOURCES=str(sources))
    done = subprocess.run(
        [*COMMAND, *arguments], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def second(sources: Path) -> None:
    """Change the sources: article XI is new, article X has another label, article II is gone."""
    text = tinysource.TREATY.replace('"Article X"', '"Article X (observation)"')
    blocks = [b for b in text.split("\n\n") if "article/2>" not in b.partition(" a ")[0]]
    eleventh = next(b for b in blocks if "article/10>" in b.partition(" a ")[0])
    eleventh = eleventh.replace("article/10", "article/11").replace("X (observation)", "XI")
    tinysource.put(sources, tinysource.TREATY_FILE, "\n\n".join([*blocks, eleventh.strip() + "\n"]))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Published"]:
    running = Published(tmp_path_factory.mktemp("published"))
    yield running
    running.site.stop()


class Published:
    """A publisher that has gone from release 1 to release 2, and what a client took of 1."""

    def __init__(self, folder: Path) -> None:
        self.sources, self.releases = tinysource.write(folder / "source"), folder / "releases"
        self.port = live.free_port()
        self.release("release")
        self.site = self.serve()
        self.first = {iri: quads(iri) for iri in Release(self.releases / CURRENT).iris()}
        self.seen = json.loads(ask(self.site.base + "changes").body)["totalItems"]
        self.site.stop()
        second(self.sources)
        self.release("release", "--reason", "It was a double.",
                     "--replaced", WITHDRAWN, ADDED)  # fmt: skip
        self.site = self.serve()
        self.second = {iri: quads(iri) for iri in Release(self.releases / CURRENT).iris()}

    def release(self, *arguments: str) -> None:
        spacelaw(*arguments, releases=self.releases, port=self.port, sources=self.sources)

    def serve(self) -> Site:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(live, "free_port", lambda: self.port)
            return Site(self.releases, SOURCES=str(self.sources))


def quads(iri: str) -> set[str]:
    """Return what the document of a resource says, as lines of N-Quads; no tree has blank nodes."""
    answer = ask(iri, {"Accept": "application/n-quads"})
    answer = ask(answer.headers["Location"], {"Accept": "application/n-quads"})
    assert answer.status == 200
    return set(answer.body.decode().splitlines())


def activity_streams(base: str, seen: int) -> list[Event]:
    """Read from the last page back to what is known (IIIF Change Discovery 1.0, section 3)."""
    collection = json.loads(ask(base + "changes").body)
    page, events = collection["last"]["id"], list[Event]()
    while page and len(events) < collection["totalItems"] - seen:
        document = json.loads(ask(page).body)
        for activity in reversed(document["orderedItems"]):
            events.append((activity["type"], activity["object"]["id"]))
        page = document.get("prev", {}).get("id")
    return events[: collection["totalItems"] - seen][::-1]


def event_stream(base: str, seen: int) -> list[Event]:
    """Follow every relation from the view (TREE); members count once, by their IRIs."""
    todo, visited = [base + "ldes"], set[str]()
    members: dict[str, Event] = {}
    while todo:
        page = todo.pop()
        if page in visited:
            continue
        visited.add(page)
        triples = list(ox.parse(ask(page).body, ox.RdfFormat.TURTLE, base_iri=page))
        todo += [t.object.value for t in triples if t.predicate.value == TREE + "node"]
        for member in [t.object for t in triples if t.predicate.value == TREE + "member"]:
            own = [(t.predicate.value, t.object.value) for t in triples if t.subject == member]
            kind = next(v for _, v in own if v.startswith(AS)).removeprefix(AS)
            members[member.value] = (kind, dict(own)[AS + "object"])
    ordered = sorted(members, key=lambda m: (m.partition("#")[0], int(m.partition("#")[2])))
    return [members[m] for m in ordered[seen:]]


def atom(base: str, seen: int) -> list[Event]:
    """Read the feed and its archive back to the beginning (RFC 5005 section 4)."""
    address, entries = base + "changes.atom", list[Event]()
    while address:
        feed = ET.fromstring(ask(address).body)
        for entry in feed.iter(f"{ATOM}entry"):
            link = entry.find(f"{ATOM}link[@rel='alternate']")
            kind = entry.find(f"{ATOM}category")
            assert link is not None
            assert kind is not None
            entries.append((kind.attrib["term"], link.attrib["href"]))
        earlier = feed.find(f"{ATOM}link[@rel='prev-archive']")
        address = earlier.attrib["href"] if earlier is not None else ""
    return entries[::-1][seen:]


def resource_sync(base: str, seen: int) -> list[Event]:
    """Go from the source description to the change list (ResourceSync, sections 7, 8 and 12)."""

    def listed(url: str) -> list[tuple[str, dict[str, str]]]:
        root = ET.fromstring(ask(url).body)
        return [(u.findtext(f"{SITEMAP}loc", ""), u.find(f"{RS}md").attrib)  # type: ignore[union-attr]
                for u in root.iter(f"{SITEMAP}url")]  # fmt: skip

    ((capabilities, _),) = listed(base + ".well-known/resourcesync")
    known = {about["capability"]: url for url, about in listed(capabilities)}
    kinds = {"created": "Create", "updated": "Update", "deleted": "Delete"}
    return [
        (kinds[about["change"]], base + url.removeprefix(f"{base}doc/").removesuffix(".nq"))
        for url, about in listed(known["changelist"])[seen:]
    ]


@pytest.mark.parametrize("feed", [activity_streams, event_stream, atom, resource_sync])
def test_a_client_that_follows_ends_with_exactly_the_second_release(
    published: Published, feed: Feed
) -> None:
    base, copy = published.site.base, dict(published.first)
    events = feed(base, published.seen)
    for kind, iri in events:
        if kind == "Delete":
            del copy[iri]
        else:
            copy[iri] = quads(iri)
    assert copy == published.second
    assert copy != published.first
    assert {("Create", base + ADDED), ("Update", base + CHANGED), ("Delete", base + WITHDRAWN)} <= (
        set(events)
    )


def test_each_feed_tells_the_whole_history(published: Published) -> None:
    told = [feed(published.site.base, 0) for feed in (activity_streams, event_stream, atom,
                                                      resource_sync)]  # fmt: skip
    assert told[0] == told[1] == told[2] == told[3]
    assert len(told[0]) > published.seen


def test_what_was_withdrawn_is_gone_and_says_so_in_rdf(published: Published) -> None:
    base = published.site.base
    answer = ask(base + WITHDRAWN, {"Accept": "text/turtle"})
    assert answer.status == 410
    triples = {str(t) for t in ox.parse(answer.body, ox.RdfFormat.TURTLE)}
    assert any(f"{AS}Tombstone" in t for t in triples)
    assert any("isReplacedBy" in t and ADDED in t for t in triples)


def test_the_record_of_a_release_is_served(published: Published) -> None:
    answer = ask(published.site.base + "releases/0.2.0", {"Accept": "text/turtle"})
    assert b"It was a double." in answer.body
    match = re.search(r'<([^>]+)>; rel="memento"', answer.headers["Link"])
    assert match, "the version leads to its memento"
    dataset = ask(match[1], {"Accept": "text/turtle"})
    assert dataset.status == 200
    assert dataset.headers["Memento-Datetime"]
    assert ask(published.site.base + "releases/9.9.9").status == 404


def test_the_copy_is_proven_in_every_way(published: Published) -> None:
    report = verify(published.site.base)
    assert report.proven, report
    assert {"resources in the dump", "resources by feed", "resources by crawl",
            "resources by the hashes of the feed"} <= set(report.compared)  # fmt: skip
    assert report.lacks == []
