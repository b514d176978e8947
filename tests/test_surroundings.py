"""The command where a user happens to run it: closed streams, no home, odd limits, a full disk."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests import tinysource
from tests.command import COMMAND, ROOT, environment, free_port
from tests.processes import eventually, family

BASE = "http://law.example/"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with small sources and a release of them."""
    folder = tmp_path_factory.mktemp("built")
    tinysource.write(folder / "sources")
    assert run(folder, ["build"]).returncode == 0
    return folder


def settings(folder: Path) -> dict[str, str]:
    """Return the environment in which the command makes and reads the releases of a folder."""
    own = {"BASE_IRI": BASE, "SOURCES": str(folder / "sources")}
    return environment(folder / "releases", free_port(), **own)


def run(
    folder: Path, arguments: Sequence[str], text: bytes = b"", command: Sequence[str] = COMMAND,
    around: dict[str, str] | None = None, before: Callable[[], Any] | None = None,
) -> subprocess.CompletedProcess[str]:  # fmt: skip
    """Run the command with further variables `around` it, and what its process does `before`."""
    done = subprocess.run(
        [*command, *arguments], env=settings(folder) | (around or {}), input=text,
        capture_output=True, timeout=120, preexec_fn=before,
    )  # fmt: skip
    out, err = done.stdout.decode(), done.stderr.decode()
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode not in (0, -signal.SIGKILL)
    (line,) = done.stderr.splitlines()
    assert line.startswith("spacelaw: "), done.stderr
    return line


