"""The tools, resources and prompts of the Model Context Protocol, each over what pages use.

A tool runs in the application's context. What it returns names IRIs, layers, the horizon of the
record and how to cite the answer.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ToolError
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase

import server
from server.law import participation
from server.pages.citations import SITE
from server.pages.release_graph import graph_for
from server.problems import Problem
from server.rdf.datatypes import LAST_DAY, Day
from server.rdf.formats import TURTLE
from server.rdf.iris import canonical, rebase
from server.rdf.serialization import parse, serialize
from server.rdf.vocabulary import LAYERS
from server.release.reader import Document
from server.site import ask as asking
from server.site import checks, status
from server.site import search as searching
from server.site.responses import services

Told = dict[str, Any]

_MOST_HITS, _MOST_ROWS, _MOST_TEXT = 20, 1000, 100_000
_INSTRUCTIONS = """The law of outer space as linked data. Cite IRI and layer of what you use:
official (United Nations texts and records), paper (what one scholar claims), editor (ours, with a
confidence). A status after the horizon is carried forward. "Not on record" is not "never"."""
_NORMS = """SELECT ?norm ?kind ?verb ?bearer ?ground { GRAPH <graph/official> {
  ?norm sl:ground ?ground ; sl:normKind ?kind ; sl:operativeVerb ?verb .
  OPTIONAL { ?norm sl:bearer ?bearer }
  { ?norm sl:bearer|sl:beneficiary <%(iri)s> } UNION { ?ground sl:partOf* <%(iri)s> }
} } ORDER BY ?ground ?norm"""
_TOPIC = """SELECT ?provision ?subject { GRAPH <graph/official> {
  ?provision dcterms:subject <%(iri)s> ; sl:partOf ?whole ; sl:caption ?subject
} } ORDER BY ?provision"""


def search(query: str) -> Told:
    """Find treaties, provisions, States, norms and subjects by name, symbol or word."""
    if not 0 < len(query) <= 200:
        raise ToolError("A query has 1 to 200 letters.")
    release = services().release
    result = searching.index(release).find(query, {}, _MOST_HITS)
    hits = [{"iri": h.iri, "label": h.label, "text": h.text} | _layers(h.iri) for h in result.hits]
    layers = [name for name in LAYERS if any(name in hit["layers"] for hit in hits)]
    answer = {"total": result.total, "hits": hits, "layers": layers}
    return _told(answer, f"Search for “{query}”")


def describe(iri: str) -> Told:
    """Tell all that is on record of a thing, as Turtle; by IRI or path (id/state/ind)."""
    document = _document(iri)
    return _told(_described(document), document.label, document.iri)


def provision(reference: str) -> Told:
    """Tell what “article VI of the Outer Space Treaty”, or a provision by IRI, says and demands."""
    named = next(iter(asking.reader().instruments.references(reference)), None)
    if named and not named.path:
        raise ToolError(f"There is no such provision: {reference[:100]}.")
    document = _document(f"id/{named.path}" if named else reference)
    _, norms, _ = asking.run(_NORMS % {"iri": document.iri})
    return _told(_described(document) | {"norms": norms}, document.label, document.iri)


def bound_on(treaty: str, day: str = "", known_on: str = "") -> Told:
    """Tell who stands how towards a treaty on a day (today if none), as known on a day."""
    release, today = services().release, Day.today()
    iri = _named(treaty, "treaty")
    asked = participation.parse_day(day, today, "day") if day else today
    known = participation.parse_day(known_on, today, "known_on") if known_on else LAST_DAY
    rows = status.standings(release, iri, asked, known)
    standings = [row._asdict() for row in rows if row.status not in ("none", "unadopted")]
    record = participation.record(release, iri)
    days = {"adopted": str(record.adopted or ""), "day": str(asked)}
    told = {"treaty": iri, "standings": standings} | days | _layers(iri)
    return _told(told, f"{record.label}: who is bound on {asked}", iri)


def norms_of(thing: str) -> Told:
    """Tell the norms of a bearer, beneficiary, provision or instrument, by IRI, path or name."""
    iri = _named(thing, "bearer", "instrument", "provision")
    _, norms, _ = asking.run(_NORMS % {"iri": iri})
    return _told({"of": iri, "norms": norms, "layers": ["official"]}, f"Norms of {thing}", iri)


def topic(name: str) -> Told:
    """Tell which provisions deal with a subject, such as “space debris”."""
    iri = _named(name, "topic")
    _, provisions, _ = asking.run(_TOPIC % {"iri": iri})
    return _told({"topic": iri, "provisions": provisions, "layers": ["official"]}, name, iri)


def check_quotation(text: str) -> Told:
    """Check quotations, references and claims of status in a text; nothing that is sent is kept."""
    if len(text) > _MOST_TEXT:
        raise ToolError(f"At most {_MOST_TEXT:,} letters are checked here; /quote takes 1 MB.")
    report = checks.check_manuscript(text.encode(errors="replace"))
    report.pop("annotated")
    return _told(report | {"layers": ["official"]}, "Check of quotations")


def ask(question: str) -> Told:
    """Answer a question in English with its query and evidence, or tell what it may have meant."""
    if not 0 < len(question) <= 200:
        raise ToolError("A question has 1 to 200 letters.")
    told = asking.answer(question)
    layers = sorted({name for item in told.get("restsOn", ()) for name in item["layers"]})
    return _told(told | {"layers": layers}, question)


def sparql(query: str) -> Told:
    """Run a SPARQL 1.1 SELECT or ASK query with the endpoint's limits and prefixes."""
    columns, rows, whole = asking.run(query)
    told = {
        "columns": columns,
        "rows": rows[:_MOST_ROWS],
        "whole": whole and len(rows) <= _MOST_ROWS,
    }
    return _told(told | {"layers": [*LAYERS]}, "Query of the dataset")


