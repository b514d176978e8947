"""How well quotations are checked: `python -m tools.quotations [FOLDER]`.

Makes 200 passages from the official texts in FOLDER (without it, ../shared/texts beside the
checkout), checks them as `spacelaw quote` does, and prints precision and recall of each kind.
"""

import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from server.law.manuscript_check import Checker, Report
from server.law.passages import words
from tools.texts.catalogue import FOLDER
from tools.texts.reading import Read, read_all

ROOT = Path(__file__).parents[1]
SEED = 1967
COUNTS = {
    "verbatim": 40, "one word changed": 40, "two clauses swapped": 30,
    "from another instrument": 30, "in another language": 30, "invented": 30,
}  # fmt: skip
# How a passage of each kind is to be judged.
EXPECTED = {
    "verbatim": "verbatim", "one word changed": "altered", "two clauses swapped": "altered",
    "from another instrument": "wrongly cited", "in another language": "verbatim",
    "invented": "absent",
}  # fmt: skip
_OTHER_LANGUAGES = ("fr", "es", "ru", "zh")


@dataclass(frozen=True)
class Case:
    """A passage of one kind, the manuscript that quotes it, and the provision that it is from."""

    kind: str
    manuscript: str
    path: str
    language: str = "en"


class Maker:
    """Makes passages from the texts by chance, the same ones each time."""

    def __init__(self, folder: Path) -> None:
        self._random = random.Random(SEED)  # noqa: S311 (the same passages each time)
        self._reads = list(read_all(ROOT, folder))
        english = [r for r in self._reads if r.copy.language == "en"]
        self._known = [" ".join(words(_whole(r))) for r in self._reads]
        self._words = sorted({w for r in english for w in words(_whole(r)) if w.isalpha()})
        self._pairs = _pairs(english)

    def cases(self) -> Iterator[Case]:
        """Yield the passages of all kinds."""
        makers = {
            "verbatim": self._verbatim,
            "one word changed": self._changed,
            "two clauses swapped": self._swapped,
            "from another instrument": self._elsewhere,
            "in another language": self._translated,
            "invented": self._invented,
        }
        for kind, count in COUNTS.items():
            made = 0
            while made < count:
                if case := makers[kind]():
                    yield case
                    made += 1

    def _verbatim(self) -> Case | None:
        _, path, passage = self._passage("en")
        return Case("verbatim", f"It says “{passage}”.", path)

    def _changed(self) -> Case | None:
        _, path, passage = self._passage("en")
        parts = passage.split()
        at = self._random.randrange(len(parts))
        parts[at] = self._random.choice(self._words)
        changed = " ".join(parts)
        if self._stands(changed):
            return None
        return Case("one word changed", f"It says “{changed}”.", path)

    def _swapped(self) -> Case | None:
        _, path, passage = self._passage("en", 25)
        clauses = [c.strip(" ,;") for c in passage.replace(";", ",").split(",")]
        long = [i for i in range(len(clauses) - 1) if min(map(_length, clauses[i : i + 2])) >= 4]
        if not long:
            return None
        at = self._random.choice(long)
        clauses[at], clauses[at + 1] = clauses[at + 1], clauses[at]
        swapped = ", ".join(clauses)
        if self._stands(swapped):
            return None
        return Case("two clauses swapped", f"It says “{swapped}”.", path)

    def _elsewhere(self) -> Case | None:
        read, path, passage = self._passage("en")
        other = self._random.choice([r for r in self._reads if r.copy.language == "en"])
        articles = [d for d in other.divisions if d.kind == "Article"]
        if other.copy.key == read.copy.key or not articles:
            return None
        cited = self._random.choice(articles)
        if " ".join(words(passage)) in " ".join(words(_whole(other))):
            return None
        name, _, number = cited.label.partition(", ")
        manuscript = f"{number} of the {name} says “{passage}”."
        return Case("from another instrument", manuscript, path)

    def _translated(self) -> Case | None:
        language = self._random.choice(_OTHER_LANGUAGES)
        _, path, passage = self._passage(language)
        return Case("in another language", f"It says “{passage}”.", path, language)

    def _invented(self) -> Case | None:
        """Return a sentence in which each word follows the one before it somewhere in the texts."""
        sentence = [self._random.choice(self._words)]
        while len(sentence) < self._random.randrange(12, 40):
            after = self._pairs.get(sentence[-1]) or self._words
            sentence.append(self._random.choice(after))
        if any(" ".join(sentence[i : i + 8]) in t for i in range(4) for t in self._known):
            return None
        return Case("invented", f"It says “{' '.join(sentence)}”.", "")

    def _passage(self, language: str, least: int = 12) -> tuple[Read, str, str]:
        """Return a stretch of a provision that is long enough and has no quotation marks."""
        while True:
            read = self._random.choice([r for r in self._reads if r.copy.language == language])
            path, text = self._random.choice(read.placed.passages)
            parts = list(text) if language == "zh" else text.split()
            length = self._random.randrange(least, 60)
            if len(parts) >= length and not set('“”«»„"「」[]…') & set(text):
                start = self._random.randrange(len(parts) - length + 1)
                joint = "" if language == "zh" else " "
                passage = joint.join(parts[start : start + length]).strip(" ,;.")
                if len(words(passage)) >= least:
                    return read, path, passage

    def _stands(self, passage: str) -> bool:
        return any(" ".join(words(passage)) in text for text in self._known)


