"""The profiles: each one CONSTRUCT query, applied to the whole dataset and split by resource."""

import re
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from server.compile.sources import Fault, Refused
from server.release.reader import Profile

FOLDER = Path("queries/profiles")
_HEAD = re.compile(r"^# (profile|title|description): (\S.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Profiled:
    """A profile and the dataset as it shows it, in the default graph."""

    profile: Profile
    quads: list[ox.Quad]


def construct(root: Path, store: ox.Store) -> list[Profiled]:
    """Return what each file queries/profiles/KEY.rq under `root` makes of a dataset.

    A file opens with comments that give the IRI (`# profile:`), title and description of its
    profile. Raises Refused for a file that has none of these or that is no CONSTRUCT query.
    """
    return [_apply(file, store) for file in sorted((root / FOLDER).glob("*.rq"))]


def _apply(file: Path, store: ox.Store) -> Profiled:
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
    return Profiled(profile, list(projected))
