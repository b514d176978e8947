"""How texts on some topics lead to each other: words used again, citations, links, claims."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, product

from server.pages.law_records import age, passages, place_in_text, share, support
from server.pages.release_graph import Graph, Thing
from server.pages.wording import author


@dataclass(frozen=True)
class Join:
    """What joins a text, or a provision of it, to an earlier one, and the record that says so.

    `share` is that of the earlier words, where words are used again.
    """

    earlier: Thing
    later: Thing
    record: Thing
    said: str
    is_solid: bool = True
    share: float = 0


def pairs(graph: Graph, provisions: Collection[Thing]) -> list[tuple[Thing, Thing, list[Join]]]:
    """Return two texts each that provisions join, by the date of the later and the earlier one."""
    within = {part.iri: part for provision in provisions for part in provision.path}
    joined: dict[tuple[Thing, Thing], list[Join]] = defaultdict(list)
    for kind in (_words(graph, within), _citations(graph, within), _claims(graph, within)):
        for join in sorted(kind, key=lambda join: place_in_text(join.later)):
            if join.earlier.whole.iri != join.later.whole.iri:
                joined[join.earlier.whole, join.later.whole].append(join)
    ordered = sorted(joined.items(), key=lambda pair: (age(pair[0][1]), age(pair[0][0])))
    return [(earlier, later, joins) for (earlier, later), joins in ordered]


def _words(graph: Graph, within: Mapping[str, Thing]) -> Iterator[Join]:
    for reuse in passages(graph, within):
        earlier, later = (within[reuse.one(f"sl:{name}Text")] for name in ("earlier", "later"))
        said = f"uses again {share(reuse):.0%} of the words of {earlier.label}"
        yield Join(earlier, later, reuse, said, share=share(reuse))


def _citations(graph: Graph, within: Mapping[str, Thing]) -> Iterator[Join]:
    """Yield what provisions on the topic cite, and what the editors set them beside."""
    for place in (part for part in within.values() if part.one("sl:partOf")):
        for citation in graph.into(place.iri, "sl:citingText"):
            for cited in (c for c in citation.things("sl:citedText") if c.iri in within):
                said = f"{citation.said('sl:citationMode') or 'refers to'} {cited.label}"
                yield Join(cited, place, citation, said)
        for earlier in (t for t in place.things("rdfs:seeAlso") if t.iri in within):
            yield Join(earlier, place, place, f"the editors set it beside {earlier.label}")


def _claims(graph: Graph, within: dict[str, Thing]) -> Iterator[Join]:
    """Yield claims that one of the texts, provisions or their norms influenced another.

    What is claimed of whole texts alone is not about the topic.
    """
    parts = [part for part in within.values() if part.one("sl:partOf")]
    sides = {norm.iri: part for part in parts for norm in part.things("^sl:ground")} | within
    for claim in dict.fromkeys(c for iri in sides for c in graph.into(iri, "sl:claimObject")):
        named = claim.all("sl:claimSubject"), claim.all("sl:claimObject")
        if not any(t.one("sl:partOf") or t.one("sl:ground") for t in graph.things(chain(*named))):
            continue
        ends = ([sides[iri] for iri in iris if iri in sides] for iris in named)
        says, verdict = author(claim.one("sl:assertedBy")), support(claim)
        said = f"{says} claims: {claim.label} ({verdict})" if says else f"{claim.label} ({verdict})"
        for earlier, later in (sorted(pair, key=lambda p: age(p.whole)) for pair in product(*ends)):
            yield Join(earlier, later, claim, said, claim.one("sl:textualSupport") == "true")
