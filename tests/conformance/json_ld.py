"""The suites of the JSON-LD 1.1 API: what our documents say, and what is read of others'.

Our documents choose their own context and form, so they are compared by what they say: another
processor (pyld) reads them and the suites' documents as RDF.
"""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from pyld import jsonld as other  # type: ignore[import-untyped]

from server.rdf import jsonld
from tests.conformance import comparing
from tests.conformance.rdf import refused
from tests.conformance.suites import FOLDER

ROOT = FOLDER / "json-ld-api" / "tests"
IRI = "https://w3c.github.io/json-ld-api/tests/"
SUITES = ("fromRdf", "toRdf", "compact")
_OPTIONS = ("base", "rdfDirection", "expandContext", "processingMode", "produceGeneralizedRdf")

Test = dict[str, Any]


@cache
def tests_of(suite: str) -> dict[str, Test]:
    """Return the tests of a suite by their names, such as toRdf#t0001.

    Those of JSON-LD 1.0 are not for processors of 1.1.
    """
    listed = json.loads((ROOT / f"{suite}-manifest.jsonld").read_text("utf-8"))["sequence"]
    return {f"{suite}{test['@id']}": test for test in listed if not _is_of_1_0(test)}


def _is_of_1_0(test: Test) -> bool:
    options = test.get("option", {})
    return "json-ld-1.0" in (options.get("specVersion"), options.get("processingMode"))


def run(name: str) -> None:
    """Run a test; raises AssertionError or what a reader raises."""
    suite = name.partition("#")[0]
    test = tests_of(suite)[name]
    {"fromRdf": _from_rdf, "toRdf": _to_rdf, "compact": _compact}[suite](test)


def _from_rdf(test: Test) -> None:
    """Write our documents of RDF; named graphs are merged in them."""
    quads = list(ox.parse(path=ROOT / test["input"], format=ox.RdfFormat.N_QUADS))
    triples = list({q.triple for q in quads})
    assert "expect" in test, "what is no JSON-LD is written as it is"
    expected = _said(json.loads((ROOT / test["expect"]).read_text("utf-8")), test)
    for document in _documents(triples, {}):
        assert _said(document, {}) == expected, document


def _documents(triples: list[ox.Triple], prefixes: dict[str, str]) -> list[Any]:
    known = jsonld.coercions(triples)
    forms = [
        jsonld.expanded(triples, ""),
        jsonld.compacted(triples, prefixes, known, ""),
        jsonld.compacted(triples, prefixes, known, "", flat=True),
    ]
    return [json.loads(form) for form in forms]


def _to_rdf(test: Test) -> None:
    """Read a document as ours are read."""
    path, base = ROOT / test["input"], test.get("option", {}).get("base", IRI + test["input"])

    def read() -> set[ox.Quad]:
        return set(ox.parse(path=path, format=ox.RdfFormat.JSON_LD, base_iri=base))

    if "expect" in test:
        expected = ox.parse(path=ROOT / test["expect"], format=ox.RdfFormat.N_QUADS)
        assert comparing.graph(read()) == comparing.graph(expected)
    elif "jld:NegativeEvaluationTest" in test["@type"]:
        refused(read)
    else:
        read()


def _compact(test: Test) -> None:
    """Compact what a document says by the prefixes of the test's context."""
    assert "context" in test, "compaction takes no faulty context"
    assert "expect" in test, "compaction takes no faulty context"
    context = json.loads((ROOT / test["context"]).read_text("utf-8")).get("@context")
    document = json.loads((ROOT / test["input"]).read_text("utf-8"))
    triples = [q.triple for q in _read(document, test)]
    for ours in _documents(triples, _prefixes(context)):
        assert _said(ours, {}) == comparing.graph(triples), ours


def _prefixes(context: Any) -> dict[str, str]:
    """Return the plain prefixes of a context."""
    return {
        name: iri
        for name, iri in (context.items() if isinstance(context, dict) else ())
        if isinstance(iri, str) and name.isalnum() and iri.endswith(("/", "#")) and ":" in iri
    }


def _said(document: Any, test: Test) -> bytes:
    """Return what a document says as another processor reads it, its graphs merged."""
    return comparing.graph({q.triple for q in _read(document, test)})


def _read(document: Any, test: Test) -> Iterable[ox.Quad]:
    options = {k: v for k, v in test.get("option", {}).items() if k in _OPTIONS}
    options = {"base": IRI + test.get("input", ""), **options}
    options |= {"format": "application/n-quads", "documentLoader": _load}
    nquads = other.to_rdf(document, options)
    return set(ox.parse(nquads.encode(), ox.RdfFormat.N_QUADS))


def _load(url: str, _: object) -> dict[str, Any]:
    path: Path = ROOT / url.removeprefix(IRI)
    document = json.loads(path.read_text("utf-8"))
    return {
        "contentType": "application/ld+json", "contextUrl": None, "documentUrl": url,
        "document": document,
    }  # fmt: skip
