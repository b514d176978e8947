"""The geometry of the map of States: an atlas in TopoJSON made flat, simple and small.

Run at set-up as `python -m server.compile.map_geometry ATLAS OUTPUT`; a site without its output
has no map.
"""

import itertools
import json
import math
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Point = tuple[float, float]
Line = list[Point]

WIDTH = 4000  # of the drawing; a unit is about a quarter of a pixel on a wide screen
_SMALL = 250.0  # square units, about 20 000 km²: what is smaller gets a circle
_ISLAND = 4.0  # square units below which an island is left out
_DETAIL = 5.0  # square units that a vertex must be worth
# Šavrič, Patterson and Jenny (2018), The Equal Earth map projection, equations 2 to 4.
_A = (1.340264, -0.081106, 0.000893, 0.003796)
_M = math.sqrt(3) / 2


def _equal_earth(longitude: float, latitude: float) -> Point:
    """Return the place of a point given in degrees, on a sphere of radius 1, y downwards."""
    t = math.asin(_M * math.sin(math.radians(latitude)))
    s = t * t
    slope = _A[0] + 3 * _A[1] * s + s**3 * (7 * _A[2] + 9 * _A[3] * s)
    y = t * (_A[0] + _A[1] * s + s**3 * (_A[2] + _A[3] * s))
    return math.radians(longitude) * math.cos(t) / (_M * slope), -y


_EDGE, _POLE = _equal_earth(180, 0)[0], -_equal_earth(0, 90)[1]
_SCALE = WIDTH / (2 * _EDGE)
HEIGHT = round(2 * _POLE * _SCALE)


def project(longitude: float, latitude: float) -> Point:
    """Return the place of a point given in degrees, in units of the drawing."""
    x, y = _equal_earth(longitude, latitude)
    return (x + _EDGE) * _SCALE, (y + _POLE) * _SCALE


def _decode(topology: dict[str, Any]) -> list[Line]:
    """Return the arcs of a quantized topology in degrees (TopoJSON specification, section 2.1.3).

    Longitudes go on beyond 180 where an arc crosses the antimeridian.
    """
    (kx, ky), (dx, dy) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        line: Line = []
        for step_x, step_y, *_ in arc:
            x, y = x + step_x, y + step_y
            line.append((x * kx + dx, y * ky + dy))
        arcs.append(_continued(line, line[0][0]))
    return arcs


def _continued(line: Line, longitude: float) -> Line:
    """Return a line shifted by whole turns so that it goes on from `longitude` without a jump."""
    found = []
    for x, y in line:
        longitude = x + 360 * round((longitude - x) / 360)
        found.append((longitude, y))
    return found


def _triangle(a: Point, b: Point, c: Point) -> float:
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2


def simplify(line: Line, least: float) -> Line:
    """Drop the vertices that matter least to the area drawn (after Visvalingam and Whyatt 1993).

    Each round drops those that matter less than both neighbours. The ends stay, so that countries
    go on sharing their borders.
    """
    kept = [(p, project(*p)) for p in line]
    while len(kept) > 2:
        inner = [
            _triangle(kept[i - 1][1], kept[i][1], kept[i + 1][1]) for i in range(1, len(kept) - 1)
        ]
        areas = [math.inf, *inner, math.inf]
        dropped = {
            i
            for i in range(1, len(kept) - 1)
            if areas[i] < least and areas[i - 1] >= areas[i] < areas[i + 1]
        }
        if not dropped:
            break
        kept = [p for i, p in enumerate(kept) if i not in dropped]
    return [p for p, _ in kept]


def _ring(indices: Iterable[int], arcs: list[Line]) -> Line:
    """Join arcs to a ring in degrees; `~i` is arc i backwards. One around a pole takes it in."""
    ring: Line = []
    for index in indices:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        ring += _continued(arc, ring[-1][0])[1:] if ring else arc
    if abs(ring[-1][0] - ring[0][0]) > 180:
        pole = math.copysign(90, ring[0][1])
        ring += [(ring[-1][0], pole), (ring[0][0], pole), ring[0]]
    return ring


