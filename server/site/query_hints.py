"""What a query may have wrong without a fault: terms and things that are not there."""

from collections.abc import Iterator
from difflib import get_close_matches
from urllib.parse import urljoin

from server.pages.release_graph import Graph, graph_for
from server.pages.wording import curie
from server.rdf.iris import canonical
from server.rdf.vocabulary import CANONICAL_BASE, prefixes
from server.release.reader import Release
from server.sparql.tokens import token_matches

MAX_HINTS, _MAX_NARROWER = 5, 4
_MAX_COMPARED = 50_000  # resources, with which an unknown name is compared


def hints(release: Release, query: str) -> list[str]:
    """Return sentences on what a query names in vain: unknown terms, classes above others."""
    graph, advice = graph_for(release), []
    for name, iri, is_type in dict.fromkeys(_named(release, query)):
        if iri.startswith((f"{graph.base}def/", f"{graph.base}id/")):
            if graph.thing(iri) is None:
                advice += _unknown(graph, name, iri)
            elif is_type:
                advice += _narrower(graph, name, iri)
        elif iri.startswith(CANONICAL_BASE):
            advice += [f"{name} is unknown: identifiers begin with {graph.base} here."]
        elif nearest := _nearest_used(graph, iri):
            advice += [f"No record uses {name}. Did you mean {nearest}?"]
    return advice[:MAX_HINTS]


def _named(release: Release, query: str) -> Iterator[tuple[str, str, bool]]:
    """Yield each name of a query as written, its IRI, and whether it stands as a type."""
    spaces, before = dict(prefixes(release.base)), ["", ""]
    for token in token_matches(query):
        text, kind = token[0], token.lastgroup
        if before[0].lower() == "prefix" and kind == "iri":
            spaces[before[1][:-1]] = urljoin(release.base, text[1:-1])
        elif kind == "iri" and before[1].lower() != "base":
            yield text, urljoin(release.base, text[1:-1]), before[1] in ("a", "rdf:type")
        elif kind == "name" and before[1].lower() != "prefix":
            prefix, _, local = text.partition(":")
            if prefix in spaces and local:
                yield text, spaces[prefix] + local, before[1] in ("a", "rdf:type")
        before = [before[1], text]


def _unknown(graph: Graph, name: str, iri: str) -> list[str]:
    folder, _, local = iri.rpartition("/")
    every = graph.release.iris() if graph.release.manifest.resources <= _MAX_COMPARED else []
    siblings = [i for i in every if i.rpartition("/")[0] == folder]
    locals_ = {i.rpartition("/")[2].lower(): i for i in siblings}
    nearest = get_close_matches(local.lower(), locals_, 1, 0.6)
    meant = f" Did you mean {_short(graph, locals_[nearest[0]])}?" if nearest else ""
    return [f"{name} is unknown.{meant}"]


def _nearest_used(graph: Graph, iri: str) -> str:
    """Return the term that is most like one of another vocabulary that no record uses, or ""."""
    namespace = iri[: max(iri.rfind("/"), iri.rfind("#")) + 1]
    used = graph.index.used(namespace)
    nearest = [] if iri in used else get_close_matches(iri, used, 1, 0.9)
    return curie(nearest[0]) if nearest else ""


def _narrower(graph: Graph, name: str, iri: str) -> list[str]:
    """Tell of classes below one whose records the query does not find."""
    below = graph.below(iri, "rdfs:subClassOf")[1:]
    narrower = [_short(graph, cls) for cls in below if graph.index.use(cls)]
    if not narrower:
        return [] if graph.index.use(iri) else [f"No record is of the class {name}."]
    listed = ", ".join(narrower[:_MAX_NARROWER])
    more = " and others" if len(narrower) > _MAX_NARROWER else ""
    return [
        f"Each record states its narrowest class alone: {name} does not find those of {listed}"
        f"{more}. To find all of them ask ?x a/rdfs:subClassOf* {name}."
    ]


def _short(graph: Graph, iri: str) -> str:
    short = curie(canonical(iri, graph.base))
    return short if short.startswith("sl:") else f"<{iri.removeprefix(graph.base)}>"
