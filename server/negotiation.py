"""Proactive content negotiation on media types, by RFC 9110 section 12.5.1."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from server.formats import Format


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


def _parameter(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip().lower(), value.strip().strip('"')


def _quality(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 1.0
    return min(max(value, 0.0), 1.0) if value == value else 1.0


def _split(text: str, separator: str) -> list[str]:
    """Split outside of quoted strings; a backslash escapes within them (RFC 9110 section 5.6.4)."""
    parts, start, quoted, escaped = [], 0, False, False
    for i, char in enumerate(text):
        if escaped:
            escaped = False
        elif quoted and char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == separator and not quoted:
            parts.append(text[start:i])
            start = i + 1
    return [*parts, text[start:]]


@lru_cache(maxsize=1024)
def parse_accept(header: str) -> tuple[MediaRange, ...]:
    """Parse an Accept header; elements that are no media range are passed over."""
    ranges = []
    for element in _split(header, ","):
        name, *rest = _split(element, ";")
        main, slash, sub = name.strip().lower().partition("/")
        if not slash or not main or not sub:
            continue
        parameters = dict(_parameter(p) for p in rest if p.strip())
        quality = _quality(parameters.pop("q", "1"))
        ranges.append(MediaRange(main, sub, frozenset(parameters.items()), quality))
    return tuple(ranges)


def quality_of(fmt: Format, ranges: Sequence[MediaRange]) -> tuple[float, int]:
    """Return weight and specificity of the closest range for `fmt`; an alias ranks last.

    Parameters of a range (charset, profile) do not exclude: each format here has one form.
    """
    best = (0, 0.0)
    for media_type in (fmt.media_type, *fmt.aliases):
        for r in ranges:
            found = r.specificity(media_type)
            if found > best[0] or (found == best[0] and r.quality > best[1]):
                best = (found, r.quality)
    return (best[1], best[0]) if best[0] else (0.0, 0)


def choose(header: str | None, offers: Sequence[Format]) -> Format | None:
    """Return the offer that an Accept header prefers, the first among equals; None if none is.

    An absent or empty header accepts anything, and so the first offer.
    """
    ranges = parse_accept(header) if header else ()
    if not ranges:
        return offers[0]
    weighed = [(quality_of(fmt, ranges)[0], -i, fmt) for i, fmt in enumerate(offers)]
    quality, _, fmt = max(weighed, key=lambda w: w[:2])
    return fmt if quality > 0 else None
