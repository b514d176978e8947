"""Which file holds the text of which instruments, in which languages."""

from dataclasses import dataclass
from pathlib import Path

LANGUAGES = ("en", "fr", "es", "ru", "zh")
FOLDER = Path(__file__).parents[3] / "shared" / "texts"
BOOKLET = "_st-space-61-rev-3"

# The texts of one file in their order: a resolution, then what it carries in its annex.
INSTRUMENTS: dict[str, tuple[str, ...]] = {
    "treaty-1967-outer-space": ("treaty/1967/outer-space",),
    "treaty-1968-rescue": ("treaty/1968/rescue",),
    "treaty-1972-liability": ("treaty/1972/liability",),
    "treaty-1975-registration": ("treaty/1975/registration",),
    "treaty-1979-moon": ("treaty/1979/moon",),
    "declaration-1963-legal-principles": ("declaration/1963/legal-principles",),
    "principles-1982-direct-television-broadcasting": (
        "resolution/1982/37-92",
        "principles/1982/direct-television-broadcasting",
    ),
    "principles-1986-remote-sensing": (
        "resolution/1986/41-65",
        "principles/1986/remote-sensing",
    ),
    "principles-1992-nuclear-power-sources": ("principles/1992/nuclear-power-sources",),
    "declaration-1996-international-cooperation": (
        "resolution/1996/51-122",
        "declaration/1996/international-cooperation",
    ),
    "resolution-1961-1721-xvi": ("resolution/1961/1721-xvi",),
    "resolution-1963-1884-xviii": ("resolution/1963/1884-xviii",),
    "resolution-2004-59-115": ("resolution/2004/59-115",),
    "resolution-2007-62-101": ("resolution/2007/62-101",),
    "resolution-2013-68-74": ("resolution/2013/68-74",),
    "guidelines-2007-space-debris-mitigation": ("guidelines/2007/space-debris-mitigation",),
    "framework-2009-nuclear-power-source-safety": (
        "guidelines/2009/nuclear-power-source-safety-framework",
    ),
    "guidelines-2019-long-term-sustainability": ("guidelines/2019/long-term-sustainability",),
}


@dataclass(frozen=True)
class Copy:
    """The copy of a text in one language that is read: clean, or as the booklet prints it."""

    key: str
    language: str
    path: Path

    @property
    def clean(self) -> bool:
        """Whether page numbers, running heads and notes were taken out."""
        return self.path.parts[-3] != BOOKLET

    def read(self) -> str:
        """Return the whole text."""
        return self.path.read_text("utf-8")


def copies(folder: Path, key: str) -> list[Copy]:
    """Return the copy to read in each language at hand: the clean one where there is one."""
    found = []
    for language in LANGUAGES:
        clean = folder / key / language / "text.txt"
        printed = folder / BOOKLET / language / f"{key}.txt"
        path = next((p for p in (clean, printed) if p.is_file()), None)
        if path:
            found.append(Copy(key, language, path))
    return found
