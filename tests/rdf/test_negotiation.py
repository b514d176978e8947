"""Tests of content negotiation against the rules of RFC 9110 section 12.5.1."""

import pytest

from server.rdf.formats import DOCUMENT_FORMATS, RESULT_FORMATS
from server.rdf.negotiation import choose, parse_accept

FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
CHROME = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,"
    "*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
)
JAVA = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"
RDFLIB = (
    "application/rdf+xml;q=0.9, application/xhtml+xml;q=0.3, text/xml;q=0.2, text/html;q=0.3, "
    "text/turtle, application/n-triples;q=0.8"
)

CASES: list[tuple[str | None, str | None]] = [
    # what is absent or empty accepts anything (section 12.5.1)
    (None, "ttl"),
    ("", "ttl"),
    ("*/*", "ttl"),
    ("*/*;q=0.1", "ttl"),
    # each media type, and the further names that some have
    ("text/turtle", "ttl"),
    ("application/x-turtle", "ttl"),
    ("application/n-triples", "nt"),
    ("text/plain", "nt"),
    ("application/ld+json", "jsonld"),
    ("application/json", "jsonld"),
    ("application/rdf+xml", "rdf"),
    ("application/xml", "rdf"),
    ("text/xml", "rdf"),
    ("application/trig", "trig"),
    ("application/n-quads", "nq"),
    ("text/html", "html"),
    ("application/xhtml+xml", "html"),
    # nothing acceptable
    ("image/png", None),
    ("image/*", None),
    ("text/turtle;q=0", None),
    ("*/*;q=0", None),
    ("text/turtle;q=0.000", None),
    # weights
    ("text/html;q=0.4, text/turtle;q=0.3", "html"),
    ("text/html;q=0.3, text/turtle;q=0.4", "ttl"),
    ("text/html;q=0.999, text/turtle", "ttl"),
    ("text/turtle;q=0.001, image/png", "ttl"),
    ("application/trig;q=1.000, text/turtle;q=0.9", "trig"),
    ("application/rdf+xml;q=.7, text/html;q=.2", "rdf"),
    # among equals the order of preference of the server decides, not that of the header
    ("text/html, text/turtle", "ttl"),
    ("application/n-quads, application/ld+json", "jsonld"),
    # the most specific range that matches a type gives its weight
    ("text/*;q=0.3, text/html;q=0.7, */*;q=0.5", "html"),
    ("*/*, text/turtle;q=0", "jsonld"),
    ("text/*", "ttl"),
    ("*/*;q=0.1, application/n-quads", "nq"),
    # a type that is refused stays refused, whatever wider ranges say
    ("text/html;q=0, text/turtle;q=0, */*", "jsonld"),
    # names are case-insensitive, white space around separators is optional (sections 5.6, 8.3.1)
    ("TEXT/HTML", "html"),
    ("Text/Turtle;Q=0.5, text/html;q=0.4", "ttl"),
    (" text/html ; q=0.9 ,\tapplication/trig ; q=0.8 ", "html"),
    # empty elements of a list are passed over (section 5.6.1)
    (",, text/html,", "html"),
    # parameters of the type, quoted strings with separators in them
    ("text/turtle;charset=utf-8", "ttl"),
    ("application/ld+json;profile=http://www.w3.org/ns/json-ld#compacted", "jsonld"),
    ('application/ld+json;profile="a,b;q=0", text/turtle;q=0.9', "jsonld"),
    ('text/html;x="text/turtle, */*";q=0.3, application/trig;q=0.2', "html"),
    ('text/turtle;x="\\",text/html;q=1";q=0.2, application/trig;q=0.5', "trig"),
    ('text/html;x="a;q=0"', "html"),
    # a faulty weight counts as none, a faulty range not at all
    ("text/html;q=high, text/turtle;q=0.9", "html"),
    ("text/html;q=, text/turtle;q=0.9", "html"),
    ("text/html;q=nan, text/turtle;q=0.9", "html"),
    ("*/html, text/turtle;q=0.1", "ttl"),
    ("text, /html, html/, text/turtle;q=0.1", "ttl"),
    # real clients
    (FIREFOX, "html"),
    (CHROME, "html"),
    (JAVA, "html"),
    (RDFLIB, "ttl"),
]


# A wildcard matches the media type of a format and none of its further names.
WILDCARD_CASES: list[tuple[str | None, str | None]] = [
    ("application/*", "jsonld"),
    ("application/*;q=0, */*", "ttl"),
    ("*/*, text/*;q=0.5", "jsonld"),
    ("text/*, text/turtle;q=0.1", "html"),
    ("text/*, text/turtle;q=0", "html"),
    ("text/*;q=0.9, text/turtle;q=0.2, application/trig;q=0.5", "html"),
    ("text/*, text/turtle;q=0, text/html;q=0", "n3"),
]


@pytest.mark.parametrize(("header", "key"), CASES + WILDCARD_CASES)
def test_document_format(header: str | None, key: str | None) -> None:
    chosen = choose(header, DOCUMENT_FORMATS)
    assert (chosen.key if chosen else None) == key


@pytest.mark.parametrize(
    ("header", "key"),
    [
        (None, "srj"),
        ("*/*", "srj"),
        ("application/json", "srj"),
        ("application/sparql-results+xml", "srx"),
        ("application/xml", "srx"),
        ("text/csv", "csv"),
        ("text/tab-separated-values", "tsv"),
        ("text/*", "csv"),
        ("text/csv;q=0.5, application/sparql-results+json;q=0.6", "srj"),
        ("text/turtle", None),
    ],
)
def test_result_format(header: str | None, key: str | None) -> None:
    chosen = choose(header, RESULT_FORMATS)
    assert (chosen.key if chosen else None) == key


def test_weight_is_kept_between_nought_and_one() -> None:
    weights = [r.quality for r in parse_accept("a/a;q=7, a/b;q=-1, a/c;q=inf, a/d;q=0.25")]
    assert weights == [1.0, 0.0, 1.0, 0.25]


def test_parameters_after_the_weight_are_no_part_of_it() -> None:
    (found,) = parse_accept("text/html;level=1;q=0.5;ext=2")
    assert found.quality == 0.5
    assert found.parameters == {("level", "1"), ("ext", "2")}
