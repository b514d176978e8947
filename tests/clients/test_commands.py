"""Clients that are commands: raptor, R, wget, curl."""

import gzip
import subprocess
from pathlib import Path

import pytest

from tests.clients.expected import SELECT, TREATY, statements
from tests.clients.matrix import is_there, shows
from tests.command import Site
from tests.descriptions import rows
from tests.needs import needs


def run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


@shows("rapper", "reads an identifier, guessing the format or told it", "all triples")
@needs(is_there("rapper"), "rapper (Debian: raptor2-utils)")
@pytest.mark.parametrize("guess", [[], ["-g"], ["-i", "turtle"], ["-i", "ntriples"]])
def test_rapper(site: Site, guess: list[str]) -> None:
    found = run("rapper", "-q", *guess, site.base + TREATY)
    assert len(set(found.splitlines())) == statements(site, TREATY)


@shows("R", "read.csv of the table of a class", "a row for each thing of the class")
@needs(is_there("Rscript"), "R (Debian: r-base-core)")
def test_r_reads_a_table(site: Site) -> None:
    script = f'cat(nrow(read.csv("{site.base}dumps/latest/Treaty.csv")))'
    ((count,),) = rows(site, "SELECT (COUNT(DISTINCT ?t) AS ?n) { ?t a sl:Treaty }")
    assert run("Rscript", "-e", script) == count


@shows("R", "read.csv of the endpoint with format=csv", "the endpoint's rows")
@needs(is_there("Rscript"), "R (Debian: r-base-core)")
def test_r_asks_the_endpoint(site: Site) -> None:
    script = (
        f"query <- URLencode('{SELECT}', reserved = TRUE); "
        f'rows <- read.csv(paste0("{site.base}sparql?format=csv&query=", query), '
        'encoding = "UTF-8"); writeLines(rows$label)'
    )
    assert run("Rscript", "-e", script).splitlines() == [label for (label,) in rows(site, SELECT)]


@shows("GNU Wget", "mirrors the files of a release, following the index", "each with its sum")
@needs(is_there("wget"), "wget (Debian: wget)")
def test_wget_mirrors_the_files_of_a_release(site: Site, tmp_path: Path) -> None:
    release = (site.releases / "current").resolve().name
    run("wget", "-q", "-r", "-l", "1", "-nH", "-A", "*.nt.gz,SHA256SUMS", "-e", "robots=off",
        f"{site.base}dumps/{release}", cwd=tmp_path)  # fmt: skip
    folder = tmp_path / "dumps" / release
    checked = run("sha256sum", "--check", "--ignore-missing", "SHA256SUMS", cwd=folder)
    assert "spacelaw.nt.gz: OK" in checked
    assert "FAILED" not in checked


@shows("curl", "takes a dump with --compressed, and goes on with a part of one", "the same bytes")
@needs(is_there("curl"), "curl (Debian: curl)")
def test_curl_takes_a_dump_whole_and_in_parts(site: Site, tmp_path: Path) -> None:
    url = f"{site.base}dumps/latest/paper.nt"
    run("curl", "-sSfL", "--compressed", "-o", "whole.nt", url, cwd=tmp_path)
    run("curl", "-sSfL", "-o", "part.gz", "-r", "0-999", f"{url}.gz", cwd=tmp_path)
    run("curl", "-sSfL", "-o", "part.gz", "-C", "-", f"{url}.gz", cwd=tmp_path)
    packed = (tmp_path / "part.gz").read_bytes()
    assert gzip.decompress(packed) == (tmp_path / "whole.nt").read_bytes()
