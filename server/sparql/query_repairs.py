"""Rewrites queries where pyoxigraph departs from SPARQL 1.1 (docs/upstream/ has the reports).

It compares terms of different kinds by their text and terms of one kind by their value, so that
10 < "5" < 9 < 10. Then ORDER BY gives one of many orders or aborts, and MIN and MAX depend on what
comes first. BNODE("x") is the same node in each solution, and may be one of the store. GROUP_CONCAT
has no value where one of its terms is no string, and keeps a language.
"""

import contextlib
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any, cast

import pyoxigraph as ox

from server.rdf.datatypes import INTEGERS
from server.rdf.vocabulary import XSD
from server.sparql.tokens import token_matches

Edit = tuple[int, int, str]  # start and end of a piece of text, and what stands there instead

# A query without these words needs no repair. A regular expression takes ten times as long.
_REPAIRED = ("order", "min", "max", "bnode", "group_concat")
_CLAUSES = ("LIMIT", "OFFSET", "VALUES")  # what may follow conditions
_STAR = re.compile(r"select(\s|#.*\n)*+(distinct|reduced)?(\s|#.*\n)*+\*", re.IGNORECASE)
_OURS = "urn:spacelaw:function:"
# Terms are ordered by kind first (SPARQL 1.1 section 15.1, then numbers, other datatypes, strings,
# strings with a language, triple terms), then other datatypes by their IRI and by whether there is
# a timezone. Durations are compared by their text: P1M and P30D have no order. What is left, the
# engine compares by value.
_KIND = (
    "COALESCE(IF(isIRI({0}), 2, IF(isNUMERIC({0}), 3, IF(isLITERAL({0}), IF(LANG({0}) != '', 6, "
    f"IF(DATATYPE({{0}}) = <{XSD}string>, 5, 4)), IF(isBLANK({{0}}), 1, 7)))), 0)"
)
_DATATYPE = (
    "IF(isIRI({0}) || isNUMERIC({0}) || LANG({0}) != '' "
    f"|| DATATYPE({{0}}) = <{XSD}string>, '', "
    "COALESCE(CONCAT(STR(DATATYPE({0})), ' ', IF(TZ({0}) = '', '', 'Z')), "
    f"CONCAT(STR(DATATYPE({{0}})), IF(DATATYPE({{0}}) = <{XSD}duration>, STR({{0}}), ''))))"
)


def repaired(query: str) -> tuple[str, dict[str, Any]] | None:
    """Return what to run instead of a query, and the functions that it calls, for the engine.

    Where the query is not well-formed, that is not either. Returns None where it needs no repair.
    """
    lower = query.lower()
    if not any(word in lower for word in _REPAIRED):
        return None
    query, calls_of_bnode = _with_own_calls(query)
    aggregates = {ox.NamedNode(_OURS + name): partial(_Extreme, name) for name in ("MIN", "MAX")}
    functions = {
        "custom_functions": _bnode_functions(calls_of_bnode),
        "custom_aggregate_functions": aggregates,
    }
    return _with_total_order(query), functions


def with_columns(query: str, variables: list[str]) -> str | None:
    """Return a SELECT * that names its variables in the order in which the query has them.

    The engine gives them in alphabetical order. Returns None where that is the same, or the query
    is another.
    """
    if "*" not in query or not _STAR.search(query):
        return None
    tokens = [*token_matches(query)]
    select = next(i for i, token in enumerate(tokens) if token[0].upper() == "SELECT")
    star = tokens[select + 1 + (tokens[select + 1][0].upper() in ("DISTINCT", "REDUCED"))]
    written = dict.fromkeys(token[0][1:] for token in tokens if token.lastgroup == "variable")
    ordered = sorted(variables, key=[*written, *variables].index)
    if star[0] != "*" or ordered == variables:
        return None
    return _edited(query, [(*star.span(), " ".join(f"?{name}" for name in ordered))])


def _with_own_calls(query: str) -> tuple[str, int]:
    """Return the query with calls of our functions, and how many calls of BNODE it has."""
    tokens = [*token_matches(query)]
    edits: list[Edit] = []
    calls_of_bnode = 0
    for i, (word, bracket, argument) in enumerate(
        zip(tokens, tokens[1:], tokens[2:], strict=False)
    ):
        name = word[0].upper()
        if word.lastgroup != "word" or bracket[0] != "(":
            continue
        if name in ("MIN", "MAX"):
            edits.append((word.start(), word.end(), f"<{_OURS}{name}>"))
            if argument[0].upper() == "DISTINCT":  # which changes nothing, and ours take it not
                edits.append((argument.start(), argument.end(), ""))
        elif name == "BNODE" and argument[0] != ")":
            edits.append((word.start(), word.end(), f"<{_OURS}BNODE-{calls_of_bnode}>"))
            calls_of_bnode += 1
        elif name == "GROUP_CONCAT":
            edits += _as_text(tokens, i + 1)
    return _edited(query, edits), calls_of_bnode


def _as_text(tokens: list[re.Match[str]], bracket: int) -> list[Edit]:
    """Return the edits that make what GROUP_CONCAT has in its brackets a string."""
    argument, end = tokens[bracket + 1], _behind_bracket(tokens, bracket) - 1
    start = argument.end() if argument[0].upper() == "DISTINCT" else argument.start()
    end -= 4 * (tokens[end - 3][0].upper() == "SEPARATOR")
    return [(start, start, " STR("), (tokens[end].start(), tokens[end].start(), ")")]


