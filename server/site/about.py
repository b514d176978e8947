"""Pages about the site as a whole: home, sources, and the evolution from policy to law.

The evolution is drawn as instruments in lanes of time, with arcs for what joins them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from flask import Blueprint, Response

from server.pages import threads
from server.pages.kinds import CONFIGURATION
from server.pages.law_records import support
from server.pages.release_graph import Graph, Thing, graph_for
from server.pages.threads import Join
from server.rdf.formats import HTML, JSON
from server.rdf.iris import rebase
from server.rdf.vocabulary import LAYERS
from server.release.reader import Release
from server.site import lists
from server.site.parameters import parameters
from server.site.responses import negotiate, respond, respond_page, services

blueprint = Blueprint("about", __name__)


@blueprint.get("/")
def home() -> Response:
    """Show what this is, the numbers of the release and the ways in."""
    release = services().release
    return respond_page(
        "home.html",
        groups=_groups(release),
        evolution=evolution(release),
        day=datetime.fromtimestamp(release.made, UTC).date(),
    )


def _groups(release: Release) -> dict[str, list[tuple[str, str, int]]]:
    """Return path, title and number of entries of the lists under their headings."""
    groups: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for name, listing in lists.LISTINGS.items():
        count = len(lists.members(release, name))
        groups[listing["group"]].append((name, listing["title"], count))
    return groups


@blueprint.get("/evolution")
def timeline() -> Response:
    """Show instruments from 1945 on, and claims of influence or passages of words between them."""
    thread = parameters()["thread"] or ""
    return respond_page("evolution.html", e=evolution(services().release, thread), thread=thread)


@blueprint.get("/sources")
def sources() -> Response:
    """Show how many facts of each layer rest on each source; as JSON too."""
    release = services().release
    counts = release.statistics()["sources"]
    if negotiate((JSON, HTML)) is JSON:
        return respond(counts, JSON)
    rows = [
        (layer, rebase(source, release.base), descriptions, facts)
        for layer in LAYERS
        for source, (descriptions, facts) in counts.get(layer, {}).items()
    ]
    return respond_page("sources.html", rows=rows)


FIRST_YEAR = 1945
# Pixels, but for the length of a label.
_LEFT, _YEAR, _ROW, _HEAD, _TOP, _LETTER, _MAX_LETTERS = 80, 11, 24, 46, 30, 6.9, 40


@dataclass
class Mark:
    """An instrument at its day; `label` is "" for one that no arc touches and that is not law.

    The label stands left of the day where it would leave the drawing on the right.
    """

    thing: Thing
    date: str
    lane: str
    y: float = 0
    label: str = ""
    is_left: bool = False
    annex: str = ""

    @property
    def x(self) -> float:
        """Where its day is."""
        return _x(self.date)

    @property
    def span(self) -> tuple[float, float]:
        """Where mark and label begin and end."""
        length = 16 + len(self.label) * _LETTER
        return (self.x - length, self.x + 8) if self.is_left else (self.x - 8, self.x + length)


@dataclass(frozen=True)
class Arc:
    """What joins two instruments: a claim of influence, or all that joins them on a topic."""

    record: Thing
    start: Mark
    end: Mark
    verdict: str
    is_solid: bool
    score: str = ""
    joins: tuple[Join, ...] = ()


@dataclass
class Lane:
    """A band of the drawing."""

    name: str
    y: float = 0
    height: float = 0
    marks: list[Mark] = field(default_factory=list)


@dataclass(frozen=True)
class Evolution:
    """The whole drawing; `years` are those of the axis, each with its place.

    `threads` are the topics that can be followed in place of the claims, by key.
    """

    width: int
    height: int
    lanes: tuple[Lane, ...]
    arcs: tuple[Arc, ...]
    years: tuple[tuple[int, float], ...]
    threads: Mapping[str, str]


@lru_cache(maxsize=16)
def evolution(release: Release, thread: str = "") -> Evolution:
    """Return the timeline of a release, with the claims of influence or the thread of a topic."""
    graph = graph_for(release)
    marks = {mark.thing.iri: mark for mark in _marks(graph)}
    last = max((int(mark.date[:4]) for mark in marks.values()), default=FIRST_YEAR)
    width = int(_x(f"{last + 2}-01-01")) + 24
    topics = CONFIGURATION["threads"].get(thread, {}).get("topics", ())
    unordered = _steps(graph, marks, topics) if thread else _claims(graph, marks)
    arcs = sorted(unordered, key=lambda a: (a.end.date, a.start.date, a.record.iri))
    touched = {mark.thing.iri for arc in arcs for mark in (arc.start, arc.end)}
    lanes = {name: Lane(name) for name in CONFIGURATION["lanes"]}
    for mark in sorted(marks.values(), key=lambda m: (m.x, m.thing.iri)):
        if mark.thing.iri in touched or mark.lane != "policy":
            mark.label = _short(mark.thing)
            mark.is_left = mark.span[1] > width
        lanes[mark.lane].marks.append(mark)
    y = float(_TOP)
    for lane in lanes.values():
        lane.y = y
        _place_marks(lane)
        y += lane.height
    years = tuple((year, _x(f"{year}-01-01")) for year in range(FIRST_YEAR, last + 1, 5))
    names = {key: value["name"] for key, value in CONFIGURATION["threads"].items()}
    return Evolution(width, int(y) + 26, tuple(lanes.values()), tuple(arcs), years, names)


def _x(date: str) -> float:
    year, month = int(date[:4]), int(date[5:7])
    return _LEFT + (year - FIRST_YEAR + (month - 1) / 12) * _YEAR


def _short(thing: Thing) -> str:
    """Return the label of an instrument, or where that is long another of its names, whole."""
    plain = thing.label.removeprefix("A/RES/")
    others = [name for name in thing.all("skos:altLabel") if len(name) <= _MAX_LETTERS]
    return plain if len(plain) <= _MAX_LETTERS else max(others, key=len, default=plain)


def _marks(graph: Graph) -> Iterator[Mark]:
    """Yield the instruments that a lane takes; what annexes another text but a treaty joins it."""
    natures = {n: lane for lane, names in CONFIGURATION["lanes"].items() for n in names}
    marks: dict[str, Mark] = {}
    for nature, lane in natures.items():
        for thing in graph.into(f"{graph.base}id/legal-nature/{nature}", "sl:legalNature"):
            if thing.date[:4] >= str(FIRST_YEAR):
                marks[thing.iri] = Mark(thing, thing.date, lane)
    for mark in marks.values():
        names = ("sl:carriesInAnnex", "^sl:adoptingResolution")
        carried = {t.iri: t for name in names for t in mark.thing.things(name) if t.iri in marks}
        mark.annex = ", ".join(thing.label for thing in carried.values())
        lanes = {marks[iri].lane for iri in carried} - {"law"}
        mark.lane = next(iter(lanes), mark.lane)
    yield from marks.values()


def _claims(graph: Graph, marks: Mapping[str, Mark]) -> Iterator[Arc]:
    """Yield each claim between texts with every pair of instruments on which its sides rest."""
    for claim in graph.of_type("sl:InfluenceClaim"):
        if claim.one("sl:betweenTexts") != "true":
            continue
        solid = claim.one("sl:textualSupport") == "true"
        ends = _instruments(graph, claim.all("sl:claimObject"), marks)
        for start in _instruments(graph, claim.all("sl:claimSubject"), marks):
            pairs = ((marks[start], marks[end]) for end in ends if end != start)
            yield from (Arc(claim, *pair, support(claim), solid) for pair in pairs)


def _steps(graph: Graph, marks: Mapping[str, Mark], topics: Iterable[str]) -> Iterator[Arc]:
    """Yield each two instruments that provisions on some topics join."""
    iris = [f"{graph.base}id/topic/{topic}" for topic in topics]
    on = {t.iri: t for iri in iris for t in graph.into(iri, "dcterms:subject")}
    provisions = [thing for thing in on.values() if thing.one("sl:partOf")]
    for earlier, later, joins in threads.pairs(graph, provisions):
        if earlier.iri in marks and later.iri in marks:
            solid, share = any(j.is_solid for j in joins), max(j.share for j in joins)
            ends, score = (marks[earlier.iri], marks[later.iri]), f"{share:.0%}" if share else ""
            yield Arc(joins[0].record, *ends, joins[0].said, solid, score, tuple(joins))


def _instruments(graph: Graph, iris: Iterable[str], marks: Mapping[str, Mark]) -> list[str]:
    """Return the instruments on which things rest: a norm on its ground, a part on its whole."""
    instruments, todo = set(), list(iris)
    met = set(todo)
    while todo:
        iri = todo.pop()
        if iri in marks:
            instruments.add(iri)
        elif thing := graph.thing(iri):
            above = {*thing.all("sl:ground"), *thing.all("sl:partOf")} - met
            todo += above
            met |= above
    return sorted(instruments)


def _place_marks(lane: Lane) -> None:
    """Give a lane its height and each mark its own, so that no label meets another."""
    ends: list[list[tuple[float, float]]] = []  # what each row holds
    for mark in (m for m in lane.marks if m.label):
        start, end = mark.span
        free = (i for i, row in enumerate(ends) if all(end < a or start > b for a, b in row))
        row = next(free, len(ends))
        ends[row:] = [[*(ends[row] if row < len(ends) else []), mark.span], *ends[row + 1 :]]
        mark.y = lane.y + _HEAD + row * _ROW
    stacks: dict[str, int] = defaultdict(int)  # marks without a label stand on those of their year
    for mark in (m for m in lane.marks if not m.label):
        mark.y = lane.y + _HEAD + len(ends) * _ROW + stacks[mark.date[:4]] * 9
        stacks[mark.date[:4]] += 1
    lane.height = _HEAD + len(ends) * _ROW + max(stacks.values(), default=0) * 9 + 6
