"""Conditional and range requests, by RFC 9110 sections 13 and 14."""

import gzip
from email.utils import formatdate, parsedate_to_datetime

import pytest

from server.release.reader import Release
from tests.served import Client

DOCUMENT = "/doc/id/treaty/1967/outer-space.ttl"
OLD, LATE = "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 2100 23:59:59 GMT"


@pytest.fixture(scope="module")
def tag(client: Client) -> str:
    return client.get(DOCUMENT).headers["ETag"]


def asked(client: Client, path: str = DOCUMENT, **conditions: str) -> int:
    named = {name.replace("_", "-"): value for name, value in conditions.items()}
    answer = client.get(path, headers=named)
    assert (answer.status_code == 304) == (not answer.data)
    return answer.status_code


def test_if_none_match_compares_weakly(client: Client, tag: str) -> None:
    for listed in (tag, f"W/{tag}", f'"a", {tag}', f'"a,b" , W/"c",{tag},"d"', "*"):
        assert asked(client, If_None_Match=listed) == 304, listed
    for listed in ('"a"', tag[1:-1], f'"{tag[1:-2]}"', "", ",", '"'):
        assert asked(client, If_None_Match=listed) == 200, listed


def test_if_match_compares_strongly(client: Client, tag: str) -> None:
    for listed in (tag, f'"a", {tag}', "*"):
        assert asked(client, If_Match=listed) == 200, listed
    for listed in ('"a"', f"W/{tag}", ""):
        assert asked(client, If_Match=listed) == 412, listed


def test_dates_come_in_three_forms(client: Client) -> None:
    """Section 5.6.7; what is no date is passed over."""
    modified = client.get(DOCUMENT).headers["Last-Modified"]
    when = parsedate_to_datetime(modified)
    forms = (modified, LATE, when.strftime("%A, %d-%b-%y %H:%M:%S GMT"), when.strftime("%c"))
    for form in forms:
        assert asked(client, If_Modified_Since=form) == 304, form
        assert asked(client, If_Unmodified_Since=form) == 200, form
    assert asked(client, If_Modified_Since=OLD) == 200
    assert asked(client, If_Unmodified_Since=OLD) == 412
    for none in ("yesterday", "", "0", "Thu, 99 Jan 1970 00:00:00 GMT"):
        assert asked(client, If_Modified_Since=none) == 200
        assert asked(client, If_Unmodified_Since=none) == 200


def test_the_order_of_conditions(client: Client, tag: str) -> None:
    """Section 13.2.2: tags before dates, what must hold before what is had already."""
    assert asked(client, If_None_Match='"a"', If_Modified_Since=LATE) == 200
    assert asked(client, If_None_Match=tag, If_Modified_Since=OLD) == 304
    assert asked(client, If_Match=tag, If_Unmodified_Since=OLD) == 200
    assert asked(client, If_Match='"a"', If_None_Match=tag) == 412
    assert asked(client, If_Match=tag, If_None_Match=tag) == 304


def test_conditions_mean_nothing_to_what_is_no_representation(client: Client) -> None:
    """Section 13.2.1: they are evaluated where the answer would be 200."""
    for path, status in (("/id/treaty/1967/outer-space", 303), ("/id/none", 404)):
        assert client.get(path, headers={"If-None-Match": "*"}).status_code == status
        assert client.get(path, headers={"If-Match": '"a"'}).status_code == status


def test_conditions_of_a_query_are_evaluated_without_it(client: Client, server: Client) -> None:
    """The server of `client` has no engine: only what needs no run is answered."""
    path = "/sparql?query=SELECT%20%2A%20%7B%3Fs%20a%20sl:Article%7D"
    for coding in ("identity", "gzip", "br"):
        headers = {"Accept": "text/csv", "Accept-Encoding": coding}
        whole = server.get(path, headers=headers)
        assert whole.status_code == 200
        headers["If-None-Match"] = whole.headers["ETag"]
        assert server.get(path, headers=headers).status_code == 304
    assert client.get(path, headers={"If-None-Match": '"a"'}).status_code == 503


@pytest.fixture(scope="module")
def dump(awkward: Release) -> str:
    return f"/dumps/{awkward.manifest.release}/spacelaw.nq"


RANGES = [("bytes=0-4", 0, 5), ("bytes=10-", 10, None), ("bytes=-7", -7, None), ("bytes=0-0", 0, 1),
          ("BYTES=3-99999999", 3, None), ("bytes=-99999999", 0, None)]  # fmt: skip


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
@pytest.mark.parametrize(("wanted", "start", "end"), RANGES)
def test_a_part_of_a_dump(
    client: Client, dump: str, suffix: str, wanted: str, start: int, end: int | None
) -> None:
    whole = client.get(dump + suffix)
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = client.get(dump + suffix, headers={"Range": wanted})
    assert (part.status_code, part.data) == (206, whole.data[start:end])
    size = len(whole.data)
    first = start if start >= 0 else size + start
    assert part.headers["Content-Range"] == f"bytes {first}-{first + len(part.data) - 1}/{size}"
    assert part.headers["ETag"] == whole.headers["ETag"]


def test_a_part_that_is_not_there_is_416(client: Client, dump: str) -> None:
    size = len(client.get(dump).data)
    for wanted in (f"bytes={size}-", "bytes=99999999-999999999"):
        answer = client.get(dump, headers={"Range": wanted})
        assert (answer.status_code, answer.mimetype) == (416, "application/problem+json")
        assert answer.headers["Content-Range"] == f"bytes */{size}"


@pytest.mark.parametrize(
    "wanted",
    ["bytes=0-1,3-4", "bytes=5-4", "bytes=-", "bytes=a-b", "lines=0-4", "bytes 0-4", "bytes="],
)
def test_other_ranges_are_answered_whole(client: Client, dump: str, wanted: str) -> None:
    """Section 14.2: a server may, and must where the range is none."""
    assert client.get(dump, headers={"Range": wanted}).status_code == 200


def test_a_range_is_of_the_representation_that_a_client_has(client: Client, dump: str) -> None:
    tag = client.get(dump).headers["ETag"]
    for condition, status in ((tag, 206), ('"a"', 200), (f"W/{tag}", 200), (formatdate(), 200)):
        headers = {"Range": "bytes=0-4", "If-Range": condition}
        assert client.get(dump, headers=headers).status_code == status
    assert client.get(dump, headers={"If-Range": '"a"'}).status_code == 200
    assert client.get(dump, headers={"Range": "bytes=0-4", "If-Match": '"a"'}).status_code == 412


def test_a_range_is_of_the_uncoded_dump(client: Client, dump: str) -> None:
    plain = client.get(dump)
    packed = client.get(dump, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    part = client.get(dump, headers={"Range": "bytes=0-4", "Accept-Encoding": "gzip"})
    assert (part.status_code, part.data) == (206, plain.data[:5])


def test_head_has_the_length_of_the_whole(client: Client, dump: str) -> None:
    for path in (dump, f"{dump}.gz", DOCUMENT):
        whole = client.get(path)
        head = client.head(path, headers={"Range": "bytes=0-4"})
        assert (head.status_code, head.data) == (200, b"")
        assert head.content_length == len(whole.data)
        assert head.headers["ETag"] == whole.headers["ETag"]


def test_documents_are_answered_whole(client: Client) -> None:
    assert client.get(DOCUMENT, headers={"Range": "bytes=0-4"}).status_code == 200
