"""Where a query stops being SPARQL and what could stand there, from an engine's parser.

The parser's own report is of little use: it gives a place behind the fault where a keyword was
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
_PADDING = " " * 24  # longer than any keyword, so that none of them reaches past it
MOST_NAMED = 12

Parse = Callable[[str], str | None]


def fault(query: str, report: str, parse: Parse) -> QueryFailed:
    """Return the failure of a query that an engine's parser rejects with `report`.

    `parse` gives the parser's report on another text, or None where it is well-formed.
    """
    match = _REPORT.match(report)
    if not match:
        return QueryFailed("syntax", report)
    meant = [i for i in _items(match[3]) if re.match(r"[A-Z][a-z]+ |The ", i)]
    if meant:
        line, column = int(match[1]), int(match[2])
        return _failure(line, column, f"{meant[0].rstrip('.')}.")
    ends = [end for _, end in token_spans(query)]
    starts = [start for start, _ in token_spans(query)]
    bad = bisect_left(ends, True, key=lambda end: not _viable(query[:end], parse))
    at = starts[bad] if bad < len(starts) else len(query)
    found = f"{query[at : ends[bad]][:40]!r}" if bad < len(starts) else "the end of the query"
    line, column = query.count("\n", 0, at) + 1, at - query.rfind("\n", 0, at)
    expected = _REPORT.match(parse(query[:at] + _PADDING) or "")
    names = _readable(_items(expected[3])) if expected else []
    return _failure(line, column, f"{_listed(names)}{found} is not expected here.")


def _failure(line: int, column: int, text: str) -> QueryFailed:
    return QueryFailed("syntax", f"Line {line}, column {column}: {text}", line, column)


def _viable(text: str, parse: Parse) -> bool:
    """Tell whether a query may begin with `text`: the parser gets to its end."""
    report = parse(text + _PADDING)
    match = _REPORT.match(report) if report else None
    if not match:
        return report is None
    line = text.count("\n") + 1
    column = len(text) - text.rfind("\n") + len(_PADDING)
    return (int(match[1]), int(match[2])) == (line, column)


def _items(listed: str) -> list[str]:
    return [i for i in (m[0].strip() for m in _ITEM.finditer(listed)) if i]


def _readable(items: list[str]) -> list[str]:
    """Return names for what the parser lists: keywords and signs as they are, kinds in words."""
    kinds = {'"?"': "a variable", '"$"': "a variable", '"<"': "an IRI", '":"': "a name",
             '"_:"': "a blank node", "\"'\"": "a string", '"\\""': "a string", "['0'..='9']":
             "a number", "\"'''\"": "a string", '"\\"\\"\\""': "a string", '"["': "'['",
             '"+"': "a number", '"-"': "a number"}  # fmt: skip
    names = []
    for item in items:
        if item in kinds:
            names.append(kinds[item])
        elif item.startswith('"'):
            names.append(f"'{item[1:-1]}'")
        elif not item.startswith("["):
            names.append(item)
    return list(dict.fromkeys(names))


def _listed(names: list[str]) -> str:
    if not names:
        return ""
    shown = names[:MOST_NAMED] + (["more"] if len(names) > MOST_NAMED else [])
    last = f" or {shown[-1]}" if len(shown) > 1 else shown[0]
    return f"expected {', '.join(shown[:-1])}{last}; "
