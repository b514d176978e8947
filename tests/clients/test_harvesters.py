"""Harvesters of other people's making find, take and follow the real dataset."""

import io
import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode
from zipfile import ZipFile

import pytest
import rdflib
from resync.capability_list import CapabilityList  # type: ignore[import-untyped]
from resync.change_list import ChangeList  # type: ignore[import-untyped]
from resync.resource_dump import ResourceDump  # type: ignore[import-untyped]
from resync.resource_dump_manifest import ResourceDumpManifest  # type: ignore[import-untyped]
from resync.resource_list import ResourceList  # type: ignore[import-untyped]
from resync.source_description import SourceDescription  # type: ignore[import-untyped]

from tests.clients.expected import dumps
from tests.clients.java import JENA, java
from tests.clients.matrix import shows
from tests.clients.npm import needs_npm, run
from tests.command import Site, ask
from tests.descriptions import counts, rows
from tests.needs import needs

RAPTOR = {"nq": "nquads", "trig": "trig", "ttl": "turtle", "nt": "ntriples", "rdf": "rdfxml"}


def recorded(site: Site) -> int:
    """Return how many changes are on record."""
    total: int = json.loads(ask(site.base + "changes").body)["totalItems"]
    assert total > 3000, "no release is on record: spacelaw release"
    return total


@shows("ldes-client", "harvests the event stream, in any order and by time", "each member once")
@needs_npm
@pytest.mark.parametrize("order", ["none", "ascending"])
def test_ldes_client_yields_every_member_once(site: Site, order: str) -> None:
    done = run("ldes-client", "-o", order, site.base + "ldes")
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if "activitystreams#object>" in line]
    members = Counter(line.partition(" ")[0] for line in lines)
    assert len(members) == recorded(site)
    assert set(members.values()) == {1}