def _with_total_order(query: str) -> str:
    """Return the query with conditions of kind and datatype before each condition of its order."""
    tokens = [*token_matches(query)]
    edits: list[Edit] = []
    for i, token in enumerate(tokens[:-1]):
        if token[0].upper() == "ORDER" and tokens[i + 1][0].upper() == "BY":
            edits += _order_edits(query, tokens, i + 2)
    return _edited(query, edits)


def _order_edits(query: str, tokens: list[re.Match[str]], i: int) -> Iterator[Edit]:
    """Yield what to change in the conditions that begin at a token."""
    while i < len(tokens):
        start = i
        word = tokens[i][0].upper()
        if word in _CLAUSES:
            return
        if word in ("NOT", "EXISTS"):  # whose values are of one kind
            i = _behind_bracket(tokens, i + 1 + (word == "NOT"))
            continue
        direction = word if word in ("ASC", "DESC") else ""
        i += bool(direction)
        expression = i
        is_call = tokens[i].lastgroup in ("word", "name", "iri") and _text(tokens, i + 1) == "("
        if tokens[i].lastgroup == "variable":
            i += 1
        elif is_call or _text(tokens, i) == "(":
            i = _behind_bracket(tokens, i + is_call)
        else:
            return  # the end of a subquery
        text = query[tokens[expression].start() : tokens[i - 1].end()]
        keys = (_KIND.format(text), _DATATYPE.format(text), text)
        ordered = " ".join(f"{direction or 'ASC'}({key})" for key in keys)
        yield tokens[start].start(), tokens[i - 1].end(), ordered


def _text(tokens: list[re.Match[str]], i: int) -> str:
    return tokens[i][0] if i < len(tokens) else ""


def _behind_bracket(tokens: list[re.Match[str]], i: int) -> int:
    """Return where the tokens go on behind the bracket that opens at one."""
    depth = 0
    for j in range(i, len(tokens)):
        depth += {"open": 1, "close": -1}.get(tokens[j].lastgroup or "", 0)
        if not depth:
            return j + 1
    return len(tokens)


def _edited(query: str, edits: list[Edit]) -> str:
    for start, end, text in sorted(edits, reverse=True):
        query = query[:start] + text + query[end:]
    return query


class _Extreme:
    """The least or the greatest term of a group, in the order of ORDER BY."""

    def __init__(self, name: str) -> None:
        self.is_least = name == "MIN"
        self.best: dict[int, tuple[Any, Any]] = {}  # by kind: what terms are compared by, and one
        self.others: dict[int, set[Any]] = {}  # by kind: terms that the engine is to compare

    def accumulate(self, term: Any) -> None:
        """Take a term of the group."""
        kind, key = _kind_and_key(term)
        if key is None:
            self.others.setdefault(kind, set()).add(term)
        elif kind not in self.best or (
            key < self.best[kind][0] if self.is_least else key > self.best[kind][0]
        ):
            self.best[kind] = key, term

    def finish(self) -> Any:
        """Return the term; None in an empty group, which the engine takes for an error."""
        kinds = self.best.keys() | self.others.keys()
        if not kinds:
            return None
        kind = min(kinds) if self.is_least else max(kinds)
        if kind in self.best:
            return self.best[kind][1]
        values = " ".join(map(_written, self.others[kind]))
        direction = "ASC" if self.is_least else "DESC"
        query = f"SELECT ?o {{ VALUES ?o {{ {values} }} }} ORDER BY {direction}(?o) LIMIT 1"
        solutions = cast(ox.QuerySolutions, ox.Store().query(_with_total_order(query)))
        return next(solution[0] for solution in solutions)


def _kind_and_key(term: Any) -> tuple[int, Any]:
    """Return the kind of a term as in _KIND, and what it is compared by within its kind.

    The key is None where only the engine can compare, such as dates.
    """
    if isinstance(term, ox.NamedNode):
        return 2, term.value
    if isinstance(term, ox.BlankNode):
        return 1, term.value
    if not isinstance(term, ox.Literal):
        return 7, None
    if term.language:
        return 6, (term.value, term.language)
    datatype = term.datatype.value.removeprefix(XSD)
    if datatype == "string":
        return 5, term.value
    with contextlib.suppress(ValueError, ArithmeticError):  # ill-typed
        if datatype in ("double", "float"):
            return 3, (term.value == "NaN", float(term.value))  # NaN comes last
        if datatype == "decimal" or datatype in INTEGERS:
            return 3, (False, Decimal(term.value))
    return 4, None


def _written(term: Any) -> str:
    return f"<<( {term} )>>" if isinstance(term, ox.Triple) else str(term)


def _bnode_functions(calls: int) -> dict[ox.NamedNode, Callable[..., Any]]:
    """Return BNODE for each place where the query calls it.

    In each solution each place is evaluated once, so that one which comes again is in the next.
    """
    nodes: dict[str, ox.BlankNode] = {}
    evaluated: set[int] = set()

    def bnode(place: int, label: Any) -> ox.BlankNode | None:
        if place in evaluated:
            nodes.clear()
            evaluated.clear()
        evaluated.add(place)
        if not isinstance(label, ox.Literal) or label.datatype.value != f"{XSD}string":
            return None
        return nodes.setdefault(label.value, ox.BlankNode())

    return {ox.NamedNode(f"{_OURS}BNODE-{place}"): partial(bnode, place) for place in range(calls)}
