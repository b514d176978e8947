"""The search index of a release: names that match exactly, texts, and facets to narrow by."""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from server.release.manifest import DOCUMENTS
from server.release.schema import Rows

FACETS = ("kind", "nature", "decade", "actor", "layer")

# Exact labels come first, and exact names of instruments and actors; then exact names of others and
# labels that begin so (provisions aside), then labels with all words, then texts. Within these
# instruments come before what is about them, and what much points to before what little does.
_RANKED = """
WITH hit AS (
  SELECT rowid AS position, bm25(text, 8, 6, 1) AS score FROM text WHERE text MATCH :match),
known AS (SELECT hit.*, EXISTS (
  SELECT 1 FROM name WHERE name.position = hit.position AND name = :exact) AS named FROM hit),
ranked AS (SELECT entry.*, score, CASE
  WHEN folded = :exact OR (weight < 2 AND named) THEN 0
  WHEN named OR weight < 4 AND substr(folded, 1, length(:exact) + 1) = :exact || ' ' THEN 1
  WHEN known.position IN (SELECT rowid FROM text WHERE text MATCH :labelled) THEN 2
  ELSE 3 END AS tier
  FROM known JOIN entry ON entry.position = known.position
  WHERE NOT EXISTS (SELECT 1 FROM json_each(:narrowed) AS wanted WHERE NOT EXISTS (
    SELECT 1 FROM facet WHERE facet.position = known.position
    AND facet = wanted.key AND facet.value = wanted.value)))
"""
_HITS = f"""{_RANKED} SELECT iri, label, type, summary FROM ranked
  ORDER BY tier, weight, links DESC, score, position LIMIT :limit OFFSET :offset"""  # noqa: S608 (made of constants, as are those below)
_TOTAL = f"{_RANKED} SELECT count(*) FROM ranked"  # noqa: S608
_COUNTS = f"""{_RANKED} SELECT facet, value, count(*) FROM ranked JOIN facet USING (position)
  GROUP BY facet, value ORDER BY facet, count(*) DESC, value"""  # noqa: S608


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
    """Return text as it is compared: lower case without accents, words joined by single spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"[^\W_]+", re.sub(r"[\u0300-\u036f]", "", plain)))


class Index:
    """The search index of a release folder; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._rows = Rows(folder / DOCUMENTS)

    def find(self, query: str, narrowed: Mapping[str, str], limit: int, offset: int = 0) -> Result:
        """Return what a query finds among what has the given values of facets.

        All words must occur, the last one as the beginning of a word.
        """
        exact = fold(query)
        if not exact:
            return Result((), 0, {})
        match = " ".join(f'"{word}"' for word in exact.split(" ")) + "*"
        values: dict[str, object] = {
            "match": match,
            "labelled": f"label : ({match})",
            "exact": exact,
            "narrowed": json.dumps(dict(narrowed)),
        }
        page = values | {"limit": limit, "offset": offset}
        hits = tuple(Hit(*row) for row in self._rows(_HITS, page))
        counts = self._rows(_COUNTS, values)
        return Result(
            hits,
            self._rows(_TOTAL, values)[0][0],
            {name: tuple((v, n) for facet, v, n in counts if facet == name) for name in FACETS},
        )

    def use(self, term: str) -> int:
        """Return how many things a class has as type, or a property is stated of."""
        rows = self._rows("SELECT things FROM used WHERE term = :term", {"term": term})
        return int(rows[0][0]) if rows else 0

    def examples(self, term: str) -> list[tuple[str, str]]:
        """Return the first few things that use a term, each with its label."""
        sql = "SELECT iri, label FROM example WHERE term = :term ORDER BY place"
        return [(iri, label) for iri, label in self._rows(sql, {"term": term})]
