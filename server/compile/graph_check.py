"""The check of a graph that someone sends, in a process of its own that the site limits and ends.

`python -m server.compile.graph_check ROOT BASE MEDIA-TYPE` reads the graph on standard input and
writes JSON: `findings`, `is_covered` and `report` (N-Triples), or `faults` where it cannot be read.
"""

import json
import resource
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from server.compile import own_files
from server.compile.sources import Fault, Refused
from server.rdf.iris import rebase
from server.rdf.serialization import parse
from server.rdf.terms import moved, triple, write

MEMORY = 1024**3
TRIPLES = 20_000
NO_MEMORY = 3  # exit status


def check(root: Path, base: str, media_type: str, data: bytes) -> dict[str, Any]:
    """Return what the general shapes find in a graph whose IRIs are on `base` or canonical."""
    fmt = ox.RdfFormat.from_media_type(media_type)
    if fmt is None:
        raise ValueError(media_type)
    try:
        own = own_files.read("", data, fmt, base)
        if len(own.quads) > TRIPLES:
            size = f"The graph has {len(own.quads):,} statements"
            raise Refused([Fault(f"{size}; {TRIPLES:,} are checked at most.")])
        checked = own_files.check(root, [own], base)
    except Refused as refused:
        return {"faults": [asdict(f) for f in refused.faults]}
    quads = parse(checked.report.serialize(format="nt").encode())
    back = [triple(moved(q, lambda iri: rebase(iri, base))) for q in quads]
    return {
        "findings": [asdict(v) for v in checked.findings],
        "is_covered": checked.is_covered,
        "report": write(back, ox.RdfFormat.N_TRIPLES).decode(),
    }


def main(root: str, base: str, media_type: str) -> None:
    """Check standard input within the limits of this process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        json.dump(check(Path(root), base, media_type, sys.stdin.buffer.read()), sys.stdout)
    except MemoryError:
        sys.exit(NO_MEMORY)


if __name__ == "__main__":
    main(*sys.argv[1:])
