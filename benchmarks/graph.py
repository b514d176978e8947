"""A seeded graph shaped like ours: instruments with provisions, norms, events of participation."""

import random
import shutil
import sys
from collections.abc import Iterator
from itertools import count, groupby
from pathlib import Path

import pyoxigraph as ox

from server.compile import database
from server.rdf.description import Resource, resource
from server.rdf.vocabulary import RDF_TYPE, RDFS_LABEL, XSD, graph_iri
from server.release import schema
from server.release.manifest import CURRENT, DOCUMENTS, QUADS, Manifest

WORDS = (
    *("space", "moon", "orbit", "launch", "state", "treaty", "object", "liability", "rescue"),
    *("registration", "debris", "cooperation", "use", "peaceful", "exploration", "body"),
    *("celestial", "damage", "jurisdiction", "benefit"),
)


def lines(base: str, triples: int, seed: int = 1967) -> Iterator[str]:
    """Yield so many quads as N-Quads, or a few less; the same seed gives the same bytes."""
    rng, made = random.Random(seed), 0
    for number in count(1):
        out = _instrument(base, number, rng)
        made += len(out)
        if made > triples:
            return
        yield from out


def _instrument(base: str, number: int, rng: random.Random) -> list[str]:
    official, editor = graph_iri("official", base), graph_iri("editor", base)

    def quad(subject: str, predicate: str, value: str, graph: str = official) -> str:
        return f"<{subject}> <{predicate}> {value} <{graph}> ."

    def term(name: str) -> str:
        return f"{base}def/{name}"

    def text() -> str:
        return '"' + " ".join(rng.choice(WORDS) for _ in range(8)) + '"@en'

    treaty = instrument(base, number)
    day = f'"{1950 + number % 70}-0{1 + number % 9}-1{number % 9}"^^<{XSD}date>'
    out = [quad(treaty, RDF_TYPE, f"<{term('Treaty')}>"), quad(treaty, RDFS_LABEL, text()),
           quad(treaty, term("adoptionDate"), day)]  # fmt: skip
    for a in range(1, 9):
        article = f"{treaty}/article/{a}"
        out += [quad(article, RDF_TYPE, f"<{term('Article')}>"),
                quad(article, term("partOf"), f"<{treaty}>"),
                quad(article, RDFS_LABEL, text()),
                quad(article, term("number"), f'"{a}"^^<{XSD}integer>')]  # fmt: skip
        if number > 1 and a % 3 == 0:
            earlier = rng.randrange(1, number)
            cited = f"{base}id/treaty/{1950 + earlier % 70}/t{earlier}"
            out.append(quad(article, term("cites"), f"<{cited}>", editor))
    for p in range(6):
        act = f"{base}id/participation/t{number}/{p}"
        out += [quad(act, term("participationIn"), f"<{treaty}>"),
                quad(act, term("state"), f"<{base}id/state/s{rng.randrange(200)}>"),
                quad(act, term("date"), day)]  # fmt: skip
    return out


def release(folder: Path, base: str, triples: int) -> Path:
    """Write a release of such a graph, for queries alone; return its N-Quads file."""
    folder.mkdir(parents=True)
    counts = {"official": 0, "editor": 0}
    file = folder / QUADS
    with file.open("w", encoding="utf-8") as out:
        for line in lines(base, triples):
            counts["editor" if line.endswith("graph/editor> .") else "official"] += 1
            out.write(line + "\n")
    total = sum(counts.values())
    Manifest("benchmark", "1", base, "", "", "", total, 0, counts, {}).write(folder)
    return file


def instrument(base: str, number: int) -> str:
    """Return the IRI of an instrument by its place in the graph, from 1."""
    return f"{base}id/treaty/{1950 + number % 70}/t{number}"


