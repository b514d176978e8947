"""The geometry of the map: projection, simplification and cutting, on a small atlas."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from server.compile.map_geometry import HEIGHT, WIDTH, geometry, main, project, simplify

# Two countries that share a meridian, one across the antimeridian, an islet, land without a code.
TOPOLOGY: dict[str, Any] = {
    "transform": {"scale": [1, 1], "translate": [0, 0]},
    "arcs": [
        [[10, 0], [0, 10], [0, 10]],
        [[10, 20], [-10, 0], [0, -20], [10, 0]],
        [[10, 20], [10, 0], [0, -20], [-10, 0]],
        [[170, 0], [0, 10], [-340, 0], [0, -10], [340, 0]],
        [[40, 0], [0, 1], [1, -1], [-1, 0]],
        [[60, 0], [0, 9], [9, 0], [0, -9], [-9, 0]],
    ],
    "objects": {
        "countries": {
            "geometries": [
                {"type": "Polygon", "id": "001", "arcs": [[0, 1]]},
                {"type": "MultiPolygon", "id": "002", "arcs": [[[2, 0]], [[4]]]},
                {"type": "Polygon", "id": "003", "arcs": [[3]]},
                {"type": "Polygon", "id": "004", "arcs": [[4]]},
                {"type": "Polygon", "arcs": [[5]]},
            ]
        }
    },
}


def corners(path: str) -> list[list[tuple[int, int]]]:
    """Return the rings of a path as absolute points."""
    rings = []
    for ring in path.split("z")[:-1]:
        numbers = [int(n) for n in re.findall(r"-?\d+", ring)]
        points = [(numbers[0], numbers[1])]
        for x, y in zip(numbers[2::2], numbers[3::2], strict=True):
            points.append((points[-1][0] + x, points[-1][1] + y))
        rings.append(points)
    return rings


@pytest.mark.parametrize(
    ("place", "at"),
    [
        ((0, 0), (WIDTH / 2, HEIGHT / 2)),
        ((180, 0), (WIDTH, HEIGHT / 2)),
        ((0, 90), (WIDTH / 2, 0)),
        ((-180, 0), (0, HEIGHT / 2)),
    ],
)
def test_projection_keeps_the_centre_and_reaches_the_edges(
    place: tuple[float, float], at: tuple[float, float]
) -> None:
    assert project(*place) == pytest.approx(at, abs=0.5)


def test_projection_is_of_equal_areas() -> None:
    """A degree cell's area must go with the sine of its latitudes (the authors' claim)."""

    def cell(latitude: float) -> float:
        (x1, y1), (x2, _), (x3, y3) = (
            project(0, latitude), project(1, latitude), project(1, latitude + 1)
        )  # fmt: skip
        return ((x2 - x1) + (x3 - project(0, latitude + 1)[0])) / 2 * abs(y1 - y3)

    assert cell(60) / cell(0) == pytest.approx(0.4924, rel=0.001)


def test_simplifying_keeps_ends_and_corners_that_matter() -> None:
    line = [(0.0, 0.0), (5.0, 0.001), (10.0, 0.0), (10.0, 10.0)]
    assert simplify(line, 5) == [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)]


def test_a_country_across_the_antimeridian_has_a_part_on_each_edge() -> None:
    rings = corners(geometry(TOPOLOGY)["states"]["003"]["d"])
    assert len(rings) == 2
    spans = sorted((min(x for x, _ in r), max(x for x, _ in r)) for r in rings)
    assert spans[0][0] < 30
    assert spans[0][1] < WIDTH / 10
    assert spans[1][0] > WIDTH * 9 / 10
    assert spans[1][1] > WIDTH - 30


def test_small_states_have_a_middle_and_land_without_a_code_is_apart() -> None:
    found = geometry(TOPOLOGY)
    assert "at" not in found["states"]["001"]
    x, y = found["states"]["004"]["at"]
    assert (x, y) == pytest.approx(project(40.33, 0.33), abs=2)
    assert len(corners(found["land"])) == 1
    assert set(found["states"]) == {"001", "002", "003", "004"}


def test_neighbours_share_their_border() -> None:
    states = geometry(TOPOLOGY)["states"]
    border = {(round(x), round(y)) for x, y in (project(10, 0), project(10, 20))}
    for code in ("001", "002"):
        assert border <= {p for ring in corners(states[code]["d"]) for p in ring}


def test_the_file_is_written_in_one_step(tmp_path: Path) -> None:
    atlas, output = tmp_path / "atlas.json", tmp_path / "world.json"
    atlas.write_text(json.dumps(TOPOLOGY))
    main(atlas, output)
    assert json.loads(output.read_text())["width"] == WIDTH
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".part"] == []
