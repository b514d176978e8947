"""All official texts at hand, each paragraph with its provision."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tools.texts.catalogue import INSTRUMENTS, Copy, copies
from tools.texts.outline import Division, outline
from tools.texts.paragraphs import paragraphs
from tools.texts.placing import Placed, place


@dataclass(frozen=True)
class Read:
    """A copy of a text with its provisions and what stands in each."""

    copy: Copy
    divisions: tuple[Division, ...]
    placed: Placed


def read_all(root: Path, folder: Path, *languages: str) -> Iterator[Read]:
    """Read the copies in `folder`, in these languages or in all, against the data under `root`."""
    for key, instruments in INSTRUMENTS.items():
        divisions = [d for instrument in instruments for d in outline(root, instrument)]
        for copy in copies(folder, key):
            if not languages or copy.language in languages:
                known = divisions if copy.language == "en" else _without_headings(divisions)
                yield Read(copy, tuple(known), place(paragraphs(copy), known))


def _without_headings(divisions: list[Division]) -> list[Division]:
    """Return what can be found in a language in which the data have no headings."""
    found, gone = [], set()
    for division in divisions:
        if not division.number and (division.heading or division.whole in gone):
            gone.add(division.path)
        elif division.heading and division.kind == "Part":
            found.append(replace(division, heading="", kind="Paragraph"))
        else:
            found.append(replace(division, heading=""))
    return found