@pytest.fixture(scope="session")
def taken(site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[Path, int]:
    """Take every dump; return the files with the number of statements that each must hold."""
    folder, found, expected = tmp_path_factory.mktemp("dumps"), {}, counts(site)
    for url in dumps(site):
        name, _, key = url.rpartition("/")[2].partition(".")
        path = folder / f"{name}.{key}"
        path.write_bytes(ask(url).body)
        whole = name == "spacelaw" and key in ("nq", "trig")
        found[path] = expected["quads"] if whole else expected[name]
    assert len(found) == 6 * (len(expected) - 1)
    return found


@shows("ldes-client", "--materialize", "each resource as it was at each version")
@needs_npm
def test_ldes_client_makes_the_resources_of_each_version_again(site: Site) -> None:
    done = run("ldes-client", "--materialize", site.base + "ldes")
    assert done.returncode == 0, done.stderr
    lines = {line for line in done.stdout.splitlines() if line.startswith("<")}
    treaty = f"{site.base}id/treaty/1967/outer-space"
    label = f'<{treaty}> <http://www.w3.org/2000/01/rdf-schema#label> "Outer Space Treaty"@en'
    assert any(line.startswith(label) for line in lines)
    subjects = {line.partition(" ")[0].strip("<>") for line in lines}
    changed = set(json_of(site, "changes/1"))
    assert changed <= subjects


def json_of(site: Site, path: str) -> list[str]:
    """Return what a page of changes created or changed."""
    items = json.loads(ask(site.base + path).body)["orderedItems"]
    return [item["object"]["id"] for item in items if item["type"] != "Delete"]


@shows("rapper", "counts every dump in N-Quads, TriG, Turtle, N-Triples, RDF/XML", "all statements")
@needs(shutil.which("rapper"), "rapper (Debian: raptor2-utils)")
@pytest.mark.parametrize("key", RAPTOR)
def test_raptor_reads_every_dump(site: Site, taken: dict[Path, int], key: str) -> None:
    for path in (p for p in taken if p.suffix == f".{key}"):
        done = subprocess.run(
            ["rapper", "-c", "-i", RAPTOR[key], str(path), site.base],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (path, done.stderr)
        assert f"returned {taken[path]} triples" in done.stderr, path


@shows("Jena", "reads every dump in six formats", "all statements")
@needs(JENA, "Jena (requirements/jena.txt)")
def test_jena_reads_every_dump(taken: dict[Path, int]) -> None:
    assert java("dumps", JENA, *map(str, taken)) == {str(p): n for p, n in taken.items()}


@shows("resync", "goes from the source description to every list", "all documents and changes")
def test_resync_goes_from_the_source_to_every_list(site: Site) -> None:
    source = SourceDescription()
    source.read(site.base + ".well-known/resourcesync")
    (place,) = source.uris()
    capabilities = CapabilityList()
    capabilities.read(place)
    lists = {r.capability: r.uri for r in capabilities}
    assert set(lists) == {"resourcelist", "resourcedump", "changelist"}
    resources, changes = ResourceList(), ChangeList()
    resources.read(lists["resourcelist"])
    changes.read(lists["changelist"])
    assert {r.uri for r in resources} == documents(site)
    assert len(changes) >= recorded(site)
    assert {r.change for r in changes} <= {"created", "updated", "deleted"}


def documents(site: Site) -> set[str]:
    """Return the address in N-Quads of each resource that the endpoint tells of."""
    is_resource = f'STRSTARTS(STR(?s), "{site.base}")'
    found = rows(site, f"SELECT DISTINCT ?s {{ ?s ?p ?o FILTER(isIRI(?s) && {is_resource}) }}")
    return {f"{site.base}doc/{iri.removeprefix(site.base)}.nq" for (iri,) in found}


@shows("resync", "reads the package of all resources", "each with its hash and length")
def test_resync_reads_the_package_of_all_resources(site: Site, tmp_path: Path) -> None:
    dump, manifest, resources = ResourceDump(), ResourceDumpManifest(), ResourceList()
    dump.read(site.base + "resourcesync/resourcedump.xml")
    (packed,) = dump
    body = ask(packed.uri).body
    assert len(body) == packed.length
    with ZipFile(io.BytesIO(body)) as files:
        manifest.read(files.extract("manifest.xml", tmp_path))
        resources.read(site.base + "resourcesync/resourcelist.xml")
        told = {r.uri: (r.hash, r.length) for r in manifest}
        assert told == {r.uri: (r.hash, r.length) for r in resources}
        for resource in list(manifest)[::100]:
            assert files.read(resource.path.lstrip("/")) == ask(resource.uri).body


@shows("resync", "--baseline, then --audit --checksum", "in sync; a changed file is found")
def test_resync_takes_everything_and_finds_it_in_sync(site: Site, tmp_path: Path) -> None:
    source = ["--sitemap", f"{site.base}resourcesync/resourcelist.xml", "--noauth",
              "--hash", "sha-256", f"{site.base}doc={tmp_path / 'copy'}"]  # fmt: skip
    script = str(Path(sys.executable).with_name("resync-sync"))

    def resync(*mode: str) -> str:
        done = subprocess.run(
            [script, *mode, *source],
            capture_output=True, text=True, timeout=900, check=True, cwd=tmp_path,
        )  # fmt: skip
        return done.stdout + done.stderr

    (tmp_path / "copy").mkdir()
    assert "SYNCED" in resync("--baseline")
    assert " IN SYNC" in resync("--audit", "--checksum").replace("NOT IN", "NOT-IN")
    (changed, *_) = (p for p in (tmp_path / "copy").rglob("*") if p.is_file())
    changed.write_bytes(b"something else")
    assert "NOT IN SYNC" in resync("--audit", "--checksum")


@shows("resync", "--incremental, knowing the address of the site alone", "what changed since")
def test_resync_follows_the_change_list(site: Site, tmp_path: Path) -> None:
    script = str(Path(sys.executable).with_name("resync-sync"))
    mapping = f"{site.base.rstrip('/')}={tmp_path / 'copy'}"
    (tmp_path / "copy").mkdir()
    done = subprocess.run(
        [script, "--incremental", "--from", "2000-01-01T00:00:00Z", "--noauth", mapping],
        capture_output=True, text=True, timeout=900, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    taken = {p.relative_to(tmp_path / "copy").as_posix() for p in (tmp_path / "copy").rglob("*.nq")}
    changes = ChangeList()
    changes.read(site.base + "changelist.xml")
    kept = {r.uri.removeprefix(site.base) for r in changes if r.hash}
    assert kept
    assert kept <= taken


@shows("sickle", "harvests Dublin Core, all parts, by GET", "a record for each resource")
@shows("sickle", "harvests RDF/XML, all parts, by POST", "all that each document says")
def test_sickle_harvests_both_formats(site: Site) -> None:
    sickle = pytest.importorskip("sickle")
    dublin = sickle.Sickle(site.base + "oai")
    records = list(dublin.ListRecords(metadataPrefix="oai_dc", ignore_deleted=True))
    found = {r.metadata["identifier"][0]: r.metadata["title"][0] for r in records}
    expected = {d.removeprefix(f"{site.base}doc/").removesuffix(".nq") for d in documents(site)}
    assert {iri.removeprefix(site.base) for iri in found} == expected
    assert found[f"{site.base}id/treaty/1967/outer-space"]
    whole = sickle.Sickle(site.base + "oai", http_method="POST")
    for number, record in enumerate(whole.ListRecords(metadataPrefix="rdf", set="Treaty")):
        iri = record.header.identifier
        graph = rdflib.Graph().parse(data=rdf_of(record.xml), format="xml")
        assert len(graph) == len(ask(document_of(site, iri)).body.splitlines())
        assert number < 100


def document_of(site: Site, iri: str) -> str:
    return f"{site.base}doc/{iri.removeprefix(site.base)}.nt"


def rdf_of(record: "object") -> bytes:
    """Return the RDF in the XML of a record."""
    from lxml import etree

    (body,) = record.iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF")  # type: ignore[attr-defined]
    return bytes(etree.tostring(body))


@shows("sickle", "asks for what changed since a day, withdrawn records too", "by their times")
def test_sickle_follows(site: Site) -> None:
    sickle = pytest.importorskip("sickle")
    client = sickle.Sickle(site.base + "oai")
    earliest = client.Identify().earliestDatestamp
    heads = list(client.ListIdentifiers(metadataPrefix="oai_dc", **{"from": earliest}))
    assert len({h.identifier for h in heads}) == len(heads) >= len(documents(site))
    with pytest.raises(sickle.oaiexceptions.NoRecordsMatch):
        client.ListIdentifiers(metadataPrefix="oai_dc", **{"from": "2999-01-01"})


@shows("feedparser", "reads the feed of changes and its archive", "all changes, well-formed")
def test_feedparser_reads_the_feed(site: Site) -> None:
    feedparser = pytest.importorskip("feedparser")
    address, entries = site.base + "changes.atom", list[str]()
    while address:
        feed = feedparser.parse(ask(address).body)
        assert not feed.bozo
        entries += [entry.id for entry in feed.entries]
        address = next((x.href for x in feed.feed.links if x.rel == "prev-archive"), "")
    assert len(set(entries)) == len(entries) == recorded(site)


@shows("OpenRefine", "its requests: batches of ten, types, columns, suggestions", "as specified")
def test_openrefine_reconciles_extends_and_suggests(site: Site) -> None:
    """OpenRefine is no server that a test can drive; the requests have the form of its own."""
    service = site.base + "reconcile"
    manifest = json.loads(ask(service).body)
    names = ["South Korea", "Russia", "Ivory Coast", "DRC", "Türkiye"]
    queries = {
        f"q{n}": {
            "query": name,
            "type": f"{site.base}def/Actor",
            "type_strict": "should",
            "limit": 3,
        }
        for n, name in enumerate(names)
    }
    sent = urlencode({"queries": json.dumps(queries)}).encode()
    results = json.loads(ask(service, {"Accept": "application/json"}, sent).body)
    found = [results[f"q{n}"]["result"][0] for n in range(len(names))]
    assert all(best["match"] for best in found)
    codes = {"id": f"{site.base}def/iso3166Alpha3"}
    asked = {"ids": [best["id"] for best in found], "properties": [codes]}
    extend = urlencode({"extend": json.dumps(asked)}).encode()
    rows_of = json.loads(ask(service, None, extend).body)["rows"]
    cells = [rows_of[best["id"]][codes["id"]][0]["str"] for best in found]
    assert cells == ["KOR", "RUS", "CIV", "COD", "TUR"]
    for kind, place in manifest["suggest"].items():
        url = place["service_url"] + place["service_path"]
        assert json.loads(ask(f"{url}?prefix=st").body)["result"], kind
