"""The evolution from policy to law: instruments in lanes of time, claims of influence as arcs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from server.pages.kinds import configuration
from server.pages.release_graph import Graph, Thing, graph_for
from server.pages.sections import support
from server.release.reader import Release

FIRST_YEAR = 1945
# Pixels, but for the length of a label.
_LEFT, _YEAR, _ROW, _HEAD, _TOP, _LETTER, _MAX_LETTERS = 80, 11, 24, 46, 30, 6.6, 27
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
    y: float = 0
    label: str = ""

    @property
    def x(self) -> float:
        """Where its day is."""
        return _x(self.date)


@dataclass(frozen=True)
class Arc:
    """A claim that one instrument influenced another, and whether a citation supports it."""

    claim: Thing
    start: Mark
    end: Mark

    @property
    def supported(self) -> bool:
        """Whether a citation supports the claim."""
        return self.claim.one("sl:textualSupport") == "true"

    @property
    def verdict(self) -> str:
        """The same in words."""
        return support(self.claim)

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
    """The whole drawing; `years` are those of the axis, each with its place."""

    width: int
    height: int
    lanes: tuple[Lane, ...]
    arcs: tuple[Arc, ...]
    years: tuple[tuple[int, float], ...]


@lru_cache(maxsize=4)
def evolution(release: Release) -> Evolution:
    """Return the timeline of a release."""
    graph = graph_for(release)
    marks = {mark.thing.iri: mark for mark in _marks(graph)}
    arcs = sorted(_arcs(graph, marks), key=lambda a: (a.start.date, a.end.date, a.claim.iri))
    touched = {mark.thing.iri for arc in arcs for mark in (arc.start, arc.end)}
    lanes = {name: Lane(name) for name in configuration()["lanes"]}
    for mark in sorted(marks.values(), key=lambda m: (m.x, m.thing.iri)):
        if mark.thing.iri in touched or mark.lane != "policy":
            mark.label = _short(mark.thing.label)
        lanes[mark.lane].marks.append(mark)
    y = float(_TOP)
    for lane in lanes.values():
        lane.y = y
        _place_marks(lane)
        y += lane.height
    last = max((int(mark.date[:4]) for mark in marks.values()), default=FIRST_YEAR)
    years = tuple((year, _x(f"{year}-01-01")) for year in range(FIRST_YEAR, last + 1, 5))
    width = int(_x(f"{last + 1}-01-01")) + 180
    return Evolution(width, int(y) + 26, tuple(lanes.values()), tuple(arcs), years)


def _x(date: str) -> float:
    year, month = int(date[:4]), int(date[5:7])
    return _LEFT + (year - FIRST_YEAR + (month - 1) / 12) * _YEAR


def _short(label: str) -> str:
    plain = label.removeprefix("A/RES/")
    return plain if len(plain) <= _MAX_LETTERS else plain[: _MAX_LETTERS - 1].rstrip() + "…"


def _marks(graph: Graph) -> Iterator[Mark]:
    """Yield the dated instruments that a lane takes."""
    for lane, natures in configuration()["lanes"].items():
        for nature in natures:
            for thing in graph.into(f"{graph.base}id/legal-nature/{nature}", "sl:legalNature"):
                date = next((d for name in _DATES if (d := thing.one(name))), "")
                if date[:4] >= str(FIRST_YEAR):
                    yield Mark(thing, date, lane)


def _arcs(graph: Graph, marks: Mapping[str, Mark]) -> Iterator[Arc]:
    """Yield each claim between texts with every pair of instruments on which its sides rest."""
    for claim in graph.of_type("sl:InfluenceClaim"):
        if claim.one("sl:betweenTexts") != "true":
            continue
        ends = _instruments(graph, claim.all("sl:claimObject"), marks)
        for start in _instruments(graph, claim.all("sl:claimSubject"), marks):
            yield from (Arc(claim, marks[start], marks[end]) for end in ends if end != start)


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
    ends: list[float] = []  # where the last label of each row ends
    for mark in (m for m in lane.marks if m.label):
        row = next((i for i, end in enumerate(ends) if end < mark.x), len(ends))
        ends[row:] = [mark.x + 14 + len(mark.label) * _LETTER, *ends[row + 1 :]]
        mark.y = lane.y + _HEAD + row * _ROW
    stacks: dict[str, int] = defaultdict(int)  # marks without a label stand on those of their year
    for mark in (m for m in lane.marks if not m.label):
        mark.y = lane.y + _HEAD + len(ends) * _ROW + stacks[mark.date[:4]] * 9
        stacks[mark.date[:4]] += 1
    lane.height = _HEAD + len(ends) * _ROW + max(stacks.values(), default=0) * 9 + 6
