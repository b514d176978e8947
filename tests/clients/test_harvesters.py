"""Harvesters of other people's making find, take and follow the real dataset."""

import io
import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from zipfile import ZipFile

import pytest
from resync.capability_list import CapabilityList  # type: ignore[import-untyped]
from resync.change_list import ChangeList  # type: ignore[import-untyped]
from resync.resource_dump import ResourceDump  # type: ignore[import-untyped]
from resync.resource_dump_manifest import ResourceDumpManifest  # type: ignore[import-untyped]
from resync.resource_list import ResourceList  # type: ignore[import-untyped]
from resync.source_description import SourceDescription  # type: ignore[import-untyped]

from tests.clients.java import JENA, java
from tests.clients.npm import needs_npm, run
from tests.command import Site, ask
from tests.descriptions import counts, described, rows, term
from tests.needs import needs

pytestmark = pytest.mark.xdist_group("clients")

RAPTOR = {"nq": "nquads", "trig": "trig", "ttl": "turtle", "rdf": "rdfxml"}
TREATIES = "SELECT (COUNT(DISTINCT ?t) AS ?n) {{ ?t a <{}def/Treaty> }}"


def recorded(site: Site) -> int:
    """Return how many changes are on record."""
    total: int = json.loads(ask(site.base + "changes").body)["totalItems"]
    assert total > 3000, "no release is on record: spacelaw release"
    return total


@needs_npm
@pytest.mark.parametrize("order", ["none", "ascending"])
def test_ldes_client_yields_every_member_once(site: Site, order: str) -> None:
    done = run("ldes-client", "-o", order, site.base + "ldes")
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if "activitystreams#object>" in line]
    members = Counter(line.partition(" ")[0] for line in lines)
    assert len(members) == recorded(site)
    assert set(members.values()) == {1}


@needs_npm
@pytest.mark.parametrize("place", ["ttl", "rdf", "jsonld", "sparql"])
def test_comunica_queries_a_dump_and_the_endpoint(site: Site, place: str) -> None:
    source = site.base + "sparql"
    if place != "sparql":
        (source,) = (u for u in dumps(site) if u.endswith(f"/spacelaw.{place}"))
    query = TREATIES.format(site.base)
    done = run("comunica-sparql", source, "-q", query, "-t", "text/csv")
    assert done.stdout.split()[1:] == rows(site, query)[0], done.stderr
    assert done.stdout.split()[1:] != ["0"]


def dumps(site: Site) -> list[str]:
    """Return the address of each dump that the catalogue lists, unpacked."""
    urls = described(site, "catalog").objects(None, term("dcat:downloadURL"))
    return sorted(str(url).removesuffix(".gz") for url in urls if str(url).endswith(".gz"))


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
    assert len(found) == 5 * (len(expected) - 1)
    return found


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


@needs(JENA, "Jena (requirements/jena.txt)")
def test_jena_reads_every_dump(taken: dict[Path, int]) -> None:
    assert java("dumps", JENA, *map(str, taken)) == {str(p): n for p, n in taken.items()}


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
    assert len(changes) == recorded(site)
    assert {r.change for r in changes} <= {"created", "updated", "deleted"}


def documents(site: Site) -> set[str]:
    """Return the address in N-Quads of each resource that the endpoint tells of."""
    query = 'SELECT DISTINCT ?s {{ ?s ?p ?o FILTER(isIRI(?s) && STRSTARTS(STR(?s), "{0}")) }}'
    found = rows(site, query.format(site.base))
    return {f"{site.base}doc/{iri.removeprefix(site.base)}.nq" for (iri,) in found}


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


def test_resync_takes_everything_and_finds_it_in_sync(site: Site, tmp_path: Path) -> None:
    source = ["--sitemap", f"{site.base}resourcesync/resourcelist.xml", "--noauth",
              "--hash", "sha-256", f"{site.base}doc={tmp_path / 'copy'}"]  # fmt: skip
    script = str(Path(sys.executable).with_name("resync-sync"))

    def resync(*mode: str) -> str:
        done = subprocess.run(
            [script, *mode, *source],
            capture_output=True, text=True, timeout=300, check=True, cwd=tmp_path,
        )  # fmt: skip
        return done.stdout + done.stderr

    (tmp_path / "copy").mkdir()
    assert "SYNCED" in resync("--baseline")
    assert " IN SYNC" in resync("--audit", "--checksum").replace("NOT IN", "NOT-IN")
    (changed, *_) = (p for p in (tmp_path / "copy").rglob("*") if p.is_file())
    changed.write_bytes(b"something else")
    assert "NOT IN SYNC" in resync("--audit", "--checksum")
