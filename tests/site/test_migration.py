"""Tests that no term or concept that was once published is lost: each is there, moved or gone."""

import re

import pytest

from server.compile import change_log, migration
from server.rdf.vocabulary import CANONICAL_BASE, OWL, SKOS
from tests.command import ROOT, Site, ask

TABLE = migration.read(ROOT)
OLD = {row.old: row for row in TABLE}
TERMS = {OWL + kind for kind in ("Class", "ObjectProperty", "DatatypeProperty")}
PUBLISHED = [
    change.iri
    for change in change_log.replay(change_log.read(ROOT)).values()
    if change.type in TERMS | {SKOS + "Concept", SKOS + "ConceptScheme"}
]


def on(site: Site, iri: str) -> str:
    return iri.replace(CANONICAL_BASE, site.base, 1)


def test_the_table_has_each_old_identifier_once_and_none_that_is_new() -> None:
    assert len(OLD) == len(TABLE) > 0
    assert not OLD.keys() & {row.new for row in TABLE}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.old.removeprefix(CANONICAL_BASE))
def test_an_old_identifier_leads_to_its_successor(site: Site, row: migration.Moved) -> None:
    answer = ask(on(site, row.old), {"Accept": "text/turtle"})
    new = on(site, row.new)
    if row.same:
        assert (answer.status, answer.headers["Location"]) == (301, new)
    else:
        assert answer.status == 410
        assert re.search(
            rf"dcterms:isReplacedBy\s+\S*{new.rpartition('/')[2]}", answer.body.decode()
        )
    if row.new.startswith(CANONICAL_BASE):
        assert ask(new).status == 303


@pytest.mark.parametrize("iri", PUBLISHED, ids=lambda i: i.removeprefix(CANONICAL_BASE))
def test_what_was_published_is_there_or_has_a_successor(site: Site, iri: str) -> None:
    assert iri in OLD or ask(on(site, iri)).status == 303


def test_a_document_in_a_format_moves_with_its_resource(site: Site) -> None:
    answer = ask(site.base + "doc/def/modelFor.ttl")
    assert answer.status == 301
    assert answer.headers["Location"] == site.base + "doc/id/relation/model-for.ttl"
