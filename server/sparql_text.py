"""What can be known of a SPARQL query from its tokens alone, before any engine parses it."""

import re
from dataclasses import dataclass

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

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


@dataclass(frozen=True)
class Outline:
    """The form of a query, its deepest nesting of brackets, and what it reaches for.

    `form` is one of QUERY_FORMS, "UPDATE", or "" where the first word is neither.
    """

    form: str
    depth: int
    service: bool
    dataset: bool


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


def outline(query: str) -> Outline:
    """Return the outline of `query`; codepoint escapes are resolved first (section 19.2)."""
    depth = deepest = 0
    words: list[str] = []
    for token in _TOKEN.finditer(_ESCAPE.sub(_unescape, query)):
        if token.lastgroup == "word":
            words.append(token[0].upper())
        elif token.lastgroup == "open":
            depth += 1
            deepest = max(deepest, depth)
        elif token.lastgroup == "close":
            depth -= 1
    return Outline(_form(words), deepest, "SERVICE" in words, "FROM" in words)
