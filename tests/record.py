"""The record of participation in the sources of this checkout."""

from collections import defaultdict
from functools import cache
from pathlib import Path

from server.compile import sources
from server.rdf.vocabulary import SL

ROOT = Path(__file__).parents[1]
TREATIES = {
    "OST": "treaty/1967/outer-space",
    "ARRA": "treaty/1968/rescue",
    "LIAB": "treaty/1972/liability",
    "REG": "treaty/1975/registration",
    "MOON": "treaty/1979/moon",
}


@cache
def statements() -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for q in sources.read(ROOT).quads("official", "editor"):
        subject, value = q.subject.value, q.object.value  # type: ignore[union-attr]
        values = found[subject][q.predicate.value.removeprefix(SL)]
        values += [value] if value not in values else []  # layers repeat what both describe
    return found
