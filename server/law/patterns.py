"""The kinds of questions that can be asked: their wordings, with slots, and their queries."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from server.declared import declared_in
from server.law.dates import find_dates
from server.law.instruments import fold
from server.rdf.datatypes import Day
from server.sparql.questions import Question, read_all

PATTERNS = Path("queries") / "ask" / "patterns.yaml"
SLOT = re.compile(r"\{(\w+)\}")
ENGLISH: dict[str, Any] = declared_in(Path(__file__).parent / "english.yaml")
# What a stored question says of itself; the one that is answered may be another.
_HEAD = re.compile(r"\A(?:# .*\n)+")
_STOP = frozenset(ENGLISH["stop"].split())


def stems(text: str) -> Iterator[str]:
    """Yield slots, and words without what inflection adds to them."""
    for word in re.findall(r"\{\w+\}|[^\W_]+", re.sub(r"\0\d+\0|['\u2019]s\b", " ", text.lower())):
        if word[0] == "{":
            yield word
        elif word not in _STOP:
            stem = re.sub(r"(?<=\w{3})(?:ies|y)$", "i", word)
            stem = re.sub(r"(?<=\w{3})(?:ing|ed|es|s|e)$", "", stem)
            yield ENGLISH["alike"].get(word, stem)


def denied(text: str) -> set[str]:
    """Return what a text denies: the words after a negation, without inflection."""
    return {*stems(" ".join(re.findall(r"\b(?:not|never|without) +(\w+)", text.lower())))}


def tokens(text: str) -> list[str]:
    """Return slots and words in their order."""
    return re.findall(r"\{\w+\}|[^\W_]+", text.lower())


def _expanded(wording: str) -> Iterator[str]:
    """Yield a wording with each of its alternatives: (joined|accepted)."""
    match = re.search(r"\(([^()]*)\)", wording)
    for choice in match[1].split("|") if match else ():
        yield from _expanded(wording[: match.start()] + choice + wording[match.end() :])  # type: ignore[union-attr]
    if not match:
        yield wording


FILLERS = frozenset(stems(ENGLISH["filler"]))


@dataclass(frozen=True)
class Pattern:
    """A kind of question: its reading with slots, ways to ask it, and its query."""

    key: str
    reads: str
    wordings: tuple[str, ...]
    query: str
    needs: frozenset[str] = frozenset()
    must: frozenset[str] = frozenset()
    rests: tuple[str, ...] = ()
    count: str = ""
    found: str = ""
    empty: str = "Nothing on record answers this."

    @cached_property
    def slots(self) -> tuple[str, ...]:
        """The kinds of things that the question names, in their order."""
        return tuple(dict.fromkeys(SLOT.findall(self.reads)))

    @cached_property
    def day(self) -> Day | None:
        """The day that the question itself is about, where it has one and no slot for it."""
        return find_dates(self.reads)[1].day

    @cached_property
    def ways(self) -> list[tuple[frozenset[str], list[str]]]:
        """The words and slots of each wording, the reading among them, as a set and in order."""
        texts = [find_dates(text)[0] for w in (*self.wordings, self.reads) for text in _expanded(w)]
        return [(frozenset(stems(text)), tokens(text)) for text in texts]

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """All words that the question may have."""
        raw = frozenset(stems(" ".join(self.wordings)))
        return frozenset.union(FILLERS, raw, *(words for words, _ in self.ways))

    @cached_property
    def denied(self) -> set[str]:
        """What the question may deny."""
        return denied("; ".join((*self.wordings, self.reads)))

    def names(self, text: str) -> bool:
        """Tell whether the question itself has these words, one after the other."""
        return any(fold(text) in fold(way) for way in (*self.wordings, self.reads))


def read_patterns(sources: Path) -> list[Pattern]:
    """Return the declared patterns, and each other question of `queries/` as one."""
    declared: dict[str, Any] = declared_in(sources / PATTERNS)
    questions = {q.slug: q for q in read_all(sources / "queries")}
    patterns, covered = [], set[str]()
    for told in declared["patterns"]:
        covered |= {*told.get("covers", ()), told.get("question", "")}
        patterns.append(_pattern(told, declared["queries"], questions))
    for slug, question in questions.items():
        if slug not in covered:
            ways = tuple(declared["questions"].get(slug, ()))
            patterns.append(Pattern(slug, question.title, ways, _HEAD.sub("", question.query)))
    return patterns


def _pattern(
    told: Mapping[str, Any], shared: Mapping[str, str], questions: Mapping[str, Question]
) -> Pattern:
    if slug := told.get("question"):
        # A filter of the pattern takes the place of the line with the parameters.
        query = _HEAD.sub("", questions[slug].query)
        query = re.sub(r"# Parameters.*\n.*", told.get("filter", r"\g<0>"), query)
    else:
        query = shared.get(told["query"], told["query"])
    for name in ("filter", "place"):
        query = query.replace(f"${name.upper()}", told.get(name, ""))
    query = query.replace("$CLAUSE", f"<{told.get('clause')}>")
    words = {name: told[name] for name in ("count", "found", "empty") if name in told}
    return Pattern(
        key=told["key"],
        reads=told["reads"],
        wordings=tuple(told["wordings"]),
        query=query,
        needs=frozenset(told.get("needs", ())),
        must=frozenset(stems(" ".join(told.get("must", ())))),
        rests=tuple(told.get("rests", ())),
        **words,
    )
