"""The check of a graph that someone sends, in a process of its own that the site limits and ends.

`python -m server.compile.graph_check ROOT BASE MEDIA-TYPE` reads the graph on standard input and
writes JSON: `findings` and `report` (N-Triples), or `faults` where the graph cannot be read.
"""

import json
import resource
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from server.compile import conformance, sources, validation
from server.rdf.iris import canonical, rebase
from server.rdf.terms import moved, triple, write

MEMORY = 1024**3
TRIPLES = 20_000
NO_MEMORY = 3  # exit status


def check(root: Path, base: str, media_type: str, data: bytes) -> dict[str, Any]:
    """Return what the general shapes find in a graph whose IRIs are on `base` or canonical."""
    fmt = ox.RdfFormat.from_media_type(media_type)
    if fmt is None:
        raise ValueError(media_type)
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        try:
            own = _read(Path(file.name), base, fmt)
            report = conformance.own_report(root, [own])
        except sources.Refused as refused:
            return {"faults": [asdict(f) for f in refused.faults]}
        found = validation.placed(validation.violations(report), sources.Sources((own,), "").place)
    quads = ox.parse(report.serialize(format="nt"), ox.RdfFormat.N_TRIPLES)
    back = [triple(moved(_quad(t), lambda iri: rebase(iri, base))) for t in quads]
    return {
        "findings": [asdict(v) for v in found],
        "report": write(back, ox.RdfFormat.N_TRIPLES).decode(),
    }


def _read(path: Path, base: str, fmt: ox.RdfFormat) -> sources.SourceFile:
    quads = sources.parse(path, "editor", "", fmt)
    if len(quads) > TRIPLES:
        message = f"The graph has {len(quads):,} statements; {TRIPLES:,} are checked at most."
        raise sources.Refused([sources.Fault(message)])
    own = tuple(moved(q, lambda iri: canonical(iri, base)) for q in quads)
    return sources.SourceFile("", path, "editor", own)


def _quad(found: Any) -> ox.Quad:
    return ox.Quad(found.subject, found.predicate, found.object)


def main(root: str, base: str, media_type: str) -> None:
    """Check standard input within the limits of this process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        json.dump(check(Path(root), base, media_type, sys.stdin.buffer.read()), sys.stdout)
    except MemoryError:
        sys.exit(NO_MEMORY)


if __name__ == "__main__":
    main(*sys.argv[1:])
