"""The competency questions as pages: the question in words, its answer and its query."""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

from flask import Blueprint, Response

from server.declared import declared_in
from server.law import participation
from server.pages.release_graph import graph_for
from server.pages.wording import Ref, curie, fragment
from server.problems import Problem
from server.rdf.datatypes import Day
from server.rdf.iris import THING_ROOTS, canonical
from server.release.reader import Release
from server.release.text_search import fold
from server.site.parameters import parameters
from server.site.responses import respond_page, services
from server.site.status import treaty_iri
from server.sparql.questions import Question, read_all

blueprint = Blueprint("questions", __name__)

_PREFIXED_NAME = re.compile(r"\b[a-z]+:[A-Za-z]\w*")
# A line of a query that gives its parameters their values; a comment before it says so.
_PARAMETERS = re.compile(r"(# Parameters.*\n\s*)VALUES \(([?\w ]+)\) \{ \((.+)\) \}")


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


def questions_on(iri: str) -> list[Question]:
    """Return the questions whose queries use a term."""
    name = curie(canonical(iri, services().release.base))
    return _by_term(services().sources).get(name, [])


@lru_cache
def _by_subject(sources: Path) -> dict[str, list[Question]]:
    """Return the questions under their subjects; those that no file groups come last."""
    file, left = sources / "queries" / "subjects.yaml", dict(_read(sources))
    declared: dict[str, list[str]] = declared_in(file) if file.is_file() else {}
    grouped = {subject: [left.pop(slug) for slug in slugs] for subject, slugs in declared.items()}
    return grouped | ({"Other questions": [*left.values()]} if left else {})


@blueprint.get("/questions")
def questions() -> Response:
    """List the questions by subject: all, those of one, or those with some words."""
    grouped, asked = _by_subject(services().sources), parameters()
    keys = [fragment(subject) for subject in grouped]
    if asked["subject"] and asked["subject"] not in keys:
        raise Problem(400, f"subject is one of {', '.join(keys)}.")
    words = [f" {word}" for word in fold(asked["q"]).split()]
    found = {
        subject: [q for q in under if all(w in f" {fold(q.title + q.description)}" for w in words)]
        for subject, under in grouped.items()
        if asked["subject"] in ("", fragment(subject))
    }
    return respond_page("questions.html", subjects=grouped, found=found, asked=asked)


@blueprint.get("/questions/<slug>")
def question(slug: str) -> Response:
    """Show one question with its answer as it is on record, and the query that gives it.

    With values for its parameters lead on to the answer of the query with these.
    """
    question = _read(services().sources).get(slug)
    if question is None:
        raise Problem(404, f"There is no question called {slug[:80]!r}.")
    if given := {name: text for name, text in parameters().items() if text}:
        query = urlencode({"query": _with_values(question, given)})
        return Response(
            status=303, headers={"Location": f"{services().release.base}sparql?{query}"}
        )
    columns, *rows = question.answer
    return respond_page(
        "question.html",
        question=question,
        columns=columns,
        rows=[[_cell(services().release, cell) for cell in row] for row in rows],
        query=_query(question),
        run=address(question),
        parameters=_parameters(question),
        treaties=participation.treaties(services().release),
    )


def _parameters(question: Question) -> dict[str, str]:
    """Return the parameters of a question, each with its term in the query."""
    match = _PARAMETERS.search(question.query)
    names, terms = (match[2].replace("?", "").split(), match[3].split()) if match else ((), ())
    return dict(zip(names, terms, strict=True))


def _with_values(question: Question, given: Mapping[str, str]) -> str:
    """Return the query of a question with other values; raises Problem 400 or 404 for faulty."""
    release, terms = services().release, _parameters(question)
    for name, text in given.items():
        if name not in terms:
            asked = f"it asks for {', '.join(terms)}" if terms else "it has no parameters"
            raise Problem(400, f"This question does not ask for {name}; {asked}.")
        if name == "treaty":
            iri = participation.record(release, treaty_iri(release, text)).iri
            terms[name] = f"<{iri.removeprefix(release.base)}>"
        else:
            terms[name] = f'"{participation.parse_day(text, Day.today(), name)}"^^xsd:date'
    values = " ".join(terms.values())
    return _PARAMETERS.sub(rf"\1VALUES (\2) {{ ({values}) }}", _query(question), count=1)


def address(question: Question) -> str:
    """Return the address at which the query of a question can be run and changed."""
    return "/sparql?" + urlencode({"query": _query(question)})


def _query(question: Question) -> str:
    """Return the query without the comment lines at its head."""
    return re.sub(r"\A(#.*\n)+", "", question.query).strip()


def _cell(release: Release, cell: str) -> Ref:
    """Return a cell of an answer as text, or as a link under its label where it names a thing."""
    is_thing = cell.partition("/")[0] in THING_ROOTS
    if is_thing and (thing := graph_for(release).thing(release.base + cell)):
        return thing.ref
    return Ref(cell, cell) if cell.startswith(("http://", "https://")) else Ref(cell)
