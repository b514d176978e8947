"""Where a query stops being SPARQL and what could stand there, from an engine's parser.

The parser's own report is of little use: it gives a place behind the error where a keyword was
tried there, and lists character classes. So the first token with which the text cannot go on is
searched for, by parsing ever shorter beginnings of it.
"""

import re
from bisect import bisect_left
from collections.abc import Callable

from server.sparql.engine import QueryFailed
from server.sparql.tokens import token_spans

_REPORT = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
_ITEM = re.compile(r'"(?:[^"\\]|\\.)*"|\[[^\[\]]*(?:\'[^\']*\'[^\[\]]*)*\]|[^,"\[\]]+')
_SENTENCE = re.compile(r"[A-Z][a-z]+ |The ")
_PADDING = " " * 24  # longer than any keyword, so that none of them reaches past it
MAX_NAMED = 12
# What the parser lists, and in words what it means; other keywords and signs are named as they are.
_KINDS = {
    '"?"': "a variable", '"$"': "a variable", '"<"': "an IRI", '":"': "a name",
    '"_:"': "a blank node", "\"'\"": "a string", '"\\""': "a string", "\"'''\"": "a string",
    '"\\"\\"\\""': "a string", "['0'..='9']": "a number", '"+"': "a number", '"-"': "a number",
    '"["': "'['",
}  # fmt: skip

Parse = Callable[[str], str | None]


def syntax_failure(query: str, report: str, parse: Parse) -> QueryFailed:
    """Return the failure of a query that an engine's parser rejects with `report`.

    `parse` gives the parser's report on another text, or None where it is well-formed.
    """
    match = _REPORT.match(report)
    if not match:
        return QueryFailed("syntax", report)
    if sentences := [item for item in _items(match[3]) if _SENTENCE.match(item)]:
        # The grammar is kept, and a rule beside it broken, which the parser says in words.
        return _failure(int(match[1]), int(match[2]), f"{sentences[0].rstrip('.')}.")
    spans = token_spans(query)
    bad = bisect_left(spans, True, key=lambda span: not _may_begin(query[: span[1]], parse))
    if bad < len(spans):
        start, end = spans[bad]
        unexpected = f"{query[start:end][:40]!r}"
    else:
        start, unexpected = len(query), "the end of the query"
    line, column = query.count("\n", 0, start) + 1, start - query.rfind("\n", 0, start)
    expected = _REPORT.match(parse(query[:start] + _PADDING) or "")
    names = _names(_items(expected[3])) if expected else []
    return _failure(line, column, f"{_listed(names)}{unexpected} is not expected here.")


def _failure(line: int, column: int, text: str) -> QueryFailed:
    return QueryFailed("syntax", f"Line {line}, column {column}: {text}", line, column)


def _may_begin(text: str, parse: Parse) -> bool:
    """Tell whether a query may begin with `text`: the parser gets to its end."""
    report = parse(text + _PADDING)
    match = _REPORT.match(report) if report else None
    if not match:
        return report is None
    line = text.count("\n") + 1
    column = len(text) - text.rfind("\n") + len(_PADDING)
    return (int(match[1]), int(match[2])) == (line, column)


def _items(listed: str) -> list[str]:
    return [item for item in (m[0].strip() for m in _ITEM.finditer(listed)) if item]


def _names(items: list[str]) -> list[str]:
    names = []
    for item in items:
        if item in _KINDS:
            names.append(_KINDS[item])
        elif item.startswith('"'):
            names.append(f"'{item[1:-1]}'")
        elif not item.startswith("["):  # a class of characters
            names.append(item)
    return list(dict.fromkeys(names))


def _listed(names: list[str]) -> str:
    if not names:
        return ""
    *others, last = names[:MAX_NAMED] + (["more"] if len(names) > MAX_NAMED else [])
    return f"expected {', '.join(others)}{' or ' if others else ''}{last}; "
