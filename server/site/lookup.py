"""What a path means: a resource, one that moved or was withdrawn; and how errors are answered.

Errors are problem documents (RFC 9457), or pages for people.
"""

from difflib import get_close_matches

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException

from server.http.message import prefers_page
from server.pages.release_graph import Graph, graph_for
from server.problems import Problem
from server.rdf.formats import HTML, split_suffix
from server.rdf.iris import candidates, document_iri, is_thing_path, path_of
from server.release.reader import Document, Release, Tombstone
from server.release.text_search import arabic, fold
from server.site.responses import render_xml, services

blueprint = Blueprint("problems", __name__)

MAX_PATH = 8000  # characters
_MAX_COMPARED, _MAX_NEAREST, _MAX_WORDS = 1000, 3, 200


class Gone(Exception):
    """A resource that was withdrawn; carries what is left of it."""

    def __init__(self, tombstone: Tombstone) -> None:
        super().__init__(tombstone.iri)
        self.tombstone = tombstone


def document(path: str) -> Document | None:
    """Return the document about the thing at `path`, or None; raises Gone for a withdrawn one."""
    release = services().release
    if not is_thing_path(path):
        return None
    iris = candidates(path, release.base)
    for iri in iris:
        if document := release.document(iri):
            return document
    for iri in iris:
        if tombstone := release.tombstone(iri):
            raise Gone(tombstone)
    return None


def describe(path: str) -> Document:
    """Return the document about the thing at `path`; raises Gone or Problem 301, 404 or 414."""
    if len(path) > MAX_PATH:
        raise Problem(414, f"The path has {len(path)} characters; {MAX_PATH} are allowed.")
    if known := document(path):
        return known
    if url := moved(request.path[1:]):
        raise elsewhere(url)
    said, whole = _count_beside(path)
    detail = f"Nothing is known of <{services().release.base}{path}>.{said}"
    raise Problem(404, detail, {"nearest": whole + nearest(path)})


def _count_beside(path: str) -> tuple[str, list[dict[str, str]]]:
    """Return how many parts such as article/99 the text above has, and where they are listed."""
    above, (address, _, kind) = path.rpartition("/")[0], path.rpartition("/")[0].rpartition("/")
    whole, start = document(address), f"{services().release.base}{above}/"
    below = services().release.beginning(start, _MAX_COMPARED)
    count = sum("/" not in iri.removeprefix(start) for iri in below)
    if whole is None or not count:
        return "", []
    kinds = {"name": f"The {kind}s of the {whole.label}", "url": f"/doc/{address}.html#provisions"}
    return f" The {whole.label} has {count} {kind}{'s' if count > 1 else ''}.", [kinds]


def nearest(path: str) -> list[dict[str, str]]:
    """Return the pages and things that are most like an unknown path, by name and address."""
    release, asked = services().release, path.strip("/").removeprefix("doc/")[:_MAX_WORDS]
    rules = (r for r in current_app.url_map.iter_rules() if "GET" in (r.methods or ()))
    pages = sorted({r.rule[1:] for r in rules if not {"<", "."} & {*r.rule}})
    addresses = [f"/{p}" for p in get_close_matches(asked.lower(), pages, n=1, cutoff=0.75)]
    iris: list[str] = []
    if not addresses:
        graph, last = graph_for(release), asked.rpartition("/")[2]
        iris = _siblings(release, asked) or _named_alike(graph, fold(last))
        iris = iris or _named_alike(graph, fold(asked))
    named = [{"name": page, "url": page} for page in addresses]
    labels = release.labels(iris)
    return named + [{"name": labels[iri], "url": path_of(iri, release.base)} for iri in iris]


def _named_alike(graph: Graph, words: str) -> list[str]:
    """Return the things that are found by words and have a name much like these."""
    words = graph.index.mended(words) or words
    hits = graph.index.find(words, {}, _MAX_NEAREST).hits
    found = graph.things(hit.iri for hit in hits)
    names = {t.iri: map(fold, (t.label, *t.all("skos:altLabel"))) for t in found}
    return [iri for iri, of in names.items() if get_close_matches(words, of, n=1, cutoff=0.6)]


