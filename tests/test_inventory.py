"""Nothing of the paper's inventory is lost: each row is in the graph, with all that it gives."""

import json
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from server.compile import sources
from server.rdf.vocabulary import CANONICAL_BASE, DCTERMS, SKOS, SKOS_PREF_LABEL, SL, graph_iri

ROOT = Path(__file__).parents[1]
INVENTORY: dict[str, dict[str, str]] = json.loads(
    (ROOT / "tests/data/inventory.json").read_text("utf-8")
)
# Where the data depart from the inventory, because the text of the paper says otherwise.
CORRECTED = {
    "C111": {"locator": "L602-603"},  # the mark of note 47 ends a later sentence, that of C115
    "F39": {"sev": "4"},  # the form of headings is no inconsistency of substance
    "F41": {"sev": "2"},  # a programme that is not named is a citation left vague, no wrong fact
}
ROW = {key: row | CORRECTED.get(key, {}) for key, row in INVENTORY.items()}
# The rows by category; questions (G) are answered by queries/ instead.
CATEGORIES = {
    "S": 25, "A": 45, "K": 10, "AB": 34, "fn": 78, "B2-": 45, "C": 201, "KP": 23, "D": 75,
    "T": 10, "DR": 21, "E": 87, "ST": 8, "CL": 55, "F": 41,
}  # fmt: skip
ROWS = [key for key in INVENTORY if not key.startswith("G")]
CLAIM_KINDS = {
    "D": "statement of fact",
    "I": "interpretation",
    "N": "view of what ought to be done",
    "P": "prediction",
}
# The inventory names lines of a transcription, the data pages: where pages 621 to 646 begin.
PAGE_BREAKS = (
    1, 35, 82, 127, 177, 226, 269, 316, 366, 412, 463, 512, 561, 607, 658, 705, 751, 802, 853, 898,
    948, 995, 1043, 1096, 1151, 1197,
)  # fmt: skip
BEFORE_FIRST_PAGE = 620
NONE = "–"  # noqa: RUF001 - the inventory writes an en dash


def category(key: str) -> str:
    match = re.match(r"B2-|ST|[A-Za-z]+", key)
    assert match
    return match[0]


@cache
def values() -> dict[str, dict[str, set[str]]]:
    """Return what graph/paper says of each subject, and the names of all concepts."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    paper = ox.NamedNode(graph_iri("paper"))
    for q in sources.read(ROOT).quads():
        if q.graph_name == paper or q.predicate.value in (SKOS_PREF_LABEL, SKOS + "notation"):
            found[q.subject.value][q.predicate.value].add(q.object.value)  # type: ignore[union-attr]
    return found


@cache
def by_key() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for subject, properties in values().items():
        for key in properties[DCTERMS + "identifier"]:
            found[key].add(subject)
    return found


def get(key: str, term: str, namespace: str = SL) -> set[str]:
    (subject,) = by_key()[key]
    return values()[subject][namespace + term]


def names(iris: Iterable[str]) -> set[str]:
    """Return the inventory's words for concepts: the notation where the label is another."""
    return {
        name
        for iri in iris
        for name in values()[iri][SKOS + "notation"] or values()[iri][SKOS_PREF_LABEL]
    }


def asked_places(text: str) -> set[tuple[str, int]]:
    """Return the pages and notes of the lines and footnotes that the inventory names."""
    mode, found = "", set()
    plain = re.sub(r"§[\w.]+|\"[^\"]*\"|\([^)]*\)|p\.\d+(-\d+)?", " ", text)
    for match in re.finditer(r"(?<![\w.])(L|fn)?(\d+)(?:-(\d+))?(?!\w)", plain):
        mode = match[1] or mode
        span = range(int(match[2]), int(match[3] or match[2]) + 1)
        if mode == "L":
            found |= {("page", BEFORE_FIRST_PAGE + bisect_right(PAGE_BREAKS, n)) for n in span}
        elif mode:
            found |= {("note", number) for number in span}
    return found


def stated_places(locator: str) -> set[tuple[str, int]]:
    """Return the pages and notes that a locator of the data names."""
    pages = re.findall(r"pp?\. (\d+)(?:-(\d+))?", locator)
    found = {("page", n) for a, b in pages for n in range(int(a), int(b or a) + 1)}
    return found | {("note", int(number)) for number in re.findall(r"n\. (\d+)", locator)}


