"""The stores that queries are evaluated over: in memory, or for a large release on disk.

A store on disk is written once beside its release, and only read from then on.
"""

import contextlib
import errno
import fcntl
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import pyoxigraph as ox

from server.rdf.terms import stated
from server.release.shelf import locked
from server.sparql.request import QueryRequest
from server.sparql.spool import DISK_RESERVE_BYTES

_FILE_LIST = "whole.json"  # written last: the files of the store, each with its length
_BYTES_PER_QUAD = 1000  # while a store is written; half of that stays
_UNFINISHED = ".building"
# A query without these reads the default graph alone: any other graph is named by GRAPH or by a
# clause of the dataset. A backslash may write either word with codepoint escapes.
_OTHER_GRAPHS = ("graph", "from", "\\")


@dataclass(frozen=True)
class Dataset:
    """The graphs of a release, with what is stated as the default graph, and that graph alone.

    In memory, the engine keeps the quads of a property in a chain across all graphs, in the order
    in which they came. A query over the store of the default graph alone passes half of them by.
    """

    whole: ox.Store
    default: ox.Store

    def store_for(self, request: QueryRequest) -> ox.Store:
        """Return the smallest store that has all that a request can ask for."""
        if request.default_graphs or request.named_graphs:
            return self.whole
        query = request.query.lower()
        return self.whole if any(word in query for word in _OTHER_GRAPHS) else self.default


def load(place: Path, base: str) -> Dataset:
    """Return the store on disk in a folder, or stores in memory of the quads in a file.

    Raises OSError where the store cannot be opened.
    """
    if place.is_dir():  # there, an index has the default graph by itself
        store = ox.Store.read_only(str(place))
        return Dataset(store, store)
    quads = list(ox.parse(path=place, format=ox.RdfFormat.N_QUADS))
    # Those of a property come together, so that a query reads memory in sequence.
    quads.sort(key=lambda quad: cast(ox.NamedNode, quad.predicate).value)
    default, whole = ox.Store(), ox.Store()
    default.bulk_extend(stated(quads, base))
    whole.bulk_extend(quads)
    whole.bulk_extend(default)
    return Dataset(whole, default)


def folder_on_disk(release: Path) -> Path:
    """Return where the store of a release folder stands: beside it, under names of both.

    A release of other content has another name, and so has an engine that may write otherwise.
    """
    return release.parent / "stores" / f"{release.name}-{ox.__version__}"


def prepare_on_disk(
    nquads: Path, base: str, quads: int, folder: Path, progress: Callable[[str], None]
) -> Path:
    """Return `folder` with the store of a release's quads, written where it is missing or broken.

    Whoever comes meanwhile waits. Raises OSError where the disk has no room for it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{_UNFINISHED}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_whole(folder):
            return folder
        _remove_unused(folder.parent)
        _check_room(folder.parent, quads)
        work = folder.with_name(_UNFINISHED)
        progress(f"Writing {quads} quads to a store on disk")
        try:
            _write(nquads, base, work)
            shutil.rmtree(folder, ignore_errors=True)
            work.rename(folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return folder


def _write(nquads: Path, base: str, folder: Path) -> None:
    store = ox.Store(str(folder))
    # Not by `bulk_load`, which would give blank nodes other names in each graph.
    store.bulk_extend(ox.parse(path=nquads, format=ox.RdfFormat.N_QUADS))
    store.bulk_extend(stated(ox.parse(path=nquads, format=ox.RdfFormat.N_QUADS), base))
    store.optimize()
    store.flush()
    del store  # which closes it
    (folder / _FILE_LIST).write_text(json.dumps(_lengths(folder)), "utf-8")


def _lengths(folder: Path) -> dict[str, int]:
    files = [*folder.glob("*.sst"), *folder.glob("MANIFEST-*"), *folder.glob("CURRENT")]
    return {path.name: path.stat().st_size for path in files}


def is_whole(folder: Path) -> bool:
    """Tell whether all files of a store have their lengths; RocksDB checks what it reads."""
    try:
        expected = json.loads((folder / _FILE_LIST).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return bool(expected == _lengths(folder))


def hold(folder: Path) -> BinaryIO:
    """Return a file that, as long as it is open, keeps the store from being removed."""
    file = (folder / _FILE_LIST).open("rb")
    fcntl.flock(file, fcntl.LOCK_SH)
    return file


def _remove_unused(stores: Path) -> None:
    """Remove the stores of other releases that nobody holds, and what a crash left unfinished."""
    shutil.rmtree(stores / _UNFINISHED, ignore_errors=True)
    for file_list in list(stores.glob(f"*/{_FILE_LIST}")):
        with contextlib.suppress(OSError), locked(file_list):
            shutil.rmtree(file_list.parent)


def _check_room(stores: Path, quads: int) -> None:
    needed, free = quads * _BYTES_PER_QUAD + DISK_RESERVE_BYTES, shutil.disk_usage(stores).free
    if free < needed:
        detail = f"the store on disk needs {needed >> 20} MB, and {free >> 20} MB are free"
        raise OSError(errno.ENOSPC, detail, str(stores))
