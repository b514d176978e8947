"""What the SPARQL endpoint answers beside results: its page with hints, its description."""

import json
import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlencode, urljoin

from flask import Blueprint, Response, request

from server.http.message import CACHE_CONTROL, prefers_page
from server.pages.release_graph import Graph, graph_for
from server.pages.wording import curie
from server.problems import Problem
from server.rdf.form_fields import FORM
from server.rdf.formats import FORMAT_PARAMETERS, HTML, Format
from server.rdf.iris import canonical, path_of
from server.rdf.negotiation import choose, named_accept
from server.rdf.serialization import serialize
from server.rdf.turtle_template import render
from server.rdf.vocabulary import CANONICAL_BASE, NOT_IN_DEFAULT_GRAPH, graph_iri, prefixes
from server.release.reader import Release
from server.site import lookup, question_pages
from server.site.parameters import parameters
from server.site.query_operations import RESULT
from server.site.responses import respond, respond_page, services
from server.sparql.request import DIRECT, METHODS, QueryRequest, unknown_graphs
from server.sparql.result_formats import GRAPH_FORMATS, MAX_PAGE_BYTES, named_format, offers
from server.sparql.spool import Result
from server.sparql.tokens import token_matches

blueprint = Blueprint("sparql", __name__)

ROWS_ON_A_PAGE, CELLS_ON_A_PAGE = 1000, 30_000
_MAX_COUNTED = 10_000  # rows; to count more takes too long
_FIRST = """SELECT ?treaty ?label ?inForce {
  ?treaty a sl:Treaty ;
    rdfs:label ?label ;
    sl:entryIntoForceDate ?inForce .
}
ORDER BY ?inForce"""
_GAP = re.compile(r"\s*,?\s*")


@blueprint.route("/sparql", methods=METHODS.split(", "), provide_automatic_options=False)
def sparql() -> Response:
    """Show the result of a query to people, or tell about the service.

    Queries are answered before this: see `server.site.query_operations`.
    """
    if request.method == "OPTIONS":
        taken = f"{FORM}, {DIRECT}"
        allowed = {"Allow": METHODS, "Accept-Post": taken, "Accept-Query": taken}
        return Response(status=204, headers=allowed)
    if shown := request.environ.get(RESULT):
        return result(*shown)
    if set(request.args) <= set(FORMAT_PARAMETERS):
        if named := named_accept(parameters()):
            return _description(named_format(named, GRAPH_FORMATS, "service description"))
        if fmt := choose(request.headers.get("Accept"), GRAPH_FORMATS):
            return _description(fmt)
    raise Problem(400, "The request has no query parameter.")


@blueprint.errorhandler(Problem)
def failed(problem: Problem) -> Response:
    """Answer with the problem; people get it on the page of their query, which they typed."""
    query = request.values.get("query")
    if query and prefers_page(request.headers.get("Accept")):
        return _page("", query=query, problem=problem)
    return lookup.problem(problem)


def _description(fmt: Format) -> Response:
    """Return the service description (its section 2), or for people the form."""
    if fmt is HTML:
        return _page(CACHE_CONTROL, query=_FIRST)
    manifest = services().release.manifest
    about = ("id/dataset", ".well-known/void")
    links = [f'<{manifest.base}{path}>; rel="describedby"' for path in about]
    quads = render(
        "service.ttl",
        manifest.base,
        functions=services().engine.functions,
        graphs=manifest.graphs,
        entailed=NOT_IN_DEFAULT_GRAPH,
    )
    body = serialize(quads, fmt, manifest.base, f"{manifest.base}sparql#service")
    return respond(body, fmt, links, ("Accept",))


