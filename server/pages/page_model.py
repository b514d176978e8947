"""What templates show as links, values and entries."""

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
class Item:
    """An entry in a cell: a link, what is said of it, and a mark."""

    ref: Ref
    text: str = ""
    mark: str = ""
