"""Tests of the data against the official texts, where these are beside the checkout."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.law.passages import words
from server.law.quotations import FINGERPRINTS, dump
from server.rdf.vocabulary import DCTERMS, SL
from tests.tools import texts
from tools.texts import reuse
from tools.texts.__main__ import fingerprint
from tools.texts.catalogue import FOLDER, INSTRUMENTS, copies
from tools.texts.outline import outline
from tools.texts.reading import Read, read_all

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the official texts are not in ../shared/texts beside the checkout"
)

OPERATIVE = re.compile(r"\b(shall|undertakes?|may|should|calls? upon|requests|recommends)\b")
MENTION = re.compile(
    r"\b(?:article|paragraph|principle|resolution|guideline)s?\s+"
    r"((?:[A-D]\.)?\d+(?:/\d+)?|[IVXLC]+\b)"
    r"((?:(?:,| and| or| to)\s+(?:[A-D]\.)?(?:\d+(?:/\d+)?|[IVXLC]+\b))*)",
    re.IGNORECASE,
)
MOST_WORDS = 7


def units() -> list[tuple[str, str, str]]:
    """Return what the structure of each text counts: its key, the kind and the number."""
    found = []
    for key in INSTRUMENTS:
        path = FOLDER / key / "en" / "structure.json"
        if path.is_file():
            structure = json.loads(path.read_text("utf-8"))
            for unit in structure["units"]:
                label = re.match(r"(\w+) ([A-D]\.\d+)", unit["label"])
                number = label[2] if label else unit["number"] or ""
                found.append((key, structure["unit_type"], number))
    return found


def test_each_unit_of_the_structures_has_a_provision() -> None:
    assert len(units()) > 150
    for key, kind, number in units():
        known = [d for i in INSTRUMENTS[key] for d in outline(texts.ROOT, i)]
        if number:
            assert any(d.number == number for d in known), f"{key}: {kind} {number}"
        else:
            assert known[0].kind in ("Preamble", "Part"), f"{key}: opening"


def test_each_paragraph_of_a_text_has_its_provision_and_each_provision_its_text() -> None:
    exceptions = {
        (provision, opening) for provision, opening, _ in texts.listed("no-provision.csv")
    }
    for read in texts.english():
        left = {(INSTRUMENTS[read.copy.key][-1], " ".join(p.split()[:6])) for p in read.placed.left}
        assert left - exceptions == set()
        assert read.placed.missing == []


def test_each_provision_has_its_content() -> None:
    for _, division in texts.divisions():
        for prop in (SL + "caption", DCTERMS + "description", DCTERMS + "subject"):
            assert texts.data().of(division.path, prop), f"{division.path}: {prop}"


def test_each_operative_verb_stands_in_the_text_of_its_ground() -> None:
    for read, division in texts.divisions():
        whole = texts.plain(read.placed.text(division.path))
        above = texts.plain(" ".join(read.placed.own(p) for p in texts.near(read, division.path)))
        for verb in texts.norms().get(division.path, []):
            assert any(texts.is_quoted(verb, text) for text in (whole, above)), (
                division.path,
                verb,
            )


def sentences() -> Iterator[tuple[Read, str, str]]:
    """Return each sentence outside the preambles that has an operative word."""
    for read, division in texts.divisions():
        if (
            division.kind not in ("Preamble", "PreambularParagraph")
            and "/preamble" not in division.path
        ):
            for sentence in texts.SENTENCE_END.split(read.placed.own(division.path)):
                if OPERATIVE.search(sentence):
                    yield read, division.path, texts.plain(sentence)


def without_norm() -> set[tuple[str, str]]:
    found = set()
    for read, path, sentence in sentences():
        verbs = [v for p in texts.near(read, path) for v in texts.norms().get(p, [])]
        if not any(texts.is_quoted(verb, sentence) for verb in verbs):
            found.add((path, " ".join(sentence.split()[:6])))
    return found


def test_each_operative_sentence_has_a_norm_or_a_reason_why_not() -> None:
    reasons = {(path, opening) for path, opening, _ in texts.listed("no-norm.csv")}
    assert without_norm() == reasons, "a sentence without a norm, or a reason that nothing needs"


def mentions() -> Iterator[tuple[Read, str, str]]:
    """Return each number of a provision or resolution that a provision names."""
    for read, division in texts.divisions():
        for found in MENTION.finditer(read.placed.own(division.path)):
            for number in re.findall(
                r"(?:[A-D]\.)?\d+(?:/\d+)?|[IVXLC]+\b", f"{found[1]} {found[2]}"
            ):
                yield read, division.path, number


def cited(read: Read, path: str) -> set[str]:
    return {c for p in texts.near(read, path) for c in texts.data().of(p, SL + "cites")}


def names(target: str, number: str) -> bool:
    """Whether a cited text is what a number names: article VI, principle 3, resolution 62/101."""
    steps = target.casefold().replace("/", " ").split()
    if re.fullmatch(r"[IVXLC]+", number):
        number = str(roman(number))
    wanted = number.casefold().replace("/", "-").replace(".", "-")
    return any(step == wanted or step.startswith(wanted + "-") for step in steps)


def roman(number: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}[c] for c in number]
    return sum(-v if v < max(values[i:]) else v for i, v in enumerate(values))


def test_each_provision_or_resolution_that_a_text_names_is_cited() -> None:
    exceptions = {(path, number) for path, number, _ in texts.listed("no-citation.csv")}
    missed = {
        (path, number)
        for read, path, number in mentions()
        if not any(names(target, number) for target in cited(read, path))
    }
    assert missed == exceptions, "a reference that the data lack, or an exception that none needs"


def runs_of_words(read: Read) -> set[tuple[str, ...]]:
    found = [w for _, passage in read.placed.passages for w in words(passage)]
    return {tuple(found[i : i + MOST_WORDS + 1]) for i in range(len(found) - MOST_WORDS)}


def counted(run: list[str], terms: list[list[str]]) -> int:
    """Return how many words of a run belong to no term of art."""
    own = [True] * len(run)
    for term in terms:
        for i in range(len(run) - len(term) + 1):
            if run[i : i + len(term)] == term:
                own[i : i + len(term)] = [False] * len(term)
    return sum(own)


def longest(text: str, official: set[tuple[str, ...]], terms: list[list[str]]) -> int:
    """Return the most words in a row, terms of art apart, that both texts have."""
    found, most, start = words(text), 0, None
    for i in range(len(found) - MOST_WORDS + 1):
        shared = tuple(found[i : i + MOST_WORDS + 1]) in official
        if shared and start is None:
            start = i
        elif not shared and start is not None:
            most, start = max(most, counted(found[start : i + MOST_WORDS], terms)), None
    return most


def test_our_words_are_our_own() -> None:
    lines = (texts.LISTS / "terms-of-art.txt").read_text("utf-8").splitlines()
    terms = [words(line) for line in lines]
    own = {d.path: read.copy.key for read, d in texts.divisions()}
    official = {read.copy.key: runs_of_words(read) for read in texts.english()}
    copied = {
        (path, text)
        for path, text, kept in texts.paraphrases()
        if longest(text, official[own[path]], terms + [words(k) for k in kept]) > MOST_WORDS
    }
    assert copied == set()


def test_titles_and_hashes_are_those_of_the_copies() -> None:
    for key, instruments in INSTRUMENTS.items():
        for copy in copies(FOLDER, key):
            expression = f"{instruments[-1]}/expression/{copy.language}"
            digest = hashlib.sha256(copy.path.read_bytes()).hexdigest()
            assert texts.data().of(expression, SL + "textHash") == [digest], expression
            (title,) = texts.data().of(expression, DCTERMS + "title")
            opening = "".join(words(copy.read()[:2000]))
            assert "".join(words(title)) in opening or not copy.clean, expression


def test_fingerprints_are_those_of_the_texts(tmp_path: Path) -> None:
    made = tmp_path / "made.gz"
    dump([fingerprint(read) for read in read_all(texts.ROOT, FOLDER)], made)
    committed = (texts.ROOT / FINGERPRINTS).read_bytes()
    assert made.read_bytes() == committed, "run python -m tools.texts"


def test_nearly_all_provisions_have_a_fingerprint_in_each_language() -> None:
    for language, least in {"fr": 0.98, "es": 0.98, "ru": 0.98, "zh": 0.8}.items():
        reads = list(read_all(texts.ROOT, FOLDER, language))
        known = sum(len(read.divisions) for read in reads)
        missing = sum(len(read.placed.missing) for read in reads)
        assert 1 - missing / known > least, language


def test_scores_of_reuse_are_those_of_the_texts() -> None:
    titles = {t for _, v in texts.data().having(DCTERMS + "title") for t in v[DCTERMS + "title"]}
    found = {
        division.path: reuse.without_titles(read.placed.text(division.path), titles)
        for read, division in texts.divisions()
    }
    turtle = (texts.ROOT / "data/editor/textual-reuse/en.ttl").read_text("utf-8")
    pairs = re.findall(
        r"sl:earlierText <id/(.+?)> ;\s+sl:laterText <id/(.+?)> ;\s+"
        r"sl:earlierShare ([\d.]+) ;\s+sl:laterShare ([\d.]+)",
        turtle,
    )
    assert len(pairs) > 200
    for one, two, earlier, later in pairs:
        first, second, size = found[one], found[two], reuse.WORDS_IN_A_SHINGLE
        assert round(reuse.share(first, second, size), 2) == pytest.approx(
            float(earlier), abs=0.011
        )
        assert round(reuse.share(second, first, size), 2) == pytest.approx(float(later), abs=0.011)
