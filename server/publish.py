"""Loading of a release into a store elsewhere, so that its readers never see half of one."""

from collections.abc import Callable, Iterator

import pyoxigraph as ox
import requests

from server.engine.store import CONNECT_SECONDS, Store, kind_of
from server.quads import graph_of, triple, write
from server.release.reader import Release
from server.release.serialize import parse
from server.vocab import GRAPHS, NOT_IN_DEFAULT_GRAPH, STATED, graph_iri

_SECONDS = 600.0


class NotPublished(Exception):
    """A store that did not take the release, and what it answered; it serves what it did before."""


def publish(release: Release, store: Store, progress: Callable[[str], None]) -> int:
    """Load a release into a store by the Graph Store Protocol; return the number of triples.

    Each graph is put under a name of its own, and counted there; then one update moves all of them
    to their places. Raises NotPublished where the store refuses, or counts otherwise.
    """
    try:
        return _Publication(release, store).run(progress)
    except requests.RequestException as error:
        raise NotPublished(f"{store.url} cannot be reached: {type(error).__name__}.") from None


class _Publication:
    def __init__(self, release: Release, store: Store) -> None:
        self.release, self.store = release, store
        with store.session() as probe:
            kind = kind_of(probe.head(store.url, timeout=CONNECT_SECONDS))
        self.session = store.session(kind)
        self.graphs, self.update = store.beside(kind)

    def run(self, progress: Callable[[str], None]) -> int:
        done: list[str] = []
        loaded = 0
        try:
            for name, triples in self._parts():
                progress(f"Loading {name}")
                done.append(name)
                self._put(name, triples)
                loaded += len(triples)
            progress("Switching over")
            self._say("; ".join(self._moves(done)))
        except BaseException:
            for name in done:
                self._say(f"DROP SILENT GRAPH <{self._staged(name)}>", strict=False)
            raise
        return loaded

    def _parts(self) -> Iterator[tuple[str, set[ox.Triple]]]:
        """Yield each named graph, and the merge of what is stated, as the default graph."""
        merged: set[ox.Triple] = set()
        quads = parse(self.release.quads_file.read_bytes())
        for name in self.release.manifest.graphs:
            iri = graph_iri(name, self.release.base)
            triples = {triple(q) for q in quads if graph_of(q) == iri}
            if name not in NOT_IN_DEFAULT_GRAPH:
                merged |= triples
            yield name, triples
        yield STATED, merged

    def _put(self, name: str, triples: set[ox.Triple]) -> None:
        graph = self._staged(name)
        body = write(triples, ox.RdfFormat.N_TRIPLES)
        answer = self.session.put(
            self.graphs,
            params={"graph": graph},
            data=body,
            headers={"Content-Type": "text/turtle"},  # which N-Triples are, and every store takes
            timeout=(CONNECT_SECONDS, _SECONDS),
        )
        self._check(answer)
        found = self._count(graph)
        if found != len(triples):
            raise NotPublished(
                f"Of graph {name} the store holds {found} of {len(triples)} triples."
            )

    def _count(self, graph: str) -> int:
        query = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
        answer = self.session.post(
            self.store.url,
            data={"query": query},
            headers={"Accept": "application/sparql-results+json"},
            timeout=(CONNECT_SECONDS, _SECONDS),
        )
        self._check(answer)
        return int(answer.json()["results"]["bindings"][0]["n"]["value"])

    def _moves(self, names: list[str]) -> Iterator[str]:
        for name in {*GRAPHS, STATED}.difference(names):
            yield f"DROP SILENT GRAPH <{graph_iri(name, self.release.base)}>"
        for name in names:
            live = graph_iri(name, self.release.base)
            yield f"MOVE GRAPH <{self._staged(name)}> TO GRAPH <{live}>"

    def _say(self, update: str, strict: bool = True) -> None:
        answer = self.session.post(
            self.update,
            data=update.encode(),
            headers={"Content-Type": "application/sparql-update"},
            timeout=(CONNECT_SECONDS, _SECONDS),
        )
        if strict:
            self._check(answer)

    def _staged(self, name: str) -> str:
        return f"urn:spacelaw:release:{self.release.manifest.release}:{name}"

    def _check(self, answer: requests.Response) -> None:
        if not answer.ok:
            text = " ".join(answer.text.split())[:200]
            raise NotPublished(f"{answer.url.partition('?')[0]}: {answer.status_code} {text}")
