"""What pages are made of, as plain data that templates render."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Ref:
    """Text with where it leads, a remark beside it, and the layers that state it.

    A node without an IRI has no text: its `properties` are shown in its place.
    """

    text: str
    href: str = ""
    note: str = ""
    layers: tuple[str, ...] = ()
    language: str = ""
    properties: tuple["Property", ...] = ()


@dataclass(frozen=True)
class Property:
    """A label with values; `href` leads to the page of the property."""

    label: str
    values: tuple[Ref, ...]
    href: str = ""


@dataclass(frozen=True)
class Step:
    """A provision or term in an outline, with those below it.

    `summary` and `norms` are those of a provision that stands on the page of its text, at the
    fragment `key`.
    """

    number: str
    ref: Ref
    text: str
    steps: tuple["Step", ...] = ()
    summary: str = ""
    norms: tuple["Item", ...] = ()
    key: str = ""


@dataclass(frozen=True)
class Item:
    """An entry of a list: a link, what is said of it, a mark, and the record that says so.

    `who` is the one who bears a norm; `places` are entries within the entry.
    """

    ref: Ref
    text: str = ""
    mark: str = ""
    record: Ref | None = None
    who: str = ""
    places: tuple["Item", ...] = ()


@dataclass(frozen=True)
class Arm:
    """A relation drawn on one side: its name, what stands there, and whether solid or dashed."""

    name: str
    refs: Sequence[Ref]
    dashed: bool = False


@dataclass(frozen=True)
class Drawing:
    """A thing between what leads to it and where it leads; arms without references are left out."""

    title: str
    left: Sequence[Arm]
    centre: Ref
    right: Sequence[Arm]


@dataclass(frozen=True)
class Overview:
    """Classes, each with the number of its things, and the properties that join two of them.

    `edges` are two places in `classes`, and the names of the properties.
    """

    classes: Sequence[tuple[Ref, int]]
    edges: Sequence[tuple[int, int, str]]


@dataclass(frozen=True)
class Section:
    """A part of a page under a heading; what it holds decides how it is shown.

    `total` is the number of entries, of which `items` may be the first ones.
    """

    title: str
    lead: str = ""
    items: tuple[Item, ...] = ()
    total: int = 0
    outline: tuple[Step, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    drawing: Drawing | None = None
    overview: Overview | None = None

    @property
    def key(self) -> str:
        """The fragment of a page's address that leads to the section."""
        return re.sub(r"\W+", "-", self.title.lower()).strip("-")


@dataclass(frozen=True)
class Layer:
    """One layer's description of a resource: its sources, places in them, and confidence."""

    name: str
    sources: tuple[Ref, ...]
    locators: tuple[Ref, ...]
    confidence: tuple[Ref, ...]


@dataclass(frozen=True)
class Page:
    """What the page of a resource shows; `kind` is "" where it has the generic design.

    `path` leads from a list of such things to this one; `subtitle` and `citation` stand below the
    label.
    """

    iri: str
    label: str
    types: tuple[Ref, ...]
    description: str
    kind: str
    facts: tuple[Property, ...]
    sections: tuple[Section, ...]
    statements: tuple[Property, ...]
    layers: tuple[Layer, ...]
    path: tuple[Ref, ...] = ()
    subtitle: str = ""
    citation: str = ""
