"""What changed from one release to another: as a page, as JSON, and as an RDF patch."""

import re
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response

from server.problems import Problem
from server.rdf.formats import HTML, JSON, Format
from server.rdf.iris import rebase
from server.release import earlier
from server.release.reader import Release
from server.site.parameters import parameters
from server.site.responses import negotiate, respond, respond_page, services

blueprint = Blueprint("diff", __name__)

PATCH = Format("rdfp", "application/rdf-patch", "RDF Patch", "patch")
_SHOWN = 500
_BLANK = re.compile(r"^_:| _:\w+ (?:<[^>]*> )?\.$")


@blueprint.get("/diff")
def diff() -> Response:
    """Tell what changed from one release that is kept to another, of all or of one resource."""
    fmt = negotiate((HTML, JSON, PATCH))
    release, resource = services().release, parameters()["resource"]
    kept = earlier.kept(release)
    new = earlier.named(release, parameters()["to"]) if parameters()["to"] else release
    before = [r for r in kept if r.made < new.made] or [new]
    old = earlier.named(release, parameters()["from"]) if parameters()["from"] else before[-1]
    iri = rebase(resource, release.base) if "://" in resource else release.base + resource
    changed = _changes(old, new)
    if resource and not (old.document(iri) or new.document(iri)):
        raise Problem(404, f"Neither release has <{iri[:300]}>.")
    if resource:
        changed = {iri: changed[iri]} if iri in changed else {}
    if fmt is PATCH:
        return respond(_patch(old, new, changed), fmt)
    if fmt is JSON:
        return respond(_told(old, new, changed, bool(resource)), fmt)
    shown = list(changed.items())[:_SHOWN]
    labels = old.labels(changed) | new.labels(changed)
    lines = _lines(old, new, iri) if resource else []
    return respond_page(
        "diff.html", old=old, new=new, kept=kept, shown=shown, labels=labels, total=len(changed),
        counts=_counts(changed), resource=iri if resource else "", lines=lines,
    )  # fmt: skip


def _changes(old: Release, new: Release) -> dict[str, str]:
    """Return which resources were added, removed or changed, in the order of their IRIs."""
    before, after = old.hashes(), new.hashes()
    kinds = dict.fromkeys(before.keys() - after.keys(), "removed")
    kinds |= dict.fromkeys(after.keys() - before.keys(), "added")
    both = before.keys() & after.keys()
    kinds |= {iri: "changed" for iri in both if before[iri] != after[iri]}
    return dict(sorted(kinds.items()))


def _counts(changed: dict[str, str]) -> dict[str, int]:
    kinds = [*changed.values()]
    return {kind: kinds.count(kind) for kind in ("added", "removed", "changed")}


def _lines(old: Release, new: Release, iri: str) -> list[tuple[str, str]]:
    """Return the statements of a resource that went (D) and came (A), in N-Quads."""
    before, after = (set(_quads(release, iri)) for release in (old, new))
    gone = [("D", line) for line in sorted(before - after)]
    return gone + [("A", line) for line in sorted(after - before)]


def _quads(release: Release, iri: str) -> Iterator[str]:
    document = release.document(iri)
    yield from document.nquads.decode().splitlines() if document else ()


def _patch(old: Release, new: Release, changed: dict[str, str]) -> str:
    """Return the changes as an RDF patch, which turns the old release into the new.

    Statements with blank nodes are left out: each release names these anew.
    """
    head = [
        f"H from <urn:sha256:{old.manifest.dataset}> .",
        f"H to <urn:sha256:{new.manifest.dataset}> .",
    ]
    pairs = (pair for iri in changed for pair in _lines(old, new, iri))
    lines = [f"{sign} {line}" for sign, line in pairs if not _BLANK.search(line)]
    return "\n".join([*head, "TX .", *lines, "TC ."]) + "\n"


def _told(old: Release, new: Release, changed: dict[str, str], whole: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        name: {"release": r.manifest.release, "version": r.manifest.version, "made": r.made_at}
        for name, r in (("from", old), ("to", new))
    }
    told["counts"] = _counts(changed)
    told["resources"] = [{"iri": iri, "change": kind} for iri, kind in changed.items()]
    if whole:
        told["statements"] = [list(line) for iri in changed for line in _lines(old, new, iri)]
    return told
