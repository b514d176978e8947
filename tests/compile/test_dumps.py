"""Dumps and tables: deterministic, as the catalogue describes them, and all the same data."""

import csv
import gzip
import hashlib
import io
import json
from pathlib import Path

import pyoxigraph as ox
import pytest
import zstandard

from server.compile import pipeline
from server.rdf.serialization import parse
from server.rdf.terms import canonical_nquads
from server.release.reader import Release
from tests import tinysource
from tests.served import NO_ENGINE, Client, served
from tests.tinysource import BASE, put

PARSERS = {"nq": ox.RdfFormat.N_QUADS, "trig": ox.RdfFormat.TRIG, "ttl": ox.RdfFormat.TURTLE,
           "nt": ox.RdfFormat.N_TRIPLES, "rdf": ox.RdfFormat.RDF_XML,
           "jsonld": ox.RdfFormat.JSON_LD}  # fmt: skip


def body(plain_release: Release, name: str) -> bytes:
    data = (plain_release.folder / "dumps" / name).read_bytes()
    if name.endswith(".gz"):
        return gzip.decompress(data)
    return zstandard.ZstdDecompressor().decompressobj().decompress(data)


def canonical(quads: list[ox.Quad]) -> bytes:
    return canonical_nquads({ox.Quad(*q.triple) for q in quads})


@pytest.mark.parametrize("key", PARSERS)
@pytest.mark.parametrize("coding", ["gz", "zst"])
def test_each_format_holds_the_same_statements(
    plain_release: Release, key: str, coding: str
) -> None:
    quads = parse(plain_release.quads_file.read_bytes())
    inferred = ox.NamedNode(f"{BASE}graph/inferred")
    if key not in ("nq", "trig"):
        quads = [q for q in quads if q.graph_name != inferred]
    found = list(ox.parse(body(plain_release, f"spacelaw.{key}.{coding}"), PARSERS[key]))
    assert canonical(found) == canonical(quads)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Release:
    folder = tmp_path_factory.mktemp("odd")
    root = tinysource.write(folder / "sources", {"data/editor/odd.ttl": tinysource.ODD})
    return Release(pipeline.build(root, folder / "releases", BASE))


@pytest.mark.parametrize("key", PARSERS)
def test_lexical_forms_are_those_of_the_sources(odd: Release, key: str) -> None:
    planted = {("1", "nonNegativeInteger"), ("01", "integer"), ("1.50", "decimal"),
               ("1967-01-27T00:00:00+00:00", "dateTime"), ("P12M", "duration")}  # fmt: skip
    quads = ox.parse(body(odd, f"spacelaw.{key}.gz"), PARSERS[key])
    literals = [q.object for q in quads if isinstance(q.object, ox.Literal)]
    assert planted <= {(o.value, o.datatype.value.rpartition("#")[2]) for o in literals}


def test_the_whole_in_nquads_is_the_dataset_byte_for_byte(plain_release: Release) -> None:
    dump = body(plain_release, "spacelaw.nq.gz")
    assert dump == plain_release.quads_file.read_bytes()
    assert hashlib.sha256(dump).hexdigest() == plain_release.manifest.dataset


def test_a_graph_alone_has_its_own_statements(plain_release: Release) -> None:
    quads = list(ox.parse(body(plain_release, "paper.trig.gz"), ox.RdfFormat.TRIG))
    assert {str(q.graph_name) for q in quads} == {f"<{BASE}graph/paper>"}
    assert len(quads) == plain_release.manifest.graphs["paper"]


def test_two_builds_give_the_same_bytes(root: Path, plain_release: Release, tmp_path: Path) -> None:
    again = Release(pipeline.build(root, tmp_path, BASE))
    assert again.manifest == plain_release.manifest
    for name, digest in plain_release.manifest.files.items():
        assert hashlib.sha256((again.folder / name).read_bytes()).hexdigest() == digest


def test_dumps_are_served_with_ranges_and_stay(plain: Client, plain_release: Release) -> None:
    url = f"/dumps/{plain_release.manifest.release}/spacelaw.nq.gz"
    whole = plain.get(url)
    assert (whole.status_code, whole.content_type) == (200, "application/gzip")
    assert "immutable" in whole.headers["Cache-Control"]
    part = plain.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, whole.data[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole.data)}"
    assert plain.get(url, headers={"Range": "bytes=99999999-"}).status_code == 416
    same = plain.get(url, headers={"If-None-Match": whole.headers["ETag"]})
    assert same.status_code == 304


def test_a_dump_without_coding_is_plain_or_packed_as_the_client_likes(
    plain: Client, plain_release: Release
) -> None:
    url = f"/dumps/{plain_release.manifest.release}/spacelaw.nq"
    whole, packed = plain.get(url), plain.get(url, headers={"Accept-Encoding": "gzip"})
    assert whole.content_type == packed.content_type == "application/n-quads"
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == whole.data == plain_release.quads_file.read_bytes()
    assert whole.headers["ETag"] != packed.headers["ETag"]
    part = plain.get(url, headers={"Range": "bytes=0-4", "Accept-Encoding": "gzip"})
    assert (part.status_code, part.data) == (206, whole.data[:5])


