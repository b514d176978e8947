"""The page docs/conformance.md: how many tests of the W3C's suites are passed, and which are not.

`python -m tests.conformance.report` writes it. Counts are those of the suites and of the lists of
skips: the tests of this folder see to it that all others are passed, and none of these.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.conformance import canon, csvw, json_ld, protocol, rdf, shapes, sparql, suites

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
HEAD = """# Conformance

How this project does in the test suites of the W3C. `python -m tests.conformance.report` writes
this page. The tests in `tests/conformance` see to it that each test of a suite is passed but those
named below, and that none of these is. The suites are read from `../shared/w3c` beside the
checkout; where they are missing, the tests are skipped.

- **SPARQL**: queries are sent to the endpoint of a site that has the data of all tests as named
  graphs; each test makes its own the dataset by the protocol. Tables and graphs are compared but
  for the names of blank nodes, numbers by value. Tests of updates, entailment regimes and the Graph
  Store Protocol are left out: none of these is offered.
- **RDF**: what is read is written in each of our formats and read back. A format that cannot hold a
  graph refuses it (406).
- **JSON-LD**: our documents have their own form and context, so they are compared by what another
  processor reads in them and in what is expected. Tests of JSON-LD 1.0 are left out.
- **SHACL**: reports of the reference engine are compared with those expected, and the fast
  engine's verdict too.
- **CSV on the Web**: the suite is for processors, and this project writes tables. It shows that the
  small reader in the tests is right in what our metadata has; that reads our tables.
"""


def groups() -> Iterator[tuple[str, str, Iterable[str]]]:
    """Yield the rows of the table: what is tested, the list of skips, the names of the tests."""
    for version in ("10", "11", "12"):
        own = [g for g in sparql.groups() if g.startswith(f"sparql{version}/")]
        syntax = [name for g in own for name, c in sparql.tests_of(g).items()
                  if c.kind not in sparql.EVALUATION]  # fmt: skip
        every = [name for g in own for name in sparql.tests_of(g)]
        title = f"SPARQL {version[0]}.{version[1]}"
        yield f"{title}, syntax of queries", "sparql", syntax
        yield f"{title}, evaluation and results", "sparql", [n for n in every if n not in syntax]
    yield "SPARQL 1.1 Protocol", "protocol", protocol.tests_of("protocol")
    yield "SPARQL 1.1 Service Description", "protocol", protocol.tests_of("service-description")
    for version in ("11", "12"):
        own = [g for g in rdf.groups() if g.startswith(f"rdf{version}/")]
        names = [name for g in own for name in rdf.tests_of(g)]
        yield f"RDF {version[0]}.{version[1]}, syntaxes", "rdf", names
    for suite in json_ld.SUITES:
        yield f"JSON-LD 1.1, {suite}", "json_ld", json_ld.tests_of(suite)
    yield "RDF Dataset Canonicalization 1.0", "canon", canon.tests_of()
    core = [name for g in shapes.groups() for name in shapes.tests_of(g)]
    yield "SHACL Core", "shapes", core
    yield "CSV on the Web, csv2rdf", "csvw", csvw.tests_of()


def page() -> str:
    """Return the page as it should be."""
    rows, reasons = [], dict[str, list[str]]()
    for title, suite, names in groups():
        every, skipped = [*names], suites.skips(suite)
        failed = [name for name in every if name in skipped]
        rows.append(f"| {title} | {len(every) - len(failed):,} | {len(every):,} |")
        for name in failed:
            reasons.setdefault(skipped[name], []).append(f"`{name}`")
    table = "\n".join(["| suite | passed | of all |", "|---|---:|---:|", *rows])
    lacks = "\n".join(f"- {why} {', '.join(names)}" for why, names in reasons.items())
    return f"{HEAD}\n{table}\n\n## What is not passed\n\n{lacks}\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
