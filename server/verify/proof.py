"""Proof of a copy: whether it is complete and equal, resource by resource."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from server.rdf.terms import triple
from server.verify import copies
from server.verify.copies import Copy
from server.verify.fetching import Unreachable
from server.verify.publisher import Offer, discover

WAYS = ("dump", "feed", "crawl")


@dataclass
class Report:
    """What a verification found; all lists hold what is wrong."""

    dataset: str
    lacks: list[str]
    faults: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    statements: int = 0
    resources: int = 0
    compared: dict[str, int] = field(default_factory=dict)

    @property
    def proven(self) -> bool:
        """Whether something was compared and nothing differs."""
        wrong = self.faults or self.missing or self.unexpected or self.different
        return bool(self.compared) and not wrong


def verify(
    url: str, ways: tuple[str, ...] = WAYS, progress: Callable[[str], None] = print
) -> Report:
    """Harvest the publisher at `url` in each of `ways` that it offers and compare the copies.

    The dump is compared with the published counts, checksums and state hashes; what was followed
    or crawled, with the dump. Raises Unreachable where nothing can be had.
    """
    offer = discover(url)
    report = Report(offer.dataset, offer.lacks)
    dump = _dump(offer, report, progress) if offer.dumps() else {}
    published = copies.index(offer.index) if offer.index else {}
    if published and dump:
        _against_index(dump, published, report)
    _fetch_ways(offer, ways, dump, report, progress)
    return report


def _fetch_ways(
    offer: Offer, ways: tuple[str, ...], dump: Copy, report: Report, progress: Callable[[str], None]
) -> None:
    for by in ways:
        if by == "dump" or (by == "feed" and not offer.feed):
            continue
        progress(f"Harvesting by {by}")
        told = copies.follow(offer.feed) if by == "feed" else {}
        listed = list(copies.addresses(offer, told, dump))
        if by == "feed" and not listed:
            report.lacks.append("its feed of changes is empty")
            continue
        copy, failed = copies.fetched(listed)
        if failed and not copy and all(fault.startswith("status") for fault in failed.values()):
            report.lacks.append(
                f"no documents about its resources ({len(failed)} asked for by {by})"
            )
            continue
        _against_feed(offer, told, copy, report)
        report.faults += [
            f"by {by}: <{iri}>: {fault}" for iri, fault in failed.items() if iri not in dump
        ]
        if not dump:
            report.resources = len(copy)
            report.lacks.append(f"nothing to compare what came by {by} with")
            continue
        _compare({i: _digest(q) for i, q in dump.items()},
                 {i: _digest(q) for i, q in copy.items()}, f"by {by}", report, failed)  # fmt: skip


def _against_feed(
    offer: Offer, told: Mapping[str, Mapping[str, str]], copy: Copy, report: Report
) -> None:
    """Compare with the hashes in the feed, which are those of descriptions with canonical IRIs.

    A publisher that serves other IRIs than the canonical ones names its dataset by both.
    """
    expected = {iri: about["sha256"] for iri, about in told.items() if about["sha256"]}
    if expected:
        own = {i: q for i, q in copy.items() if i in expected}
        states = {i: copies.state(copies.canonical(q, offer)) for i, q in own.items()}
        _compare(expected, states, "by the hashes of the feed", report)


def _dump(offer: Offer, report: Report, progress: Callable[[str], None]) -> Copy:
    quads: dict[ox.Quad, None] = {}
    for download in offer.dumps():
        progress(f"Taking {download.url}")
        try:
            own, faults = copies.of_dump(download)
        except Unreachable as error:
            report.faults.append(f"no whole dump: {error}")
            return {}
        report.faults += faults
        quads.update(dict.fromkeys(own))
    copy = copies.resources(quads, offer.space or _space(offer.dataset))
    report.statements, report.resources = len(quads), len(copy)
    stated = [q for q in quads if not str(q.graph_name).endswith("/graph/inferred>")]
    triples = len({triple(q) for q in stated})
    if offer.triples is not None:
        report.compared["triples as VoID counts them"] = triples
        if offer.triples != triples:
            report.faults.append(f"the dump has {triples} triples, VoID says {offer.triples}")
    return copy


def _space(dataset: str) -> str:
    """Return the site of a dataset that does not say where its IRIs are."""
    return "/".join(dataset.split("/", 3)[:3]) + "/"


def _against_index(dump: Copy, published: Mapping[str, str], report: Report) -> None:
    own = {iri: copies.state(quads) for iri, quads in dump.items()}
    _compare(published, own, "in the dump", report)


def _digest(quads: list[ox.Quad]) -> str:
    """Return a hash of triples, for a document in a format without graphs is as good a copy."""
    return copies.state({ox.Quad(q.subject, q.predicate, q.object) for q in quads})


def _compare(
    expected: Mapping[str, str],
    found: Mapping[str, str],
    where: str,
    report: Report,
    failed: Mapping[str, str] | None = None,
) -> None:
    """Add to the report where two copies differ; `failed` says why resources did not come."""
    why = {iri: f": {fault}" for iri, fault in (failed or {}).items()}
    report.compared[f"resources {where}"] = len(found)
    report.missing += [f"<{iri}> {where}{why.get(iri, '')}" for iri in expected if iri not in found]
    report.unexpected += [f"<{iri}> {where}" for iri in found if iri not in expected]
    report.different += [
        f"<{iri}> {where}" for iri, h in found.items() if iri in expected and expected[iri] != h
    ]


def check_ways(text: str) -> tuple[str, ...]:
    """Return the ways that a list names; raises Unreachable for an unknown one."""
    ways = tuple(part.strip() for part in text.split(",") if part.strip())
    if unknown := [way for way in ways if way not in WAYS]:
        raise Unreachable(f"{unknown[0]!r} is no way to harvest; there are {', '.join(WAYS)}")
    return ways


def lines(report: Report, most: int = 20) -> list[str]:
    """Return a report for people; of long lists, the first lines and the number."""
    found = [f"Dataset <{report.dataset}>: {report.resources} resources, "
             f"{report.statements} statements taken"]  # fmt: skip
    found += [f"Lacks: {words}" for words in report.lacks]
    found += [f"Compared: {number} {words}" for words, number in report.compared.items()]
    for title, entries in (
        ("Fault", report.faults),
        ("Missing", report.missing),
        ("Unexpected", report.unexpected),
        ("Different", report.different),
    ):
        found += [f"{title}: {entry}" for entry in entries[:most]]
        if len(entries) > most:
            found.append(f"{title}: {len(entries) - most} more")
    if not report.compared:
        return [*found, "Nothing could be compared."]
    return [*found, "Complete and equal." if report.proven else "NOT complete and equal."]
