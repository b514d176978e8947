"""The stores that queries are evaluated over: all graphs, and the default graph by itself.

The engine keeps the quads of a property in a chain, across all graphs, in the order in which they
came. A query over the default graph alone passes half of them by where these are all there is, and
reads memory in sequence where those of a property came together.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pyoxigraph as ox

from server.rdf.terms import stated
from server.sparql import disk_store
from server.sparql.request import QueryRequest

# A query without these reads the default graph alone: any graph else is named by GRAPH, or by a
# clause of the dataset. A backslash may write either word with codepoint escapes.
_OTHER_GRAPHS = ("graph", "from", "\\")


@dataclass(frozen=True)
class Dataset:
    """The graphs of a release, with what is stated as the default graph, and that graph alone."""

    whole: ox.Store
    default: ox.Store

    def store_for(self, request: QueryRequest) -> ox.Store:
        """Return the smallest store that has all that a request can ask for."""
        if request.default_graphs or request.named_graphs:
            return self.whole
        query = request.query.lower()
        return self.whole if any(word in query for word in _OTHER_GRAPHS) else self.default


def load(place: Path, base: str) -> Dataset:
    """Return the store on disk in a folder, or stores in memory of the quads in a file."""
    if place.is_dir():
        return on_disk(place)
    quads = list(ox.parse(path=place, format=ox.RdfFormat.N_QUADS))
    quads.sort(key=lambda quad: cast(ox.NamedNode, quad.predicate).value)
    default, whole = ox.Store(), ox.Store()
    default.bulk_extend(stated(quads, base))
    whole.bulk_extend(quads)
    whole.bulk_extend(default)
    return Dataset(whole, default)


def on_disk(folder: Path) -> Dataset:
    """Return the store on disk in a folder, which has an index of the default graph by itself."""
    store = disk_store.opened(folder)
    return Dataset(store, store)
