"""Records that disagree: which is better, which is set aside, and the conflict as data."""

import re
from dataclasses import dataclass
from itertools import chain

from server.law.acts import CONSENTS
from server.law.record_files import RecordFiles, in_words, turtle

_QUALITIES = ("secondary", "official-copy", "official")  # the best last


@dataclass(frozen=True)
class Party:
    """An actor and a treaty; `path` names both in identifiers, as in moon/chl."""

    actor: str
    actor_name: str
    treaty: str
    treaty_name: str
    path: str


def is_set_aside(files: RecordFiles, record: str) -> bool:
    """Whether a conflict prefers another record to this one."""
    term = f"<{record}>"
    return any(
        term in d.values.get("sl:conflictingRecord", ())
        and term not in d.values.get("sl:preferredRecord", (term,))
        for d in files.layers["editor"].values()
        if d.kind == "sl:RecordConflict"
    )


def quality(files: RecordFiles, record: str) -> int:
    """Return the rank of the best quality among the sources of a record."""
    sources = (term.strip("<>") for term in files.all(record, "dcterms:source"))
    ranks = (files.first(s, "sl:recordQuality").rpartition("/")[2] for s in sources)
    return max(map(_QUALITIES.index, ranks))


def between_acts(files: RecordFiles, party: Party, old: str, new: str) -> None:
    """Record that two acts disagree; the one with the better source is preferred, else the old."""
    better = quality(files, new) > quality(files, old)
    why = "The second is followed, whose source is better" if better else (
        "The first is followed, which was on record before; the second has no better source"
    )  # fmt: skip
    _conflict(files, party, (old, new), f"{why}.", new if better else old)


def with_tables(files: RecordFiles, party: Party, record: str) -> None:
    """Record that a consent or declaration and a later table without it disagree.

    One of the two is `record`.
    """
    if files.first(f"id/participation/{party.path}/withdrawal", "sl:eventDate"):
        return
    for act in acts(files, party, (*CONSENTS, "declaration-of-acceptance")):
        for status in files.under(f"id/status/{party.path}"):
            listed = files.first(status, "sl:listedStatus").rpartition("/")[2]
            day = files.first(act, "sl:eventDate")
            late = "" < day <= files.first(status, "sl:asOf")
            open_ = record in (act, status) and not is_set_aside(files, act)
            if open_ and late and listed in ("none", "signatory"):
                _conflict(files, party, (act, status), "The editors leave it open.", "")


def acts(files: RecordFiles, party: Party, kinds: tuple[str, ...]) -> list[str]:
    """Return the acts of these kinds that are on record, records of the same act included."""
    path = f"id/participation/{party.path}"
    wanted = re.compile(rf"{path}/({'|'.join(kinds)})(-\d+)?")
    return [subject for subject in files.under(path) if wanted.fullmatch(subject)]


def _conflict(
    files: RecordFiles, party: Party, pair: tuple[str, str], outcome: str, preferred: str
) -> None:
    base = f"id/record-conflict/{party.path}"
    number = len(files.under(base)) + 1
    of_each = (sorted(files.all(record, "dcterms:source")) for record in pair)
    conflict = turtle(
        "conflict",
        subject=f"{base}/{number}" if number > 1 else base,
        number=number,
        party=party,
        pair=pair,
        told="; ".join(_tell(files, record) for record in pair),
        outcome=outcome,
        preferred=preferred,
        sources=dict.fromkeys(chain.from_iterable(of_each)),
    )
    files.add("editor", conflict)


def _tell(files: RecordFiles, record: str) -> str:
    """Return one record in words, with its sources."""
    sources = sorted(files.all(record, "dcterms:source"))
    names = " and ".join(files.first(s.strip("<>"), "rdfs:label") for s in sources)
    effect = files.first(record, "sl:effectiveDate")
    tail = f", with effect from {in_words(effect)}" if effect else ""
    return f"{files.first(record, 'rdfs:label')}{tail} (source: {names})"
