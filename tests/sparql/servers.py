"""Real SPARQL servers of others, started for a test and ended with it."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.command import free_port

OXIGRAPH = Path(sys.executable).with_name("oxigraph")
VIRTUOSO = shutil.which("virtuoso-t")
JAVA = shutil.which("java")
# Jena's server is a download, of `make test-peers` or of one's own: the jar, or a folder with it.
_JARS = [
    *Path(sys.executable).parents[1].glob("fuseki/*.jar"),
    Path(os.environ.get("FUSEKI_JAR", "")),
    *Path(os.environ.get("FUSEKI_HOME", "-")).glob("*.jar"),
]
FUSEKI = next((str(jar.resolve()) for jar in _JARS if JAVA and jar.is_file()), None)
_VIRTUOSO_INI = """
[Database]
DatabaseFile = {folder}/v.db
ErrorLogFile = {folder}/v.log
LockFile = {folder}/v.lck
TransactionFile = {folder}/v.trx
xa_persistent_file = {folder}/v.pxa
[TempDatabase]
DatabaseFile = {folder}/t.db
TransactionFile = {folder}/t.trx
[Parameters]
ServerPort = {port}
NumberOfBuffers = {buffers}
DefaultIsolation = 2
TransactionAfterImageLimit = 2000000000
DirsAllowed = {folder}
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = {folder}
[SPARQL]
ResultSetMaxRows = {rows}
[Plugins]
"""


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    process.kill()
    raise RuntimeError(f"no answer from {url}")


@contextlib.contextmanager
def _running(command: list[str], url: str, folder: Path | None = None) -> Iterator[None]:
    """Run a server until it is no longer needed; begin when it answers at `url`."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder
    )
    try:
        _wait(url, process)
        yield
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def oxigraph(
    store: Path | None = None, port: int | None = None, is_writable: bool = False
) -> Iterator[str]:
    """Run Oxigraph's server in memory, or to read a store on disk; yield its query endpoint."""
    port = port or free_port()
    what = ["serve" if is_writable or not store else "serve-read-only"]
    what += ["--location", str(store)] if store else []
    command = [str(OXIGRAPH), *what, "--bind", f"127.0.0.1:{port}"]
    with _running(command, f"http://127.0.0.1:{port}/"):
        yield f"http://127.0.0.1:{port}/query"


@contextlib.contextmanager
def read_only(store: Path) -> Iterator[str]:
    """Run Oxigraph's read-only server on a store in a folder; yield its query endpoint."""
    port = free_port()
    command = [str(OXIGRAPH), "serve-read-only", "--location", str(store), "--bind"]
    with _running([*command, f"127.0.0.1:{port}"], f"http://127.0.0.1:{port}/"):
        yield f"http://127.0.0.1:{port}/query"


@contextlib.contextmanager
def virtuoso(folder: Path, buffers: int = 40000, rows: int = 1000000) -> Iterator[str]:
    """Run Virtuoso 7 in an empty folder; yield its query endpoint. It is signed in as dba, dba.

    It cuts results after so many rows.
    """
    port, http = free_port(), free_port()
    (folder / "v.ini").write_text(
        _VIRTUOSO_INI.format(folder=folder, port=port, http=http, buffers=buffers, rows=rows)
    )
    command = [str(VIRTUOSO), "-f", "-c", str(folder / "v.ini")]
    with _running(command, f"http://127.0.0.1:{http}/sparql", folder):
        yield f"http://127.0.0.1:{http}/sparql"


@contextlib.contextmanager
def fuseki(folder: Path, memory: str = "1g") -> Iterator[str]:
    """Run Apache Jena Fuseki in memory, with a folder for itself; yield its query endpoint."""
    port = free_port()
    command = [str(JAVA), f"-Xmx{memory}", "-jar", str(FUSEKI), "--localhost", f"--port={port}"]
    with _running(
        [*command, "--mem", "--update", "/ds"], f"http://127.0.0.1:{port}/ds/query", folder
    ):
        yield f"http://127.0.0.1:{port}/ds/query"