def test_the_dumps_of_earlier_releases_on_the_same_base_stay(tmp_path: Path) -> None:
    root = tinysource.write(tmp_path / "source")
    releases = tmp_path / "releases"
    earlier = pipeline.build(root, releases, BASE)
    elsewhere = pipeline.build(root, releases, BASE + "other/")
    tinysource.put(root, "data/catalog.ttl", tinysource.CATALOG.replace("Space law", "Law"))
    pipeline.build(root, releases, BASE)
    with served(releases, BASE, **NO_ENGINE) as later:
        answer = later.get(f"/dumps/{earlier.name}/spacelaw.nq")
        assert answer.data == (earlier / "dataset.nq").read_bytes()
        assert later.get(f"/dumps/{elsewhere.name}/spacelaw.nq").status_code == 404
        listed = later.get("/dumps").text
        assert f"/dumps/{earlier.name}" in listed
        assert elsewhere.name not in listed
        described = later.get("/catalog.nt").text
        assert f"{BASE}dumps/{earlier.name}/spacelaw.nq.gz" in described
        assert f"dcat#hasVersion> <{BASE}dumps/{earlier.name}>" in described


def test_the_latest_release_is_found_without_its_name(
    plain: Client, plain_release: Release
) -> None:
    for file in ("", "/SHA256SUMS", "/spacelaw.nt.gz", "/spacelaw.nt"):
        answer = plain.get(f"/dumps/latest{file}")
        place = f"{BASE}dumps/{plain_release.manifest.release}{file}"
        assert (answer.status_code, answer.headers["Location"]) == (307, place)
        assert "Cache-Control" not in answer.headers
        assert plain.get(place).status_code == 200


def test_the_index_lists_every_file_with_its_sum(plain: Client, plain_release: Release) -> None:
    at = f"/dumps/{plain_release.manifest.release}"
    lines = plain.get(f"{at}/SHA256SUMS").text.splitlines()
    told = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    assert set(told) == {p.name for p in (plain_release.folder / "dumps").iterdir()}
    page = plain.get(at).text
    for name, digest in told.items():
        assert hashlib.sha256(plain.get(f"{at}/{name}").data).hexdigest() == digest
        assert f'href="{at}/{name}"' in page
    assert f'href="{at}"' in plain.get("/dumps").text


@pytest.mark.parametrize("path", ["x/y", "0123456789abcdef/spacelaw.nq.gz", "{r}/none.nq",
                                  "{r}/..%2fmanifest.json", "../spacelaw.nq.gz"])  # fmt: skip
def test_what_is_no_dump_is_not_found(plain: Client, plain_release: Release, path: str) -> None:
    answer = plain.get("/dumps/" + path.format(r=plain_release.manifest.release))
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


def test_tables_hold_the_values_that_their_metadata_explain(
    plain: Client, plain_release: Release
) -> None:
    at = f"/dumps/{plain_release.manifest.release}/"
    metadata = json.loads(plain.get(at + "csv-metadata.json").data)
    tables = {t["url"]: t["tableSchema"] for t in metadata["tables"]}
    rows = list(csv.DictReader(io.StringIO(plain.get(at + "Article.csv").text)))
    assert [r["iri"].rpartition("/")[2] for r in rows] == ["2", "9", "10"]
    columns = {c["name"]: c for c in tables["Article.csv"]["columns"]}
    assert list(columns) == list(rows[0])
    assert columns["partOf"]["propertyUrl"] == f"{BASE}def/partOf"
    assert (columns["label"]["lang"], rows[0]["label"]) == ("en", "Article II")


def test_the_index_tells_the_state_of_every_resource(plain: Client, plain_release: Release) -> None:
    text = plain.get(f"/dumps/{plain_release.manifest.release}/resources.csv").text
    rows = {row["iri"]: row["sha256"] for row in csv.DictReader(io.StringIO(text))}
    assert list(rows) == plain_release.iris()
    for iri, digest in rows.items():
        found = plain_release.document(iri)
        assert found
        assert hashlib.sha256(found.nquads).hexdigest() == digest


def test_the_catalogue_states_sizes_and_hashes_of_what_is_served(plain: Client) -> None:
    page = plain.get("/catalog.html").text
    start = page.index('<script type="application/ld+json">') + 35
    about = json.loads(page[start : page.index("</script>", start)])
    assert about["@type"] == "Dataset"
    assert {"name", "license", "creator", "distribution", "identifier", "url"} <= set(about)
    for file in about["distribution"]:
        data = plain.get(file["contentUrl"].removeprefix(BASE[:-1])).data
        assert (len(data), hashlib.sha256(data).hexdigest()) == (
            int(file["contentSize"]), file["sha256"],
        )  # fmt: skip


def test_values_that_contain_the_joiner_can_be_told_apart(root: Path, tmp_path: Path) -> None:
    put(root, "data/official/odd.ttl", """
<id/odd/bars> a sl:Text ; rdfs:label "a|b"@en , "c;d"@en ; dcterms:source <https://x.example/> .
""")  # fmt: skip
    folder = pipeline.build(root, tmp_path / "releases", tinysource.LOCAL) / "dumps"
    metadata = json.loads((folder / "csv-metadata.json").read_text("utf-8"))
    (table,) = [t for t in metadata["tables"] if t["url"] == "Text.csv"]
    (label,) = [c for c in table["tableSchema"]["columns"] if c["name"] == "label"]
    rows = list(csv.DictReader((folder / "Text.csv").open(encoding="utf-8", newline="")))
    (cell,) = [row["label"] for row in rows if row["iri"].endswith("id/odd/bars")]
    assert cell.split(label["separator"]) == ["a|b", "c;d"]
