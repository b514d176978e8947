"""Loading of a release into a store elsewhere, so that its readers never see half of one."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2

from server.problems import UserError
from server.rdf.vocabulary import GRAPHS, NOT_IN_DEFAULT_GRAPH, STATED, graph_iri
from server.release.reader import Release
from server.sparql.remote import Store, kind_of

_REQUEST_SECONDS = 600.0
_SWITCH_SECONDS = 3600.0  # for the last step, which in some stores is a copy
TRIPLES_PER_REQUEST = 50_000  # some megabytes


class NotPublished(UserError):
    """A store that did not take the release, and what it answered; it serves what it did before."""


def publish(
    release: Release, store: Store, progress: Callable[[str], None],
    triples_per_request: int = TRIPLES_PER_REQUEST,
) -> int:  # fmt: skip
    """Load a release into a store by the Graph Store Protocol; return the number of triples.

    Each graph is sent piece by piece to a name of its own, and counted there; then one update moves
    all of them to their places. Raises NotPublished where the store refuses, or counts otherwise.
    """
    try:
        return Publication(release, store, triples_per_request).run(progress)
    except httpx2.RequestError as error:
        raise NotPublished(f"{store.url} cannot be reached: {type(error).__name__}.") from None


def write_quads(release: Release, path: Path) -> int:
    """Write what a store is to hold, the merge too, as N-Quads for its own loader; count them."""
    count = 0
    with path.open("wb") as file:
        for name, triple in _triples(release):
            graph = graph_iri(name, release.base).encode()
            file.write(triple.removesuffix(b".\n") + b"<" + graph + b"> .\n")
            count += 1
    return count


def _triples(release: Release) -> Iterator[tuple[str, bytes]]:
    """Yield each triple of the release with the name of a graph that it belongs to.

    Canonical N-Quads (RDFC-1.0) end a line with its graph, and are sorted, so that a triple of
    several graphs stands in neighbouring lines.
    """
    names = {graph_iri(n, release.base).encode(): n for n in release.manifest.graphs}
    previous = b""
    with release.quads_file.open("rb") as quads:
        for quad in quads:
            triple, _, graph = quad.rpartition(b" <")
            name, line = names[graph.rpartition(b">")[0]], triple + b" .\n"
            yield name, line
            if name not in NOT_IN_DEFAULT_GRAPH and line != previous:
                yield STATED, line
                previous = line


class Publication:
    """One release on its way into one store."""

    def __init__(
        self, release: Release, store: Store, triples_per_request: int = TRIPLES_PER_REQUEST
    ) -> None:
        """Find out what kind of store it is; raises httpx2.RequestError if it is away."""
        self.release, self.store = release, store
        self.triples_per_request = triples_per_request
        with httpx2.Client(**store.client_options()) as probe:
            kind = kind_of(probe.head(store.url))
        self.client = httpx2.Client(**store.client_options(kind, _REQUEST_SECONDS))
        self.graphs_url, self.update_url = store.addresses(kind)

    def run(self, progress: Callable[[str], None]) -> int:
        """Load, count and switch over; return the number of triples. What fails leaves nothing."""
        loaded = dict.fromkeys([*self.release.manifest.graphs, STATED], 0)
        with self.client:
            try:
                self._load(loaded, progress)
                progress("Switching over")
                self.switch_over(list(loaded))
            except BaseException:
                for name in loaded:
                    self._update(f"DROP SILENT GRAPH <{self.place(name)}>")
                raise
        return sum(loaded.values())

    def _load(self, loaded: dict[str, int], progress: Callable[[str], None]) -> None:
        for name in loaded:
            self._send("PUT", name, b"")
        for name, lines in self._pieces():
            progress(f"Loading {name}" + (f", {loaded[name]} so far" if loaded[name] else ""))
            self._send("POST", name, b"".join(lines))
            loaded[name] += len(lines)
        for name, expected in loaded.items():
            progress(f"Counting {name}")
            count = self._count(self.place(name))
            if count != expected:
                detail = f"Of graph {name} the store holds {count} of {expected} triples."
                raise NotPublished(detail)

    def _pieces(self) -> Iterator[tuple[str, list[bytes]]]:
        """Yield what to load: names of graphs, each many times, with some N-Triples.

        The merge of what is stated is a graph too, the default graph. What has blank nodes comes in
        one piece, for in two requests they would be two; it alone must fit in memory.
        """
        pieces: dict[tuple[str, bool], list[bytes]] = defaultdict(list)
        for name, line in _triples(self.release):
            key = name, b"_:" in line
            pieces[key].append(line)
            if key == (name, False) and len(pieces[key]) == self.triples_per_request:
                yield name, pieces.pop(key)
        for (name, _), lines in pieces.items():
            yield name, lines

    def _send(self, method: str, name: str, triples: bytes) -> None:
        parameters = {"graph": self.place(name)}
        headers = {"Content-Type": "text/turtle"}  # which N-Triples are, and every store takes
        _check(self.client.request(method, self.graphs_url, params=parameters, content=triples,
                                   headers=headers))  # fmt: skip

    def _count(self, graph: str) -> int:
        query = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
        headers = {"Accept": "application/sparql-results+json"}
        response = self.client.post(self.store.url, data={"query": query}, headers=headers)
        _check(response)
        return int(response.json()["results"]["bindings"][0]["n"]["value"])

    def switch_over(self, names: list[str]) -> None:
        """Have readers see these graphs, and no others, from now on: all in one request."""
        base = self.release.base
        gone = [f"DROP SILENT GRAPH <{graph_iri(n, base)}>" for n in {*GRAPHS, STATED} - {*names}]
        new = [f"MOVE GRAPH <{self.place(n)}> TO GRAPH <{graph_iri(n, base)}>" for n in names]
        _check(self._update("; ".join([*gone, *new])))

    def _update(self, update: str) -> httpx2.Response:
        headers = {"Content-Type": "application/sparql-update"}
        timeout = httpx2.Timeout(_SWITCH_SECONDS)
        return self.client.post(
            self.update_url, content=update.encode(), headers=headers, timeout=timeout
        )

    def place(self, name: str) -> str:
        """Return the name under which a graph is loaded, where nobody looks."""
        return f"urn:spacelaw:release:{self.release.manifest.release}:{name}"


def _check(response: httpx2.Response) -> None:
    if not response.is_success:
        text = " ".join(response.text.split())[:200]
        url = str(response.url).partition("?")[0]
        raise NotPublished(f"{url}: {response.status_code} {text}")
