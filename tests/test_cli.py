"""The command as a user meets it: results, one clear line for each error, exit status."""

import shutil
import socket
import subprocess
from pathlib import Path

import pyoxigraph as ox
import pytest

from server.rdf.vocabulary import CANONICAL_BASE
from tests.command import COMMAND, ROOT, Site, ask, environment, free_port


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("command") / "releases"


def run(releases: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        # One base for all, so that one build serves them.
        env=environment(releases, free_port(), **{"BASE_IRI": "http://law.example/", **settings}),
        capture_output=True,
        text=True,
        timeout=300,
    )


def copy_of_sources(folder: Path) -> Path:
    for name in ("ontology", "data", "shapes"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.mark.xdist_group("command")
class TestOnTheRealSources:
    """All of these share one build."""

    def test_build_is_quiet_in_a_pipe_and_prints_the_folder(self, releases: Path) -> None:
        done = run(releases, "build")
        assert (done.returncode, done.stderr) == (0, "")
        assert (Path(done.stdout.strip()) / "manifest.json").is_file()

    def test_query(self, releases: Path) -> None:
        done = run(
            releases,
            "query",
            "--format",
            "csv",
            "SELECT ?d { <id/treaty/1967/outer-space> sl:entryIntoForceDate ?d }",
        )
        assert done.stdout.split() == ["d", "1967-10-10"]

    def test_a_syntax_error_in_a_query_is_one_line(self, releases: Path) -> None:
        assert "Line 1, column" in one_line(run(releases, "query", "SELECT * { ?s ?p"))

    def test_describe(self, releases: Path) -> None:
        for iri in ("id/treaty/1979/moon", CANONICAL_BASE + "id/treaty/1979/moon"):
            done = run(releases, "describe", iri, "--format", "nt")
            assert "Moon Agreement" in done.stdout

    def test_describe_of_an_unknown_iri(self, releases: Path) -> None:
        assert "Nothing is known" in one_line(run(releases, "describe", "id/treaty/1999/none"))

    def test_export_has_canonical_iris_and_the_same_quads(self, releases: Path) -> None:
        done = run(releases, "export", "--graph", "official", "--format", "nq")
        quads = list(ox.parse(done.stdout.encode(), ox.RdfFormat.N_QUADS))
        graphs = {str(q.graph_name) for q in quads}
        assert graphs == {f"<{CANONICAL_BASE}graph/official>"}
        assert f"<{CANONICAL_BASE}id/treaty/1967/outer-space>" in {str(q.subject) for q in quads}

    def test_export_to_a_folder_that_is_not_there(self, releases: Path, tmp_path: Path) -> None:
        assert "No such file" in one_line(run(releases, "export", "-o", str(tmp_path / "a" / "b")))

    def test_with_the_canonical_base_what_is_served_equals_the_sources(
        self, releases: Path
    ) -> None:
        site = Site(releases, BASE_IRI=CANONICAL_BASE)
        try:
            found = ask(site.base + "doc/id/treaty/1967/outer-space.nt")
            sources = ox.parse(path=ROOT / "data/official/treaty/1967/outer-space.ttl")
            thing = CANONICAL_BASE + "id/treaty/1967/outer-space"
            stated = {
                str(ox.Triple(q.subject, q.predicate, q.object))
                for q in sources
                if str(q.subject) == f"<{thing}>"
            }
            served = {str(t) for t in ox.parse(found.body, ox.RdfFormat.N_TRIPLES)}
            assert stated <= served
            assert (
                ask(site.base + "id/treaty/1967/outer-space")
                .headers["Location"]
                .startswith(CANONICAL_BASE + "doc/")
            )
        finally:
            assert site.stop() == 0

    def test_validate_passes(self, releases: Path) -> None:
        done = run(releases, "validate")
        assert (done.returncode, done.stdout) == (0, "")


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run(tmp_path, "serve", PORT=str(taken.getsockname()[1]))
    assert "Cannot listen on 127.0.0.1:" in one_line(done)


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "http"), ("PORT", "70000"), ("BASE_IRI", "example.org"), ("QUERY_SECONDS", "0")],
)
def test_a_faulty_setting_is_named(tmp_path: Path, name: str, value: str) -> None:
    assert f"SPACELAW_{name}" in one_line(run(tmp_path, "build", **{name: value}))


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


def test_removing_a_mandatory_triple_refuses_the_release_and_names_it(tmp_path: Path) -> None:
    root = copy_of_sources(tmp_path / "sources")
    file = root / "data/official/treaty/1967/outer-space.ttl"
    text = file.read_text()
    start = text.index("    sl:adoptionDate ")
    end = text.index("\n", start) + 1
    file.write_text(text[:start] + text[end:])
    done = run(tmp_path / "releases", "build", SOURCES=str(root))
    assert done.returncode == 1
    assert "data/official/treaty/1967/outer-space.ttl:" in done.stderr
    assert "id/treaty/1967/outer-space> violates" in done.stderr
    assert "adoption date" in done.stderr
    assert (
        not list((tmp_path / "releases").glob("*"))
        or not (tmp_path / "releases" / "current").exists()
    )