def _whole(read: Read) -> str:
    return " ".join(text for _, text in read.placed.passages)


def _length(clause: str) -> int:
    return len(clause.split())


def _pairs(reads: Sequence[Read]) -> dict[str, list[str]]:
    pairs: dict[str, list[str]] = {}
    for read in reads:
        found = words(_whole(read))
        for one, two in pairwise(found):
            pairs.setdefault(one, []).append(two)
    return pairs


def judged(report: Report) -> str:
    """Return the verdict on the quotation of a case, or that it stands elsewhere than cited."""
    (found,) = (f for f in report["findings"] if f["kind"] == "quotation")
    wrong = found["cited"] and found["cited"]["agrees"] is False
    return "wrongly cited" if wrong and found["verdict"] == "verbatim" else str(found["verdict"])


def placed(report: Report, case: Case) -> bool:
    """Tell whether a passage is placed where it was taken from, in its language."""
    (found,) = (f for f in report["findings"] if f["kind"] == "quotation")
    places = [found, *found["alsoIn"]]
    inside = f"id/{case.path}"
    return any(
        p["language"] == case.language
        and (f"{p['provision']}/".startswith(f"{inside}/") or inside.startswith(p["provision"]))
        for p in places
        if p["provision"]
    )


def measure(folder: Path = FOLDER) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """Return how often each kind got each verdict, and how many of it were placed rightly."""
    checker, verdicts, right = Checker(ROOT, None), Counter[tuple[str, str]](), Counter[str]()
    for case in Maker(folder).cases():
        report = checker.report(case.manuscript)
        verdicts[case.kind, judged(report)] += 1
        right[case.kind] += placed(report, case)
    return verdicts, right


def recall(verdicts: Counter[tuple[str, str]], kind: str) -> float:
    """Return the share of the passages of a kind that got the verdict that is right for it."""
    return verdicts[kind, EXPECTED[kind]] / COUNTS[kind]


def precision(verdicts: Counter[tuple[str, str]], kind: str) -> float:
    """Return the share of those with the verdict of a kind for which that verdict is right."""
    given = [(k, n) for (k, verdict), n in verdicts.items() if verdict == EXPECTED[kind]]
    return sum(n for k, n in given if EXPECTED[k] == EXPECTED[kind]) / sum(n for _, n in given)


def main() -> None:
    """Print the table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    if not folder.is_dir():
        sys.exit(f"tools.quotations: there are no official texts in {folder}.")
    verdicts, right = measure(folder)
    print("| kind | passages | right verdict | recall | precision of the verdict | right place |")
    print("|---|---:|---|---:|---:|---:|")
    for kind, count in COUNTS.items():
        place = f"{right[kind] / count:.1%}" if kind != "invented" else "none"
        figures = f"{recall(verdicts, kind):.1%} | {precision(verdicts, kind):.1%} | {place}"
        print(f"| {kind} | {count} | {EXPECTED[kind]} | {figures} |")


if __name__ == "__main__":
    main()
