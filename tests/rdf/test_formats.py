"""Tests of the table of formats and of the suffixes that name them."""

import re

import pytest

from server.rdf.formats import (
    BOOLEAN,
    BY_KEY,
    DOCUMENT_FORMATS,
    EXPANDED,
    HTML,
    JSONLD,
    NTRIPLES,
    RDF_FORMATS,
    RDFXML,
    RESULT_FORMATS,
    TURTLE,
    Format,
    split_suffix,
)

ALL = tuple(dict.fromkeys((*DOCUMENT_FORMATS, *RESULT_FORMATS)))


def test_keys_are_unique() -> None:
    assert len(BY_KEY) == len({*ALL, BOOLEAN})


@pytest.mark.parametrize("formats", [DOCUMENT_FORMATS, (*RESULT_FORMATS, HTML)])
def test_no_two_formats_that_are_offered_together_share_a_media_type(
    formats: tuple[Format, ...],
) -> None:
    types = [(t, f.profile) for f in formats for t in (f.media_type, *f.aliases)]
    assert sorted(types) == sorted(set(types))


@pytest.mark.parametrize("fmt", ALL, ids=lambda f: f.key)
def test_media_types_are_lower_case_and_without_parameters(fmt: Format) -> None:
    for media_type in (fmt.media_type, *fmt.aliases):
        assert re.fullmatch(r"[a-z]+/[a-z0-9+-]+", media_type)


@pytest.mark.parametrize("fmt", ALL, ids=lambda f: f.key)
def test_content_type_names_the_charset_of_text_and_the_profile(fmt: Format) -> None:
    charset = "; charset=utf-8" if fmt.media_type.startswith("text/") else ""
    profile = f';profile="{fmt.profile}"' if fmt.profile else ""
    assert fmt.content_type == fmt.media_type + charset + profile


def test_expanded_json_ld_is_not_taken_for_a_thing_with_a_dot() -> None:
    assert split_suffix("id/a.expanded.jsonld") == ("id/a", EXPANDED)


def test_owl_tools_find_rdf_xml() -> None:
    assert split_suffix("def.owl") == ("def", RDFXML)


def test_kinds() -> None:
    assert {f.key for f in RDF_FORMATS if f.kind == "quads"} == {"trig", "nq"}
    assert {f.key for f in RDF_FORMATS if f.kind == "triples"} == {"ttl", "nt", "jsonld", "rdf"}
    assert {f.kind for f in RESULT_FORMATS} == {"results"}
    assert HTML.kind == "page"


def test_turtle_is_preferred_among_equals() -> None:
    assert DOCUMENT_FORMATS[0] is TURTLE


@pytest.mark.parametrize("fmt", DOCUMENT_FORMATS, ids=lambda f: f.key)
def test_suffix_names_each_document_format(fmt: Format) -> None:
    assert split_suffix(f"id/treaty/1967/outer-space.{fmt.key}") == (
        "id/treaty/1967/outer-space",
        fmt,
    )


@pytest.mark.parametrize(
    "path",
    [
        "",
        "ttl",
        "id/ttl",
        "id/a.",
        "id/a.TTL",
        "id/a.srj",
        "id/a.jsonp",
        "id/v1.2",
        "id/a.ttl/b",
        "id/a.ttl ",
    ],
)
def test_path_without_a_suffix_of_a_document_format(path: str) -> None:
    assert split_suffix(path) == (path, None)


def test_only_the_last_suffix_counts() -> None:
    assert split_suffix("id/a.nt.jsonld") == ("id/a.nt", JSONLD)
    assert split_suffix("id/a.v2.nt") == ("id/a.v2", NTRIPLES)