def _drawn(ring: Line) -> Iterator[Line]:
    """Cut a ring at the antimeridian and project its pieces."""
    for turn in (-360, 0, 360):
        piece = _clip([(x + turn, y) for x, y in ring], -180, 1)
        if piece := _clip(piece, 180, -1):
            yield [project(*p) for p in piece]


def _clip(ring: Line, edge: float, side: int) -> Line:
    """Return the part of a ring on one side of a meridian (Sutherland and Hodgman 1974)."""
    found: Line = []
    for a, b in itertools.pairwise(ring):
        inside_a, inside_b = (a[0] - edge) * side >= 0, (b[0] - edge) * side >= 0
        if inside_a:
            found.append(a)
        if inside_a != inside_b:
            share = (edge - a[0]) / (b[0] - a[0])
            found.append((edge, a[1] + share * (b[1] - a[1])))
    return [*found, found[0]] if found else []


def _area(ring: Line) -> float:
    pairs = itertools.pairwise(ring)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2


def _middle(ring: Line) -> Point:
    """Return the centroid of a ring, or the mean of its points where it has no area."""
    doubled = x = y = 0.0
    for a, b in itertools.pairwise(ring):
        cross = a[0] * b[1] - b[0] * a[1]
        doubled, x, y = doubled + cross, x + (a[0] + b[0]) * cross, y + (a[1] + b[1]) * cross
    if abs(doubled) < 1e-6:
        return sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring)
    return x / (3 * doubled), y / (3 * doubled)


def _path(rings: Iterable[Line]) -> str:
    """Return rings as an SVG path in whole units, relative but for the start of each."""
    return "".join(_moves(ring) for ring in rings)


def _moves(ring: Line) -> str:
    points = [(round(x), round(y)) for x, y in ring]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(points)]
    moves = [f"{dx}{'' if dy < 0 else ' '}{dy}" for dx, dy in steps[:-1] if dx or dy]
    if len(moves) < 2:
        return ""
    joined = moves[0] + "".join(m if m.startswith("-") else f" {m}" for m in moves[1:])
    return f"M{points[0][0]} {points[0][1]}l{joined}z"


def _polygons(geometry: dict[str, Any]) -> Iterator[list[list[int]]]:
    if geometry["type"] == "Polygon":
        yield geometry["arcs"]
    elif geometry["type"] == "MultiPolygon":
        yield from geometry["arcs"]


def _shape(geometry: dict[str, Any], arcs: list[Line], plain: list[Line]) -> dict[str, Any]:
    """Return one country: its path, and for a small one the middle of its largest part."""
    outer = [part for p in _polygons(geometry) for part in _drawn(_ring(p[0], arcs))]
    rings = [part for p in _polygons(geometry) for r in p for part in _drawn(_ring(r, plain))]
    shape: dict[str, Any] = {"d": _path(r for r in rings if _area(r) >= _ISLAND)}
    if sum(map(_area, outer)) < _SMALL:
        x, y = _middle(max(outer, key=_area))
        shape["at"] = [round(x), round(y)]
    return shape


def outline() -> str:
    """Return the edge of the world as a path."""
    east = [project(180, lat) for lat in range(90, -91, -10)]
    west = [project(-180, lat) for lat in range(-90, 91, 10)]
    return _path([[*east, *west, east[0]]])


def geometry(topology: dict[str, Any]) -> dict[str, Any]:
    """Return what the map needs of an atlas: countries by ISO 3166-1 numeric code, other land."""
    arcs = _decode(topology)
    plain = [simplify(arc, _DETAIL) for arc in arcs]
    states: dict[str, Any] = {}
    land = []
    for country in topology["objects"]["countries"]["geometries"]:
        shape = _shape(country, arcs, plain)
        code = country.get("id")
        if code and code not in states:
            states[code] = shape
        else:
            land.append(shape["d"])
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "outline": outline(),
        "states": states,
        "land": "".join(land),
    }


def main(atlas: Path, output: Path) -> None:
    """Read an atlas and write the geometry beside it in one step."""
    text = json.dumps(geometry(json.loads(atlas.read_text("utf-8"))), separators=(",", ":"))
    part = output.with_name(output.name + ".part")
    part.write_text(text, "utf-8")
    part.replace(output)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