@pytest.mark.parametrize(
    "arguments", [["query", "ASK {}"], ["describe", "id/dataset"], ["export"], ["releases"]]
)
def test_closed_streams_are_as_good_as_empty_ones(built: Path, arguments: list[str]) -> None:
    shell = ["sh", "-c", '"$@" <&- >&-', "sh", *COMMAND]
    done = run(built, arguments, command=shell)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_query_may_have_a_byte_order_mark(built: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.rq"
    file.write_bytes(b"\xef\xbb\xbfASK {}")
    for given in (["-f", str(file)], ["-"]):
        done = run(built, ["query", *given], file.read_bytes())
        assert json.loads(done.stdout)["boolean"] is True


def test_a_query_that_is_not_utf_8_is_one_line(built: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.rq"
    file.write_text("ASK {}", "utf-16")
    for given in (["-f", str(file)], ["-"]):
        done = run(built, ["query", *given], file.read_bytes())
        assert "The query is not UTF-8" in one_line(done)


def test_letters_of_a_query_count_in_any_locale(built: Path) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = run(built, ["query", 'ASK { FILTER (STRLEN("ô") = 1) }'], around=plain)
    assert json.loads(done.stdout)["boolean"] is True


def test_two_queries_are_one_too_many(built: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.rq"
    file.write_text("ASK {}")
    done = run(built, ["query", "-f", str(file), "SELECT * {}"])
    assert "QUERY and --file exclude each other" in one_line(done)


def test_queries_run_where_the_folder_of_temporary_files_has_a_long_path(
    built: Path, tmp_path: Path
) -> None:
    place = tmp_path / ("x" * 120)
    place.mkdir()
    done = run(built, ["query", "ASK {}"], around={"TMPDIR": str(place)})
    assert json.loads(done.stdout)["boolean"] is True


@pytest.mark.skipif(sys.platform != "linux", reason="bounds the address space, as Linux does")
def test_queries_run_under_a_lower_limit_of_memory_than_their_own(built: Path) -> None:

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000))

    done = run(built, ["query", "ASK {}"], before=bounded)
    assert json.loads(done.stdout)["boolean"] is True


def test_a_full_disk_ends_a_build_with_one_line(built: Path, tmp_path: Path) -> None:
    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = run(built, ["build", "--releases", str(tmp_path)], before=full)
    assert "documents.sqlite: disk I/O error" in one_line(done)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("proxy", ["socks5h://127.0.0.1:9", "gopher://127.0.0.1:9"])
def test_a_proxy_that_cannot_be_used_is_one_line(built: Path, proxy: str) -> None:
    done = run(built, ["verify", "http://law.example/"], around={"ALL_PROXY": proxy})
    assert "<http://law.example/> cannot be reached" in one_line(done)


def test_no_home_is_needed_but_for_the_usual_folder(built: Path, tmp_path: Path) -> None:
    """As for a container's user: an id without a name, and no HOME."""
    shutil.copytree(ROOT / "server", tmp_path / "server", ignore=shutil.ignore_patterns("static"))
    nameless = f"""
import pwd, sys
def unknown(_): raise KeyError
pwd.getpwuid = unknown
sys.path.insert(0, {str(tmp_path)!r})
from server.cli import main
main(prog_name="spacelaw")
"""
    env = {k: v for k, v in settings(built).items() if k not in ("HOME", "XDG_DATA_HOME")}
    command = [sys.executable, "-c", nameless, "releases"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    del env["SPACELAW_RELEASES"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert "There is no home folder: set SPACELAW_RELEASES" in one_line(done)


def test_ctrl_c_in_the_build_of_serve_leaves_no_traceback(tmp_path: Path) -> None:
    """A terminal interrupts both the command and the process that builds."""
    fifo = tinysource.write(tmp_path / "sources") / "data/editor/waits.ttl"
    os.mkfifo(fifo)  # which the build waits for
    process = subprocess.Popen(
        [*COMMAND, "serve"], env=settings(tmp_path), stderr=subprocess.PIPE, start_new_session=True
    )
    with fifo.open("wb"):
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.strip() == b""


def test_what_cannot_be_written_is_told_at_once(built: Path, tmp_path: Path) -> None:
    """Making a copy of the whole site takes minutes."""
    file = tmp_path / "file"
    file.touch()
    for given in (["--single", str(file / "law.html")], ["--site", str(file / "law")]):
        assert "Not a directory" in one_line(run(built, ["export", *given]))


def test_an_export_writes_to_what_is_named_and_puts_nothing_in_its_place(
    built: Path, tmp_path: Path
) -> None:
    """As /dev/null, or a link to a file elsewhere."""
    file, link = tmp_path / "file", tmp_path / "link"
    link.symlink_to(file)
    assert run(built, ["export", "-o", str(link)]).returncode == 0
    assert link.is_symlink()
    assert file.stat().st_size


def test_a_store_elsewhere_answers_the_queries_of_the_command_too(built: Path) -> None:
    done = run(built, ["query", "ASK {}"], around={"SPACELAW_STORE": "http://127.0.0.1:9/sparql"})
    assert "The query engine cannot be reached." in one_line(done)


def test_modules_where_the_user_stands_are_none_of_ours(built: Path, tmp_path: Path) -> None:
    """A site starts processes all the time, as for a release that it is to take."""
    for name in ("pickle", "socket", "random", "server", "flask", "pyoxigraph"):
        (tmp_path / f"{name}.py").write_text(f"raise SystemExit('a module {name} of the user')")
    own = settings(built) | {"SPACELAW_RELEASES": str(tmp_path / "releases")}
    spacelaw = [str(Path(sys.executable).with_name("spacelaw"))]

    def told(*arguments: str) -> str:
        return subprocess.check_output(
            [*spacelaw, *arguments], env=own, cwd=tmp_path, text=True, timeout=300
        )

    told("build")
    log = tmp_path / "log"
    with log.open("wb") as file:
        site = subprocess.Popen([*spacelaw, "serve"], env=own, cwd=tmp_path, stderr=file)
    try:
        eventually(lambda: "is ready." in log.read_text(), 300)
        changed = {"data/editor/concept.ttl": tinysource.CONCEPT.replace("several", "two")}
        own["SPACELAW_SOURCES"] = str(tinysource.write(tmp_path / "changed", changed))
        told("build")
        assert "is served" in told("reload")
    finally:
        site.terminate()
        site.wait(60)
    assert "of the user" not in log.read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes as Linux has them")
def test_a_build_that_is_killed_leaves_no_process_behind(tmp_path: Path) -> None:
    """Whatever it has others do meanwhile, and who started it."""
    fifo = tinysource.write(tmp_path / "sources") / "data/editor/waits.ttl"
    os.mkfifo(fifo)  # which the build waits for
    command = [*COMMAND, "serve"]
    process = subprocess.Popen(command, env=settings(tmp_path), stderr=subprocess.DEVNULL)
    with fifo.open("wb"):
        started = family(process.pid)
        assert len(started) > 1
        process.kill()
        process.wait(30)
        eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started))


def test_a_release_for_another_base_is_refused_with_the_base_of_the_identifiers(
    built: Path,
) -> None:
    """That of the site's address would be a false reason."""
    own = settings(built) | {"SPACELAW_SITE_URL": "https://law.example.net/"}
    log = built / "log"
    with log.open("wb") as file:
        site = subprocess.Popen([*COMMAND, "serve"], env=own, stderr=file)
    try:
        eventually(lambda: "is ready." in log.read_text(), 300)
        other = own | {"SPACELAW_BASE_IRI": "http://other.example/"}
        subprocess.run([*COMMAND, "build"], env=other, check=True, timeout=300)
        done = subprocess.run(
            [*COMMAND, "reload"], env=own, capture_output=True, text=True, timeout=300
        )
    finally:
        site.terminate()
        site.wait(60)
    assert f"begin with http://other.example/, those of this site with {BASE}." in one_line(done)
