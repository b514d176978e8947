"""Tests that docs/model.md counts the terms of the ontology and their uses as they are."""

from pathlib import Path

from tools import model_counts

ROOT = Path(__file__).parents[2]


def test_the_page_has_the_counts_of_today() -> None:
    page = (ROOT / model_counts.PAGE).read_text("utf-8")
    assert page == model_counts.page(ROOT), "run: python -m tools.model_counts"


def test_there_are_no_more_terms_than_a_reader_can_learn() -> None:
    declared = model_counts.terms(ROOT).values()
    classes = set().union(*(parts[0] for parts in declared))
    properties = set().union(*(parts[1] for parts in declared))
    assert len(classes) <= 75
    assert len(properties) <= 150


def test_without_texts_and_record_there_are_fewer() -> None:
    declared = model_counts.terms(ROOT)
    core = [parts for name, parts in declared.items() if name not in ("texts.ttl", "record.ttl")]
    assert sum(len(classes) for classes, _ in core) <= 60
    assert sum(len(properties) for _, properties in core) <= 120
