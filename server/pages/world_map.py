"""The map of participation in a treaty: the geometry that set-up made, coloured by standing."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from server.pages.page_model import Ref
from server.pages.release_graph import graph_for
from server.rdf.iris import path_of
from server.release.reader import Release

GEOMETRY = Path(__file__).parent.parent / "static" / "dist" / "world.json"
RADIUS = 13  # of the circles, in units of the drawing


@dataclass(frozen=True)
class Shape:
    """A State on the map: its outline, and its middle where it is too small to be seen."""

    path: str
    at: tuple[int, int] | None
    href: str
    title: str


@dataclass(frozen=True)
class Map:
    """The map of one day: shapes by status, the other land, and who is not drawn."""

    width: int
    height: int
    outline: str
    land: str
    shapes: dict[str, list[Shape]]
    missing: list[Ref]


@lru_cache(maxsize=1)
def geometry() -> dict[str, Any] | None:
    """Return what set-up made of the atlas, or None where it did not."""
    if not GEOMETRY.is_file():
        return None
    loaded: dict[str, Any] = json.loads(GEOMETRY.read_text("utf-8"))
    return loaded


def world(
    release: Release, statuses: Sequence[str], standings: Iterable[tuple[str, str, str, str]]
) -> Map | None:
    """Return the map, or None without geometry.

    `standings` are the participants, each with IRI, name, one of `statuses` and a remark on it.
    """
    atlas = geometry()
    if atlas is None:
        return None
    graph, outlines = graph_for(release), dict(atlas["states"])
    shapes: dict[str, list[Shape]] = {status: [] for status in statuses}
    missing = []
    for iri, name, status, remark in standings:
        thing, href = graph.thing(iri), path_of(iri, release.base)
        outline = outlines.pop(thing.one("sl:m49"), None) if thing else None
        if outline is None:
            missing.append(Ref(name, href, remark))
        else:
            at = tuple(outline["at"]) if "at" in outline else None
            shapes[status].append(Shape(outline["d"], at, href, f"{name}: {remark}"))
    # What is left is land that belongs to nobody on record.
    land = atlas["land"] + "".join(outline["d"] for outline in outlines.values())
    return Map(atlas["width"], atlas["height"], atlas["outline"], land, shapes, missing)
