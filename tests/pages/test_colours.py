"""The contrast of the colours of pages and drawings in both themes, as WCAG 2.2 computes it."""

import re
from pathlib import Path

import pytest

from server.pages.wording import STATUSES

SERVER = Path(__file__).parents[2] / "server"
STYLE = (SERVER / "static" / "style.css").read_text("utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[:2]
)
TEXT = ["ink", "quiet", "link", "accent", "official", "paper-layer", "editor", "computed"]
DRAWN = ["edge", "party", "half", "signed", "unbound", "quiet", "accent", "paper-layer", "editor"]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mixed(over: str, under: str, percent: int) -> str:
    """Return the colour of `over` at so many percent on `under`."""
    pairs = ((int(over[i : i + 2], 16), int(under[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(
        f"{round((a * percent + b * (100 - percent)) / 100):02x}" for a, b in pairs
    )


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", TEXT)
def test_text_is_read_on_each_ground(theme: dict[str, str], name: str) -> None:
    assert contrast(theme[name], theme["paper"]) >= 4.5
    assert contrast(theme[name], theme["soft"]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["ink", "quiet", "link"])
def test_text_is_read_where_a_search_marks_it(theme: dict[str, str], name: str) -> None:
    found = re.search(r"\nmark \{.*?var\(--signed\) (\d+)%, transparent", STYLE)
    assert found is not None
    assert contrast(theme[name], mixed(theme["signed"], theme["paper"], int(found[1]))) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", DRAWN)
def test_what_is_drawn_stands_out(theme: dict[str, str], name: str) -> None:
    assert contrast(theme[name], theme["paper"]) >= 3
    assert contrast(theme[name], theme["soft"]) >= 3


@pytest.mark.parametrize("status", sorted(STATUSES.keys() - {"unadopted"}))
def test_each_standing_on_the_map_is_told_from_the_sea(status: str) -> None:
    """Its colour, or the one of its pattern, is one that stands out from the ground."""
    fills = (SERVER / "templates" / "map.html").read_text("utf-8").split("%}", 2)[1]
    pattern = re.search(rf'"{status}": "(\w+)"', fills)
    rule = rf"#{pattern[1]} \.line" if pattern else rf"g\.{status}"
    colour = re.search(rf"\.map {rule} {{ fill: var\(--([\w-]+)\)", STYLE)
    assert colour is not None
    assert colour[1] in DRAWN


def test_both_themes_name_the_same_colours() -> None:
    assert LIGHT.keys() == DARK.keys()
