"""The ways into a release by kind: its classes in groups that a reader knows."""

from dataclasses import dataclass

from server.pages.page_model import Ref
from server.pages.release_graph import graph_for
from server.release.reader import Release

_GROUPS = {
    "Texts": ("sl:Instrument",),
    "Provisions": ("sl:Provision", "sl:EntryIntoForceRule"),
    "Norms": ("sl:Norm", "sl:KeyPoint"),
    "Actors": ("sl:Actor",),
    "Participation": ("sl:ParticipationEvent", "sl:ParticipationStatus", "sl:RecordConflict"),
    "Undertakings": ("sl:Undertaking",),
    "Claims and evidence": ("sl:Claim", "sl:Citation", "sl:Erratum", "sl:Stage"),
    "The paper and other sources": ("sl:Source", "sl:Section", "sl:Footnote", "sl:Abbreviation"),
}


@dataclass(frozen=True)
class Group:
    """Kinds that belong together, each with the number of its things, and the sum of these."""

    name: str
    kinds: tuple[tuple[Ref, int], ...]

    @property
    def total(self) -> int:
        """How many things the group has."""
        return sum(count for _, count in self.kinds)


def groups(release: Release) -> tuple[Group, ...]:
    """Return the groups of a release that have members, in the order of the list above."""
    graph = graph_for(release)
    found: dict[str, list[tuple[Ref, int]]] = {name: [] for name in _GROUPS}
    for cls, count in release.types():
        above = graph.ancestry(cls)
        for name, tops in _GROUPS.items():
            if any(graph.term(top) in above for top in tops):
                found[name].append((graph.ref(cls), count))
                break
    return tuple(
        Group(name, tuple(sorted(kinds, key=lambda kind: -kind[1])))
        for name, kinds in found.items()
        if kinds
    )