def memo(question: str) -> str:
    """Write a legal memo on a question of space law from what is on record."""
    return (
        f"Write a short legal memo on: {question}\nUse the tools ask, provision, norms_of and"
        " bound_on. State for each point the provision or act with its IRI and layer, tell what is"
        " not on record, and check every quotation with check_quotation before you use it."
    )


def comparison(first: str, second: str) -> str:
    """Compare two instruments or provisions."""
    return (
        f"Compare {first} with {second}: subjects, duties, bearers, conditions and who is bound."
        " Use provision, norms_of, topic and bound_on; cite IRI and layer of each point in a table."
    )


def make_server() -> MCPServer[Any]:
    """Return the server with all tools, resources by IRI, and prompts."""
    base = services().release.base
    logging.getLogger("mcp").setLevel(logging.CRITICAL)  # faults of clients are theirs to know
    made: MCPServer[Any] = MCPServer(
        "spacelaw", instructions=_INSTRUCTIONS, version=server.__version__, website_url=base,
        subscriptions=False, log_level="WARNING",
    )  # fmt: skip
    ArgModelBase.model_config["extra"] = "forbid"  # no tool ignores an argument that it has not
    for tool in TOOLS:
        made.add_tool(_clear(tool), name=tool.__name__, description=tool.__doc__)
    for prompt in (memo, comparison):
        made.prompt()(prompt)
    made.resource(
        f"{base}id/{{+path}}", name="thing", mime_type=TURTLE.media_type,
        description="The description of a thing in Turtle, by its IRI",
    )(_resource)  # fmt: skip
    return made


TOOLS: tuple[Callable[..., Told], ...] = (
    search, describe, provision, bound_on, norms_of, topic, check_quotation, ask, sparql,
)  # fmt: skip


def _clear(tool: Callable[..., Told]) -> Callable[..., Told]:
    """Return a tool whose problems are told to the client."""

    @wraps(tool)
    def run(*args: Any, **named: Any) -> Told:
        try:
            return tool(*args, **named)
        except Problem as problem:
            raise ToolError(problem.detail) from None

    return run


def _resource(path: str) -> str:
    try:
        return str(_described(_document(f"id/{path}"))["turtle"])
    except ToolError as error:
        raise ResourceError(str(error)) from None


def _document(iri: str) -> Document:
    release = services().release
    local = rebase(iri, release.base) if "://" in iri else release.base + iri.lstrip("/")
    document = release.document(local)
    if document is None:
        raise ToolError(f"Nothing is known of {iri[:200]!r}; search finds IRIs.")
    return document


def _described(document: Document) -> Told:
    base = services().release.base
    turtle = serialize(parse(document.nquads), TURTLE, base, document.iri)
    text = turtle.decode()[:_MOST_TEXT]
    return {"iri": document.iri, "label": document.label, "turtle": text} | _layers(document.iri)


def _layers(iri: str) -> Told:
    thing = graph_for(services().release).thing(iri)
    return {"layers": thing.described_in if thing else []}


def _named(name: str, *kinds: str) -> str:
    """Return the IRI of a thing that is named by its IRI, its path, or one of its names."""
    path = asking.reader().find(name, *kinds)
    return _document(f"id/{path}" if path else name).iri


def _told(told: Told, what: str, iri: str = "") -> Told:
    """Return an answer with the horizon of the record and a citation."""
    release = services().release
    version = f"version {release.manifest.version}, release {release.manifest.release}"
    cited = f"{what}. In: {SITE}, {version}. <{canonical(iri or release.base, release.base)}>."
    return told | {"horizon": asking.horizon(release), "citation": cited}
