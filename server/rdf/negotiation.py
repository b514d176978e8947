"""Proactive content negotiation by RFC 9110 section 12.5: media types, codings and profiles."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from server.problems import Problem
from server.rdf.formats import (
    FORMAT_NAMES,
    FORMAT_PARAMETERS,
    JSON_LD_NAMESPACE,
    JSONLD,
    Format,
)

# Each of our documents is valid under every version of its format that a client may name.
_NAMED, _ALIAS = 29, 25
_VERSIONS = frozenset({"1.0", "1.1", "1.2", "1.2-basic"})
_LOST_PLUS = re.compile(r"(?<=\w) (?=\w)")  # a plus sign that was not escaped arrives as a space
# What follows a separator: characters, and quoted strings whole, be they closed or not.
_PIECES = {
    separator: re.compile(rf'{separator}((?:[^{separator}"]|"(?:\\.?|[^"\\])*(?:"|$))*)', re.DOTALL)
    for separator in ",;"
}


@dataclass(frozen=True)
class MediaRange:
    """One element of an Accept header; a missing or faulty weight counts as RFC 9110 says: 1."""

    type: str
    subtype: str
    parameters: frozenset[tuple[str, str]]
    quality: float

    def specificity(self, media_type: str) -> int:
        """Return how closely this range names `media_type`: 0 not at all, then 1, 2 or 3."""
        main, _, sub = media_type.partition("/")
        if (self.type, self.subtype) == (main, sub):
            return 3
        if self.subtype == "*" and self.type == main:
            return 2
        return 1 if (self.type, self.subtype) == ("*", "*") else 0

    def closeness(self, fmt: Format, media_type: str) -> int:
        """Return how closely this range names `fmt` by one of its media types; 0 is not at all.

        Each parameter that the format has makes it closer (RFC 9110 section 12.5.1). A parameter
        that means nothing here is passed over, and the range is less close than one without.
        """
        closeness = self.specificity(media_type) * 10
        if not closeness or not self.parameters:
            return closeness
        met = [_has(fmt, name, value) for name, value in self.parameters]
        if False in met:
            return 0
        return closeness - 1 if None in met else closeness + min(len(met), 4)


def _has(fmt: Format, name: str, value: str) -> bool | None:
    """Tell whether `fmt` has a parameter; None for a parameter that means nothing here.

    All is UTF-8, all versions of a format are served by one document. A profile parameter lists
    IRIs (JSON-LD 1.1 appendix C); those of other vocabularies are hints that a server may pass
    over (RFC 6906).
    """
    if name == "charset":
        return value.lower() in ("utf-8", "utf8")
    if name == "version" and fmt.kind != "page":
        return value in _VERSIONS
    if name != "profile" or fmt.media_type != JSONLD.media_type:
        return None
    wanted = {iri for iri in value.split() if iri.startswith(JSON_LD_NAMESPACE)}
    if fmt.key == "expanded.jsonld":
        return wanted <= {fmt.profile}
    return wanted <= {fmt.profile, JSON_LD_NAMESPACE + "compacted"}


def _parameter(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = re.sub(r"\\(.?)", r"\1", value[1:-1])  # quoted pairs (RFC 9110 section 5.6.4)
    return name.strip().lower(), value


def _quality(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 1.0
    return min(max(value, 0.0), 1.0) if value == value else 1.0


def _split(text: str, separator: str) -> list[str]:
    """Split outside of quoted strings; a backslash escapes within them (RFC 9110 section 5.6.4)."""
    return _PIECES[separator].findall(separator + text) if '"' in text else text.split(separator)


def _elements(header: str) -> Iterator[tuple[str, dict[str, str], float]]:
    """Yield the elements of a header that have names: these, their parameters and weights."""
    for element in _split(header, ","):
        name, *rest = _split(element, ";")
        parameters = dict(_parameter(p) for p in rest if p.strip())
        quality = _quality(parameters.pop("q", "1"))
        if name := name.strip():
            yield name, parameters, quality


@lru_cache(maxsize=256)
def parse_accept(header: str) -> tuple[MediaRange, ...]:
    """Parse an Accept header; elements that are no media range are passed over."""
    ranges = []
    for name, parameters, quality in _elements(header):
        main, _, sub = name.lower().partition("/")
        if main and sub:
            ranges.append(MediaRange(main, sub, frozenset(parameters.items()), quality))
    return tuple(ranges)


def quality_of(fmt: Format, ranges: Sequence[MediaRange]) -> tuple[float, int]:
    """Return weight and specificity of the closest range for `fmt`.

    An alias counts only where it is named itself, and less than a range for the media type.
    """
    best = max(((r.closeness(fmt, fmt.media_type), r.quality) for r in ranges), default=(0, 0.0))
    if best[0] < _NAMED:
        named = [
            (_ALIAS, r.quality)
            for r in ranges
            for alias in fmt.aliases
            if r.closeness(fmt, alias) >= _NAMED
        ]
        best = max([best, *named])
    return (best[1], best[0]) if best[0] else (0.0, 0)


@lru_cache(maxsize=256)
def _chosen(header: str, offers: tuple[Format, ...]) -> Format | None:
    ranges = parse_accept(header)
    if not ranges:
        return offers[0]
    weighed = [(*quality_of(fmt, ranges), -i) for i, fmt in enumerate(offers)]
    quality, _, place = max(weighed)
    return offers[-place] if quality > 0 else None


def choose(header: str | None, offers: Sequence[Format]) -> Format | None:
    """Return the offer that an Accept header prefers; None if none is acceptable.

    Among equal weights the offer that is named more closely wins, then the first. An absent or
    empty header accepts anything, and so the first offer.
    """
    return _chosen(header or "", tuple(offers))


def named_accept(given: Mapping[str, str | None]) -> str | None:
    """Return what parameters ask for, as an Accept header; None where they leave it to that.

    Raises Problem 400 for a format that nobody knows.
    """
    named = []
    for parameter in filter(given.get, FORMAT_PARAMETERS):
        name, semicolon, parameters = (given[parameter] or "").partition(";")
        name = _LOST_PLUS.sub("+", name.strip().lower())
        if "/" not in name and name not in (*FORMAT_NAMES, "auto"):
            detail = f"{parameter} is {name[:50]!r}; it takes a media type, auto, "
            raise Problem(400, f"{detail}{', '.join(FORMAT_NAMES)}.", {"parameter": parameter})
        if name != "auto":
            named.append(f"{FORMAT_NAMES.get(name, name)}{semicolon}{parameters}")
    return named[0] if named else None


def not_acceptable(
    detail: str, offers: Sequence[Format], urls: Mapping[str, str] | None = None
) -> Problem:
    """Return the problem 406 that lists what there is instead (RFC 9110 section 15.5.7)."""
    listed = [
        {
            "type": f.content_type if f.profile else f.media_type,
            "name": f.name,
            **({"url": urls[f.key]} if urls else {}),
        }
        for f in offers
    ]
    return Problem(406, detail, {"alternatives": listed})


@lru_cache(maxsize=256)
def acceptable_codings(header: str, offers: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of `offers` and "identity" that an Accept-Encoding header accepts, best first.

    Among equal weights the first offer wins, and identity comes last (RFC 9110 section 12.5.3).
    """
    weights = {name.lower(): quality for name, _, quality in _elements(header)}
    anything = weights.get("*", 0.0)
    ranked = [(-weights.get(name, anything), i, name) for i, name in enumerate(offers)]
    # Identity needs not be named: it is refused by a weight of zero alone.
    identity = weights.get("identity", weights.get("*", 0.0001))
    ranked.append((-identity, len(offers), "identity"))
    return tuple(name for quality, _, name in sorted(ranked) if quality < 0)


@lru_cache(maxsize=256)
def profiles_by_preference(header: str | None) -> tuple[str, ...]:
    """Return the IRIs of an Accept-Profile header, the preferred first, refused ones left out.

    The header is that of Content Negotiation by Profile: IRIs in angle brackets with weights.
    """
    ranked = sorted(_elements(header or ""), key=lambda element: -element[2])
    wanted = [name for name, _, quality in ranked if quality > 0]
    return tuple(name[1:-1] for name in wanted if name[:1] == "<" and name[-1:] == ">")


def choose_profile(header: str | None, offers: Mapping[str, str]) -> str:
    """Return the key of the first profile that an Accept-Profile header asks for, or ""."""
    return next((offers[iri] for iri in profiles_by_preference(header) if iri in offers), "")
