"""The evolution from policy to law: instruments in lanes of time, claims of influence as arcs."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from server.pages.page_parts import support
from server.pages.release_graph import Graph, Thing, graph_for
from server.release.reader import Release

# Law stands at the top, as the paper has policy rise to it. The grouping is the editors'.
LANES = {
    "law": ("binding-treaty", "national-legislation"),
    "quasi-law": ("general-assembly-declaration", "conference-declaration", "soft-law"),
    "policy": (
        "general-assembly-resolution",
        "national-policy",
        "organization-policy",
        "memorandum",
        "report",
        "draft",
    ),
}
FIRST_YEAR = 1945
_LEFT, _YEAR, _ROW, _HEAD, _LETTER, _LONGEST = 80, 11, 24, 46, 6.6, 27
_DATES = (
    "sl:openedForSignatureDate",
    "sl:adoptionDate",
    "sl:publicationDate",
    "sl:entryIntoForceDate",
)


@dataclass
class Mark:
    """An instrument at its day; `label` is "" for one that no arc touches and that is not law."""

    thing: Thing
    date: str
    lane: str
    x: float
    y: float = 0
    label: str = ""

    @property
    def href(self) -> str:
        """Where its page is."""
        return self.thing.ref.href


@dataclass(frozen=True)
class Arc:
    """A claim that one instrument influenced another, and whether a citation supports it."""

    claim: Thing
    start: Mark
    end: Mark
    supported: bool
    verdict: str

    @property
    def path(self) -> str:
        """The arc as an SVG path; it bows upwards, the more so the longer it is."""
        x1, y1, x2, y2 = self.start.x, self.start.y, self.end.x, self.end.y
        lift = min(y1, y2) - 18 - min(abs(x2 - x1) / 5, 60)
        return f"M{x1:.0f} {y1:.0f}C{x1:.0f} {lift:.0f} {x2:.0f} {lift:.0f} {x2:.0f} {y2:.0f}"


@dataclass
class Lane:
    """A band of the drawing."""

    name: str
    y: float = 0
    height: float = 0
    marks: list[Mark] = field(default_factory=list)


@dataclass(frozen=True)
class Evolution:
    """The whole drawing; lengths are in pixels."""

    width: int
    height: int
    lanes: tuple[Lane, ...]
    arcs: tuple[Arc, ...]
    years: tuple[tuple[int, float], ...]


def evolution(release: Release) -> Evolution:
    """Return the timeline of a release."""
    graph = graph_for(release)
    lanes = {name: Lane(name) for name in LANES}
    marks = _marks(graph)
    ends = _ends(graph, marks)
    touched = {m.thing.iri for _, *pair in ends for m in pair}
    for mark in sorted(marks.values(), key=lambda m: (m.x, m.thing.iri)):
        if mark.thing.iri in touched or mark.lane != "policy":
            mark.label = _short(mark.thing.label)
        lanes[mark.lane].marks.append(mark)
    y = 30.0
    for lane in lanes.values():
        lane.y = y
        y = _place(lane)
    last = max((int(m.date[:4]) for m in marks.values()), default=FIRST_YEAR)
    years = tuple((year, _x(f"{year}-01-01")) for year in range(FIRST_YEAR, last + 1, 5))
    width = int(_x(f"{last + 1}-01-01")) + 180
    return Evolution(width, int(y) + 26, tuple(lanes.values()), tuple(_arcs(ends)), years)


def _x(date: str) -> float:
    year, month = int(date[:4]), int(date[5:7])
    return _LEFT + (year - FIRST_YEAR + (month - 1) / 12) * _YEAR


def _short(label: str) -> str:
    plain = re.sub(r"^A/RES/", "", label)
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1].rstrip() + "…"


def _marks(graph: Graph) -> dict[str, Mark]:
    """Return the dated instruments that a lane takes, by IRI."""
    found = {}
    for lane, natures in LANES.items():
        for nature in natures:
            for thing in graph.into(f"{graph.base}id/legal-nature/{nature}", "sl:legalNature"):
                date = next((d for name in _DATES if (d := thing.one(name))), "")
                if date[:4] >= str(FIRST_YEAR):
                    found[thing.iri] = Mark(thing, date, lane, _x(date))
    return found


def _ends(graph: Graph, marks: dict[str, Mark]) -> list[tuple[Thing, Mark, Mark]]:
    """Return each claim between texts with every pair of instruments on which its sides rest."""
    claims = graph.things(
        e.iri for e in graph.release.entries(graph.term("sl:InfluenceClaim"), limit=10**6)
    )
    return [
        (claim, marks[one], marks[two])
        for claim in claims
        if claim.one("sl:betweenTexts") == "true"
        for one in _texts(graph, claim.all("sl:claimSubject"), marks)
        for two in _texts(graph, claim.all("sl:claimObject"), marks)
        if one != two
    ]


def _texts(graph: Graph, iris: Iterable[str], marks: dict[str, Mark]) -> Sequence[str]:
    """Return the instruments on which things rest: a norm on its ground, a part on its whole."""
    found: dict[str, None] = {}
    todo = list(iris)
    met = set(todo)
    while todo:
        iri = todo.pop()
        if iri in marks:
            found[iri] = None
        elif thing := graph.thing(iri):
            above = [*thing.all("sl:ground"), *thing.all("sl:partOf")]
            todo += [a for a in above if a not in met]
            met |= set(above)
    return sorted(found)


def _arcs(ends: list[tuple[Thing, Mark, Mark]]) -> list[Arc]:
    arcs = [
        Arc(claim, start, end, claim.one("sl:textualSupport") == "true", support(claim))
        for claim, start, end in ends
    ]
    return sorted(arcs, key=lambda a: (a.start.date, a.end.date, a.claim.iri))


def _place(lane: Lane) -> float:
    """Give each mark of a lane its height so that no label meets another; return where it ends."""
    free: list[float] = []
    stacks: dict[str, int] = defaultdict(int)
    rows = 0
    for mark in (m for m in lane.marks if m.label):
        row = next((i for i, x in enumerate(free) if x < mark.x), len(free))
        free[row:] = [mark.x + 14 + len(mark.label) * _LETTER, *free[row + 1 :]]
        mark.y = lane.y + _HEAD + row * _ROW
        rows = max(rows, row + 1)
    base = lane.y + _HEAD + rows * _ROW
    for mark in (m for m in lane.marks if not m.label):
        stacks[mark.date[:4]] += 1
        mark.y = base + (stacks[mark.date[:4]] - 1) * 9
    lane.height = base + (max(stacks.values(), default=0)) * 9 + 6 - lane.y
    return lane.y + lane.height
