"""Verification of publishers of other makes, whole and at fault; each is a real HTTP server."""

import gzip
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from server.verify.fetching import Unreachable
from server.verify.proof import check_ways, lines, verify

Pages = dict[str, tuple[str, bytes]]
TURTLE = "text/turtle"


class Publisher:
    """A site of fixed pages."""

    def __init__(self) -> None:
        pages = self.pages = Pages()
        busy = self.busy = set[str]()  # paths that are answered the second time they are asked for

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path in busy:
                    busy.remove(self.path)
                    self.send_response(503)
                    self.send_header("Retry-After", "0")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                media_type, body = pages.get(self.path, ("", b""))
                self.send_response(200 if media_type else 404)
                self.send_header("Content-Type", media_type or "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def put(self, path: str, text: str, media_type: str = TURTLE) -> None:
        self.pages[path] = (media_type, text.replace("BASE/", self.base).encode())


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    running = Publisher()
    yield running
    running.server.shutdown()
    running.server.server_close()


THINGS = {
    "a": '<BASE/a> <BASE/p> "1" ; <BASE/q> [ <BASE/p> "2" ] .',
    "b": "<BASE/b> <BASE/p> <BASE/a> .",
}
VOID = """@prefix void: <http://rdfs.org/ns/void#> .
<BASE/#set> a void:Dataset ; void:triples 4 ; void:dataDump <BASE/all.ttl> ; void:uriSpace "BASE/" .
"""


@pytest.fixture
def simple(publisher: Publisher) -> Publisher:
    publisher.put("/.well-known/void", VOID)
    publisher.put("/all.ttl", "\n".join(THINGS.values()))
    for name, text in THINGS.items():
        publisher.put(f"/{name}", text)
    return publisher


def test_a_plain_publisher_is_proven_and_told_what_it_lacks(simple: Publisher) -> None:
    report = verify(simple.base)
    assert report.proven, report
    assert report.compared == {"triples as VoID counts them": 4, "resources by crawl": 2}
    assert (report.statements, report.resources) == (4, 2)
    assert "no DCAT description" in report.lacks
    assert "no checksum for its dumps" in report.lacks
    assert lines(report)[-1] == "Complete and equal."


def test_a_busy_publisher_is_asked_again(simple: Publisher) -> None:
    simple.busy.update(simple.pages)
    report = verify(simple.base)
    assert report.proven, report
    assert not simple.busy


def test_each_kind_of_fault_is_found(simple: Publisher) -> None:
    simple.put("/a", THINGS["a"].replace('"2"', '"3"'))
    assert verify(simple.base).different == [f"<{simple.base}a> by crawl"]
    simple.put("/a", "")
    report = verify(simple.base)
    reason = "its document does not describe it"
    assert report.missing == [f"<{simple.base}a> by crawl: {reason}"]
    assert lines(report)[-1] == "NOT complete and equal."
    del simple.pages["/b"]
    assert f"<{simple.base}b> by crawl: status 404" in verify(simple.base).missing


def test_who_only_has_a_dump_lacks_documents_and_is_proven_by_its_count(simple: Publisher) -> None:
    del simple.pages["/a"], simple.pages["/b"]
    report = verify(simple.base)
    assert report.proven, report
    assert "no documents about its resources (2 asked for by crawl)" in report.lacks
    assert report.compared == {"triples as VoID counts them": 4}


def test_a_publisher_is_found_from_any_of_its_addresses(simple: Publisher) -> None:
    assert verify(simple.base + "a").proven


def test_a_wrong_count_is_found(simple: Publisher) -> None:
    simple.put("/.well-known/void", VOID.replace("triples 4", "triples 5"))
    assert verify(simple.base).faults == ["the dump has 4 triples, VoID says 5"]


def test_a_sitemap_that_leaves_something_out_or_adds_is_found(simple: Publisher) -> None:
    simple.put("/robots.txt", "Sitemap: BASE/map.xml\n", "text/plain")
    urls = "".join(f"<url><loc>BASE/{name}</loc></url>" for name in ("a", "c"))
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    simple.put("/map.xml", f'<urlset xmlns="{space}">{urls}</urlset>', "application/xml")
    report = verify(simple.base)
    assert f"<{simple.base}b> by crawl" in report.missing
    assert any("c>: status 404" in fault for fault in report.faults)


DCAT = """@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix spdx: <http://spdx.org/rdf/terms#> .
<BASE/#set> a dcat:Dataset ; dcat:distribution [ a dcat:Distribution ;
  dcat:downloadURL <BASE/all.nt.gz> ; dcat:byteSize SIZE ;
  spdx:checksum [ spdx:algorithm spdx:checksumAlgorithm_sha256 ; spdx:checksumValue "HASH" ] ] .
"""


@pytest.mark.parametrize(("size", "digest"), [("SIZE", "HASH"), ("SIZE", "0" * 64), ("1", "HASH")])
def test_checksums_and_sizes_in_dcat_are_checked(
    publisher: Publisher, size: str, digest: str
) -> None:
    text = f'<{publisher.base}a> <{publisher.base}p> "1" .\n'
    data = gzip.compress(text.encode())
    publisher.pages["/all.nt.gz"] = ("application/gzip", data)
    publisher.put("/a", text)
    right = {"SIZE": str(len(data)), "HASH": hashlib.sha256(data).hexdigest()}
    described = DCAT.replace("SIZE", right.get(size, size)).replace(
        "HASH", right.get(digest, digest)
    )
    publisher.put("/catalog", described)
    report = verify(publisher.base)
    assert report.resources == 1
    assert report.proven == ((size, digest) == ("SIZE", "HASH"))
    assert len(report.faults) == (0 if report.proven else 1)


def test_who_describes_nothing_is_told_so(publisher: Publisher) -> None:
    publisher.put("/", "hello", "text/html")
    with pytest.raises(Unreachable, match="neither VoID nor DCAT"):
        verify(publisher.base)


def test_nobody_at_home_is_an_error_and_so_is_another_scheme() -> None:
    for url in ("http://127.0.0.1:9/", "file:///etc/passwd"):
        with pytest.raises(Unreachable, match=url):
            verify(url)


def test_a_dump_that_is_faulty_or_not_there_is_a_fault_and_the_rest_goes_on(
    simple: Publisher,
) -> None:
    simple.put("/all.ttl", "<a> <b>")
    (fault,) = verify(simple.base).faults
    assert "cannot be read" in fault
    del simple.pages["/all.ttl"]
    report = verify(simple.base)
    assert report.faults == [f"no whole dump: <{simple.base}all.ttl> answered 404"]
    assert lines(report)[-1] == "Nothing could be compared."


def test_a_publisher_without_resources_is_not_proven(publisher: Publisher) -> None:
    publisher.put("/.well-known/void", VOID.replace("void:dataDump <BASE/all.ttl> ;", ""))
    report = verify(publisher.base)
    assert not report.proven
    assert lines(report)[-1] == "Nothing could be compared."


def test_ways_are_checked() -> None:
    assert check_ways("dump, crawl") == ("dump", "crawl")
    with pytest.raises(Unreachable, match="'swim' is no way"):
        check_ways("swim")
