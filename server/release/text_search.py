"""The search index of a release: names that match exactly, texts, and facets to narrow by."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from itertools import combinations
from pathlib import Path

from server.release.manifest import DOCUMENTS
from server.release.schema import Rows

FACETS = ("kind", "nature", "decade", "actor", "layer")
PROVISION = 3  # the weight of parts of texts
APPARATUS = 6  # and that of footnotes, abbreviations and errata

# Each goes on after what ranks.
_HITS = """SELECT iri, label, type, summary FROM ranked
  ORDER BY tier, weight + 2.5 * depth, links DESC, score, position LIMIT :limit OFFSET :offset"""
_TOTAL = "SELECT count(*) FROM ranked"
_COUNTS = """SELECT facet, value, count(*) FROM ranked JOIN facet USING (position)
  GROUP BY facet, value ORDER BY facet, count(*) DESC, value"""
_RANKED = Path(__file__).with_suffix(".sql").read_text("utf-8")

# Words, each number and each Chinese character by itself: 1721B is 1721 and B.
_WORD = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|\d+|[^\W\d_\u3400-\u9fff\uf900-\ufaff]+")
_LIGATURES = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d"})
_ROMAN = re.compile(r"(?=.)(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})")
_DIGITS = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
# Words that tell nothing of what is sought, where not all words of a query occur together.
_COMMON = re.compile(
    "an?|and|are|as|at|be|became|become|by|did|do|does|for|from|ha[ds]|have|how|i[ns]|it|o[fnr]|that"
    "|the|this|to|was|were|what|when|where|which|who|whom|whose|why|with"
)
_MOST_SOUGHT = 8  # words of which some are enough


@dataclass(frozen=True)
class Hit:
    """A resource that was found, with what is said of it and the name of its class."""

    iri: str
    label: str
    type: str
    text: str


@dataclass(frozen=True)
class Result:
    """A page of hits, how many there are in all, and how many fall under each facet's values."""

    hits: tuple[Hit, ...]
    total: int
    facets: Mapping[str, tuple[tuple[str, int], ...]]


def fold(text: str) -> str:
    """Return text as it is compared, in the index and in queries: words joined by single spaces.

    Case, accents, ligatures and widths of letters count for nothing; a Roman number below a hundred
    is the Arabic one.
    """
    return " ".join(map(arabic, words(text)))


