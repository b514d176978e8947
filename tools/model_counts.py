"""Counts of the ontology's terms and of their uses, as the table that docs/model.md shows."""

import re
from collections import Counter
from pathlib import Path

import pyoxigraph as ox

from server.compile import inference, sources
from server.rdf.vocabulary import OWL, RDF_TYPE, SL

PAGE = Path("docs/model.md")
_KINDS = {OWL + "Class": 0, OWL + "ObjectProperty": 1, OWL + "DatatypeProperty": 1}
_HEAD = (
    "| file in `ontology/` | classes | properties | things | statements |\n"
    "|---|---:|---:|---:|---:|\n"
)


def terms(root: Path) -> dict[str, tuple[set[str], set[str]]]:
    """Return the classes and the properties that each file of the ontology declares."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for path in sorted((root / "ontology").glob("*.ttl")):
        declared: tuple[set[str], set[str]] = (set(), set())
        for q in sources.parse(path, "ontology", path.name):
            kind = _KINDS.get(str(getattr(q.object, "value", "")))
            if kind is not None and q.predicate.value == RDF_TYPE and SL in str(q.subject):
                declared[kind].add(q.subject.value)  # type: ignore[union-attr]
        if any(declared):
            found[path.name] = declared
    return found


def uses(root: Path) -> Counter[str]:
    """Return how often the data, and what the rules derive from them, use each term."""
    stated = list(sources.read(root).quads())
    found: Counter[str] = Counter()
    for q in [*stated, *inference.derive(stated, root / "ontology" / "rules")]:
        if not q.graph_name.value.endswith(("/ontology", "/shapes")):  # type: ignore[union-attr]
            found[q.predicate.value] += 1
            if q.predicate.value == RDF_TYPE and isinstance(q.object, ox.NamedNode):
                found[q.object.value] += 1
    return found


def table(root: Path) -> str:
    """Return the table; uses have two significant digits, so that they stay true for a while."""
    counted, rows = uses(root), []
    declared = terms(root)
    for name, (classes, properties) in declared.items():
        used = [sum(counted[t] for t in part) for part in (classes, properties)]
        rows.append((f"`{name}`", len(classes), len(properties), *map(_rounded, used)))
    totals = [sum(len(parts[i]) for parts in declared.values()) for i in (0, 1)]
    rows.append(("all", *totals, "", ""))
    return _HEAD + "".join(f"| {' | '.join(map(str, row))} |\n" for row in rows)


def _rounded(number: int) -> str:
    return f"{int(float(f'{number:.2g}')):,}"


def page(root: Path) -> str:
    """Return docs/model.md with the table as it should be."""
    text = (root / PAGE).read_text("utf-8")
    return re.sub(rf"{re.escape(_HEAD)}(\|.*\n)*", lambda _: table(root), text)


if __name__ == "__main__":
    PAGE.write_text(page(Path()), "utf-8")
