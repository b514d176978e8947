"""The engines that are compared, each behind what it is used through."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import rdflib
import requests

from benchmarks import graph
from server.rdf.vocabulary import STATED, graph_iri
from server.release.manifest import CURRENT
from server.release.reader import Release
from server.sparql import stores
from server.sparql.release_loading import Publication
from server.sparql.remote import Store
from tests.command import free_port
from tests.sparql.servers import FUSEKI, VIRTUOSO, fuseki, oxigraph, virtuoso

Ask = Callable[[str], bytes]
_MANY, _RDFLIB_MOST = 1_000_000, 100_000  # triples
_SERVE = "from server.settings import Config; from server.serve import run; " \
    "run(Config.from_environment())"  # fmt: skip


@contextlib.contextmanager
def site(releases: Path, base: str, **settings: str) -> Iterator[str]:
    """Run our web processes and query workers on a release; yield the endpoint."""
    with started(releases, base, **settings) as (url, _):
        yield url


@contextlib.contextmanager
def started(releases: Path, base: str, **settings: str) -> Iterator[tuple[str, int]]:
    """Do the same; yield the endpoint and the id of the process that runs all others."""
    port = free_port()
    environment = {
        **os.environ,
        "SPACELAW_RELEASES": str(releases),
        "SPACELAW_BASE_IRI": base,
        "SPACELAW_PORT": str(port),
        **settings,
    }
    process = subprocess.Popen([sys.executable, "-c", _SERVE], env=environment)
    url = f"http://127.0.0.1:{port}/sparql"
    try:
        while True:  # a large store takes minutes to write
            if process.poll() is not None:
                raise RuntimeError("the site did not start")
            with contextlib.suppress(requests.RequestException):
                if requests.get(url, params={"query": "ASK {}"}, timeout=5).ok:
                    break
            time.sleep(0.1)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(20)


def over_http(url: str, **parameters: str) -> Ask:
    """Return what asks an endpoint, on one connection that is kept.

    Results come as they are: only we would compress the longer ones, which serves a network.
    """
    session = requests.Session()
    session.trust_env = False

    def ask(query: str) -> bytes:
        kind = "text/turtle" if "CONSTRUCT" in query else "application/sparql-results+json"
        headers = {"Accept": kind, "Accept-Encoding": "identity"}
        answer = session.get(url, params={"query": query, **parameters}, headers=headers,
                             timeout=120)  # fmt: skip
        answer.raise_for_status()
        return answer.content

    return ask


def in_rdflib(file: Path) -> Ask:
    """Return what asks rdflib in this process; its default graph is the union."""
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(file, format="nquads")

    def ask(query: str) -> bytes:
        result = dataset.query(query)
        kind = "turtle" if result.type == "CONSTRUCT" else "json"
        return result.serialize(format=kind) or b""

    return ask


class _Unread(Publication):
    """Loads a release where it is read, for here nobody reads it yet: at once, not twice."""

    def place(self, name: str) -> str:
        return graph_iri(name, self.release.base)

    def switch_over(self, names: list[str]) -> None:
        pass


def load(release: Release, store: Store) -> None:
    """Load a release into an empty store, and tell how it goes."""
    begun = time.monotonic()
    _Unread(release, store).run(
        lambda text: print(f"{time.monotonic() - begun:.0f} s: {text}", file=sys.stderr)
    )


@contextlib.contextmanager
def all_engines(folder: Path, base: str, triples: int) -> Iterator[dict[str, Ask]]:
    """Run every engine there is on the same graph; yield what asks each, by name.

    `folder` is for their files. A graph that is too large for memory Oxigraph's server reads from
    the same store on disk as we do, and engines that hold it in memory are left out.
    """
    releases = graph.kept(base, triples)
    release = Release(releases / CURRENT)
    default = {"default-graph-uri": graph_iri(STATED, base)}
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(site(releases, base, SPACELAW_QUERY_SECONDS="100"))
        asks = {"spacelaw": over_http(url)}
        on_disk = stores.folder_on_disk(release.folder)
        if on_disk.exists():
            asks["Oxigraph server"] = over_http(stack.enter_context(oxigraph(on_disk)))
        else:
            url = stack.enter_context(oxigraph())
            load(release, Store(url))
            asks["Oxigraph server"] = over_http(url, **default)
        if VIRTUOSO:
            (folder / "virtuoso").mkdir()
            # Pages of 8 kB: what its manual gives to a machine with some gigabytes to spare.
            buffers = 40_000 if triples < _MANY else 400_000
            url = stack.enter_context(virtuoso(folder / "virtuoso", buffers))
            load(release, Store(url, "dba", "dba"))
            asks["Virtuoso"] = over_http(url, **default)
            remote = site(releases, base, SPACELAW_STORE=url, SPACELAW_QUERY_SECONDS="100")
            asks["spacelaw on Virtuoso"] = over_http(stack.enter_context(remote))
        if FUSEKI and triples <= _MANY:
            (folder / "fuseki").mkdir()
            url = stack.enter_context(fuseki(folder / "fuseki", "6g"))
            load(release, Store(url))
            asks["Fuseki"] = over_http(url, **default)
        if triples <= _RDFLIB_MOST:
            asks["rdflib"] = in_rdflib(release.quads_file)
        yield asks