def documents(folder: Path, base: str) -> None:
    """Write the documents of such a release, as a build does, with few in memory at a time.

    Only those of instruments, the first of 15 things each, are there in Turtle and JSON-LD.
    """
    if (folder / DOCUMENTS).exists():
        return
    part = folder / f"{DOCUMENTS}.part"
    part.unlink(missing_ok=True)
    with schema.created(part) as documents:
        database.add_resources(documents, _counted(_descriptions(folder / QUADS)), base)
        first = (r for i, r in enumerate(_descriptions(folder / QUADS)) if i % 15 == 0)
        database.add_representations(documents, first, base)
    part.rename(folder / DOCUMENTS)


def _counted(resources: Iterator[Resource]) -> Iterator[Resource]:
    for number, one in enumerate(resources, 1):
        if number % 100_000 == 0:
            print(f"{number} descriptions", file=sys.stderr)
        yield one


def _descriptions(file: Path) -> Iterator[Resource]:
    """Yield each thing with what is said of it, which stands together in these files."""
    with file.open("rb") as quads:
        for subject, said in groupby(quads, lambda line: line.partition(b" ")[0]):
            own = list(ox.parse(b"".join(said), ox.RdfFormat.N_QUADS))
            yield resource(subject[1:-1].decode(), own, {})


def kept(base: str, triples: int) -> Path:
    """Return a folder with such a release, which is written once: the large ones take minutes."""
    folder = Path("var/benchmarks") / str(triples)
    if not folder.exists():
        work = folder.with_name(f"{triples}.part")
        shutil.rmtree(work, ignore_errors=True)
        release(work / CURRENT, base, triples)
        work.rename(folder)
    return folder


def queries(base: str) -> dict[str, tuple[str, str]]:
    """Return the queries by name, each with its kind; prefixes are declared in full."""
    head = (f"PREFIX sl: <{base}def/> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
            f"PREFIX xsd: <{XSD}> ")  # fmt: skip
    treaty = f"<{base}id/treaty/1957/t7>"
    bodies = {
        "label": ("lookup", f"SELECT ?l {{ {treaty} rdfs:label ?l }}"),
        "all of one": ("lookup", f"SELECT ?p ?o {{ {treaty} ?p ?o }}"),
        "articles": ("lookup", f"SELECT ?a ?n {{ ?a sl:partOf {treaty} ; sl:number ?n }}"),
        "optional": ("lookup", f"SELECT ?a ?c {{ ?a sl:partOf {treaty} "
                     "OPTIONAL { ?a sl:cites ?c } }"),
        "ask": ("lookup", f"ASK {{ {treaty} a sl:Treaty }}"),
        "parties": ("lookup", f"SELECT ?s ?d {{ ?x sl:participationIn {treaty} ; "
                    "sl:state ?s ; sl:date ?d }"),
        "construct": ("lookup", f"CONSTRUCT {{ ?a rdfs:label ?l }} {{ ?a sl:partOf {treaty} ; "
                      "rdfs:label ?l }"),
        "count by state": ("analytic", "SELECT ?s (COUNT(*) AS ?n) { ?x sl:state ?s } GROUP BY ?s"),
        "join": ("analytic", "SELECT (COUNT(*) AS ?n) { ?x sl:state "
                 f"<{base}id/state/s7> ; sl:participationIn ?t . ?a sl:partOf ?t ; sl:cites ?c }}"),
        "range": ("analytic", "SELECT (COUNT(*) AS ?n) { ?t sl:adoptionDate ?d "
                  'FILTER(?d >= "1990-01-01"^^xsd:date) }'),
        "text": ("analytic", 'SELECT (COUNT(*) AS ?n) { ?a rdfs:label ?l '
                 'FILTER(CONTAINS(STR(?l), "liability rescue")) }'),
        "path": ("analytic", f"SELECT (COUNT(DISTINCT ?t) AS ?n) {{ {treaty} "
                 "(^sl:partOf/sl:cites)+ ?t }"),
        "top": ("analytic", "SELECT ?t (COUNT(?a) AS ?n) { ?a sl:cites ?t } GROUP BY ?t "
                "ORDER BY DESC(?n) ?t LIMIT 10"),
    }  # fmt: skip
    return {name: (kind, head + body) for name, (kind, body) in bodies.items()}
