"""Writes measured reuse of words as Turtle, in the editors' layer."""

from collections.abc import Sequence
from pathlib import Path

from server.rdf.vocabulary import CANONICAL_BASE, SL
from tools.texts import reuse

_HEAD = f"""@base <{CANONICAL_BASE}> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sl: <{SL}> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
_LANGUAGES = {"en": "English", "fr": "French"}
_METHOD = (
    "Share of the words of each provision of the first level that stand in a provision of another "
    "instrument in runs of at least four words, in both directions; titles of instruments are left "
    "out. A pair is a finding if its greater share is one that a single pair in a thousand reaches "
    "among those without a common subject."
)
_END = """    dcterms:source <id/source/st-space-61-rev-3> , <id/source/space-law-corpus> ;
    sl:confidence <id/confidence/certain> .
"""


def write_reuse(
    root: Path,
    language: str,
    passages: Sequence[reuse.Passage],
    pairs: Sequence[reuse.Pair],
    threshold: float,
) -> None:
    """Write the measurement in a language and each pair of provisions at or above the threshold."""
    found = sorted(
        (p for p in pairs if p.score >= threshold), key=lambda p: (p.earlier.path, p.later.path)
    )
    folder = root / "data" / "editor" / "textual-reuse"
    folder.mkdir(exist_ok=True)
    comment = (
        f"# Provisions that use words of earlier ones again, in {_LANGUAGES[language]}; "
        "made by `python -m tools.texts`."
    )
    blocks = [_measurement(language, passages, pairs, threshold)]
    blocks += [_reuse(language, pair) for pair in found]
    (folder / f"{language}.ttl").write_text(f"{_HEAD}\n{comment}\n" + "\n".join(blocks), "utf-8")


def _measurement(
    language: str,
    passages: Sequence[reuse.Passage],
    pairs: Sequence[reuse.Pair],
    threshold: float,
) -> str:
    chance = sum(not p.earlier.subjects & p.later.subjects for p in pairs)
    parameters = (
        f"words in a shingle: {reuse.WORDS_IN_A_SHINGLE}; "
        f"least words of a provision: {reuse.MIN_WORDS}; "
        f"provisions: {len(passages)}; pairs: {len(pairs)}; chance pairs: {chance}; "
        f"level: {reuse.LEVEL}; threshold: {threshold:.2f}"
    )
    texts = sorted({p.text for p in passages})
    used = " , ".join(f"<id/{t}/expression/{language}>" for t in texts)
    return f"""<id/textual-reuse/{language}> a sl:ReuseMeasurement ;
    rdfs:label "Measurement of textual reuse in {_LANGUAGES[language]}"@en ;
    dcterms:description "{_METHOD}"@en ;
    sl:parameters "{parameters}" ;
    dcterms:language "{language}"^^xsd:language ;
    prov:used {used} ;
{_END}"""


def _reuse(language: str, pair: reuse.Pair) -> str:
    one, two = (p.path.replace("/", "-") for p in (pair.earlier, pair.later))
    return f"""<id/textual-reuse/{language}/{one}/{two}> a sl:TextualReuse ;
    rdfs:label "{pair.earlier.label}, in {pair.later.label} ({_LANGUAGES[language]})"@en ;
    sl:earlierText <id/{pair.earlier.path}> ;
    sl:laterText <id/{pair.later.path}> ;
    sl:earlierShare {pair.earlier_share:.2f} ;
    sl:laterShare {pair.later_share:.2f} ;
    prov:wasGeneratedBy <id/textual-reuse/{language}> ;
{_END}"""
