"""Small drawings in three columns: what leads to a thing, the thing, and where it leads."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from server.views.model import Box, Drawing, Edge, Ref

_BOX, _GAP, _LINE, _PAD, _ROW, _TOP = 236, 76, 17, 10, 14, 26
_LETTERS, _LINES = 31, 3
_MOST = 7


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
    columns = [_column(0, left), _column(2, right)]
    height = max(_height(boxes) for boxes, _ in columns)
    middle = _box(1, 0, centre, "centre", centre.text)
    middle = _at(middle, max(_TOP, (height + _TOP - middle.height) // 2))
    height = max(height, middle.y + middle.height + 4)
    edges = [_edge(b, middle, arm) for b, arm in zip(*columns[0], strict=True)]
    edges += [_edge(middle, b, arm) for b, arm in zip(*columns[1], strict=True)]
    boxes = (*columns[0][0], middle, *columns[1][0])
    captions = [(0, " · ".join(a.name for a in left if a.refs)),
                (2, " · ".join(a.name for a in right if a.refs))]  # fmt: skip
    return Drawing(
        3 * _BOX + 2 * _GAP + 4,
        height,
        title,
        _words(left, centre, right),
        boxes,
        tuple(edges),
        tuple((_x(column), 14, text) for column, text in captions if text),
    )


def _x(column: int) -> int:
    return 2 + column * (_BOX + _GAP)


def _box(column: int, y: int, ref: Ref, style: str, title: str) -> Box:
    lines = textwrap.wrap(ref.text, _LETTERS, max_lines=_LINES, placeholder=" …") or [ref.text]
    height = len(lines) * _LINE + 2 * _PAD
    return Box(_x(column), y, _BOX, height, tuple(lines), ref.href, title, style)


def _at(box: Box, y: int) -> Box:
    return Box(box.x, y, box.width, box.height, box.lines, box.href, box.title, box.style)


def _column(column: int, arms: Sequence[Arm]) -> tuple[list[Box], list[Arm]]:
    boxes: list[Box] = []
    owners: list[Arm] = []
    y = _TOP
    for arm in arms:
        shown = list(arm.refs[:_MOST])
        left = len(arm.refs) - len(shown)
        if left:
            shown.append(Ref(f"and {left} more"))
        for ref in shown:
            box = _box(column, y, ref, "", f"{arm.name}: {ref.text}")
            boxes.append(box)
            owners.append(arm)
            y += box.height + _ROW
    return boxes, owners


def _height(boxes: Sequence[Box]) -> int:
    return boxes[-1].y + boxes[-1].height + 4 if boxes else 0


def _edge(start: Box, end: Box, arm: Arm) -> Edge:
    x1, y1 = start.x + start.width, start.y + start.height // 2
    x2, y2 = end.x - 7, end.y + end.height // 2
    bend = (x1 + x2) // 2
    path = f"M{x1} {y1}C{bend} {y1} {bend} {y2} {x2} {y2}"
    return Edge(path, arm.name, "dashed" if arm.dashed else "")


def _words(left: Sequence[Arm], centre: Ref, right: Sequence[Arm]) -> str:
    said = [f"{a.name}: {'; '.join(r.text for r in a.refs)}" for a in (*left, *right) if a.refs]
    return f"{centre.text}. " + ". ".join(said) + "."
