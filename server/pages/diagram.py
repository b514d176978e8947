"""Small drawings in three columns: what leads to a thing, the thing, and where it leads."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from server.pages.page_model import Box, Drawing, Edge, Ref

_BOX, _GAP, _LINE, _PAD, _ROW, _TOP = 236, 76, 17, 10, 14, 26  # pixels
_MAX_LETTERS, _MAX_LINES = 31, 3  # of a box
_MAX_MEMBERS = 7  # of an arm


@dataclass(frozen=True)
class Arm:
    """A relation drawn on one side: its name, what stands there, and whether solid or dashed."""

    name: str
    refs: Sequence[Ref]
    dashed: bool = False


def drawing(title: str, left: Sequence[Arm], centre: Ref, right: Sequence[Arm]) -> Drawing:
    """Return a drawing of `centre` between the arms on its left and right.

    Of each arm at most seven members are drawn; the title of the last tells how many are left.
    """
    at = 1 if any(a.refs for a in left) else 0  # the column of the centre
    before, after = _column(0, left), _column(at + 1, right)
    height = max(_height(before.boxes), _height(after.boxes))
    middle = _box(at, 0, centre, "centre", centre.text)
    middle = replace(middle, y=max(_TOP, (height + _TOP - middle.height) // 2))
    edges = [_edge(b, middle, arm) for b, arm in zip(before.boxes, before.arms, strict=True)]
    edges += [_edge(middle, b, arm) for b, arm in zip(after.boxes, after.arms, strict=True)]
    return Drawing(
        _x(at + 1 if after.boxes else at) + _BOX + 2,
        max(height, middle.y + middle.height + 4),
        title,
        _in_words(left, centre, right),
        (*before.boxes, middle, *after.boxes),
        tuple(edges),
        (*before.captions, *after.captions),
    )


def _x(column: int) -> int:
    return 2 + column * (_BOX + _GAP)


def _box(column: int, y: int, ref: Ref, style: str, title: str) -> Box:
    letters = _MAX_LETTERS - 5 if style == "centre" else _MAX_LETTERS  # bold ones are wider
    lines = textwrap.wrap(ref.text, letters, max_lines=_MAX_LINES, placeholder=" …") or [ref.text]
    height = len(lines) * _LINE + 2 * _PAD
    return Box(_x(column), y, _BOX, height, tuple(lines), ref.href, title, style)


@dataclass
class _Column:
    """What stands on one side: boxes, the arm of each, and the name above those of an arm."""

    boxes: list[Box] = field(default_factory=list)
    arms: list[Arm] = field(default_factory=list)
    captions: list[tuple[int, int, str]] = field(default_factory=list)


def _column(column: int, arms: Sequence[Arm]) -> _Column:
    placed, y = _Column(), 0
    for arm in arms:
        shown = list(arm.refs[:_MAX_MEMBERS])
        left = len(arm.refs) - len(shown)
        if left:
            shown.append(Ref(f"and {left} more"))
        if shown:
            placed.captions.append((_x(column), y + 14, arm.name))
            y += _TOP
        for ref in shown:
            box = _box(column, y, ref, "", f"{arm.name}: {ref.text}")
            placed.boxes.append(box)
            placed.arms.append(arm)
            y += box.height + _ROW
    return placed


def _height(boxes: Sequence[Box]) -> int:
    return boxes[-1].y + boxes[-1].height + 4 if boxes else 0


def _edge(start: Box, end: Box, arm: Arm) -> Edge:
    x1, y1 = start.x + start.width, start.y + start.height // 2
    x2, y2 = end.x - 7, end.y + end.height // 2
    bend = (x1 + x2) // 2
    path = f"M{x1} {y1}C{bend} {y1} {bend} {y2} {x2} {y2}"
    return Edge(path, arm.name, "dashed" if arm.dashed else "")


def _in_words(left: Sequence[Arm], centre: Ref, right: Sequence[Arm]) -> str:
    said = [f"{a.name}: {'; '.join(r.text for r in a.refs)}" for a in (*left, *right) if a.refs]
    return f"{centre.text}. " + ". ".join(said) + "."
