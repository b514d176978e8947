"""The geometry of the map, as set-up makes it of the atlas."""

import pytest

from server.site import status
from tests.needs import needs

pytestmark = needs(status.GEOMETRY.is_file(), "the map's geometry (built at set-up with npm)")


@pytest.fixture
def states() -> dict[str, dict[str, object]]:
    geometry = status.geometry()
    assert geometry is not None
    found: dict[str, dict[str, object]] = geometry["states"]
    return found


def test_the_drawing_has_the_proportions_of_the_equal_earth_projection() -> None:
    geometry = status.geometry()
    assert geometry is not None
    assert geometry["width"] / geometry["height"] == pytest.approx(2.0546, abs=0.002)


@pytest.mark.parametrize("code", ["156", "840", "643", "756", "076"])  # CHN USA RUS CHE BRA
def test_large_states_have_an_outline_and_no_circle(
    states: dict[str, dict[str, object]], code: str
) -> None:
    assert str(states[code]["d"]).startswith("M")
    assert "at" not in states[code]


@pytest.mark.parametrize("code", ["492", "674", "438", "028"])  # MCO SMR LIE ATG
def test_small_states_have_a_circle(states: dict[str, dict[str, object]], code: str) -> None:
    assert "at" in states[code]
