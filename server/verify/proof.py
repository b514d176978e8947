"""Proof of a copy: whether it is complete and equal, resource by resource."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from server.rdf.description import describe
from server.verify import copies
from server.verify.copies import Copy
from server.verify.fetching import Unreachable
from server.verify.publisher import Offer, discover

WAYS = ("dump", "feed", "crawl")
Progress = Callable[[str], None]


@dataclass
class Report:
    """What a verification found; all lists but `lacks` hold what is wrong."""

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

    def compare(
        self,
        expected: Mapping[str, str],
        copied: Mapping[str, str],
        where: str,
        failed: Mapping[str, str] | None = None,
    ) -> None:
        """Add where the hashes of two copies differ; `failed` says why resources did not come."""
        reasons = {iri: f": {fault}" for iri, fault in (failed or {}).items()}
        self.compared[f"resources {where}"] = len(copied)
        for iri in expected:
            if iri not in copied:
                self.missing.append(f"<{iri}> {where}{reasons.get(iri, '')}")
            elif expected[iri] != copied[iri]:
                self.different.append(f"<{iri}> {where}")
        self.unexpected += [f"<{iri}> {where}" for iri in copied if iri not in expected]


def verify(url: str, ways: tuple[str, ...] = WAYS, progress: Progress = print) -> Report:
    """Harvest the publisher at `url` in each of `ways` that it offers and compare the copies.

    The dump is compared with the published counts, checksums and state hashes; what was followed
    or crawled, with the dump. Raises Unreachable where nothing can be had.
    """
    offer = discover(url)
    report = Report(offer.dataset, offer.lacks)
    dump = _take_dump(offer, report, progress)
    if dump and offer.index:
        report.compare(copies.published_hashes(offer.index), _hashes(dump), "in the dump")
    for way in ways:
        if way == "crawl" or (way == "feed" and offer.feed):
            progress(f"Harvesting by {way}")
            _take_documents(way, offer, dump, report)
    return report


def _hashes(copy: Copy) -> dict[str, str]:
    return {iri: copies.state_hash(quads) for iri, quads in copy.items()}


def _take_dump(offer: Offer, report: Report, progress: Progress) -> Copy:
    """Return the resources in the dump; what is wrong with it goes into the report."""
    quads: dict[ox.Quad, None] = {}
    for download in offer.dumps():
        progress(f"Taking {download.url}")
        try:
            content, faults = copies.of_dump(download)
        except Unreachable as error:
            report.faults.append(f"no whole dump: {error}")
            return {}
        report.faults += faults
        quads.update(dict.fromkeys(content))
    # Who does not say where his IRIs are has them on his site.
    space = offer.space or "/".join(offer.dataset.split("/", 3)[:3]) + "/"
    stated = copies.stated(quads)
    copy = describe(stated, space)
    report.statements, report.resources = len(quads), len(copy)
    if quads and offer.triples is not None:
        triples = len({q.triple for q in stated})
        report.compared["triples as VoID counts them"] = triples
        if offer.triples != triples:
            report.faults.append(f"the dump has {triples} triples, VoID says {offer.triples}")
    return copy


def _take_documents(way: str, offer: Offer, dump: Copy, report: Report) -> None:
    """Fetch the document of each resource that a feed or crawl leads to; compare with the dump."""
    feed = copies.follow(offer.feed) if way == "feed" else {}
    if way == "feed" and not feed:
        report.lacks.append("its feed of changes is empty")
        return
    copy, failed = copies.fetched(copies.addresses(offer, feed, dump))
    if failed and not copy and all(fault.startswith("status") for fault in failed.values()):
        report.lacks.append(f"no documents about its resources ({len(failed)} asked for by {way})")
        return
    # The feed tells the hashes of descriptions with canonical IRIs.
    if hashes := {iri: e.sha256 for iri, e in feed.items() if e.sha256}:
        listed = {iri: copies.canonical(quads, offer) for iri, quads in copy.items()
                  if iri in hashes}  # fmt: skip
        report.compare(hashes, _hashes(listed), "by the hashes of the feed")
    report.faults += [f"by {way}: <{iri}>: {failed[iri]}" for iri in failed if iri not in dump]
    if dump:
        # A document in a format without graphs is as good a copy.
        merged, expected = ({i: [ox.Quad(*q.triple) for q in quads] for i, quads in c.items()}
                            for c in (copy, dump))  # fmt: skip
        report.compare(_hashes(expected), _hashes(merged), f"by {way}", failed)
    else:
        report.resources = len(copy)
        report.lacks.append(f"nothing to compare what came by {way} with")


def check_ways(text: str) -> tuple[str, ...]:
    """Return the ways that a list names; raises Unreachable for an unknown one."""
    ways = tuple(part.strip() for part in text.split(",") if part.strip())
    if unknown := [way for way in ways if way not in WAYS]:
        raise Unreachable(f"{unknown[0]!r} is no way to harvest; there are {', '.join(WAYS)}")
    return ways


def lines(report: Report, most: int = 20) -> list[str]:
    """Return a report for people; of long lists, the first lines and the number."""
    head = f"{report.resources} resources, {report.statements} statements taken"
    text = [f"Dataset <{report.dataset}>: {head}"]
    text += [f"Lacks: {words}" for words in report.lacks]
    text += [f"Compared: {number} {words}" for words, number in report.compared.items()]
    for title in ("Fault", "Missing", "Unexpected", "Different"):
        entries = getattr(report, {"Fault": "faults"}.get(title, title.lower()))
        text += [f"{title}: {entry}" for entry in entries[:most]]
        if len(entries) > most:
            text.append(f"{title}: {len(entries) - most} more")
    if not report.compared:
        return [*text, "Nothing could be compared."]
    return [*text, "Complete and equal." if report.proven else "NOT complete and equal."]
