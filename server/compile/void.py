"""What the dataset holds, counted (VoID): by class, property and graph, and links outwards."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

import pyoxigraph as ox

from server.compile.statements import About, node
from server.rdf.terms import graph_of, triple
from server.rdf.vocabulary import (
    GRAPHS,
    NOT_IN_DEFAULT_GRAPH,
    PREFIXES,
    RDF_TYPE,
    graph_iri,
    prefixes,
)

LICENSE = "https://creativecommons.org/licenses/by/4.0/"
PUBLISHER = "The spacelaw authors"
_FEATURES = ("Turtle", "JSON-LD", "N-Triples", "RDF_XML", "TriG", "N-Quads")
_EXAMPLES = ("id/treaty/1967/outer-space", "id/organization/copuos", "id/source/liao-2013")

Triples = set[ox.Triple]


def describe(quads: Iterable[ox.Quad], base: str) -> list[ox.Quad]:
    """Return the VoID description of `quads`, which are published on `base`.

    The dataset's own counts are those of the endpoint's default graph: a triple of two graphs
    counts once, and graph/inferred not at all. Each named graph has counts of its own.
    """
    graphs = _by_graph(quads)
    left_out = {graph_iri(name, base) for name in NOT_IN_DEFAULT_GRAPH}
    stated = {t for graph, own in graphs.items() if graph not in left_out for t in own}
    about = About()
    dataset = f"{base}id/dataset"
    _head(about, dataset, stated, base)
    _counted(about, dataset, stated, base, "")
    for name in GRAPHS:
        if own := graphs.get(graph_iri(name, base)):
            subset = graph_iri(name, base)
            about.say(subset, "void:Dataset")
            about.say(dataset, void_subset=node(subset))
            _counted(about, subset, own, base, f"{name}-")
    _linksets(about, dataset, stated, base)
    return about.quads


def _by_graph(quads: Iterable[ox.Quad]) -> dict[str, Triples]:
    graphs: dict[str, Triples] = defaultdict(set)
    for quad in quads:
        graphs[graph_of(quad)].add(triple(quad))
    return graphs


def _head(about: About, dataset: str, triples: Triples, base: str) -> None:
    document = f"{base}.well-known/void"
    about.say(document, "void:DatasetDescription", foaf_primaryTopic=node(dataset),
              dcterms_title="What the dataset holds, counted")  # fmt: skip
    subjects = {_name(t.subject) for t in triples}
    about.say(
        dataset,
        "void:Dataset",
        dcterms_title="The law of outer space as linked data",
        dcterms_license=node(LICENSE),
        foaf_homepage=node(base),
        void_uriSpace=ox.Literal(base),
        void_sparqlEndpoint=node(f"{base}sparql"),
        void_feature=[node(f"format:{name}") for name in _FEATURES],
        void_vocabulary=[node(iri) for iri in _vocabularies(triples, base)],
        void_exampleResource=[node(base + p) for p in _EXAMPLES if base + p in subjects],
    )


def _vocabularies(triples: Triples, base: str) -> list[str]:
    used = {t.predicate.value for t in triples}
    used |= {_name(t.object) for t in triples if t.predicate.value == RDF_TYPE}
    spaces = prefixes(base).values()
    return sorted(ns for ns in spaces if any(iri.startswith(ns) for iri in used))


def _counted(about: About, dataset: str, triples: Triples, base: str, key: str) -> None:
    """Add the counts of one dataset and its partitions by class and by property."""
    classes: dict[str, set[str]] = defaultdict(set)
    properties: dict[str, Triples] = defaultdict(set)
    for t in triples:
        properties[t.predicate.value].add(t)
        if t.predicate.value == RDF_TYPE and isinstance(t.object, ox.NamedNode):
            classes[t.object.value].add(_name(t.subject))
    subjects = {_name(t.subject) for t in triples}
    about.say(
        dataset,
        void_triples=len(triples),
        void_entities=sum(s.startswith(base) for s in subjects),
        void_classes=len(classes),
        void_properties=len(properties),
        **_ends(triples),
    )
    _classes(about, dataset, classes, f"{base}.well-known/void#{key}class-", base)
    _properties(about, dataset, properties, f"{base}.well-known/void#{key}property-", base)


def _ends(triples: Triples) -> dict[str, int]:
    return {
        "void_distinctSubjects": len({_name(t.subject) for t in triples}),
        "void_distinctObjects": len({str(t.object) for t in triples}),
    }


def _classes(
    about: About, dataset: str, classes: Mapping[str, set[str]], stem: str, base: str
) -> None:
    for iri, members in sorted(classes.items()):
        part = stem + _key(iri, base)
        about.say(dataset, void_classPartition=node(part))
        about.say(part, "void:Dataset", void_class=node(iri), void_entities=len(members))


def _properties(
    about: About, dataset: str, properties: Mapping[str, Triples], stem: str, base: str
) -> None:
    for iri, own in sorted(properties.items()):
        part = stem + _key(iri, base)
        about.say(dataset, void_propertyPartition=node(part))
        about.say(
            part, "void:Dataset", void_property=node(iri), void_triples=len(own), **_ends(own)
        )


def _linksets(about: About, dataset: str, triples: Triples, base: str) -> None:
    """Add a linkset for each property by which things here point to things of another site."""
    links: dict[tuple[str, str], Triples] = defaultdict(set)
    for t in triples:
        if site := _site(t, base):
            links[site, t.predicate.value].add(t)
    for (site, predicate), own in sorted(links.items(), key=lambda pair: pair[0]):
        target = f"{base}.well-known/void#site-{_key(site, base)}"
        linkset = f"{base}.well-known/void#links-{_key(site, base)}-{_key(predicate, base)}"
        about.say(target, "void:Dataset", void_uriSpace=ox.Literal(site))
        about.say(dataset, void_subset=node(linkset))
        about.say(
            linkset, "void:Linkset", void_subjectsTarget=node(dataset),
            void_objectsTarget=node(target), void_linkPredicate=node(predicate),
            void_triples=len(own), **_ends(own),
        )  # fmt: skip


def _site(t: ox.Triple, base: str) -> str:
    """Return the space of IRIs of another site that a triple leads to, or "" where none."""
    if not isinstance(t.subject, ox.NamedNode) or not isinstance(t.object, ox.NamedNode):
        return ""
    iri = t.object.value
    inwards = not t.subject.value.startswith(base) or iri.startswith(base)
    vocabulary = any(iri.startswith(ns) for ns in PREFIXES.values())
    if inwards or vocabulary or t.predicate.value == RDF_TYPE:
        return ""
    parts = urlsplit(iri)
    return f"{parts.scheme}://{parts.netloc}/" if parts.netloc and parts.path else ""


def _name(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _key(iri: str, base: str) -> str:
    """Return a short and lasting name for an IRI, fit for a fragment."""
    for prefix, namespace in prefixes(base).items():
        local = iri.removeprefix(namespace)
        if local != iri and re.fullmatch(r"[\w-]+", local, re.ASCII):
            return f"{prefix}-{local}"
    host = urlsplit(iri).netloc if iri.endswith("/") else ""
    return host.replace(":", "-") or hashlib.sha256(iri.encode()).hexdigest()[:12]
