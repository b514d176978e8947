"""Pages made ahead by the same code that makes them on request: for the server, or to take away.

A copy to take away needs neither server nor network: a folder of files, or one HTML page. Search,
SPARQL and the check of the data are done there in the browser by a script (assets/src/offline.js)
and by Oxigraph compiled to WebAssembly.
"""

import base64
import json
import logging
import os
import re
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from html import escape, unescape
from pathlib import Path
from typing import NoReturn
from urllib.parse import parse_qs, unquote

import zstandard

from server.http.logs import log_events
from server.rdf.datatypes import Day
from server.rdf.iris import is_thing_path, path_of
from server.rdf.vocabulary import prefixes
from server.release import page_store
from server.release.manifest import DOCUMENTS
from server.release.reader import Release
from server.settings import Config
from server.site import resources
from server.site.application import create_app
from server.site.assets import FOLDER
from server.sparql.engine import Engine, QueryFailed

_logger = logging.getLogger(__name__)


class NoEngine(Engine):
    """Refuses queries: a page is made of the release alone."""

    def begin(self, *_: object, **__: object) -> NoReturn:
        """Raise QueryFailed."""
        raise QueryFailed("unavailable", "No query runs while pages are made.")


def make_when_idle(config: Config, folder: Path) -> None:
    """Make the pages of the release that is served, whenever nothing else needs the processor."""
    log_events()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started this process ends it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    else:
        os.nice(19)
    make_pages(config, folder)


def make_pages(config: Config, folder: Path) -> None:
    """Make the pages of a release unless they are there, or are too many.

    Where they cannot be written, they are left to requests.
    """
    release = Release(folder)
    path = page_store.file_of(release, config.sources)
    if path.exists() or release.manifest.resources > config.pages:
        return
    try:
        page_store.write(path, _pages(config, release))
    except (OSError, sqlite3.Error) as error:
        _logger.error("Pages are made on request and not ahead: %s", error)
        return
    _logger.info("All pages of release %s are made.", release.folder.name)
    for old in path.parent.glob(f"{release.folder.name}.pages-*"):
        if old != path:
            old.unlink()


def _pages(config: Config, release: Release) -> Iterator[tuple[str, bytes]]:
    with create_app(release, NoEngine(), config=config).test_request_context():
        for iri in release.iris():
            if document := release.document(iri):
                yield iri, resources.page(document).encode()


_LINK = re.compile(r'\b(href|src|action)="([^"]*)"')
_SCRIPT = re.compile(r'<script type="module"[^>]*></script>\n?')
_CONTENT = re.compile(r"<title>.*?</title>|<main .*</main>", re.DOTALL)
_THINGS_PAGE = re.compile(r"/doc(/(?:id|def|shape|graph)(?:/[^.?]*)?)(?:\.html)?(\?.*)?")
# Parameters of links that lead to pages of the copy; the others lead to the site.
_FOLLOWED = frozenset({"page", "thread", "state", "text", "by", "treaty", "asOf"})
_IN_THE_PAGE = ("/search", "/sparql")  # answered by the script, whatever their parameters are
_DATA = re.compile(r"/(doc/[^.]*\.(ttl|jsonld)|dumps/.*\.\w+|(catalog|record|openapi).*\.\w+)")
_BLOCK_BYTES = 4_000_000  # of pages that are packed together in the single page
_LEVEL = 12  # of compression: more takes ten times as long for a twentieth less


