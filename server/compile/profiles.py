"""The profiles: each one CONSTRUCT query, applied to the whole dataset and split by resource."""

import re
from pathlib import Path

import pyoxigraph as ox

from server.compile.sources import Fault, Refused
from server.release.reader import Profile

FOLDER = Path("queries/profiles")
_HEAD = re.compile(r"^# (profile|title|description): (\S.*)$", re.MULTILINE)


def construct(root: Path, store: ox.Store) -> list[tuple[Profile, list[ox.Quad]]]:
    """Return each profile under `root`, and in the default graph what it makes of a dataset.

    A file queries/profiles/KEY.rq opens with comments that give the IRI (`# profile:`), title and
    description of its profile. Raises Refused for a file that has none of these or that is no
    CONSTRUCT query.
    """
    return [_apply(file, store) for file in sorted((root / FOLDER).glob("*.rq"))]


def _apply(file: Path, store: ox.Store) -> tuple[Profile, list[ox.Quad]]:
    query = file.read_text("utf-8")
    head = dict(_HEAD.findall(query))
    if set(head) != {"profile", "title", "description"}:
        raise Refused(
            [Fault("A profile's file opens with profile, title, description.", str(file))]
        )
    try:
        triples = store.query(query)
    except SyntaxError as error:
        raise Refused([Fault(str(error.msg), str(file), error.lineno, error.offset)]) from None
    if not isinstance(triples, ox.QueryTriples):
        raise Refused([Fault("A profile is a CONSTRUCT query.", str(file))])
    profile = Profile(file.stem, head["profile"], head["title"], head["description"])
    projected = dict.fromkeys(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    return profile, list(projected)
