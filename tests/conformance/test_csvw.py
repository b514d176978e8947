"""CSV on the Web: our tables say what the release states, as a reader of such tables finds it."""

import json
from collections.abc import Iterable

import pyoxigraph as ox

from server.rdf.serialization import parse
from server.rdf.terms import graph_of
from server.rdf.vocabulary import graph_iri
from server.release.reader import Release
from tests.conformance import csvw
from tests.conformance.suites import check, needs_suites
from tests.served import Client


@needs_suites
def test_the_reader_reads_rightly() -> None:
    check("csvw", csvw.tests_of(), csvw.run)


def test_our_tables_say_what_the_release_states(plain: Client, plain_release: Release) -> None:
    at = f"http://127.0.0.1/dumps/{plain_release.manifest.release}/"
    metadata = json.loads(plain.get(f"{at}csv-metadata.json").data)
    metadata["tables"] = [t for t in metadata["tables"] if t["url"] != "resources.csv"]
    found = set(csvw.triples(metadata, at, lambda url: plain.get(url).text, minimal=True))
    subjects = {t.subject for t in found}
    quads = [q for q in parse(plain_release.quads_file.read_bytes()) if q.subject in subjects]
    inferred = graph_iri("inferred", plain_release.base)
    stated = {q.triple for q in quads if graph_of(q) != inferred}
    assert len(subjects) > 5
    assert values(found) == values(stated)


def values(triples: Iterable[ox.Triple]) -> set[tuple[object, str, str]]:
    """Return triples with values as text: a column of several kinds of values has no datatype."""
    named = [t for t in triples if not isinstance(t.object, ox.BlankNode)]
    return {(t.subject, t.predicate.value, t.object.value) for t in named}  # type: ignore[union-attr]
