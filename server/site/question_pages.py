"""The competency questions as pages: the question in words, its answer and its query."""

import re
from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

from flask import Blueprint, Response

from server.pages.page_model import Item, Ref, Section
from server.pages.sections import section
from server.pages.wording import curie, day, link_to
from server.problems import Problem
from server.rdf.iris import THING_ROOTS, canonical
from server.release.reader import Release
from server.site.responses import respond_page, services
from server.sparql.questions import Question, read_all

blueprint = Blueprint("questions", __name__)

_PREFIXED_NAME = re.compile(r"\b[a-z]+:[A-Za-z]\w*")


@lru_cache
def _read(sources: Path) -> dict[str, Question]:
    return {q.slug: q for q in read_all(sources / "queries")}


def all_questions() -> list[Question]:
    """Return the questions in their order."""
    return list(_read(services().sources).values())


@lru_cache
def _by_term(sources: Path) -> dict[str, list[Question]]:
    """Return the questions whose queries name a term, by its prefixed name."""
    questions: dict[str, list[Question]] = defaultdict(list)
    for question in _read(sources).values():
        for name in set(_PREFIXED_NAME.findall(_query(question))):
            questions[name].append(question)
    return questions


def questions_on(iri: str) -> list[Section]:
    """Return the section that lists the questions whose queries use a term."""
    name = curie(canonical(iri, services().release.base))
    questions = _by_term(services().sources).get(name, [])
    items = [Item(Ref(q.title, f"/questions/{q.slug}")) for q in questions]
    return section("Questions that use it", items)


@blueprint.get("/questions")
def questions() -> Response:
    """List all questions."""
    return respond_page("questions.html", questions=all_questions())


@blueprint.get("/questions/<slug>")
def question(slug: str) -> Response:
    """Show one question with its answer as it is on record, and the query that gives it."""
    question = _read(services().sources).get(slug)
    if question is None:
        raise Problem(404, f"There is no question called {slug[:80]!r}.")
    columns, *rows = question.answer
    return respond_page(
        "question.html",
        question=question,
        columns=columns,
        rows=_table(services().release, rows),
        query=_query(question),
        run=address(question),
    )


def address(question: Question) -> str:
    """Return the address at which the query of a question can be run and changed."""
    return "/sparql?" + urlencode({"query": _query(question)})


def _query(question: Question) -> str:
    """Return the query without the comment lines at its head."""
    return re.sub(r"\A(#.*\n)+", "", question.query).strip()


def _table(release: Release, rows: list[tuple[str, ...]]) -> list[list[Ref]]:
    """Return the cells as text, or as links under labels where they name a thing."""
    labels = release.labels(release.base + cell for row in rows for cell in row if _is_thing(cell))
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
