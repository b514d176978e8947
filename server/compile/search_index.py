"""Writing of the search index: names, texts and facets of each resource, in SQLite with FTS5."""

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from server.rdf.description import Resource
from server.rdf.terms import graph_of
from server.rdf.vocabulary import DCTERMS, GRAPHS, RDF_TYPE, SKOS, SKOS_DEFINITION, graph_iri
from server.release.text_search import fold

# What a person most likely looks for comes first; classes not named here stand between.
_WEIGHTS = {
    0: ("treaty", "declaration", "principles", "guidelines", "resolution", "white-paper", "law"),
    1: ("organization", "state", "person", "actor-class", "report", "draft", "series", "policy"),
    2: ("concept", "term", "norm", "claim", "stage", "programme", "project", "event"),
    6: ("footnote", "section", "abbreviation", "erratum", "citation", "shape"),
    8: ("participation", "status"),
}
_WEIGHT = {segment: weight for weight, segments in _WEIGHTS.items() for segment in segments}
_PART = 4
_EXAMPLES = 6  # of the use of a term

Description = Iterable[ox.Quad]


class _Terms:
    """The properties that the index reads, on the base of the release."""

    def __init__(self, base: str) -> None:
        self.names = {SKOS + "altLabel", DCTERMS + "identifier", SKOS + "notation"}
        self.names |= {
            f"{base}def/{p}" for p in ("shortForm", "variantForm", "symbol", "expansion")
        }
        self.texts = {SKOS_DEFINITION, DCTERMS + "description", DCTERMS + "title", SKOS + "note"}
        self.texts |= {f"{base}def/{p}" for p in ("asWritten", "correctValue", "heading")}
        self.dates = [f"{base}def/{p}" for p in ("adoptionDate", "openedForSignatureDate",
                      "publicationDate", "eventDate", "entryIntoForceDate")]  # fmt: skip
        self.actors = {
            f"{base}def/{p}" for p in ("adoptedBy", "issuedBy", "bearer", "participationOf")
        }
        self.nature, self.abbreviates = f"{base}def/legalNature", f"{base}def/abbreviates"
        self.part_of = f"{base}def/partOf"


def write(database: sqlite3.Connection, resources: list[Resource], base: str) -> None:
    """Write the search index of a release, and how often each term is used."""
    terms, layers = _Terms(base), {graph_iri(name, base): name for name in GRAPHS}
    links, names = _links(resources), _names(resources, terms)
    for position, r in enumerate(resources):
        weight = _weight(r.iri.removeprefix(base), r.own, terms)
        entry = (position, r.iri, r.label, fold(r.label), r.type, _summary(r.own), weight,
                 links[r.iri])  # fmt: skip
        database.execute("INSERT INTO entry VALUES (?,?,?,?,?,?,?,?)", entry)
        _write_names(database, position, r.label, sorted(names[r.iri]), _texts(r.own, terms))
        database.executemany(
            "INSERT OR IGNORE INTO facet VALUES (?,?,?)",
            ((position, facet, v) for facet, v in _facets(r.own, r.type, terms, layers)),
        )
    _write_uses(database, resources)


def _write_uses(database: sqlite3.Connection, resources: list[Resource]) -> None:
    """Write for each class and property how many things have it, and the first few of them."""
    users: dict[str, list[Resource]] = defaultdict(list)
    for r in resources:
        terms = {q.predicate.value for q in r.own}
        terms |= {q.object.value for q in r.own if q.predicate.value == RDF_TYPE}  # type: ignore[union-attr]
        for term in terms:
            users[term].append(r)
    for term, users_of_term in sorted(users.items()):
        database.execute("INSERT INTO used VALUES (?,?)", (term, len(users_of_term)))
        database.executemany(
            "INSERT INTO example VALUES (?,?,?,?)",
            ((term, r.iri, r.label, place) for place, r in enumerate(users_of_term[:_EXAMPLES])),
        )


def _write_names(
    database: sqlite3.Connection, position: int, label: str, names: list[str], body: str
) -> None:
    database.execute(
        "INSERT INTO text (rowid, label, names, body) VALUES (?,?,?,?)",
        (position, label, " · ".join(names), body),
    )
    exact = sorted({form for name in names for form in _forms(name)})
    database.executemany("INSERT INTO name VALUES (?,?)", ((n, position) for n in exact))


def _texts(own: Description, terms: _Terms) -> str:
    return " · ".join(sorted(q.object.value for q in own if q.predicate.value in terms.texts))  # type: ignore[union-attr]


def _links(resources: list[Resource]) -> Counter[str]:
    return Counter(
        q.object.value for r in resources for q in r.quads if isinstance(q.object, ox.NamedNode)
    )


def _names(resources: list[Resource], terms: _Terms) -> dict[str, set[str]]:
    """Return the names of each resource; those of an abbreviation name what it abbreviates too."""
    names: dict[str, set[str]] = defaultdict(set)
    for r in resources:
        said = {q.object.value for q in r.own if q.predicate.value in terms.names}  # type: ignore[union-attr]
        owners = [q.object.value for q in r.own if q.predicate.value == terms.abbreviates]  # type: ignore[union-attr]
        for owner in (r.iri, *owners):
            names[owner] |= said
    return names


def _forms(name: str) -> set[str]:
    """Return the folded forms by which a name is matched exactly: A/RES/2222 (XXI) by 2222 too."""
    short = re.sub(r"^[A-Z]/(?:RES/)?", "", name)
    number = re.match(r"\d{3,}(?= \()", short)
    return {f for n in (name, short, number.group() if number else "") if (f := fold(n))}


def _summary(own: Description) -> str:
    values = {q.predicate.value: q.object.value for q in own}  # type: ignore[union-attr]
    found = values.get(SKOS_DEFINITION) or values.get(DCTERMS + "description")
    return str(found or values.get(DCTERMS + "title", ""))


def _weight(path: str, own: Description, terms: _Terms) -> int:
    if any(q.predicate.value == terms.part_of for q in own):
        return _PART
    segment = path.split("/")[1] if "/" in path else ""
    return _WEIGHT.get(segment if path.startswith("id/") else path.partition("/")[0], 3)


def _facets(
    own: Description, kind: str, terms: _Terms, layers: Mapping[str, str]
) -> Iterable[tuple[str, str]]:
    dates = {}
    yield "kind", kind
    for q in own:
        predicate, value = q.predicate.value, q.object.value  # type: ignore[union-attr]
        yield "layer", layers[graph_of(q)]
        if predicate == terms.nature:
            yield "nature", value
        if predicate in terms.actors:
            yield "actor", value
        if predicate in terms.dates:
            dates[predicate] = value
    first = next((dates[p] for p in terms.dates if p in dates), "")
    if first:
        yield "decade", first[:3] + "0"
