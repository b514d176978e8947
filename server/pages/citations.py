"""How to cite the page of a resource: in words, BibTeX, RIS and CSL-JSON."""

import json
import re
from dataclasses import dataclass, replace

from server.pages.release_graph import Thing, graph_for
from server.rdf.iris import canonical
from server.rdf.vocabulary import CANONICAL_BASE
from server.release.manifest import Manifest
from server.release.reader import Document, Release

SITE = "The law of outer space as linked data"
_CSL = {"sl:Treaty": "treaty", "sl:Resolution": "legislation", "sl:NationalLaw": "legislation"}


@dataclass(frozen=True)
class Citation:
    """One form of a citation: its name and its text."""

    name: str
    text: str


def citations(release: Release, document: Document) -> tuple[Citation, ...]:
    """Return the forms in which the entry on a resource can be cited, by its canonical IRI."""
    graph = graph_for(release)
    thing = graph.thing(document.iri)
    title = (thing.one("dcterms:title") if thing else "") or document.label
    year = _year(thing)
    csl = next((kind for name, kind in _CSL.items() if document.type == graph.term(name)), "entry")
    manifest, document = (
        release.manifest,
        replace(document, iri=canonical(document.iri, release.base)),
    )
    return (
        Citation("Plain", _plain(title, year, document, manifest)),
        Citation("BibTeX", _bibtex(title, year, document, manifest)),
        Citation("RIS", _ris(title, year, document, manifest)),
        Citation("CSL-JSON", _csl(title, year, csl, document, manifest)),
    )


def _year(thing: Thing | None) -> str:
    names = ("sl:openedForSignatureDate", "sl:adoptionDate", "sl:publicationDate", "sl:eventDate")
    dates = [thing.one(name) for name in names] if thing else []
    return next((d[:4] for d in dates if d), "")


def _within(manifest: Manifest) -> str:
    return f"{SITE}, version {manifest.version}, release {manifest.release}"


def _plain(title: str, year: str, document: Document, manifest: Manifest) -> str:
    dated = f" ({year})" if year else ""
    return f"“{title}”{dated}. In: {_within(manifest)}. <{document.iri}>."


def _bibtex(title: str, year: str, document: Document, manifest: Manifest) -> str:
    key = re.sub(r"[^A-Za-z0-9]+", "-", document.iri.removeprefix(CANONICAL_BASE)).strip("-")
    rows = {"title": f"{{{_tex(title)}}}", "year": year, "howpublished": _within(manifest),
            "url": document.iri}  # fmt: skip
    body = ",\n".join(f"  {name} = {{{value}}}" for name, value in rows.items() if value)
    return f"@misc{{{key},\n{body}\n}}"


def _tex(text: str) -> str:
    return re.sub(r"([&%$#_{}])", r"\\\1", text)


def _ris(title: str, year: str, document: Document, manifest: Manifest) -> str:
    rows = [("TY", "ELEC"), ("TI", title), ("PY", year), ("T2", _within(manifest)),
            ("UR", document.iri), ("ER", "")]  # fmt: skip
    return "\n".join(f"{tag}  - {value}" for tag, value in rows if value or tag == "ER")


def _csl(title: str, year: str, kind: str, document: Document, manifest: Manifest) -> str:
    entry: dict[str, object] = {
        "id": document.iri,
        "type": kind,
        "title": title,
        "container-title": SITE,
        "version": f"{manifest.version} ({manifest.release})",
        "URL": document.iri,
    }
    if year:
        entry["issued"] = {"date-parts": [[int(year)]]}
    return json.dumps([entry], ensure_ascii=False, indent=1)
