"""The names of States, instruments, actors and norms, to find resources by what people write."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Set
from dataclasses import dataclass
from functools import lru_cache

import pyoxigraph as ox

from server.rdf.description import values_of
from server.rdf.iris import rebase
from server.rdf.serialization import parse
from server.rdf.vocabulary import DCTERMS, RDFS, SKOS
from server.release.reader import Release

# Kinds that stand apart from these: parts of texts, acts, claims, and what describes the data.
_NAMED = re.compile(
    r"id/(state|organization|actor-class|person|programme|project|facility|treaty|resolution"
    r"|declaration|principles|guidelines|memorandum|white-paper|draft|law|report|policy|proposal"
    r"|series|norm|event)(?!.*/(article|paragraph|preamble|principle|part|guideline)(/|$))/"
)
_NAMES = {SKOS + "altLabel", DCTERMS + "title", DCTERMS + "identifier"}
_OTHER = {"symbol", "iso3166Alpha2", "iso3166Alpha3", "number"}


@dataclass(frozen=True)
class Name:
    """A resource under its label and the other names that it has, as they are compared."""

    iri: str
    label: str
    type: str
    keys: tuple[str, ...]


def plain(text: str) -> str:
    """Return a name without accents, case, punctuation and articles, for comparison."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in letters if not unicodedata.combining(c))
    words = re.findall(r"\w+", re.sub(r"\b([a-z])\.", r"\1", kept))  # U.S. is US
    return " ".join(w for w in words if w not in ("the", "of", "and", "on", "in", "for", "to", "a"))


def similarity(left: str, right: str) -> float:
    """Return how much two plain names share, from 0 to 1: the Dice coefficient of trigrams."""
    one, two = _trigrams(left), _trigrams(right)
    return 2 * len(one & two) / (len(one) + len(two)) if one and two else 0.0


@lru_cache(maxsize=16384)
def _trigrams(text: str) -> frozenset[str]:
    padded = f"  {text} "
    return frozenset(padded[i : i + 3] for i in range(len(padded) - 2)) if text else frozenset()


class Names:
    """All names of a release, with the labels of types and properties."""

    def __init__(self, release: Release) -> None:
        self._base = release.base
        self.names: list[Name] = []
        self._used: dict[str, set[str]] = defaultdict(set)  # by things of each type
        self._parents: dict[str, list[str]] = {}  # the classes right above one
        for iri, label, kind, nquads in release.descriptions():
            if iri.startswith(f"{release.base}def/"):
                values = values_of(parse(nquads))
                self._parents[iri] = values.get(RDFS + "subClassOf", [])
            elif _NAMED.match(iri.removeprefix(release.base)):
                self._add(iri, label, kind, parse(nquads))
        self.types = release.labels({t for kind in self._used for t in self.types_of(kind)})
        self.properties = release.labels({p for used in self._used.values() for p in used})

    def _add(self, iri: str, label: str, kind: str, quads: list[ox.Quad]) -> None:
        keys = {plain(label): None}
        for quad in quads:
            predicate = quad.predicate.value
            self._used[kind].add(predicate)
            named = predicate in _NAMES or predicate.removeprefix(f"{self._base}def/") in _OTHER
            if named and isinstance(quad.object, ox.Literal):
                keys[plain(quad.object.value)] = None
        self.names.append(Name(iri, label, kind, tuple(k for k in keys if k)))

    def properties_of(self, kind: str) -> set[str]:
        """Return the properties of our own that resources of a type have."""
        properties = {p for k, own in self._used.items() if kind in self.types_of(k) for p in own}
        return properties & set(self.properties)

    def types_of(self, kind: str) -> set[str]:
        """Return a type with all that are above it."""
        classes, todo = set[str](), [kind]
        while todo:
            if (one := todo.pop()) not in classes:
                classes.add(one)
                todo += self._parents.get(one, [])
        return classes

    def search(
        self, text: str, kinds: Set[str], limit: int, is_all: bool = False
    ) -> list[tuple[Name, int]]:
        """Return the resources whose names are nearest to `text`, with a score up to 100.

        A score of 100 means that a name is the same, or that `text` is its IRI. If `kinds` are
        given, only what is of one of them, or of all of them, is returned.
        """
        asked, iri = plain(text), rebase(text.strip(), self._base)
        scored = []
        for name in self.names:
            shared = kinds & self.types_of(name.type)
            if kinds and (shared != kinds if is_all else not shared):
                continue
            if name.iri == iri:
                return [(name, 100)]
            score = max((self._score(asked, key) for key in name.keys), default=0)
            if score >= 30:
                scored.append((name, score))
        return sorted(scored, key=lambda pair: (-pair[1], pair[0].label, pair[0].iri))[:limit]

    @staticmethod
    def _score(asked: str, key: str) -> int:
        return 100 if asked == key and asked else min(99, round(100 * similarity(asked, key)))

    def beginning(self, prefix: str, limit: int) -> list[Name]:
        """Return the resources that have a name, or a word in one, beginning with `prefix`."""
        asked = plain(prefix)
        if not asked:
            return self.names[:limit]
        first = [n for n in self.names if any(k.startswith(asked) for k in n.keys)]
        chosen = {n.iri for n in first}
        inside = [
            n for n in self.names if n.iri not in chosen and any(f" {asked}" in k for k in n.keys)
        ]
        return (first + inside)[:limit]


names_of = lru_cache(maxsize=2)(Names)  # they are read once
