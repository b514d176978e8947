"""Tests of the mapping between the IRIs of things, of documents and paths on the server."""

from urllib.parse import unquote

import pytest

from server.rdf.iris import (
    candidates,
    canonical,
    check_base,
    document_iri,
    is_thing_path,
    path_of,
    rebase,
    unservable,
    uri_of,
)
from server.rdf.vocabulary import CANONICAL_BASE

LOCAL = "http://localhost:8000/"


@pytest.mark.parametrize(
    "base",
    [CANONICAL_BASE, LOCAL, "http://127.0.0.1/", "https://example.org/a/b/", "http://[::1]:8000/"],
)
def test_base_is_accepted(base: str) -> None:
    assert check_base(base) == base


@pytest.mark.parametrize(
    "base",
    [
        "",
        "/",
        "example.org/",
        "ftp://example.org/",
        "http:///",
        "https://example.org",
        "https://example.org/a",
        "https://example.org/?a/",
        "https://example.org/#a/",
        "https://example.org/a b/",
        'https://example.org/"/',
        "https://example.org/<a>/",
        "https://example.org/\n",
        " https://example.org/",
    ],
)
def test_base_is_refused(base: str) -> None:
    with pytest.raises(ValueError, match="is not an http"):
        check_base(base)


@pytest.mark.parametrize(
    "base", ["http://::1:8000/", "http://example.org:port/", "http://example.org/%zz/"]
)
def test_base_that_makes_no_iri_is_refused(base: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        check_base(base)


def test_rebase_replaces_the_canonical_base() -> None:
    assert rebase(CANONICAL_BASE + "id/state/chn", LOCAL) == LOCAL + "id/state/chn"


def test_rebase_leaves_other_iris() -> None:
    other = "https://example.org/?of=" + CANONICAL_BASE
    assert rebase(other, LOCAL) == other
    assert rebase("https://w3id.org/spacelawyer/x", LOCAL) == "https://w3id.org/spacelawyer/x"


def test_rebase_to_the_canonical_base_changes_nothing() -> None:
    assert rebase(CANONICAL_BASE + "def/Treaty", CANONICAL_BASE) == CANONICAL_BASE + "def/Treaty"


@pytest.mark.parametrize("iri", [CANONICAL_BASE, CANONICAL_BASE + "id/a", "https://example.org/a"])
@pytest.mark.parametrize("base", [CANONICAL_BASE, LOCAL, "https://example.net/law/"])
def test_canonical_is_the_inverse_of_rebase(iri: str, base: str) -> None:
    assert canonical(rebase(iri, base), base) == iri


@pytest.mark.parametrize("path", ["id", "def", "def/Treaty", "shape/Treaty-label", "graph/paper"])
def test_path_of_a_thing(path: str) -> None:
    assert is_thing_path(path)


@pytest.mark.parametrize("path", ["", "doc/id/a", "identity", "ID/a", "/id/a", "sparql", "a/id"])
def test_path_of_no_thing(path: str) -> None:
    assert not is_thing_path(path)


def test_document_iri_is_under_doc() -> None:
    assert document_iri(LOCAL + "id/state/chn", LOCAL) == LOCAL + "doc/id/state/chn"


def test_document_iri_of_one_format_has_its_suffix() -> None:
    assert document_iri(LOCAL + "def/Treaty", LOCAL, ".ttl") == LOCAL + "doc/def/Treaty.ttl"


@pytest.mark.parametrize(
    ("local", "path"),
    [
        ("", "/"),
        ("id/state/chn", "/id/state/chn"),
        ("id/résolution", "/id/r%C3%A9solution"),
        ("id/a b", "/id/a%20b"),
        ("id/a%20b", "/id/a%20b"),
        ("id/100%25", "/id/100%25"),
        ("id/what?", "/id/what%3F"),
        ("id/a#b", "/id/a%23b"),
        ('id/"><script>', "/id/%22%3E%3Cscript%3E"),
        ("id/a:b@c!d$e&f'g(h)*i+j,k;l=m~n", "/id/a:b@c!d$e&f'g(h)*i+j,k;l=m~n"),
    ],
)
def test_path_is_percent_encoded_once(local: str, path: str) -> None:
    assert path_of(LOCAL + local, LOCAL) == path


@pytest.mark.parametrize(
    ("iri", "uri"),
    [
        (LOCAL + "id/a", LOCAL + "id/a"),
        (LOCAL + "id/résolution?x=é#f", LOCAL + "id/r%C3%A9solution?x=%C3%A9#f"),
        (LOCAL + "id/a%20b", LOCAL + "id/a%20b"),
        (LOCAL + 'id/a>"\r\n', LOCAL + "id/a%3E%22%0D%0A"),
        ("http://[::1]:80/", "http://[::1]:80/"),
    ],
)
def test_uri_of_an_iri_is_ascii(iri: str, uri: str) -> None:
    assert uri_of(iri) == uri


@pytest.mark.parametrize("local", ["id/a", "id/é", "id/a%20b", "id/%C3%A9"])
def test_candidates_of_a_decoded_path_hold_the_iri(local: str) -> None:
    decoded = unquote(path_of(LOCAL + local, LOCAL))[1:]
    assert LOCAL + local in candidates(decoded, LOCAL)


def test_plain_path_has_one_candidate() -> None:
    assert candidates("id/state/chn", LOCAL) == [LOCAL + "id/state/chn"]


@pytest.mark.parametrize(
    "local", ["id/a", "id/résolution", "id/a%20b", "id/a.b", "id/ttl", "id/v1.0", "id/A", "id/..a"]
)
def test_identifier_can_be_served(local: str) -> None:
    assert unservable(LOCAL + local, LOCAL) == ""


@pytest.mark.parametrize(
    ("local", "why"),
    [
        ("id/a%2Fb", "percent-encod"),
        ("id/%41", "percent-encod"),
        ("id/%c3%a9", "percent-encod"),
        ("id/a?b", "no path has ?"),
        ("id/a#b", "no path has #"),
        ("id/a%3Fb", "percent-encod"),
        ("id/%2e%2e/b", "dot segments"),
        ("id/../b", "dot segments"),
        ("id/./b", "dot segments"),
        ("id//b", "empty"),
        ("id/a.ttl", ".ttl"),
        ("id/a.expanded.jsonld", ".expanded.jsonld"),
        ("id/a.owl", "format"),
    ],
)
def test_identifier_that_no_request_reaches_is_told_with_the_reason(local: str, why: str) -> None:
    assert why in unservable(LOCAL + local, LOCAL)
