"""What can be known of a SPARQL query from its tokens alone, before any engine parses it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from urllib.parse import urljoin

QUERY_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
UPDATE_FORMS = frozenset(
    {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"}
)

# Terminals of SPARQL 1.1 Query Language section 19.8; whatever matches none is one character.
_TOKEN = re.compile(
    r'''
    (?P<comment>\#[^\n\r]*)
  | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
  | (?P<string>"""(?:"{0,2}(?:[^"\\]|\\.))*""" | \'\'\'(?:'{0,2}(?:[^'\\]|\\.))*\'\'\'
      | "(?:[^"\\\n\r]|\\.)*" | '(?:[^'\\\n\r]|\\.)*')
  | (?P<variable>[?$]\w+)
  | (?P<language>@[A-Za-z][A-Za-z0-9-]*)
  | (?P<name>(?:_|[\w](?:[\w.-]*[\w-])?)?:(?:[\w:]|%[0-9A-Fa-f]{2}|\\.|[.-](?=[\w:%\\.-]))*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<open>[{(\[])
  | (?P<close>[})\]])
  | (?P<space>\s+)
  | (?P<other>.)
''',
    re.VERBOSE | re.DOTALL,
)

Token = tuple[str, str]

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


@dataclass(frozen=True)
class Outline:
    """The form of a query, its deepest nesting of brackets, and what it reaches for.

    `form` is one of QUERY_FORMS, "UPDATE", or "" where the first word is neither. `prologue` has
    the declarations as (prefix or "", IRI), `dataset` the clauses as (whether NAMED, term): terms
    as written, for `dataset_graphs` to resolve.
    """

    form: str
    depth: int
    service: bool
    prologue: tuple[tuple[str, str], ...] = ()
    dataset: tuple[tuple[bool, str], ...] = ()


def _unescape(match: re.Match[str]) -> str:
    code = int(match[1] or match[2], 16)
    return chr(code) if code < 0x110000 else "\ufffd"


def _form(words: list[str]) -> str:
    for word in words:
        if word in QUERY_FORMS:
            return word
        if word in UPDATE_FORMS:
            return "UPDATE"
        if word not in ("BASE", "PREFIX", "VERSION"):
            return ""
    return ""


@lru_cache(maxsize=256)
def outline(query: str) -> Outline:
    """Return the outline of `query`; codepoint escapes are resolved first (section 19.2)."""
    tokens = [
        (kind, token[0].upper() if kind == "word" else token[0])
        for token in _TOKEN.finditer(_ESCAPE.sub(_unescape, query))
        if (kind := token.lastgroup or "") not in ("space", "comment")
    ]
    words = [text for kind, text in tokens if kind == "word"]
    start = next((i for i, (_, text) in enumerate(tokens) if text in QUERY_FORMS), len(tokens))
    return Outline(
        _form(words),
        _depth(tokens),
        "SERVICE" in words,
        tuple(_prologue(tokens[:start])),
        tuple(_dataset(tokens[start:])),
    )


def token_spans(query: str) -> list[tuple[int, int]]:
    """Return start and end of each token of `query`, as written."""
    return [t.span() for t in _TOKEN.finditer(query) if t.lastgroup not in ("space", "comment")]


def dataset_graphs(
    found: Outline, base: str, prefixes: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the IRIs of the default and the named graphs of a query's own dataset clauses."""
    declared = dict(prefixes)
    for prefix, iri in found.prologue:
        resolved = urljoin(base, iri[1:-1])
        if prefix:
            declared[prefix[:-1]] = resolved
        else:
            base = resolved
    graphs = [(named, _resolve(term, base, declared)) for named, term in found.dataset]
    return (
        tuple(dict.fromkeys(iri for named, iri in graphs if not named)),
        tuple(dict.fromkeys(iri for named, iri in graphs if named)),
    )


def _resolve(term: str, base: str, prefixes: Mapping[str, str]) -> str:
    if term.startswith("<"):
        return urljoin(base, term[1:-1])
    prefix, _, local = term.partition(":")
    return prefixes.get(prefix, f"{prefix}:") + re.sub(r"\\(.)", r"\1", local)


def _depth(tokens: list[Token]) -> int:
    depth = deepest = 0
    for kind, _ in tokens:
        if kind == "open":
            depth += 1
            deepest = max(deepest, depth)
        elif kind == "close":
            depth -= 1
    return deepest


def _prologue(tokens: list[Token]) -> Iterator[tuple[str, str]]:
    for (_, before), (kind, text) in pairwise(tokens):
        if kind == "iri":
            yield ("" if before == "BASE" else before, text)


def _dataset(tokens: list[Token]) -> Iterator[tuple[bool, str]]:
    """Yield the clauses; FROM is a keyword wherever it stands, and here alone in the grammar."""
    ended = [*tokens, ("", ""), ("", "")]
    for i, token in enumerate(tokens):
        if token == ("word", "FROM"):
            named = ended[i + 1] == ("word", "NAMED")
            kind, text = ended[i + 1 + named]
            if kind in ("iri", "name"):
                yield named, text
