"""Earlier releases by Memento (RFC 7089): time gates, time maps, and what each release answered."""

import asyncio
import sqlite3
from collections import OrderedDict
from dataclasses import replace
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from threading import Lock
from urllib.parse import quote

from flask import Blueprint, Response, current_app, g, redirect, request
from werkzeug.exceptions import NotFound

from server.problems import Problem
from server.rdf.formats import JSON, Format, split_suffix
from server.rdf.iris import candidates
from server.release import earlier
from server.release.page_store import Pages
from server.release.reader import Release
from server.site import sparql_page
from server.site.parameters import body
from server.site.responses import negotiate, respond, services
from server.sparql.engine import Engine, Limits, QueryFailed
from server.sparql.request import read, resolved
from server.sparql.result_formats import evaluated_as, result_format
from server.sparql.supervisor import WorkerEngine, Workers

blueprint = Blueprint("mementos", __name__)

LINKS = Format("link", "application/link-format", "Time map", "links")
# The rooms of routes that answer from a release alone.
_KEPT = frozenset(
    ["about", "lists", "compare", "dataset", "resources", "search", "signposting", "status"]
)
_MOST_QUADS = 1_000_000  # of a release whose workers are started on demand
_MOST_ENGINES = 2
_LIMITS = Limits(seconds=20.0, workers=1, waiting=8, slow=2)
_engines: "OrderedDict[Path, tuple[Workers, WorkerEngine]]" = OrderedDict()
_starting = Lock()


@blueprint.before_app_request
def choose_release() -> Response | None:
    """Have an earlier release answer what is asked below its address, or lead there."""
    endpoint = str(request.endpoint)
    is_own = endpoint.startswith(("mementos.", "feeds.diff"))
    if (name := request.args.get("release")) and request.url_rule and not is_own:
        rest = [(k, v) for k, v in request.args.items(multi=True) if k != "release"]
        query = "&".join(f"{quote(k)}={quote(v, safe='')}" for k, v in rest)
        path = f"/memento/{quote(name, safe='')}{quote(request.path)}"
        return redirect(path + (f"?{query}" if query else ""), 307)  # type: ignore[return-value]
    if endpoint == "mementos.memento" and request.view_args:
        _turn_back(**request.view_args)
    if endpoint != "sparql.sparql" or not request.headers.get("Accept-Datetime"):
        return None
    if request.method in ("POST", "QUERY") or "query" in request.args:
        return sparql(_newest(earlier.kept(services().release)).manifest.release)
    return None


def _turn_back(name: str, path: str) -> None:
    """Set the release and the route by which the rest of this request is answered."""
    release = earlier.named(services().release, name)
    routes = current_app.url_map.bind("localhost")
    rule, arguments = routes.match(f"/{path}", method="GET", return_rule=True)
    if rule.endpoint.partition(".")[0] not in _KEPT:
        raise Problem(404, f"/{path[:100]} is not kept for earlier releases.")
    modified = formatdate(release.made, usegmt=True)
    nothing_made = Pages(Path("/none"))
    g.services = replace(services(), release=release, pages=nothing_made, modified=modified)
    g.memento = name, path
    request.url_rule, request.view_args = rule, dict(arguments)


@blueprint.get("/memento/<name>/", defaults={"path": ""})
@blueprint.get("/memento/<name>/<path:path>")
def memento(name: str, path: str) -> Response:
    """Stand for what a release answers; `choose_release` has its own view answer."""
    raise NotFound(f"{name}/{path}")


@blueprint.route("/memento/<name>/sparql", methods=["GET", "POST"])
def sparql(name: str) -> Response:
    """Answer a query from an earlier release, by workers that are started on demand."""
    release = earlier.named(services().release, name)
    sent = b"" if request.method == "GET" else body()
    asked = read(request.method, request.query_string, request.content_type or "", sent)
    graphs = [f"{release.base}graph/{graph}" for graph in release.manifest.graphs]
    query = resolved(asked, release.base, graphs)
    fmt = result_format(query, request.headers.get("Accept", ""))
    evaluated, most = evaluated_as(query, fmt)
    try:
        result = _engine(release).ask(query, evaluated, name, most)
    except QueryFailed as failed:
        raise failed.problem() from None
    g.services, g.memento = replace(services(), release=release), (name, "sparql")
    if fmt.key == "html":
        return sparql_page.result(query, result, None)
    return respond(result.read(), fmt, vary=("Accept", "Accept-Datetime"), cache_control="")


def _engine(release: Release) -> Engine:
    """Return an engine for a release; that asked longest ago ends where there are too many."""
    if release.folder == services().release.folder:
        return services().engine
    loop = services().engine.loop
    if release.manifest.quads > _MOST_QUADS or loop is None:
        raise Problem(503, "This release is too large to be opened for queries on demand.")
    with _starting:
        if release.folder not in _engines:
            while len(_engines) >= _MOST_ENGINES:
                _engines.popitem(last=False)[1][0].close()
            workers = Workers(release.quads_file, release.base, _LIMITS)
            engine = WorkerEngine(workers.address, _LIMITS)
            asyncio.run_coroutine_threadsafe(_start(engine), loop).result()
            _engines[release.folder] = workers, engine
        _engines.move_to_end(release.folder)
        return _engines[release.folder][1]