class Copy:
    """The pages of a release by their paths, and what the script needs beside them."""

    def __init__(self, release: Release, progress: Callable[[str], None]) -> None:
        """Ask the application for all pages; raises OSError where the script was not built."""
        self.release, self.base = release, release.base
        self.script = (FOLDER / "dist/offline.js").read_text("utf-8").replace("</", "<\\/")
        progress("Collecting the pages")
        self._client = create_app(release, NoEngine()).test_client()
        self.pages: dict[str, str] = {}
        things = [path_of(iri, self.base) for iri, *_ in release.descriptions()]
        known = dict.fromkeys(["/", *_IN_THE_PAGE, *things])
        todo = list(known)
        for path in todo:
            if (page := self._answer(path, "text/html")) is None:
                continue
            self.pages[path] = page.decode()
            new = [p for p in self._targets(path) if p not in known and _is_followed(p)]
            known |= dict.fromkeys(new)
            todo += new

    def _answer(self, path: str, accept: str = "*/*") -> bytes | None:
        """Return what the application answers at a path, None for anything but a whole answer."""
        asked = f"/doc{path}" if is_thing_path(path[1:].partition("?")[0]) else path
        response = self._client.get(asked, headers={"Accept": accept})
        is_found = response.status_code == 200 and accept in ("*/*", response.mimetype)
        return response.data if is_found else None

    def _targets(self, path: str) -> list[str]:
        """Return the paths that a page leads to, with their queries."""
        return sorted({self._path(link) for _, link in _LINK.findall(self.pages[path])})

    @lru_cache(maxsize=1 << 16)  # noqa: B019 (pages have many links in common)
    def _path(self, link: str) -> str:
        path = unescape(link).partition("#")[0]
        if path.startswith(self.base):
            path = "/" + path.removeprefix(self.base)
        page = _THINGS_PAGE.fullmatch(path)
        return page[1] + (page[2] or "") if page else path

    def _local(self, root: str, match: re.Match[str]) -> str:
        """Return an attribute with a link that works on disk, or leads to the site."""
        name, link = match.groups()
        target, place = self._path(link), "".join(unescape(link).partition("#")[1:])
        path, _, query = target.partition("?")
        if not target.startswith("/"):
            return f'{name}="{link}"'
        is_file = path.startswith("/static/") or (not query and _DATA.fullmatch(path))
        if path in _IN_THE_PAGE:
            file = _file(path) + (f"?{query}" if query else "")
        elif name == "action" or not (target in self.pages or is_file):
            return f'{name}="{escape(self.base + target[1:] + place)}"'
        else:
            file = _file(target) if target in self.pages else unquote(path[1:])
        return f'{name}="{escape(root + file + place)}"'

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield all files of the folder by their names: pages, style, script, data."""
        for path, page in self.pages.items():
            root = "../" * _file(path).count("/") or "./"
            text = _LINK.sub(partial(self._local, root), page)
            source = f"{root}static/dist/offline.js"
            script = f'<script defer src="{source}" {self._told(root)}></script>\n</head>'
            text = _SCRIPT.sub("", text).replace("</head>", script, 1)
            yield _file(path), text.encode()
        for name in ("style.css", "icon.svg", "dist/offline.js"):
            yield f"static/{name}", (FOLDER / name).read_bytes()
        for name, body in self._parts():
            text = f'(globalThis.spacelawFiles ??= {{}}).{name} = "{_packed(body)}";\n'
            yield f"static/{name}.js", text.encode()
        for path in sorted({target for page in self.pages for target in self._targets(page)}):
            if _DATA.fullmatch(path) and (data := self._answer(path)) is not None:
                yield unquote(path[1:]), data

    def _told(self, root: str = "") -> str:
        """Return what the script is told of the copy, as attributes."""
        manifest = self.release.manifest
        told = {"base": self.base, "dataset": manifest.dataset, "release": manifest.release}
        told |= {"prefixes": json.dumps(prefixes(self.base))} | ({"root": root} if root else {})
        return " ".join(f'data-{name}="{escape(value)}"' for name, value in told.items())

    def _parts(self) -> Iterator[tuple[str, bytes]]:
        """Yield what the script reads: data, engine, terms, search index."""
        yield "dataset", self.release.quads_file.read_bytes()
        yield "oxigraph", (FOLDER / "dist/oxigraph.wasm").read_bytes()
        yield "vocabulary", self._answer("/vocabulary.json") or b""
        documents = f"{(self.release.folder / DOCUMENTS).as_uri()}?mode=ro"
        with sqlite3.connect(documents, uri=True) as database:
            database.execute("CREATE VIRTUAL TABLE temp.spot USING fts5vocab(main, text, instance)")
            sql = Path(__file__).with_name("search_index.sql").read_text("utf-8")
            yield "search", database.execute(sql).fetchone()[0].encode()

    def _blocks(self) -> Iterator[tuple[str, bytes]]:
        """Yield the pages without what all have, many packed together, and where each stands."""
        places, blocks = {}, [bytearray()]
        for path, page in self.pages.items():
            body = "".join(_CONTENT.findall(page)).encode()
            places[path] = len(blocks) - 1, len(blocks[-1]), len(blocks[-1]) + len(body)
            blocks[-1] += body
            if len(blocks[-1]) > _BLOCK_BYTES:
                blocks.append(bytearray())
        yield from ((f"pages-{number}", bytes(block)) for number, block in enumerate(blocks))
        yield "places", json.dumps(places).encode()

    def single(self) -> Iterator[str]:
        """Yield the text of the single page, piece by piece."""
        shell = re.sub(r'<link rel="(stylesheet|icon|search)"[^>]*>\n?', "", self.pages["/"])
        shell = re.sub(r"(?s)(<main [^>]*>).*(</main>)", r"\1\2", _SCRIPT.sub("", shell))
        head, _, rest = shell.partition("</head>")
        style = (FOLDER / "style.css").read_text("utf-8")
        yield f"{head}<style>{style}</style>\n</head>{rest.partition('</body>')[0]}"
        for name, body in (*self._parts(), *self._blocks()):
            yield f'<script type="text/plain" id="file-{name}">{_packed(body)}</script>\n'
        yield f"<script {self._told()}>{self.script}</script>\n</body>\n</html>\n"


def _is_followed(path: str) -> bool:
    """Tell whether a copy has the page of a path: not each order of a list, and not each day."""
    place, _, query = path.partition("?")
    asked, today = parse_qs(query, keep_blank_values=True), [str(Day.today())]
    is_page = path.startswith("/") and "." not in place
    return is_page and asked.keys() <= _FOLLOWED and asked.get("asOf", today) == today


def _file(path: str) -> str:
    """Return the name of the file of a page."""
    place, mark, query = unquote(path[1:]).partition("?")
    return (place or "index") + re.sub(r"[^\w=&.-]", "~", mark + query) + ".html"


def _packed(body: bytes) -> str:
    return base64.b64encode(zstandard.ZstdCompressor(level=_LEVEL).compress(body)).decode()


def write_folder(copy: Copy, folder: Path) -> None:
    """Write a copy as a folder of files."""
    for name, body in copy.files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)


def write_single(copy: Copy, path: Path) -> None:
    """Write a copy as one HTML page."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(copy.single())
