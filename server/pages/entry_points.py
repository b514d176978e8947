"""The ways into a release by kind: its classes in the groups that kinds.yaml names."""

from dataclasses import dataclass

from server.pages.kinds import configuration
from server.pages.page_model import Ref
from server.pages.release_graph import graph_for
from server.release.reader import Release


@dataclass(frozen=True)
class Group:
    """Kinds that belong together, each with the number of its things, most first."""

    name: str
    kinds: tuple[tuple[Ref, int], ...]

    @property
    def total(self) -> int:
        """How many things the group has."""
        return sum(count for _, count in self.kinds)


def groups(release: Release) -> list[Group]:
    """Return the groups of a release that have members; a kind is in the first that fits."""
    graph, kinds = graph_for(release), release.types()
    groups: list[Group] = []
    for name, tops in configuration()["groups"].items():
        iris = {graph.term(top) for top in tops}
        inside = [kind for kind in kinds if not iris.isdisjoint(graph.ancestry(kind[0]))]
        kinds = [kind for kind in kinds if kind not in inside]
        counted = [(graph.ref(cls), n) for cls, n in sorted(inside, key=lambda kind: -kind[1])]
        groups += [Group(name, tuple(counted))] if counted else []
    return groups
