"""What XML can hold of a result (XML 1.0 sections 2.2, 2.3 and 2.11): names and characters."""

import io
import re
from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from server.sparql.engine import QueryFailed
from server.sparql.spool import Spool

_ELEMENT = re.compile(r"(?:[^\W\d]|_)[\w.\u00b7-]*$")  # an NCName, a name without colons
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")  # U+FFFE, U+FFFF


class FitForXml(io.RawIOBase):
    """A writable file that hands XML on to a spool, its carriage returns as references.

    As they are, every parser makes them line feeds, and the engine writes them so.
    """

    def __init__(self, spool: Spool) -> None:
        super().__init__()
        self.spool, self.last = spool, b""

    def writable(self) -> bool:
        """Tell that this is written to."""
        return True

    def write(self, data: object, /) -> int:
        """Take bytes; raises QueryFailed for a character that XML has not, and what Spool does."""
        piece = bytes(data)  # type: ignore[call-overload]
        if _FORBIDDEN.search(self.last + piece):
            detail = "XML has no way to write a control character; ask for another format."
            raise QueryFailed("format", detail)
        self.last = piece[-2:]
        self.spool.write(piece.replace(b"\r", b"&#xD;"))
        return len(piece)


def named(triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Yield triples; raises QueryFailed for a predicate that RDF/XML cannot write (its section 8).

    It is written as an element, whose name must end it.
    """
    for triple in triples:
        if not _ELEMENT.search(triple.predicate.value):
            raise QueryFailed(
                "format",
                f"RDF/XML has no name for the property {triple.predicate}; ask for Turtle.",
            )
        yield triple
