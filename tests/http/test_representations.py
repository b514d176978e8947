"""Representations of a document: formats, conditions, codings, methods and common headers."""

import gzip
from itertools import product

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard

from server.http.message import CODINGS
from server.rdf.formats import BY_KEY, DOCUMENT_FORMATS, Format
from server.release.reader import Release
from tests.awkward import BASE
from tests.served import Answer, Client

TREATY = "id/treaty/1967/outer-space"


def accept(fmt: Format) -> str:
    return fmt.content_type.partition(";")[0] if not fmt.profile else fmt.content_type


@pytest.mark.parametrize(("fmt", "method", "by", "condition"), list(product(
    DOCUMENT_FORMATS, ("GET", "HEAD"), ("accept", "suffix"),
    ("none", "same tag", "other tag", "any tag", "not since", "since long ago"))),
    ids=lambda value: value.key if isinstance(value, Format) else value)  # fmt: skip
def test_every_format_method_and_condition(
    client: Client, fmt: Format, method: str, by: str, condition: str
) -> None:
    url, headers = f"/doc/{TREATY}", {}
    if by == "suffix":
        url, headers = f"{url}.{fmt.key}", {"Accept": "image/png"}
    else:
        headers = {"Accept": accept(fmt)}
    whole = client.get(url, headers=headers)
    assert whole.status_code == 200
    headers |= {
        "none": {},
        "same tag": {"If-None-Match": whole.headers["ETag"]},
        "other tag": {"If-None-Match": '"another"'},
        "any tag": {"If-None-Match": f'"another", {whole.headers["ETag"]}'},
        "not since": {"If-Modified-Since": whole.headers["Last-Modified"]},
        "since long ago": {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    }[condition]
    answer = client.open(url, method=method, headers=headers)
    had = condition in ("same tag", "any tag", "not since")
    assert answer.status_code == (304 if had else 200)
    assert answer.headers["ETag"] == whole.headers["ETag"]
    vary = "Accept-Encoding" if by == "suffix" else "Accept, Accept-Profile, Accept-Encoding"
    assert answer.headers["Vary"] == whole.headers["Vary"] == vary
    assert answer.headers["Cache-Control"].startswith("public")
    assert answer.headers["Content-Location"] == f"{BASE}doc/{TREATY}.{fmt.key}"
    if not had:
        assert answer.headers["Content-Type"] == fmt.content_type
        assert answer.headers["Content-Length"] == str(len(whole.data))
    assert answer.data == (whole.data if method == "GET" and not had else b"")


@pytest.mark.parametrize("coding", CODINGS)
def test_each_coding_has_a_tag_of_its_own(client: Client, coding: str) -> None:
    plain = client.get(f"/doc/{TREATY}.nt")
    coded = client.get(f"/doc/{TREATY}.nt", headers={"Accept-Encoding": coding})
    assert coded.headers["Content-Encoding"] == coding
    assert coded.headers["ETag"] == plain.headers["ETag"][:-1] + f'-{coding}"'
    assert len(coded.data) < len(plain.data)
    for headers, status in (({}, 200), ({"Accept-Encoding": coding}, 304)):
        condition = {"If-None-Match": coded.headers["ETag"]}
        answer = client.get(f"/doc/{TREATY}.nt", headers=headers | condition)
        assert answer.status_code == status
    assert "Content-Encoding" not in plain.headers


def test_codings_hold_the_same_bytes(client: Client) -> None:
    url = f"/doc/{TREATY}.nt"
    plain = client.get(url).data
    decoders = {"gzip": gzip.decompress, "br": brotli.decompress,
                "zstd": zstandard.ZstdDecompressor().decompress}  # fmt: skip
    for coding, decode in decoders.items():
        assert decode(client.get(url, headers={"Accept-Encoding": coding}).data) == plain


def test_304_is_decided_after_negotiation(client: Client) -> None:
    page = client.get(f"/doc/{TREATY}", headers={"Accept": "text/html"})
    headers = {"Accept": "text/turtle", "If-None-Match": page.headers["ETag"]}
    turtle = client.get(f"/doc/{TREATY}", headers=headers)
    assert (turtle.status_code, turtle.mimetype) == (200, "text/turtle")


def test_if_match_of_another_representation_is_412(client: Client) -> None:
    answer = client.get(f"/doc/{TREATY}", headers={"If-Match": '"another"'})
    assert (answer.status_code, answer.mimetype) == (412, "application/problem+json")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
def test_405_with_allow(client: Client, method: str) -> None:
    for path in (f"/{TREATY}", f"/doc/{TREATY}", "/context.jsonld", f"/linkset/{TREATY}"):
        answer = client.open(path, method=method)
        assert answer.status_code == 405
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_preflight(client: Client) -> None:
    answer = client.options(f"/doc/{TREATY}", headers={
        "Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "accept-profile"})  # fmt: skip
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]
    assert "Accept-Profile" in answer.headers["Access-Control-Allow-Headers"]
    exposed = client.get(f"/doc/{TREATY}").headers["Access-Control-Expose-Headers"]
    assert {"ETag", "Link", "Content-Location"} <= set(exposed.split(", "))


def test_security_headers(client: Client) -> None:
    for path in (f"/doc/{TREATY}.html", f"/doc/{TREATY}", "/nothing", "/"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"


SAMPLE = [f"/{TREATY}", f"/doc/{TREATY}", f"/doc/{TREATY}.ttl", f"/doc/{TREATY}.html",
          "/doc/id/awkward", "/def", f"/doc/{TREATY}?_profile=dcterms", f"/doc/{TREATY}?page=1",
          "/id/nothing", "/id/withdrawn", f"/{TREATY}/", "/doc/id/awkward.csv"]  # fmt: skip
ACCEPTS = ["", "text/html,application/xhtml+xml,*/*;q=0.8", "application/ld+json", "image/png"]


def test_with_and_without_kept_bytes_the_answers_are_the_same(
    client: Client, uncached: Client
) -> None:
    for path, wanted, coding, method in product(
            SAMPLE, ACCEPTS, ("", "br", "gzip, zstd;q=0.5"), ("GET", "HEAD")):  # fmt: skip
        headers = {"Accept": wanted, "Accept-Encoding": coding}
        first = uncached.open(path, method=method, headers=headers)
        tags = [first.headers["ETag"]] if "ETag" in first.headers else []
        conditions = [{}, *({"If-None-Match": t} for t in (*tags, '"x"', "*"))]
        for more in conditions:
            expected = uncached.open(path, method=method, headers=headers | more)
            for _ in range(2):
                got = client.open(path, method=method, headers=headers | more)
                assert got.status_code == expected.status_code, (path, more)
                assert fields(got) == fields(expected), (path, more)
                assert got.data == expected.data


def fields(answer: Answer) -> list[tuple[str, str]]:
    own = ("date", "x-request-id")  # of each answer
    return sorted(field for field in answer.headers.items() if field[0] not in own)


RELEASE = "/dumps/{}/spacelaw.nq"


@pytest.mark.parametrize(("method", "target", "headers"), [
    ("GET", "/", {}), ("GET", "/none", {}), ("GET", "/id/treaty/1967/outer-space", {}),
    ("GET", "/static/style.css", {}), ("OPTIONS", "/sparql", {}), ("OPTIONS", "*", {}),
    ("GET", "/doc/id/treaty/1967/outer-space", {"If-None-Match": "*"}),
    ("PUT", "/sparql", {}), ("GET", "/changes.atom", {}), ("GET", "/sparql", {}),
    ("GET", RELEASE, {"Range": "bytes=0-9"}), ("GET", RELEASE, {"Range": "bytes=0-1,4-5"}),
    ("GET", RELEASE, {"Range": "bytes=99999999999-"})])  # fmt: skip
def test_an_answer_has_one_date(
    client: Client, awkward: Release, method: str, target: str, headers: dict[str, str]
) -> None:
    target = target.format(awkward.manifest.release)
    answer = client.open(target, method, headers=headers)
    assert len(answer.headers.get_all("Date", [])) == 1
    if headers.get("Range") == "bytes=99999999999-":
        whole = client.head(target).headers["Content-Length"]
        assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{whole}")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    if answer.status_code != 304:
        exposed = answer.headers["Access-Control-Expose-Headers"]
        assert {"Content-Range", "Accept-Ranges", "ETag", "Link"} <= set(exposed.split(", "))


def test_the_headers_of_clients_in_browsers_are_allowed(client: Client) -> None:
    sent = "authorization, cache-control, x-requested-with, accept, range, if-none-match, pragma"
    asked = {"Origin": "http://x.example", "Access-Control-Request-Method": "GET",
             "Access-Control-Request-Headers": sent}  # fmt: skip
    for path in ("/sparql", "/doc/id/treaty/1967/outer-space"):
        allowed = client.options(path, headers=asked).headers["Access-Control-Allow-Headers"]
        assert set(sent.split(", ")) <= set(allowed.lower().split(", "))


GZIPPED = ("nq", "trig", "ttl", "jsonld", "rdf")


@pytest.mark.parametrize("key", GZIPPED)
def test_a_dump_in_gzip_is_a_file_and_its_content_for_who_loads_graphs(
    client: Client, awkward: Release, key: str
) -> None:
    path = f"/dumps/{awkward.manifest.release}/spacelaw.{key}.gz"
    for wanted in ("*/*", "application/gzip", ""):
        answer = client.get(path, headers={"Accept": wanted})
        assert answer.mimetype == "application/gzip"
        assert "Content-Encoding" not in answer.headers
        assert "Accept" in answer.headers["Vary"]
    content = gzip.decompress(answer.data)
    named = {"Accept": f"{BY_KEY[key].media_type}, */*;q=0.1"}
    plain = client.get(path, headers=named)
    assert (plain.mimetype, plain.data) == (BY_KEY[key].media_type, content)
    packed = client.get(path, headers=named | {"Accept-Encoding": "gzip"})
    assert (packed.mimetype, packed.data) == (BY_KEY[key].media_type, answer.data)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert {"Accept", "Accept-Encoding"} <= set(packed.headers["Vary"].split(", "))


def test_the_catalogue_says_which_form_a_dump_is(client: Client) -> None:
    page = client.get("/catalog", headers={"Accept": "text/html"}).text
    assert "the default graph is empty" in page
