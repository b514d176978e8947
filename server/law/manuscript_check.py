"""The check of a manuscript: its quotations, references and claims of status, as one report.

`python -m server.law.manuscript_check SOURCES RELEASE` reads a manuscript on standard input and
writes the report as JSON, in a process of its own that the site limits and ends.
"""

import json
import re
import resource
import sys
from pathlib import Path
from typing import Any

from server.law.instruments import Instruments, Reference, whole
from server.law.manuscript import Unreadable, text_of
from server.law.quotations import MIN_WORDS, QUOTED, Finding
from server.law.status_claims import Claims
from server.rdf.description import values_of
from server.rdf.serialization import parse
from server.release.reader import Release

MEMORY = 1024**3
NO_MEMORY = 3  # exit status
_APART = re.compile(r"[“«„\"]|\n\s*\n|[.!?]\s+[A-Z]")  # other quotations, paragraphs, sentences
_BEFORE, _BEHIND = 250, 120  # letters between a quotation and the reference that goes with it

Report = dict[str, Any]


class Checker:
    """Checks manuscripts against the official texts and, where there is one, a release."""

    def __init__(self, sources: Path, release: Release | None) -> None:
        self.release, self.base = release, release.base if release else ""
        self.instruments = Instruments(sources, release)
        if release:
            self.claims = Claims(release, self.instruments)

    def report(self, text: str) -> Report:
        """Return all findings on a text in its order, and how many quotations were too short."""
        references = list(self.instruments.references(text))
        claims = list(self.claims.check(text)) if self.release else []
        named = [(r.start, r.end) for r in references] + [(c.start, c.end) for c in claims]
        passages = self._passages(text, named)
        cited = {f.start: _cited(text, f, references) for f in passages}
        beside = {r.start: f for f in passages if (r := cited[f.start])}
        findings = [self._quotation(f, cited[f.start]) for f in passages]
        findings += [self._reference(r, beside.get(r.start)) for r in references]
        findings += [{"kind": "status"} | vars(c) for c in claims]
        findings.sort(key=lambda finding: (finding["start"], finding["kind"]))
        for finding in findings:
            finding["line"] = text.count("\n", 0, finding["start"]) + 1
        short = sum(1 for m in QUOTED.finditer(text)) - sum(_is_quoted(text, f) for f in passages)
        return {"findings": findings, "tooShort": short, "leastWords": MIN_WORDS}

    def _passages(self, text: str, named: list[tuple[int, int]]) -> list[Finding]:
        """Judge the quotations; where none is marked, the paragraphs that are not the author's."""
        findings = list(self.instruments.prints.check(text))
        return [f for f in findings if _is_quoted(text, f) or not _is_prose(f, named)]

    def _quotation(self, finding: Finding, cited: Reference | None) -> Report:
        places = [self._place(p.path, p.label, language) for p, language in finding.places]
        first = (
            places[0] if places else dict.fromkeys(("provision", "where", "language", "official"))
        )
        agrees = _agrees(finding, cited) if cited and places else None
        return {
            "kind": "quotation",
            "verdict": finding.verdict,
            **first,
            "start": finding.start,
            "end": finding.start + len(finding.passage),
            "text": finding.passage,
            "share": round(finding.share, 3),
            "changes": [vars(c) | {"said": str(c)} for c in finding.changes],
            "cited": {"text": cited.text, "agrees": agrees} if cited else None,
            "alsoIn": places[1:],
        }

    def _reference(self, reference: Reference, beside: Finding | None) -> Report:
        """Return the finding on a reference: a passage quoted with it must stand there."""
        label = self.instruments.provisions.get(reference.path, "")
        there = bool(reference.path) and (
            not beside or not beside.places or _agrees(beside, reference)
        )
        said = "There is no such provision."
        if reference.path:
            said = "It exists." if there else "The passage quoted with it does not stand there."
        return {
            "kind": "reference",
            "verdict": "verbatim" if there else "absent",
            **self._place(reference.path or reference.instrument, label or None, "en"),
            "start": reference.start,
            "end": reference.end,
            "text": reference.text,
            "said": said,
        }

    def _place(self, path: str, label: str | None, language: str) -> Report:
        provision = f"{self.base}id/{path}"
        official = self._address(whole(path), language)
        return {"provision": provision, "where": label, "language": language, "official": official}

    def _address(self, instrument: str, language: str) -> str | None:
        """Return where the United Nations publish a text in a language."""
        iri = f"{self.base}id/{instrument}"
        for described in (f"{iri}/expression/{language}", iri):
            document = self.release.document(described) if self.release else None
            values = values_of(parse(document.nquads)) if document else {}
            if addresses := values.get(f"{self.base}def/officialText"):
                return addresses[0]
        return None


def annotated(text: str, report: Report) -> str:
    """Return a manuscript with the verdict in brackets behind each thing that was checked."""
    pieces, at = [], 0
    for finding in sorted(report["findings"], key=lambda f: f["end"]):
        pieces.append(text[at : finding["end"]])
        at = max(finding["end"], at)
        pieces.append(f" [{finding['kind']}: {said(finding)}]")
    return "".join(pieces) + text[at:]


def said(finding: Report) -> str:
    """Return a finding in words."""
    parts = [finding["said"].rstrip(".") if finding["kind"] == "reference" else finding["verdict"]]
    if finding["kind"] == "status":
        return f"{parts[0]} ({finding['said']})"
    if finding["where"]:
        parts.append(f"{finding['where']} ({finding['language']})")
    parts += [change["said"] for change in finding.get("changes", ())]
    if (cited := finding.get("cited")) and cited["agrees"] is False:
        parts.append(f"not in {' '.join(cited['text'].split())}")
    return "; ".join(parts)


def _is_quoted(text: str, finding: Finding) -> bool:
    """Tell whether a passage stands between quotation marks."""
    return finding.start > 0 and text[finding.start - 1] in '“«„"「'


def _is_prose(finding: Finding, named: list[tuple[int, int]]) -> bool:
    end = finding.start + len(finding.passage)
    return finding.verdict == "absent" and any(finding.start <= a and b <= end for a, b in named)


def _cited(text: str, finding: Finding, references: list[Reference]) -> Reference | None:
    """Return the reference that goes with a quotation: just behind it, else the last before it."""
    start, end = finding.start, finding.start + len(finding.passage)
    for reference in sorted(references, key=lambda r: (r.start < end, abs(r.start - start))):
        is_behind = reference.start >= end
        between = text[end : reference.start] if is_behind else text[reference.end : start]
        is_near = len(between) <= (_BEHIND if is_behind else _BEFORE)
        outside = is_behind or reference.end <= start
        if outside and is_near and not _APART.search(between[1:] if is_behind else between[:-1]):
            return reference
    return None


def _agrees(finding: Finding, cited: Reference) -> bool:
    """Tell whether a place of a passage lies in the provision that is cited, or holds it."""
    paths = [p.path for p, _ in finding.places]
    return any(_holds(cited.path, p) or _holds(p, cited.path) for p in paths if cited.path)


def _holds(outer: str, inner: str) -> bool:
    return inner == outer or inner.startswith(outer + "/")


def main(sources: str, release: str) -> None:
    """Check standard input within the limits of this process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        text = text_of(sys.stdin.buffer.read(), "The manuscript")
        report = Checker(Path(sources), Release(Path(release))).report(text)
        json.dump(report | {"annotated": annotated(text, report)}, sys.stdout)
    except Unreadable as fault:
        json.dump({"fault": str(fault)}, sys.stdout)
    except MemoryError:
        sys.exit(NO_MEMORY)


if __name__ == "__main__":
    main(*sys.argv[1:])
