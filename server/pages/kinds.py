"""The pages of resources: what kinds.yaml says of their kind, then all statements about them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from server.declared import declared_in
from server.pages import law_records
from server.pages.page_model import Property, Ref
from server.pages.release_graph import Graph, Thing, graph_for
from server.pages.statements import statements
from server.pages.wording import curie, words
from server.rdf.serialization import parse
from server.rdf.vocabulary import RDF_TYPE
from server.release.reader import Document, Release

MAX_VALUES = 30  # of a line at the head; all are in the list of statements
_FILE = Path(__file__).with_suffix(".yaml")


@lru_cache(maxsize=1)
def configuration() -> Mapping[str, Any]:
    """Return what kinds.yaml says."""
    loaded: dict[str, Any] = declared_in(_FILE)
    return loaded


@lru_cache(maxsize=4)
def titles_of_links(release: Release) -> Mapping[str, str]:
    """Return what stands over the records that point to a thing, by the property."""
    graph = graph_for(release)
    return {graph.term(name): title for name, title in configuration()["incoming"].items()}


def page(release: Release, document: Document) -> dict[str, Any]:
    """Return what the template of a resource shows of its description, by the design of its kind.

    `kind` is "" where that has none. `design` are its sections: each a macro of sections.html, or a
    title with the property whose things are listed under it.
    """
    graph = graph_for(release)
    thing = Thing(graph, document)
    name, kind = _nearest(graph, thing.type, configuration()["kinds"]) or ("", {})
    said = statements(thing.iri, parse(document.nquads), release.labels, release.base)
    is_law = name in ("sl:Instrument", "sl:Provision")
    sections = ({s: ""} if isinstance(s, str) else s for s in kind.get("sections", ()))
    return {
        "thing": thing,
        "types": [_in_words(ref) for p in said if p.href == RDF_TYPE for ref in p.values],
        "description": _description(thing, name),
        "kind": name.partition(":")[2].lower(),
        "facts": _facts(thing, kind.get("facts", {})),
        "design": [section for named in sections for section in named.items()],
        "statements": said,
        "path": _path(thing),
        "citation": law_records.citation(thing) if is_law else "",
    }


def _nearest(graph: Graph, cls: str, by_class: Mapping[str, Any]) -> tuple[str, Any] | None:
    named = {graph.term(name): (name, by_class[name]) for name in by_class if ":" in name}
    return next((named[iri] for iri in graph.ancestry(cls) if iri in named), None)


def _description(thing: Thing, kind: str) -> str:
    """Return what introduces a thing; a scholar's remark introduces no State or organization."""
    name = "skos:definition" if thing.one("skos:definition") else "dcterms:description"
    said = [
        ref.text for ref in thing.refs(name) if kind != "sl:Actor" or set(ref.layers) != {"paper"}
    ]
    return next(iter(said), "")


def _path(thing: Thing) -> list[Ref]:
    """Return the list that has the things of this kind, and the texts that this is part of."""
    *above, _ = thing.path
    whole = thing.whole
    lists, start = configuration()["lists"], f"{thing.graph.base}id/"
    folder, genre = thing.iri.removeprefix(start).partition("/")[0], whole.one("sl:genre")
    refs = lists.get(folder) or lists.get(genre.removeprefix(start))
    if not refs and (nearest := _nearest(thing.graph, whole.type, lists)):
        refs = nearest[1]
    path = [Ref(name, href) for href, name in (refs or {}).items()]
    return path + [Ref(law_records.number_in(t, whole), t.ref.href) for t in above]


def _facts(thing: Thing, facts: Mapping[str, str]) -> list[Property]:
    """Return the lines at the head; where all agree on who says so, a line need not tell it."""
    values = {label: _values(thing, path) for label, path in facts.items()}
    layers = Counter(name for refs in values.values() for ref in refs for name in ref.layers)
    main = next(iter(layers.most_common(1)), ("",))[0]
    # No value names the layers that state it where the main one or a rule does.
    plain = {main, "derived"}
    return [
        Property(
            label,
            tuple(replace(r, layers=()) if plain & {*r.layers} else r for r in refs[:MAX_VALUES]),
        )
        for label, refs in values.items()
        if refs
    ]


def _values(thing: Thing, path: str) -> list[Ref]:
    if ":" not in path:
        named: list[Ref] = getattr(law_records, path)(thing)
        return named
    if path.startswith("^"):
        return [t.ref for t in thing.things(path)]
    return thing.refs(path, MAX_VALUES + 1)


def _in_words(kind: Ref) -> Ref:
    """Return a type with a name to read, where it has no label but only its short form."""
    return Ref(words(kind.href), kind.href) if kind.text == curie(kind.href) else kind
