"""Loading of a release into a store elsewhere, so that its readers never see half of one."""

from collections import defaultdict
from collections.abc import Callable, Iterator

import requests

from server.rdf.vocabulary import GRAPHS, NOT_IN_DEFAULT_GRAPH, STATED, graph_iri
from server.release.reader import Release
from server.sparql.remote_store import CONNECT_SECONDS, Store, kind_of

_SECONDS = 600.0
_SWITCHING = 3600.0  # seconds for the last step, which in some stores is a copy
_PIECE = 50_000  # triples in one request: some megabytes


class NotPublished(Exception):
    """A store that did not take the release, and what it answered; it serves what it did before."""


def publish(release: Release, store: Store, progress: Callable[[str], None]) -> int:
    """Load a release into a store by the Graph Store Protocol; return the number of triples.

    Each graph is sent piece by piece to a name of its own, and counted there; then one update moves
    all of them to their places. Raises NotPublished where the store refuses, or counts otherwise.
    """
    try:
        return Publication(release, store).run(progress)
    except requests.RequestException as error:
        raise NotPublished(f"{store.url} cannot be reached: {type(error).__name__}.") from None


class Publication:
    """One release on its way into one store."""

    def __init__(self, release: Release, store: Store) -> None:
        """Find out what kind of store it is; raises requests.RequestException if it is away."""
        self.release, self.store = release, store
        with store.session() as probe:
            kind = kind_of(probe.head(store.url, timeout=CONNECT_SECONDS))
        self.session = store.session(kind)
        self.session.max_redirects = 0  # what is posted would arrive elsewhere as a GET
        self.graphs, self.update = store.beside(kind)

    def run(self, progress: Callable[[str], None]) -> int:
        """Load, count and switch over; return the number of triples. What fails leaves nothing."""
        loaded = dict.fromkeys([*self.release.manifest.graphs, STATED], 0)
        try:
            for name in loaded:
                self._send("put", name, b"")
            for name, lines in self._pieces():
                progress(f"Loading {name}" + (f", {loaded[name]} so far" if loaded[name] else ""))
                self._send("post", name, b"".join(lines))
                loaded[name] += len(lines)
            for name, expected in loaded.items():
                progress(f"Counting {name}")
                self._verify(name, expected)
            progress("Switching over")
            self.switch_over(list(loaded))
        except BaseException:
            for name in loaded:
                self._say(f"DROP SILENT GRAPH <{self.place(name)}>", strict=False)
            raise
        return sum(loaded.values())

    def _pieces(self) -> Iterator[tuple[str, list[bytes]]]:
        """Yield what to load: names of graphs, each many times, with some N-Triples.

        The merge of what is stated is a graph too, the default graph. What has blank nodes comes in
        one piece, for in two requests they would be two; it alone must fit in memory.
        """
        pieces: dict[tuple[str, bool], list[bytes]] = defaultdict(list)
        for name, line in self._triples():
            key = name, b"_:" in line
            pieces[key].append(line)
            if key == (name, False) and len(pieces[key]) == _PIECE:
                yield name, pieces.pop(key)
        for (name, _), lines in pieces.items():
            yield name, lines

    def _triples(self) -> Iterator[tuple[str, bytes]]:
        """Yield each triple of the release with the name of a graph that it belongs to.

        Canonical N-Quads (RDFC-1.0) end a line with its graph, and are sorted, so that a triple of
        several graphs stands in neighbouring lines.
        """
        names = {graph_iri(n, self.release.base).encode(): n for n in self.release.manifest.graphs}
        before = b""
        with self.release.quads_file.open("rb") as quads:
            for line in quads:
                said, _, graph = line.rpartition(b" <")
                name, line = names[graph.rpartition(b">")[0]], said + b" .\n"
                yield name, line
                if name not in NOT_IN_DEFAULT_GRAPH and line != before:
                    yield STATED, line
                    before = line

    def _send(self, method: str, name: str, triples: bytes) -> None:
        answer = self.session.request(
            method,
            self.graphs,
            params={"graph": self.place(name)},
            data=triples,
            headers={"Content-Type": "text/turtle"},  # which N-Triples are, and every store takes
            timeout=(CONNECT_SECONDS, _SECONDS),
        )
        self._check(answer)

    def _verify(self, name: str, expected: int) -> None:
        found = self._count(self.place(name))
        if found != expected:
            raise NotPublished(f"Of graph {name} the store holds {found} of {expected} triples.")

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

    def switch_over(self, names: list[str]) -> None:
        """Have readers see these graphs, and no others, from now on: all in one request."""
        self._say("; ".join(self._moves(names)))

    def _moves(self, names: list[str]) -> Iterator[str]:
        for name in {*GRAPHS, STATED}.difference(names):
            yield f"DROP SILENT GRAPH <{graph_iri(name, self.release.base)}>"
        for name in names:
            live = graph_iri(name, self.release.base)
            yield f"MOVE GRAPH <{self.place(name)}> TO GRAPH <{live}>"

    def _say(self, update: str, strict: bool = True) -> None:
        answer = self.session.post(
            self.update,
            data=update.encode(),
            headers={"Content-Type": "application/sparql-update"},
            timeout=(CONNECT_SECONDS, _SWITCHING),
        )
        if strict:
            self._check(answer)

    def place(self, name: str) -> str:
        """Return the name under which a graph is loaded, where nobody looks."""
        return f"urn:spacelaw:release:{self.release.manifest.release}:{name}"

    def _check(self, answer: requests.Response) -> None:
        if not answer.ok:
            text = " ".join(answer.text.split())[:200]
            raise NotPublished(f"{answer.url.partition('?')[0]}: {answer.status_code} {text}")
