"""The store on disk of a release too large for memory: built once, and only read from then on."""

import contextlib
import errno
import fcntl
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pyoxigraph as ox

from server.rdf.terms import stated
from server.sparql.spool import DISK_RESERVE

_WHOLE = "whole.json"  # written last: the files of the store and their bytes
_BYTES_A_QUAD = 1000  # while it is built; half of that stays
_UNFINISHED = ".building"


def folder_of(release: Path) -> Path:
    """Return where the store of a release folder stands: beside it, under names of both.

    A release of other content has another name, and so has an engine that may write otherwise.
    """
    return release.parent / "stores" / f"{release.name}-{ox.__version__}"


def prepare(
    nquads: Path, base: str, quads: int, folder: Path, progress: Callable[[str], None]
) -> Path:
    """Return `folder` with the store of a release's quads, built where it is missing or broken.

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
            _build(nquads, base, work)
            shutil.rmtree(folder, ignore_errors=True)
            work.rename(folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return folder


def _build(nquads: Path, base: str, folder: Path) -> None:
    store = ox.Store(str(folder))
    # Read twice, for this keeps blank nodes the same in both, which `bulk_load` would not.
    store.bulk_extend(ox.parse(path=nquads, format=ox.RdfFormat.N_QUADS))
    store.bulk_extend(stated(ox.parse(path=nquads, format=ox.RdfFormat.N_QUADS), base))
    store.optimize()
    store.flush()
    del store  # which closes it
    (folder / _WHOLE).write_text(json.dumps(_files(folder)), "utf-8")


def _files(folder: Path) -> dict[str, int]:
    kept = [*folder.glob("*.sst"), *folder.glob("MANIFEST-*"), *folder.glob("CURRENT")]
    return {path.name: path.stat().st_size for path in kept}


def is_whole(folder: Path) -> bool:
    """Tell whether all files of a store have their lengths; RocksDB checks what it reads."""
    try:
        told = json.loads((folder / _WHOLE).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return bool(told == _files(folder))


def opened(folder: Path) -> ox.Store:
    """Open the store to read; never shared by processes, each opens it for itself."""
    return ox.Store.read_only(str(folder))


def hold(folder: Path) -> BinaryIO:
    """Return a file that, as long as it is open, keeps the store from being removed."""
    file = (folder / _WHOLE).open("rb")
    fcntl.flock(file, fcntl.LOCK_SH)
    return file


def _remove_unused(stores: Path) -> None:
    """Remove the stores of other releases that nobody holds, and what a crash left unfinished."""
    shutil.rmtree(stores / _UNFINISHED, ignore_errors=True)
    for whole in list(stores.glob(f"*/{_WHOLE}")):
        with contextlib.suppress(OSError), _alone(whole):
            shutil.rmtree(whole.parent)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _check_room(stores: Path, quads: int) -> None:
    needed, free = quads * _BYTES_A_QUAD + DISK_RESERVE, shutil.disk_usage(stores).free
    if free < needed:
        told = f"the store on disk needs {needed >> 20} MB, and {free >> 20} MB are free"
        raise OSError(errno.ENOSPC, told, str(stores))
