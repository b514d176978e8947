"""The command as a user meets it: results, one clear line for each error, exit status."""

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from server.rdf.iris import canonical
from server.rdf.terms import moved
from server.rdf.vocabulary import CANONICAL_BASE
from tests import tinysource
from tests.command import COMMAND, ROOT, Site, ask, environment, free_port
from tests.measured import MEASURED


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("command") / "releases"


def run(
    releases: Path, *arguments: str, stdin: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        # One base for all, so that one build serves them.
        env=environment(releases, free_port(), **{"BASE_IRI": "http://law.example/", **settings}),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=300,
    )


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


class TestOnTheRealSources:
    """All of these read the release of the shared site."""

    def run(self, site: Site, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run(site.releases, *arguments, BASE_IRI=site.base)

    def test_build_of_what_is_built_prints_its_folder(self, site: Site) -> None:
        done = self.run(site, "build")
        assert (done.returncode, done.stderr) == (0, "")
        assert Path(done.stdout.strip()) == (site.releases / "current").resolve()
        assert (Path(done.stdout.strip()) / "manifest.json").is_file()

    def test_query(self, site: Site) -> None:
        done = self.run(
            site,
            "query",
            "--format",
            "csv",
            "SELECT ?d { <id/treaty/1967/outer-space> sl:entryIntoForceDate ?d }",
        )
        assert done.stdout.split() == ["d", "1967-10-10"]

    def test_a_syntax_error_in_a_query_is_one_line(self, site: Site) -> None:
        assert "Line 1, column" in one_line(self.run(site, "query", "SELECT * { ?s ?p"))

    def test_describe(self, site: Site) -> None:
        for iri in ("id/treaty/1979/moon", CANONICAL_BASE + "id/treaty/1979/moon"):
            done = self.run(site, "describe", iri, "--format", "nt")
            assert "Moon Agreement" in done.stdout

    def test_describe_of_an_unknown_iri(self, site: Site) -> None:
        assert "Nothing is known" in one_line(self.run(site, "describe", "id/treaty/1999/none"))

    def test_export_has_canonical_iris_and_the_same_quads(self, site: Site) -> None:
        done = self.run(site, "export", "--graph", "official", "--format", "nq")
        quads = list(ox.parse(done.stdout.encode(), ox.RdfFormat.N_QUADS))
        graphs = {str(q.graph_name) for q in quads}
        assert graphs == {f"<{CANONICAL_BASE}graph/official>"}
        assert f"<{CANONICAL_BASE}id/treaty/1967/outer-space>" in {str(q.subject) for q in quads}

    def test_export_to_a_folder_that_is_not_there(self, site: Site, tmp_path: Path) -> None:
        missing = str(tmp_path / "a" / "b")
        assert "No such file" in one_line(self.run(site, "export", "-o", missing))

    def test_export_of_the_site_is_alone_and_into_a_new_folder(
        self, site: Site, tmp_path: Path
    ) -> None:
        (tmp_path / "kept.txt").touch()
        done = self.run(site, "export", "--site", str(tmp_path))
        assert f"{tmp_path} is not empty; name a new folder." in one_line(done)
        missing = tmp_path / "a" / "law.html"
        assert "No such file" in one_line(self.run(site, "export", "--single", str(missing)))
        done = self.run(site, "export", "--single", str(tmp_path / "b"), "--format", "ttl")
        assert "--site and --single write all there is; give them alone" in one_line(done)

    def test_what_is_served_equals_the_sources(self, site: Site) -> None:
        path = "id/treaty/1967/outer-space"
        served = ox.parse(ask(f"{site.base}doc/{path}.nt").body, ox.RdfFormat.N_TRIPLES)
        stated = described(ROOT / "data/official/treaty/1967/outer-space.ttl", path)
        assert stated
        assert stated <= {moved(q, lambda iri: canonical(iri, site.base)).triple for q in served}

    def test_validate_passes(self, site: Site) -> None:
        done = self.run(site, "validate")
        assert (done.returncode, done.stdout) == (0, "")


def described(file: Path, path: str) -> set[ox.Triple]:
    """Return what a file of the sources says of the resource at a path."""
    thing = ox.NamedNode(CANONICAL_BASE + path)
    return {q.triple for q in ox.parse(path=file) if q.subject == thing}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with small sources and a release of them, whose build says nothing."""
    folder = tmp_path_factory.mktemp("small")
    tinysource.write(folder / "sources")
    done = run(folder / "releases", "build", SOURCES=str(folder / "sources"))
    assert (done.returncode, done.stderr) == (0, "")
    assert (Path(done.stdout.strip()) / "manifest.json").is_file()
    return folder


class TestOnASmallRelease:
    """All of these share one build."""

    def run(self, small: Path, *arguments: str, text: str = "", **settings: str) -> str:
        done = subprocess.run(
            [*COMMAND, *arguments],
            env=environment(
                small / "releases",
                free_port(),
                **{"BASE_IRI": "http://law.example/", "SOURCES": str(small / "sources")} | settings,
            )
            | MEASURED,
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def test_a_query_comes_from_standard_input(self, small: Path) -> None:
        for arguments in (["query", "-"], ["query"]):
            found = json.loads(self.run(small, *arguments, "--format", "json", text="ASK {}"))
            assert found["boolean"] is True

    def test_json_is_what_a_result_has_of_that_kind(self, small: Path) -> None:
        iri = "id/treaty/1967/outer-space"
        for arguments in (["query", f"DESCRIBE <{iri}>"], ["describe", iri]):
            assert f"http://law.example/{iri}" in self.run(small, *arguments, "--format", "json")
            json.loads(self.run(small, *arguments, "--format", "json"))

    def test_an_unchanged_build_and_validate_say_so(self, small: Path) -> None:
        (folder,) = self.run(small, "build").split()
        assert Path(folder).parent == small / "releases"
        found = [p for p in (small / "releases").iterdir() if p.is_dir() and not p.is_symlink()]
        assert found == [Path(folder)]
        assert self.run(small, "validate") == ""

    def test_the_port_alone_changes_nothing_where_the_base_is_given(self, small: Path) -> None:
        before = sorted(path.name for path in (small / "releases").iterdir())
        assert "law.example" in self.run(small, "describe", "id/dataset", PORT="9")
        assert sorted(path.name for path in (small / "releases").iterdir()) == before

    def test_an_option_stands_for_a_setting(self, small: Path, tmp_path: Path) -> None:
        base, folder = "http://other.example/", str(tmp_path / "r")
        arguments = ["--base", base, "--releases", folder]
        assert f"<{base}id/dataset>" in self.run(
            small, "describe", "id/dataset", "--format", "nt", *arguments
        )

    def test_under_the_canonical_base_the_sources_are_served_as_they_stand(
        self, small: Path
    ) -> None:
        sources, path = small / "sources", "id/treaty/1967/outer-space"
        site = Site(small / "releases", BASE_IRI=CANONICAL_BASE, SOURCES=str(sources))
        try:
            served = ask(f"{site.base}doc/{path}.nt").body
            stated = described(sources / tinysource.TREATY_FILE, path)
            assert stated
            assert stated <= {q.triple for q in ox.parse(served, ox.RdfFormat.N_TRIPLES)}
            location = ask(site.base + path).headers["Location"]
            assert location.startswith(CANONICAL_BASE + "doc/")
        finally:
            assert site.stop() == 0

    def test_a_package_of_the_same_name_where_the_user_stands_is_none_of_ours(
        self, small: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "server").mkdir()
        (tmp_path / "server" / "__init__.py").touch()
        done = subprocess.run(
            [Path(sys.executable).with_name("spacelaw"), "query", "ASK {}"],
            env=environment(
                small / "releases",
                free_port(),
                BASE_IRI="http://law.example/",
                SOURCES=str(small / "sources"),
            ),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["boolean"] is True

    def test_a_query_ends_at_its_deadline(self, small: Path) -> None:
        cross = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n0 ?o }"
        settings = {"SOURCES": str(small / "sources"), "QUERY_SECONDS": "1"}
        done = run(small / "releases", "query", cross, **settings)
        assert one_line(done) == "spacelaw: The query ran for more than 1 seconds."


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["serve", "--host", "192.0.2.1"], "SPACELAW_HOST"),
        (["serve", "--port", "http"], "SPACELAW_PORT"),
        (["build", "--releases", "/dev/null/releases"], "SPACELAW_RELEASES"),
        (["publish", "--to", "store"], "--to"),
        (["publish"], "SPACELAW_STORE"),
        (["publish", "--to", "http://127.0.0.1:1/", "--file", "store.nq"], "--file"),
        (["query", "--colour"], "--colour"),
        (["colour"], "colour"),
        (["query", "--format", "pdf", "ASK {}"], "--format"),
        (["reload", "none"], "none"),
    ],
)
def test_wrong_usage_is_one_line(tmp_path: Path, arguments: list[str], named: str) -> None:
    assert named in one_line(run(tmp_path, *arguments))


def test_shells_are_told_how_to_complete(tmp_path: Path) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "_SPACELAW_COMPLETE" in run(tmp_path, "completion", shell).stdout


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run(tmp_path, "serve", PORT=str(taken.getsockname()[1]))
    line = one_line(done)
    assert "Cannot listen on 127.0.0.1:" in line
    assert "SPACELAW_PORT" in line


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "http"), ("PORT", "70000"), ("BASE_IRI", "example.org"), ("QUERY_SECONDS", "0")],
)
def test_a_faulty_setting_is_named(tmp_path: Path, name: str, value: str) -> None:
    assert f"SPACELAW_{name}" in one_line(run(tmp_path, "build", **{name: value}))


def test_a_key_that_cannot_sign_ends_serve_with_one_line(tmp_path: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    rsa_key = rsa.generate_private_key(65537, 2048)
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    plain, locked = (
        serialization.NoEncryption(), serialization.BestAvailableEncryption(b"secret"),
    )  # fmt: skip
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    keys = {
        "no RSA key": private.private_bytes(pem, form, plain),
        "a password": rsa_key.private_bytes(pem, form, locked),
        "no private key": rsa_key.public_key().public_bytes(pem, public),
        "no private key in PEM": b"\x00\xff",
    }
    file = tmp_path / "key.pem"
    for said, key in keys.items():
        file.write_bytes(key)
        line = one_line(run(tmp_path, "serve", NANOPUB_KEY=str(file)))
        assert line.startswith(f"spacelaw: SPACELAW_NANOPUB_KEY is {str(file)!r}")
        assert said in line
    for missing in (tmp_path / "none.pem", tmp_path):
        line = one_line(run(tmp_path, "serve", NANOPUB_KEY=str(missing)))
        assert f"SPACELAW_NANOPUB_KEY is {str(missing)!r}" in line


def test_a_missing_source_folder_is_named(tmp_path: Path) -> None:
    done = run(tmp_path / "releases", "build", SOURCES=str(tmp_path))
    assert done.returncode == 1
    assert "ontology" in done.stderr
    assert "Traceback" not in done.stderr


def test_turtle_that_does_not_parse_has_file_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "mine.ttl"
    file.write_text("@prefix a: <http://example.org/> .\na:b c:d a:e .\n")
    done = run(tmp_path / "releases", "validate", str(file))
    assert f"{file}:2:5: The prefix c: has not been declared" in done.stderr
    assert done.returncode == 1


def test_validate_checks_a_users_own_turtle(tmp_path: Path) -> None:
    file = tmp_path / "mine.ttl"
    file.write_text(
        "@prefix sl: <https://w3id.org/spacelaw/def/> .\n<http://example.org/t> a sl:Treaty .\n"
    )
    done = run(tmp_path / "releases", "validate", str(file))
    assert done.returncode == 1
    assert f"{file}:2: <http://example.org/t> violates" in done.stdout


def test_validate_reads_standard_input_and_tells_where_nothing_was_checked(tmp_path: Path) -> None:
    text = '<https://example.org/x> <https://example.org/p> "x" .'
    done = run(tmp_path, "validate", "-", "--format", "nt", stdin=text)
    assert (done.returncode, done.stdout) == (0, "")
    assert "nothing was checked" in done.stderr
    empty = run(tmp_path, "validate", "-")
    assert empty.returncode == 1
    assert "-: The file holds no statement." in empty.stderr


def test_removing_a_mandatory_triple_refuses_the_release_and_names_it(tmp_path: Path) -> None:
    root, name = tmp_path / "sources", "data/official/treaty/1967/outer-space.ttl"
    for folder in ("ontology", "shapes"):
        shutil.copytree(ROOT / folder, root / folder)
    file, text = root / name, (ROOT / name).read_text()
    file.parent.mkdir(parents=True)
    start = text.index("    sl:adoptionDate ")
    end = text.index("\n", start) + 1
    file.write_text(text[:start] + text[end:])
    done = run(tmp_path / "releases", "build", SOURCES=str(root))
    assert done.returncode == 1
    violated = f"id/treaty/1967/outer-space> violates <{CANONICAL_BASE}shape/"
    assert [
        line
        for line in done.stderr.splitlines()
        if line.startswith(f"{name}:") and violated in line and "adoption date" in line
    ]
    assert (
        not list((tmp_path / "releases").glob("*"))
        or not (tmp_path / "releases" / "current").exists()
    )
