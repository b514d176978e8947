"""Writing of the search index: names, texts and facets of each resource, in SQLite with FTS5."""

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

import pyoxigraph as ox

from server.rdf.description import Resource, values_of
from server.rdf.terms import graph_of
from server.rdf.vocabulary import DCTERMS, GRAPHS, RDF_TYPE, SKOS, SKOS_DEFINITION, graph_iri
from server.release.text_search import PROVISION, fold

# What a person most likely looks for comes first; classes not named here stand between.
_WEIGHTS = {
    0: ("treaty", "declaration", "principles", "guidelines", "resolution", "white-paper", "law"),
    1: ("organization", "state", "person", "report", "draft", "series", "policy"),
    2: ("topic",),
    4: ("concept", "term", "norm", "definition", "actor-class", "programme", "project", "event"),
    5: ("claim", "stage", "key-point"),
    6: ("footnote", "section", "abbreviation", "erratum", "citation", "shape", "expression"),
    8: ("participation", "status", "textual-reuse"),
}
_WEIGHT = {segment: weight for weight, segments in _WEIGHTS.items() for segment in segments}
_OTHERS = 4
_EXAMPLES = 6  # of the use of a term

Values = Mapping[str, list[str]]


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
        self.part_of, self.subject = f"{base}def/partOf", DCTERMS + "subject"


def write(database: sqlite3.Connection, resources: list[Resource], base: str) -> None:
    """Write the search index of a release, and how often each term is used."""
    terms, layers = _Terms(base), {graph_iri(name, base): name for name in GRAPHS}
    links, names = _links(resources), _names(resources, terms)
    topics = {r.iri: " · ".join((r.label, *sorted(names[r.iri]))) for r in resources}
    words: Counter[str] = Counter()
    for position, r in enumerate(resources):
        weight = _weight(r.iri.removeprefix(base), r.values, terms)
        entry = (position, r.iri, r.label, fold(r.label), r.type, _summary(r, base), weight,
                 links[r.iri])  # fmt: skip
        database.execute("INSERT INTO entry VALUES (?,?,?,?,?,?,?,?)", entry)
        body = " · ".join((_texts(r.values, terms), *_synonyms(r.values, topics, terms)))
        indexed = [fold(text) for text in (r.label, " · ".join(sorted(names[r.iri])), body)]
        row = (position, *indexed)
        database.execute("INSERT INTO text (rowid, label, names, body) VALUES (?,?,?,?)", row)
        words.update({word for text in indexed for word in text.split()})
        exact = sorted({form for name in names[r.iri] for form in _forms(name)})
        database.executemany("INSERT INTO name VALUES (?,?)", ((n, position) for n in exact))
        facets = {("kind", r.type), *(("layer", layers[graph_of(q)]) for q in r.own)}
        facets.update(_facets(r.values, terms))
        rows = ((position, facet, value) for facet, value in sorted(facets))
        database.executemany("INSERT INTO facet VALUES (?,?,?)", rows)
    database.executemany("INSERT INTO word VALUES (?,?)", sorted(words.items()))
    _write_uses(database, resources)


def _synonyms(values: Values, topics: Mapping[str, str], terms: _Terms) -> list[str]:
    """Return the names of the topics of a provision."""
    subjects = values.get(terms.subject, []) if terms.part_of in values else []
    return [topics[iri] for iri in subjects if iri in topics]


def _write_uses(database: sqlite3.Connection, resources: list[Resource]) -> None:
    """Write for each class and property how many things have it, and the first few of them."""
    users: dict[str, list[Resource]] = defaultdict(list)
    for r in resources:
        for term in {*r.values, *r.values.get(RDF_TYPE, [])}:
            users[term].append(r)
    for term, users_of_term in sorted(users.items()):
        database.execute("INSERT INTO used VALUES (?,?)", (term, len(users_of_term)))
        database.executemany(
            "INSERT INTO example VALUES (?,?,?,?)",
            ((term, r.iri, r.label, place) for place, r in enumerate(users_of_term[:_EXAMPLES])),
        )


def _texts(values: Values, terms: _Terms) -> str:
    return " · ".join(sorted(text for p in terms.texts for text in values.get(p, [])))


def _links(resources: list[Resource]) -> Counter[str]:
    return Counter(
        q.object.value for r in resources for q in r.quads if isinstance(q.object, ox.NamedNode)
    )


def _names(resources: list[Resource], terms: _Terms) -> dict[str, set[str]]:
    """Return the names of each resource, each also as part of what it is part of.

    Those of an abbreviation name what it abbreviates too. A part has the short names of the whole
    with its own place: OST Article VI, OST VI.
    """
    names: dict[str, set[str]] = defaultdict(set)
    labels = {r.iri: r.label for r in resources}
    above = {r.iri: r.values[terms.part_of][-1] for r in resources if terms.part_of in r.values}
    for r in resources:
        said = {name for p in terms.names for name in r.values.get(p, [])}
        said |= {_spelled_out(name) for name in said if name.startswith("A/RES/")}
        for owner in (r.iri, *r.values.get(terms.abbreviates, [])):
            names[owner] |= said
    for part in above:
        whole, met = above[part], {part}
        while whole in above and whole not in met:
            met.add(whole)
            whole = above[whole]
        place = labels[part].removeprefix(labels.get(whole, "")).strip(" ,")
        if place != labels[part]:
            bare = re.sub(r"^(Article|Principle|Guideline) ", "", place)
            names[part] |= {f"{n} {p}" for n in names[whole] for p in (place, bare) if len(n) < 24}
    return names


def _spelled_out(symbol: str) -> str:
    return f"General Assembly UNGA GA resolution {symbol.removeprefix('A/RES/')}"


def _forms(name: str) -> set[str]:
    """Return the folded forms by which a name is matched exactly: A/RES/2222 (XXI) by 2222 too."""
    short = re.sub(r"^[A-Z]/(?:RES/)?", "", name)
    number = re.match(r"\d{3,}(?= \()", short)
    return {f for n in (name, short, number.group() if number else "") if (f := fold(n))}


def _summary(r: Resource, base: str) -> str:
    """Return what introduces a resource; a scholar's remark introduces no State or organization."""
    said, values = (SKOS_DEFINITION, DCTERMS + "description", DCTERMS + "title"), r.values
    if r.iri.startswith((f"{base}id/state/", f"{base}id/organization/")):
        paper = graph_iri("paper", base)
        values = values_of(q for q in r.own if graph_of(q) != paper)
    return next((values[p][-1] for p in said if p in values), "")


def _weight(path: str, values: Values, terms: _Terms) -> int:
    if terms.part_of in values:
        return PROVISION
    if re.search("/(expression/|entry-into-force-rule$)", path):
        return _WEIGHT["expression"]
    segment = path.split("/")[1] if "/" in path else ""
    return _WEIGHT.get(segment if path.startswith("id/") else path.partition("/")[0], _OTHERS)


def _facets(values: Values, terms: _Terms) -> Iterator[tuple[str, str]]:
    yield from (("nature", nature) for nature in values.get(terms.nature, []))
    yield from (("actor", actor) for p in terms.actors for actor in values.get(p, []))
    if first := next((values[p][-1] for p in terms.dates if p in values), ""):
        yield "decade", first[:3] + "0"