def located(row: dict[str, str]) -> str:
    """Return what a row says of its place; an erratum says it in its first column."""
    if "as written (locator)" in row:
        return " ".join(re.findall(r"\(([^)]*L\d[^)]*)\)", row["as written (locator)"]))
    for column in ("locator", "lines", "defined at", "where the paper uses it"):
        if column in row:
            return re.sub(r"via .*", "", row[column])
    return ""


def test_the_fixture_is_the_shared_inventory() -> None:
    shared = ROOT.parent / "shared" / "domain" / "inventory.json"
    if not shared.is_file():
        pytest.skip("the shared inventory is not here; a copy of it is the fixture")
    assert json.loads(shared.read_text("utf-8")) == INVENTORY


def test_each_category_has_its_rows_and_each_row_one_resource() -> None:
    counts = Counter(category(key) for key in ROWS)
    for name, number in counts.items():
        print(f"{name.rstrip('-'):3} {number:4} rows")
    print(f"all {len(ROWS):4} rows")
    assert counts == CATEGORIES
    for key in ROWS:
        assert len(by_key()[key]) == 1, f"{key} is described {len(by_key()[key])} times"


@pytest.mark.parametrize("key", ROWS)
def test_each_row_keeps_its_place_in_the_paper(key: str) -> None:
    stated = {place for text in get(key, "locator") for place in stated_places(text)}
    assert stated or get(key, "locator") == {"passim"}
    assert asked_places(located(ROW[key])) <= stated


@pytest.mark.parametrize("key", [k for k in ROWS if category(k) == "C"])
def test_each_norm_keeps_kind_bearer_ground_and_derivation(key: str) -> None:
    row = ROW[key]
    assert get(key, "kindAsStated") == {row["kind"]}
    assert get(key, "normKind") or get(key, "statementKind")
    if row["bearer"] != NONE:
        assert get(key, "bearer")
        assert get(key, "bearerAsStated")
    if row["ground"] == NONE:
        assert get(key, "groundAbsent")
    else:
        assert get(key, "ground") or get(key, "groundAbsent")
    assert get(key, "derivesFrom") == derivation(row["from"])


def derivation(text: str) -> set[str]:
    """Return the resources that a derivation names; `C042-C045` names four."""
    keys: list[str] = []
    for part in [] if text == NONE else re.split(r",\s*", text):
        match = re.fullmatch(r"C(\d+)-C(\d+)", part)
        bounds = range(int(match[1]), int(match[2]) + 1) if match else None
        keys += [f"C{n:03}" for n in bounds] if bounds else [part]
    return {iri for key in keys for iri in by_key()[key]}


@pytest.mark.parametrize("key", [k for k in ROWS if category(k) == "CL"])
def test_each_claim_keeps_its_kind(key: str) -> None:
    assert names(get(key, "claimKind")) == {CLAIM_KINDS[ROW[key]["kind"]]}
    assert get(key, "subject", DCTERMS)


@pytest.mark.parametrize("key", [k for k in ROWS if category(k) in ("E", "DR")])
def test_each_relation_is_a_claim_with_both_its_sides(key: str) -> None:
    (relation,) = get(key, "claimRelation")
    assert relation.startswith(CANONICAL_BASE + "id/relation/")
    assert get(key, "claimSubject")
    assert get(key, "claimObject")


@pytest.mark.parametrize("key", [k for k in ROWS if category(k) == "F"])
def test_each_erratum_keeps_severity_and_says_what_it_corrects(key: str) -> None:
    row = ROW[key]
    assert get(key, "severity") == {row["sev"]}
    assert get(key, "asWritten")
    assert get(key, "corrects")
    assert get(key, "confidence")
    assert row["sev"] != "1" or get(key, "correctValue")


@pytest.mark.parametrize("key", [k for k in ROWS if category(k) == "KP"])
def test_each_key_point_keeps_its_area(key: str) -> None:
    assert get(key, "isPartOf", DCTERMS) == by_key()[ROW[key]["of"]]


def test_the_body_of_law_is_an_enumerable_set() -> None:
    """The paper's enumeration: 20 treaty articles, 15 other provisions, 8 paragraphs of 1996."""
    members = {s.partition("/id/")[2] for s in get("E67", "claimSubject")}
    articles = {m for m in members if m.startswith("treaty/")}
    declaration = {m for m in members if m.startswith("declaration/1996/")}
    assert (len(articles), len(declaration), len(members)) == (20, 8, 43)


def test_the_stamp_of_the_scan_is_not_published() -> None:
    text = "".join(p.read_text("utf-8") for p in (ROOT / "data").rglob("*.ttl"))
    assert "anonieme" not in text.lower()
