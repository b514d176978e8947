"""Tests that each hygiene rule finds the faults planted for it and passes what is right."""

import re
import shutil
from functools import cache
from pathlib import Path
from urllib.parse import urljoin

import pyoxigraph as ox
import pytest

from server.compile import sources, validation
from server.rdf.vocabulary import CANONICAL_BASE

ROOT = Path(__file__).parents[1]
RULES = sorted((ROOT / "shapes" / "hygiene").glob("*.rq"))
PLANTED = Path(__file__).parent / "data" / "hygiene"
HEAD = re.compile(r"# rule: [A-Z][^\n]+\.\n# why: [A-Z][^\n]+\.\n")


@cache
def ontology() -> tuple[ox.Quad, ...]:
    paths = sorted((ROOT / "ontology").glob("*.ttl"))
    return tuple(q for path in paths for q in sources.parse(path, "ontology", path.name))


def planted_faults(trig: Path) -> set[str]:
    """Return the IRIs that the first line of a planted file calls faulty."""
    first = trig.read_text("utf-8").partition("\n")[0]
    assert first.startswith("# faulty: ")
    return {urljoin(CANONICAL_BASE, iri) for iri in re.findall(r"<([^>]+)>", first)}


@pytest.mark.parametrize("rule", RULES, ids=[rule.stem for rule in RULES])
def test_rule_finds_what_is_planted_and_no_more(rule: Path, tmp_path: Path) -> None:
    shutil.copy(rule, tmp_path)
    trig = PLANTED / f"{rule.stem}.trig"
    planted = list(ox.parse(path=str(trig)))
    # A rule on the ontology itself is tried on a few terms of the planted file alone.
    own = any(q.graph_name == ox.NamedNode(CANONICAL_BASE + "graph/ontology") for q in planted)
    quads = planted if own else [*ontology(), *planted]
    found = validation.hygiene(quads, tmp_path)
    assert {violation.focus for violation in found} == planted_faults(trig)
    assert {violation.shape for violation in found} == {f"hygiene/{rule.stem}"}


@pytest.mark.parametrize("rule", RULES, ids=[rule.stem for rule in RULES])
def test_rule_says_what_it_asks_and_why(rule: Path) -> None:
    assert HEAD.match(rule.read_text("utf-8"))


def test_each_planted_file_belongs_to_a_rule() -> None:
    assert {path.stem for path in PLANTED.iterdir()} == {rule.stem for rule in RULES}