def words(text: str) -> list[str]:
    """Return the words of a text, folded but for Roman numbers."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    letters = (c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return _WORD.findall("".join(letters).translate(_LIGATURES))


def telling(query: str) -> list[str]:
    """Return the first words of a query that are not common ones."""
    return [word for word in words(query) if not _COMMON.fullmatch(word)][:_MOST_SOUGHT]


def arabic(word: str) -> str:
    """Return a folded word, or the Arabic number for a Roman one below a hundred."""
    if not _ROMAN.fullmatch(word):
        return word
    values = [_DIGITS[letter] for letter in word]
    signed = [v if v >= max(values[i:]) else -v for i, v in enumerate(values)]
    return str(sum(signed))


def marked(text: str, asked: Sequence[str]) -> list[tuple[str, bool]]:
    """Return a text in pieces, each with whether it is one of the words that are asked for."""
    whole, begun = {*map(arabic, asked)}, tuple(asked[-1:])

    def is_asked(piece: str) -> bool:
        return any(w in whole or w.startswith(begun) for w in fold(piece).split())

    return [(p, bool(at % 2) and is_asked(p)) for at, p in enumerate(re.split(r"(\w+)", text))]


class Index:
    """The search index of a release folder; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._rows = Rows(folder / DOCUMENTS)

    def find(
        self,
        query: str,
        narrowed: Mapping[str, str],
        limit: int,
        offset: int = 0,
        some: bool = False,
    ) -> Result:
        """Return what a query finds among what has the given values of facets.

        All words must occur, the last one as the beginning of a word; or as many as occur together
        anywhere, at least half of those that are not common, where `some` are enough.
        """
        exact = fold(query)
        match = self._match_of_most(telling(query)) if some else _match(words(query))
        if not match:
            return Result((), 0, {})
        values: dict[str, object] = {
            "match": match,
            "labelled": f"label : ({match})",
            "exact": exact,
            "narrowed": json.dumps(dict(narrowed)),
            "provision": PROVISION,
            "apparatus": APPARATUS,
        }
        page = values | {"limit": limit, "offset": offset}
        hits = tuple(Hit(*row) for row in self._rows(_RANKED + _HITS, page))
        counts = self._rows(_RANKED + _COUNTS, values)
        return Result(
            hits,
            self._rows(_RANKED + _TOTAL, values)[0][0],
            {name: tuple((v, n) for facet, v, n in counts if facet == name) for name in FACETS},
        )

    def _match_of_most(self, asked: Sequence[str]) -> str:
        """Return what matches the most of some words that occur together, "" for under half."""
        sql = "SELECT 1 FROM text WHERE text MATCH :match LIMIT 1"
        counts = range(len(asked), max(0, (len(asked) - 1) // 2), -1)
        matches = (_match(asked, count) for count in counts)
        return next((match for match in matches if self._rows(sql, {"match": match})), "")

    def mended(self, query: str) -> str:
        """Return a query with the nearest word on record for each that is on none, or "".

        It is "" too where a word has none that is near, where all words are known, and where the
        mended query finds nothing.
        """
        asked = words(query)
        mended = [word if self._is_known(word) else self._nearest(word) for word in asked]
        said = " ".join(mended) if all(mended) and mended != asked else ""
        return said if self.find(said, {}, 1).total else ""

    def _is_known(self, word: str) -> bool:
        sql = "SELECT 1 FROM word WHERE word >= :word AND word < :word || char(1114111) LIMIT 1"
        return arabic(word) != word or bool(self._rows(sql, {"word": word}))

    def _nearest(self, word: str) -> str:
        """Return the known word that is most like a given one; of equals the commonest."""
        sql = "SELECT word, things FROM word WHERE length(word) BETWEEN :least AND :most"
        near = {"least": len(word) - 2, "most": len(word) + 2}
        things: dict[str, int] = dict(self._rows(sql, near))
        matches = get_close_matches(word, things, n=5, cutoff=0.7)
        alike = {m: round(SequenceMatcher(None, word, m).ratio(), 1) for m in matches}
        return max(matches, key=lambda m: (alike[m], things[m]), default="")

    def use(self, term: str) -> int:
        """Return how many things a class has as type, or a property is stated of."""
        rows = self._rows("SELECT things FROM used WHERE term = :term", {"term": term})
        return int(rows[0][0]) if rows else 0

    def used(self, namespace: str) -> list[str]:
        """Return the classes and properties of a namespace that things have."""
        sql = "SELECT term FROM used WHERE substr(term, 1, length(:start)) = :start"
        return [term for (term,) in self._rows(sql, {"start": namespace})]

    def examples(self, term: str) -> list[tuple[str, str]]:
        """Return the first few things that use a term, each with its label."""
        sql = "SELECT iri, label FROM example WHERE term = :term ORDER BY place"
        return [(iri, label) for iri, label in self._rows(sql, {"term": term})]


def _match(asked: Sequence[str], count: int = 0) -> str:
    """Return what matches some number of words, or all, in the language of the index.

    Numbers of one or two digits are whole. No words match nothing: "".
    """
    if not asked:
        return ""
    *before, last = asked
    terms = [f'"{arabic(word)}"' for word in before]
    number, begun = arabic(last), f'"{last}" *'
    if number != last:
        begun = f'("{number}" OR {begun})'
    elif re.fullmatch(r"\d\d?", last):
        begun = f'"{last}"'
    together = combinations([*terms, begun], count or len(asked))
    return " OR ".join(f"({' AND '.join(some)})" for some in together)