async def _start(engine: Engine) -> None:
    engine.start(asyncio.get_running_loop())


@blueprint.get("/timegate/<path:path>")
def timegate(path: str) -> Response:
    """Send a client to what a page or document was at the moment of Accept-Datetime."""
    releases = _with(path)
    best = _newest(releases)
    response = redirect(_address(best, path), 302)
    response.headers["Vary"] = "accept-datetime"
    response.headers["Cache-Control"] = "no-store"
    ends = {"first": releases[0], "last": releases[-1]}
    links = [link(one, path, f"{rel} memento") for rel, one in ends.items()]
    response.headers["Link"] = ", ".join([*_relations(path), *links])
    return response  # type: ignore[return-value]


def _newest(releases: list[Release]) -> Release:
    """Return the newest release at the moment of Accept-Datetime, or before the first that."""
    wanted = request.headers.get("Accept-Datetime")
    try:
        moment = parsedate_to_datetime(wanted).timestamp() if wanted else releases[-1].made
    except (ValueError, TypeError):
        detail = f"Accept-Datetime is {str(wanted)[:50]!r}, which is no HTTP date."
        raise Problem(400, detail) from None
    return next((one for one in reversed(releases) if one.made <= moment), releases[0])


@blueprint.get("/timemap/<path:path>")
def timemap(path: str) -> Response:
    """List what a page or document was in each release that is kept."""
    fmt, releases = negotiate((LINKS, JSON)), _with(path)
    if fmt is LINKS:
        body = ",\n".join([*_relations(path), *(link(r, path, "memento") for r in releases)])
        return respond(body + "\n", fmt, cache_control="")
    listed = [
        {"datetime": r.made_at, "uri": _address(r, path), "version": r.manifest.version}
        for r in releases
    ]
    base = services().release.base
    told = {
        "original_uri": f"{base}{path}",
        "timegate_uri": f"{base}timegate/{path}",
        "mementos": {"list": listed, "first": listed[0], "last": listed[-1]},
    }
    return respond(told, fmt, cache_control="")


@blueprint.after_app_request
def tell(response: Response) -> Response:
    """Name time gate and time map in what is kept, and the moment in what an earlier one says."""
    kept = str(request.endpoint).partition(".")[0] in _KEPT
    name, path = g.get("memento", ("", request.path[1:]))
    if response.status_code >= 400 or not (kept or name):
        return response
    base, links = services().release.base, _relations(path)
    response.headers["Link"] = ", ".join(
        filter(None, [response.headers.get("Link"), *links[name == "" :]])
    )
    if name:
        response.headers["Memento-Datetime"] = formatdate(services().release.made, usegmt=True)
        location = response.headers.get("Location", "")
        if location.startswith(base):
            response.headers["Location"] = f"{base}memento/{name}/{location.removeprefix(base)}"
    return response


@blueprint.app_errorhandler(sqlite3.DatabaseError)
def unreadable(error: sqlite3.DatabaseError) -> Response:
    """Tell that a release was made by software whose files this one does not read."""
    if "memento" not in g:
        raise error
    problem = Problem(503, "This release was made by other software, and is kept as dumps alone.")
    handled: Response = current_app.handle_user_exception(problem)  # type: ignore[assignment]
    return handled


def _with(path: str) -> list[Release]:
    """Return the releases that may answer at a path; raises Problem 404 where none does."""
    releases = [r for r in earlier.kept(services().release) if _has(r, path)]
    if not releases:
        raise Problem(404, f"No release that is kept has /{path[:200]}.")
    return releases


def _has(release: Release, path: str) -> bool:
    """Tell whether a release may answer at a path: a description has to be in it."""
    root = path.removeprefix("doc/")
    if not root.startswith(("id/", "def/", "shape/", "graph/")):
        return True
    try:
        iris = [*candidates(root, release.base), *candidates(split_suffix(root)[0], release.base)]
        return any(release.document(iri) for iri in iris)
    except sqlite3.DatabaseError:
        return False


def _address(release: Release, path: str) -> str:
    return f"{release.base}memento/{release.manifest.release}/{quote(path)}"


def _relations(path: str) -> list[str]:
    base, path = services().release.base, quote(path)
    return [
        f'<{base}{path}>; rel="original"',
        f'<{base}timegate/{path}>; rel="timegate"',
        f'<{base}timemap/{path}>; rel="timemap"; type="{LINKS.media_type}"',
    ]


def link(release: Release, path: str, rel: str) -> str:
    """Return a member of a Link field that names what a release has at a path."""
    moment = formatdate(release.made, usegmt=True)
    return f'<{_address(release, path)}>; rel="{rel}"; datetime="{moment}"'
