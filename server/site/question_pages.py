"""The competency questions as pages: the question in words, its answer and its query."""

import re
from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template

from server.pages.page_model import Item, Ref, Section
from server.pages.sections import section
from server.pages.wording import curie, day, link_to
from server.problems import Problem
from server.rdf.formats import HTML
from server.rdf.iris import THING_ROOTS, canonical
from server.release.reader import Release
from server.site.responses import respond, services
from server.sparql.questions import Question, read_all

blueprint = Blueprint("questions", __name__)


@lru_cache
def _read(sources: Path) -> dict[str, Question]:
    return {q.slug: q for q in read_all(sources / "queries")}


def known() -> dict[str, Question]:
    """Return the questions by their slugs."""
    return _read(services().sources)


_NAME = re.compile(r"\b[a-z]+:[A-Za-z]\w*")


@lru_cache
def _by_term(sources: Path) -> dict[str, list[Question]]:
    """Return the questions whose queries name a term, by its prefixed name."""
    found: dict[str, list[Question]] = defaultdict(list)
    for asked in _read(sources).values():
        for name in set(_NAME.findall(_query(asked))):
            found[name].append(asked)
    return found


def questions_on(iri: str) -> list[Section]:
    """Return the section that lists the questions whose queries use a term."""
    name = curie(canonical(iri, services().release.base))
    asked = _by_term(services().sources).get(name, [])
    items = [Item(Ref(q.title, f"/questions/{q.slug}")) for q in asked]
    return section("Questions that use it", items)


@blueprint.get("/questions")
def questions() -> Response:
    """List all questions."""
    body = render_template("questions.html", questions=list(known().values()))
    return respond(body, HTML, vary=())


@blueprint.get("/questions/<slug>")
def question(slug: str) -> Response:
    """Show one question with its answer as it is on record, and the query that gives it."""
    release, asked = services().release, known().get(slug)
    if asked is None:
        raise Problem(404, f"There is no question called {slug[:80]!r}.")
    head, *rows = asked.answer
    body = render_template(
        "question.html",
        question=asked,
        columns=head,
        rows=_table(release, rows),
        query=_query(asked),
        change=change(asked),
    )
    return respond(body, HTML, vary=())


def change(asked: Question) -> str:
    """Return the address at which the query of a question can be run and changed."""
    return "/sparql?" + urlencode({"query": _query(asked)})


def _query(asked: Question) -> str:
    """Return the query without the comment lines at its head."""
    lines = asked.query.splitlines()
    while lines and lines[0].startswith("#"):
        lines.pop(0)
    return "\n".join(lines).strip()


def _table(release: Release, rows: list[tuple[str, ...]]) -> list[list[Ref]]:
    """Return the cells as text, or as links under labels where they name a thing."""
    iris = {release.base + cell for row in rows for cell in row if _is_thing(cell)}
    labels = release.labels(iris)
    return [[_cell(release, cell, labels) for cell in row] for row in rows]


def _cell(release: Release, cell: str, labels: dict[str, str]) -> Ref:
    iri = release.base + cell
    if _is_thing(cell) and iri in labels:
        return Ref(labels[iri], link_to(iri, release.base))
    if cell.startswith(("http://", "https://")):
        return Ref(cell, cell)
    return Ref(day(cell))


def _is_thing(cell: str) -> bool:
    return cell.partition("/")[0] in THING_ROOTS