def result(query: QueryRequest, result: Result, warning: str | None) -> Response:
    """Return the page of a result, or of its beginning where it is long.

    `warning` is the header that names graphs of the dataset which are not here.
    """
    shown = _shown(query.form, result)
    dataset: dict[str, Any] = {
        "timeout": query.timeout or [],
        "default-graph-uri": query.default_graphs,
        "named-graph-uri": query.named_graphs,
    }
    manifest = services().release.manifest
    # One address for the page and each format: with the same dataset and deadline.
    asked = urlencode({"query": query.query, **dataset}, doseq=True)
    response = _page(
        "",
        query=query.query,
        asked=True,
        hints=hints(services().release, query.query),
        formats=[f for f in offers(query) if f is not HTML],
        unknown=unknown_graphs(query, [graph_iri(g, manifest.base) for g in manifest.graphs]),
        address=f"{manifest.base}sparql?{asked}",
        **shown,
    )
    if warning:
        response.headers["Unknown-Graph"] = warning
    if "cut" in shown:
        response.headers["Result-Cut"] = shown["cut"]
    return response


def _page(cache_control: str, **shown: Any) -> Response:
    # Title and address of each competency question, as a query to start from.
    examples = [(q.title, question_pages.address(q)) for q in question_pages.all_questions()]
    declared = prefixes(services().release.base)
    return respond_page(
        "sparql.html", ("Accept",), cache_control, prefixes=declared, examples=examples, **shown
    )


def _shown(form: str, result: Result) -> dict[str, Any]:
    """Return a result as the page shows it."""
    if form == "SELECT":
        return _table(result)
    if form == "ASK":
        return {"answer": json.loads(result.read())["boolean"]}
    text = result.read().decode(errors="ignore")
    if result.whole:
        return {"graph": text}
    return {"graph": text[: text.rfind("\n") + 1], "cut": f"the first {MAX_PAGE_BYTES} bytes"}


def _table(result: Result) -> dict[str, Any]:
    variables, rows = rows_of(result.read().decode(errors="ignore"), _MAX_COUNTED + 1)
    whole = result.whole and len(rows) <= _MAX_COUNTED
    shown = rows[: min(ROWS_ON_A_PAGE, CELLS_ON_A_PAGE // max(1, len(variables)) or 1)]
    release = services().release
    labels = release.labels(t["value"] for r in shown for t in r.values() if t["type"] == "uri")
    table = {
        "variables": variables,
        "rows": [[_cell(r.get(v, {}), release, labels) for v in variables] for r in shown],
        "count": len(rows) if whole else None,
    }
    if whole and len(shown) == len(rows):
        return table
    total = f"{len(rows)}" if whole else "more"
    return table | {"cut": f"the first {len(shown)} of {total} rows"}


def rows_of(text: str, most: int) -> tuple[list[str], list[dict[str, dict[str, str]]]]:
    """Return variables and up to `most` rows of SPARQL results in JSON, those whole in `text`."""
    decoder = json.JSONDecoder()
    rows: list[dict[str, dict[str, str]]] = []
    variables = re.search(r'"vars"\s*:\s*(\[[^\]]*\])', text)
    start = re.search(r'"bindings"\s*:\s*\[\s*', text)
    at = start.end() if start else len(text)
    while text[at : at + 1] == "{" and len(rows) < most:
        try:
            row, at = decoder.raw_decode(text, at)
        except ValueError:
            break
        rows.append(row)
        at = _GAP.match(text, at).end()  # type: ignore[union-attr]
    return (json.loads(variables[1]) if variables else []), rows


def _cell(term: dict[str, Any], release: Release, labels: dict[str, str]) -> dict[str, str]:
    """Return a term as a cell: IRIs of this site link to their pages, other web IRIs out."""
    value = term.get("value", "")
    if term.get("type") == "triple":
        parts = (value[part] for part in ("subject", "predicate", "object"))
        return {"text": f"<<( {' '.join(_cell(p, release, labels)['text'] for p in parts)} )>>"}
    if term.get("type") != "uri":
        return {"text": value, "language": term.get("xml:lang", "")}
    if not value.startswith(release.base):
        href = value if value.startswith(("http://", "https://")) else ""
        return {"text": curie(value), "href": href}
    path = path_of(value, release.base)
    return {"text": value.removeprefix(release.base), "href": path, "label": labels.get(value, "")}


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
