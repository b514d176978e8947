"""The map of participation in a treaty: the geometry that set-up made, coloured by standing."""

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from server.pages.release_graph import graph_for
from server.pages.wording import Ref
from server.rdf.iris import path_of
from server.release.reader import Release

GEOMETRY = Path(__file__).parent.parent / "static" / "dist" / "world.json"
RADIUS = 13  # of the circles, in units of the drawing


@lru_cache(maxsize=1)
def geometry() -> dict[str, Any] | None:
    """Return what set-up made of the atlas, or None where it did not."""
    if not GEOMETRY.is_file():
        return None
    loaded: dict[str, Any] = json.loads(GEOMETRY.read_text("utf-8"))
    return loaded


def world(
    release: Release, statuses: Sequence[str], standings: Iterable[tuple[str, str, str, str]]
) -> dict[str, Any] | None:
    """Return the map of one day, or None without geometry.

    It has the shapes by status, the other land, and who is not drawn. A shape has the outline of a
    State, and its middle where it is too small to be seen. `standings` are the participants, each
    with IRI, name, one of `statuses` and a remark on it.
    """
    atlas = geometry()
    if atlas is None:
        return None
    graph, outlines = graph_for(release), dict(atlas["states"])
    shapes: dict[str, list[dict[str, Any]]] = {status: [] for status in statuses}
    missing = []
    for iri, name, status, remark in standings:
        thing, href = graph.thing(iri), path_of(iri, release.base)
        outline = outlines.pop(thing.one("sl:m49"), None) if thing else None
        if outline is None:
            missing.append(Ref(name, href, remark))
        else:
            shapes[status].append({**outline, "href": href, "title": f"{name}: {remark}"})
    # What is left is land that belongs to nobody on record.
    land = atlas["land"] + "".join(outline["d"] for outline in outlines.values())
    return {**atlas, "land": land, "shapes": shapes, "missing": missing}