def _siblings(release: Release, path: str) -> list[str]:
    """Return the things most like a path among those that share the longest part of it."""
    above = path if is_thing_path(path) else ""
    iris: list[str] = []
    while "/" in above and not iris:
        above = above.rpartition("/")[0]
        iris = release.beginning(f"{release.base}{above}/", _MAX_COMPARED)
    return get_close_matches(release.base + path, iris, n=_MAX_NEAREST, cutoff=0.8)


def elsewhere(url: str) -> Problem:
    """Return the answer that sends a client to `url` for good."""
    return Problem(301, f"This resource is at {url}.", headers={"Location": url})


def moved(path: str) -> str:
    """Return the URL that a path without a resource must have meant, or "".

    That is what took the place of the resource, the same without one trailing slash, or in another
    case where one resource alone has the name (RFC 9110 section 15.4.2).
    """
    release = services().release
    root, _, rest = path.partition("/")
    is_document = root.lower() == "doc"
    thing = (rest if is_document else path).removesuffix("/")
    if len(path) > MAX_PATH or not is_thing_path(thing.lower()):
        return ""
    iri, suffix = _meant(release, thing), ""
    if is_document and not iri:
        stem, _ = split_suffix(thing)
        iri, suffix = _meant(release, stem), thing[len(stem) :]
    target = document_iri(iri, release.base) if is_document else iri
    meant = path_of(target, release.base) + suffix
    # No client is sent round in a circle.
    asked = [path_of(candidate, release.base) for candidate in candidates(path, release.base)]
    return _with_query(meant[1:]) if iri and meant not in asked else ""


def _meant(release: Release, path: str) -> str:
    """Return the resource that a path means; article/VI is article/6."""
    numbered = "/".join(arabic(part.lower()) for part in path.split("/"))
    counted = [release.base + numbered] if numbered != path.lower() else []
    for iri in (*candidates(path, release.base), *counted):
        if release.document(iri):
            return iri
        if successor := release.successor(iri):
            return successor
        if len(others := release.in_any_case(iri)) == 1:
            return others[0]
    return ""


def without_slash(path: str) -> str:
    """Return the URL of the route that a path with a slash too many must have meant, or ""."""
    routes = current_app.create_url_adapter(request)
    if not path.endswith("/") or not routes or not routes.test(path[:-1], "GET"):
        return ""
    return _with_query(path[1:-1])


def _with_query(path: str) -> str:
    """Return the URL of a path with the query of the request."""
    query = request.query_string.decode("latin-1")
    return services().release.base + path + (f"?{query}" if query else "")


@blueprint.app_errorhandler(Problem)
def problem(error: Problem) -> Response:
    """Answer with the problem document of a refusal, or its page."""
    if prefers_page(request.headers.get("Accept")):
        page = render_xml("problem.html", problem=error)
        response = Response(page, error.status, content_type=HTML.content_type)
    else:
        response = Response(error.as_json(), error.status, content_type=Problem.media_type)
    response.vary.add("Accept")
    response.headers.update(error.headers)
    return response


@blueprint.app_errorhandler(HTTPException)
def refused(error: HTTPException) -> Response:
    """Turn an error of the framework into a problem; its headers (Allow) are kept."""
    given = error.get_response()
    if error.code is None or error.code < 400:
        return Response(given.get_data(), error.code or 500, dict(error.get_headers()))
    kept = {k: v for k, v in given.headers.items() if k in ("Allow", "Retry-After")}
    if error.code == 404:
        members = {"nearest": nearest(request.path)}
        return problem(Problem(404, "No page has this address.", members, headers=kept))
    return problem(Problem(error.code, error.description or "", headers=kept))


@blueprint.app_errorhandler(Exception)
def failed(error: Exception) -> Response:
    """Log an unforeseen error and tell the client no more than that there was one."""
    current_app.logger.exception("Unforeseen error at %s", request.path, exc_info=error)
    return problem(Problem(500, "The server failed on this request; the error has been logged."))
