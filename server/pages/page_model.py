"""The parts of a designed page: facts at the head, sections below, and who says all that."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Ref:
    """Text with where it leads, a remark beside it and the layers that say so."""

    text: str
    href: str = ""
    note: str = ""
    layers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fact:
    """A line of the head of a page."""

    label: str
    values: tuple[Ref, ...]


@dataclass(frozen=True)
class Step:
    """A provision in an outline, with those below it."""

    number: str
    ref: Ref
    text: str
    steps: tuple["Step", ...] = ()


@dataclass(frozen=True)
class Item:
    """An entry of a list: a link, what it says, and the layers that say so."""

    ref: Ref
    text: str = ""
    about: tuple[Ref, ...] = ()
    mark: str = ""


@dataclass(frozen=True)
class Section:
    """A part of a page under a heading; what it holds decides how it is shown."""

    key: str
    title: str
    lead: str = ""
    outline: tuple[Step, ...] = ()
    items: tuple[Item, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    drawing: "Drawing | None" = None
    more: Ref | None = None


@dataclass(frozen=True)
class Box:
    """A node of a drawing at its place, in pixels of the drawing, its text in lines."""

    x: int
    y: int
    width: int
    height: int
    lines: tuple[str, ...]
    href: str
    title: str
    style: str


@dataclass(frozen=True)
class Edge:
    """A line of a drawing as an SVG path, with its title; `style` tells solid from dashed."""

    path: str
    title: str
    style: str


@dataclass(frozen=True)
class Drawing:
    """Boxes and edges with a title and the same in words."""

    width: int
    height: int
    title: str
    text: str
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    captions: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True)
class Layer:
    """One layer's description of a resource: its sources, place and confidence."""

    name: str
    sources: tuple[Ref, ...]
    locator: str
    confidence: str


@dataclass(frozen=True)
class Design:
    """What the page of a resource of a known kind shows before the full list of statements."""

    kind: str
    facts: tuple[Fact, ...]
    sections: tuple[Section, ...]
    layers: tuple[Layer, ...]
