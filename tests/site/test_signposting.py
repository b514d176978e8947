"""The list of FAIR criteria is whole, and what it points to is there."""

import re
from concurrent.futures import ThreadPoolExecutor

from tests.command import ROOT, Site, ask

TEXT = (ROOT / "docs/fair.md").read_text("utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split(" | ")]
        for line in TEXT.splitlines() if line.startswith("| ")]  # fmt: skip
# F-UJI's metrics_v0.8.yaml, the catalogue of FOOPS!, and what OOPS! calls critical or important.
FUJI = [
    "F1-01MD", "F1-02MD", "F2-01M", "F3-01M", "F4-01M", "A1-01M", "A1-02MD", "A1.1-01MD",
    "A1.2-01MD", "I1-01M", "I2-01M", "I3-01M", "R1-01M", "R1.1-01M", "R1.2-01M", "R1.3-01M",
    "R1.3-02D",
]  # fmt: skip
FOOPS = [
    "PURL1", "URI1", "URI2", "VER1", "VER2", "OM1", "OM2", "OM3", "OM4.1", "OM4.2", "OM5.1",
    "OM5.2", "FIND1", "FIND2", "FIND3", "FIND_3_BIS", "CN1", "HTTP1", "RDF1", "VOC1", "VOC2",
    "VOC3", "VOC4", "DOC1",
]  # fmt: skip
CRITICAL = [1, 3, 5, 28, 29, 6, 14, 15, 16, 19, 27, 31, 37, 39, 40]
IMPORTANT = [10, 11, 12, 30, 17, 18, 23, 24, 25, 26, 34, 35, 38, 41]
HEADS = ("metric", "test", "pitfall")


def test_every_criterion_is_listed_once() -> None:
    named = [name for row in ROWS if row[0] not in HEADS for name in row[0].split(", ")]
    pitfalls = [f"P{number:02}" for number in CRITICAL + IMPORTANT]
    assert named == [f"FsF-{name}" for name in FUJI] + FOOPS + pitfalls
    assert all(len(row) == 4 and all(row) for row in ROWS)


def test_query_against_each_pitfall_is_there() -> None:
    pitfalls = [row for row in ROWS if re.match(r"P\d\d", row[0])]
    queries = {name for row in pitfalls for name in re.findall(r"`([a-z-]+)`", row[2])}
    assert len(queries) > 10
    assert queries <= {path.stem for path in (ROOT / "shapes/hygiene").glob("*.rq")}


def test_what_the_list_points_to_answers(site: Site) -> None:
    paths = sorted({path for row in ROWS for path in re.findall(r"`(/[^`]*)`", row[3])})
    assert len(paths) > 15
    assert all(re.search(r"`/", row[3]) for row in ROWS if row[0] not in HEADS)
    with ThreadPoolExecutor(4) as clients:
        answers = list(clients.map(lambda path: ask(site.base[:-1] + path), paths))
    for path, answer in zip(paths, answers, strict=True):
        expected = 303 if path.startswith(("/id/", "/graph/", "/def")) else 200
        assert answer.status == expected, path
