"""Properties of content negotiation, checked against a reference as plain as the RFC's text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.rdf.formats import DOCUMENT_FORMATS, EXPANDED, FLATTENED, JSONLD, TURTLE, Format
from server.rdf.negotiation import (
    acceptable_codings,
    choose,
    choose_profile,
    parse_accept,
    profiles_by_preference,
)

PLAIN = tuple(
    Format(f.key, f.media_type, f.name, f.kind) for f in DOCUMENT_FORMATS if not f.profile
)
TYPES = [f.media_type for f in PLAIN] + ["image/png", "application/*", "text/*", "image/*", "*/*"]
weights = st.integers(0, 1000).map(lambda n: f"{n / 1000:.3f}")
ranges = st.lists(st.tuples(st.sampled_from(TYPES), st.none() | weights), min_size=1, max_size=8)
space = st.sampled_from(["", " ", "\t", "  "])


def weight(media_type: str, stated: list[tuple[str, str | None]]) -> tuple[float, int]:
    """Return the weight of a media type: that of the closest range (RFC 9110 section 12.5.1)."""
    for closeness, name in enumerate((media_type, media_type.split("/")[0] + "/*", "*/*")):
        found = [float(q or 1) for r, q in stated if r == name]
        if found:
            return max(found), -closeness
    return 0.0, -9


def reference(stated: list[tuple[str, str | None]]) -> Format | None:
    best = max(PLAIN, key=lambda f: (*weight(f.media_type, stated), -PLAIN.index(f)))
    return best if weight(best.media_type, stated)[0] > 0 else None


@given(stated=ranges, data=st.data())
@settings(max_examples=600)
def test_choice_is_that_of_the_reference(
    stated: list[tuple[str, str | None]], data: st.DataObject
) -> None:
    pad = [data.draw(space) for _ in range(4)]
    header = f"{pad[0]},{pad[1]}".join(
        name.swapcase() + (f"{pad[2]};{pad[3]}q={q}" if q else "") for name, q in stated
    )
    assert choose(header, PLAIN) == reference(stated)


@given(stated=ranges)
@settings(max_examples=200)
def test_the_order_of_a_header_means_nothing(stated: list[tuple[str, str | None]]) -> None:
    elements = [name + (f";q={q}" if q else "") for name, q in stated]
    assert choose(", ".join(elements), PLAIN) == choose(", ".join(elements[::-1]), PLAIN)


@given(header=st.text() | st.text(alphabet='*/;=q.01",\\ ahtmlex'))
@settings(max_examples=600)
def test_no_header_breaks_it(header: str) -> None:
    assert choose(header, DOCUMENT_FORMATS) in (*DOCUMENT_FORMATS, None)
    assert all(0 <= r.quality <= 1 for r in parse_accept(header))
    assert set(acceptable_codings(header, ("br", "gzip"))) <= {"br", "gzip", "identity"}
    assert choose_profile(header, {"urn:a": "a"}) in ("a", "")


LD = "http://www.w3.org/ns/json-ld#"


@pytest.mark.parametrize(("header", "fmt"), [
    (f'application/ld+json;profile="{LD}expanded"', EXPANDED),
    (f'application/ld+json; profile="{LD}flattened"', FLATTENED),
    (f'application/ld+json;profile="{LD}compacted"', JSONLD),
    (f'application/ld+json;profile="{LD}flattened {LD}compacted"', FLATTENED),
    (f'application/ld+json;profile="{LD}compacted https://example.org/mine"', JSONLD),
    ('application/ld+json;profile="https://example.org/mine"', JSONLD),
    (f'application/ld+json;profile="{LD}framed"', None),
    (f'application/ld+json;profile="{LD}framed", text/turtle;q=0.1', TURTLE),
    (f'application/ld+json;q=0.1, application/ld+json;profile="{LD}expanded"', EXPANDED),
    (f'application/ld+json, application/ld+json;profile="{LD}expanded";q=0.1', JSONLD),
    ("text/turtle;version=1.2", TURTLE), ("text/turtle;version=1.1", TURTLE),
    ("text/turtle;version=9", None), ("text/turtle;charset=UTF-8", TURTLE),
    ('text/turtle;charset="utf-8"', TURTLE), ("text/turtle;charset=iso-8859-1", None),
    ("text/turtle;charset=iso-8859-1, application/ld+json;q=0.2", JSONLD)])  # fmt: skip
def test_parameters(header: str, fmt: Format | None) -> None:
    assert choose(header, DOCUMENT_FORMATS) == fmt


def test_the_example_of_rfc_9110_section_12_5_1() -> None:
    header = (
        "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, "
        "*/*;q=0.5"
    )
    offers = tuple(Format(t, t, t, "page") for t in ("text/html", "image/jpeg", "text/plain"))
    assert [choose(header, offers[:n]) for n in (1, 2, 3)] == list(offers)


@pytest.mark.parametrize(("header", "codings"), [
    ("", "identity"), ("gzip", "gzip identity"), ("gzip, deflate, br, zstd",
    "br zstd gzip identity"), ("gzip;q=1, br;q=0.5", "gzip br identity"),
    ("*", "br zstd gzip identity"), ("br;q=0, *", "zstd gzip identity"), ("GZIP", "gzip identity"),
    ("identity", "identity"), ("identity;q=0.5, gzip;q=0.4", "identity gzip"),
    ("deflate", "identity"), ("br;q=0", "identity"), ("identity;q=0", ""), ("*;q=0", ""),
    ("gzip, identity;q=0", "gzip"), ("*;q=0, br", "br"),
    ("*;q=0, identity", "identity")])  # fmt: skip
def test_codings(header: str, codings: str) -> None:
    assert " ".join(acceptable_codings(header, ("br", "zstd", "gzip"))) == codings


def test_profiles_are_read_in_the_order_of_their_weights() -> None:
    header = "<urn:a>;q=0.2, <urn:b>, <urn:c>;q=0, nothing, <http://example.org/?a,b;q=1>;q=0.1"
    assert profiles_by_preference(header)[:2] == ("urn:b", "urn:a")
    assert choose_profile(header, {"urn:a": "A", "urn:c": "C"}) == "A"
    assert choose_profile(None, {"urn:a": "A"}) == ""
