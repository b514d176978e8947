"""What can be known of a SPARQL query from its tokens alone, before any engine parses it."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import urljoin

QUERY_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
UPDATE_FORMS = frozenset(
    {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"}
)

_VOLATILE = frozenset({"NOW", "RAND", "UUID", "STRUUID"})

# Terminals of SPARQL 1.1 Query Language section 19.8; whatever matches none is one character.
_TOKEN = re.compile(
    r'''
    (?P<comment>\#[^\n\r]*)
  | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
  | (?P<string>"""(?:"{0,2}(?:[^"\\]|\\.))*""" | \'\'\'(?:'{0,2}(?:[^'\\]|\\.))*\'\'\'
      | "(?:[^"\\\n\r]|\\.)*" | '(?:[^'\\\n\r]|\\.)*')
  | (?P<variable>[?$]\w+)
  | (?P<language>@[A-Za-z][A-Za-z0-9-]*)
  | (?P<name>(?:\w[\w.-]*+)?+:(?:[\w:]|%[0-9A-Fa-f]{2}|\\.|[.-](?=[\w:%\\.-]))*+)
  | (?P<word>\w[\w.-]*+)
  | (?P<open>[{(\[])
  | (?P<close>[})\]])
  | (?P<space>\s+)
  | (?P<other>.)
''',
    re.VERBOSE | re.DOTALL,
)

# Behind a quote that opens no string there are only words: for all we know, each of them counts.
_WORDS = re.compile(r"(?P<word>\w[\w.-]*+)|(?P<open>[{(\[])|(?P<close>[})\]])|(?P<other>\S)")

# A query without these words and signs needs no tokens: it has neither dataset nor SERVICE, and
# is not volatile.
_TELLING = ("service", "from", "now", "rand", "uuid", "\\")
_START = re.compile(
    r"""(?: \s | \#[^\n\r]* | (?:prefix\s+[\w.-]*+: | base) \s* <[^<>"{}|^`\\\x00-\x20]*> )*+
    (select|ask|construct|describe)\b""",
    re.VERBOSE,
)
_FEW_BRACKETS = 50  # whose nesting need not be counted

_OTHER_SPACE = re.compile(r"[^\S\x00-\x7f]|\ufeff")

Token = tuple[str, str]

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


class Outline(NamedTuple):
    """The form of a query, its deepest nesting of brackets (or a bound), and what it reaches for.

    `form` is one of QUERY_FORMS, "UPDATE", or "" where the first word is neither. `prologue` has
    the declarations as (prefix or "", IRI), `dataset` the clauses as (whether NAMED, term): terms
    as written, for `dataset_graphs` to resolve. `volatile` is a query whose result may differ each
    time on the same data.
    """

    form: str
    depth: int
    service: bool
    prologue: tuple[tuple[str, str], ...] = ()
    dataset: tuple[tuple[bool, str], ...] = ()
    volatile: bool = False


def _unescape(match: re.Match[str]) -> str:
    code = int(match[1] or match[2], 16)
    return chr(code) if code < 0xD800 or 0xDFFF < code < 0x110000 else "\ufffd"


def _form(words: list[str]) -> str:
    for word in words:
        if word in QUERY_FORMS:
            return word
        if word in UPDATE_FORMS:
            return "UPDATE"
        if word not in ("BASE", "PREFIX", "VERSION"):
            return ""
    return ""


@lru_cache(maxsize=32)  # each may take a megabyte
def outline(query: str) -> Outline:
    """Return the outline of `query`; codepoint escapes are resolved first (section 19.2)."""
    return _plain(query) or close_outline(query)


def _plain(query: str) -> Outline | None:
    """Return the outline of a query that does without tokens, as most do; else None.

    This takes a tenth of the time.
    """
    brackets = query.count("{") + query.count("(") + query.count("[")
    lower = query.lower()
    start = _START.match(lower)
    if brackets > _FEW_BRACKETS or not start:
        return None
    if any(word in lower for word in _TELLING):
        return None
    return Outline(start[1].upper(), brackets, service=False)


def close_outline(query: str) -> Outline:
    """Return the outline of `query` from all its tokens, with its exact depth."""
    written = _tokens(query)
    meant = _tokens(_ESCAPE.sub(_unescape, query)) if "\\" in query else written
    words = [text for kind, text in meant if kind == "word"]
    start = next((i for i, (_, text) in enumerate(meant) if text in QUERY_FORMS), len(meant))
    return Outline(
        _form(words),
        max(_depth(meant), _depth(written)),
        _service(meant) or _service(written),
        tuple(_prologue(meant[:start])),
        tuple(_dataset(meant[start:])),
        any(part in _VOLATILE for word in words for part in re.split(r"[^A-Z]+", word)),
    )


def with_plain_spaces(query: str) -> str:
    """Return `query` with the spaces of web pages and editors as SPARQL has them.

    That is without a byte order mark, and with a space for each no-break space and the like that
    stands between tokens.
    """
    query = query.removeprefix("\ufeff")
    if query.isascii() or not _OTHER_SPACE.search(query):
        return query
    pieces, end = [], 0
    for token in token_matches(query):
        pieces += [_OTHER_SPACE.sub(" ", query[end : token.start()]), token[0]]
        end = token.end()
    return "".join([*pieces, _OTHER_SPACE.sub(" ", query[end:])])


def token_spans(query: str) -> list[tuple[int, int]]:
    """Return start and end of each token of `query`, as written."""
    return [token.span() for token in token_matches(query)]


def token_matches(query: str) -> Iterator[re.Match[str]]:
    """Yield the tokens, without space and comments, in time that grows with their number alone.

    To look for the end of a string again at each of many quotes would take minutes.
    """
    for token in _TOKEN.finditer(query):
        kind, text = token.lastgroup, token[0]
        if kind not in ("space", "comment"):
            yield token
        alone = kind == "other" and text in "\"'"
        if alone or (text in ('""', "''") and query.startswith(text[0], token.end())):
            yield from _WORDS.finditer(query, token.end())
            return


def dataset_graphs(
    query: Outline, base: str, prefixes: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the IRIs of the default and the named graphs of a query's own dataset clauses."""
    declared = dict(prefixes)
    for prefix, iri in query.prologue:
        resolved = urljoin(base, iri[1:-1])
        if prefix:
            declared[prefix[:-1]] = resolved
        else:
            base = resolved
    graphs = [(named, _resolve(term, base, declared)) for named, term in query.dataset]
    return (
        tuple(dict.fromkeys(iri for named, iri in graphs if not named)),
        tuple(dict.fromkeys(iri for named, iri in graphs if named)),
    )


def _resolve(term: str, base: str, prefixes: Mapping[str, str]) -> str:
    if term.startswith("<"):
        return urljoin(base, term[1:-1])
    prefix, _, local = term.partition(":")
    return prefixes.get(prefix, f"{prefix}:") + re.sub(r"\\(.)", r"\1", local)


def _tokens(query: str) -> list[Token]:
    return [
        (kind, token[0].upper() if kind == "word" else token[0])
        for token in token_matches(query)
        if (kind := token.lastgroup or "")
    ]


def _service(tokens: list[Token]) -> bool:
    """Tell whether SERVICE may stand among the tokens, as engines read them.

    Engines let keywords run into what is before and after them (`trueSERVICE`, `SERVICEex:a {`)
    and take `<2)SERVICE#>` for a comparison and a comment where no IRI can be, or `a:b.SERVICE`
    for a name, a full stop and the keyword.
    """
    ended = [("", ""), *tokens, ("", ""), ("", "")]
    for (_, before), (kind, text), (_, after), (_, next_but_one) in zip(
        ended, ended[1:], ended[2:], ended[3:], strict=False
    ):
        if kind in ("word", "name", "iri") and "SERVICE" in text.upper():
            prefix = text.upper().partition(":")[0]
            joined = kind == "name" and "SERVICE" in prefix and after == "{" and before != "GRAPH"
            ended_name = text.upper().endswith(".SERVICE") and next_but_one == "{"
            if kind == "word" or joined or ended_name or (kind == "iri" and ")" in text):
                return True
    return False


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
