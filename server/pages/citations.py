"""How to cite the page of a resource: in words, BibTeX, RIS and CSL-JSON."""

import json
import re

from server.pages.release_graph import Thing, graph_for
from server.rdf.datatypes import day
from server.rdf.iris import canonical
from server.rdf.vocabulary import CANONICAL_BASE
from server.release.reader import Document, Release

SITE = "The law of outer space as linked data"
_CSL_TYPES = {
    "sl:Treaty": "treaty",
    "sl:Resolution": "legislation",
}
_DATES = ("sl:openedForSignatureDate", "sl:adoptionDate", "sl:publicationDate", "sl:eventDate")


def citations(release: Release, document: Document) -> dict[str, str]:
    """Return the forms in which the entry on a resource can be cited, by their names.

    All cite it by its canonical IRI.
    """
    thing, manifest = Thing(graph_for(release), document), release.manifest
    title = thing.one("dcterms:title") or document.label
    year = next((str(day(date).year) for name in _DATES if (date := thing.one(name))), "")
    version = f"version {manifest.version}, release {manifest.release}"
    iri = canonical(document.iri, release.base)
    return {
        "Plain": f"“{title}”{f' ({year})' if year else ''}. In: {SITE}, {version}. <{iri}>.",
        "BibTeX": _bibtex(title, year, f"{SITE}, {version}", iri),
        "RIS": _ris(title, year, f"{SITE}, {version}", iri),
        "CSL-JSON": _csl_json(thing, title, year, iri),
    }


def _bibtex(title: str, year: str, container: str, iri: str) -> str:
    key = re.sub(r"[^A-Za-z0-9]+", "-", iri.removeprefix(CANONICAL_BASE)).strip("-")
    escaped = re.sub(r"([&%$#_{}])", r"\\\1", title)
    fields = {"title": f"{{{escaped}}}", "year": year, "howpublished": container, "url": iri}
    body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
    return f"@misc{{{key},\n{body}\n}}"


def _ris(title: str, year: str, container: str, iri: str) -> str:
    fields = {"TY": "ELEC", "TI": title, "PY": year, "T2": container, "UR": iri}
    lines = [f"{tag}  - {value}" for tag, value in fields.items() if value]
    return "\n".join([*lines, "ER  - "])


def _csl_json(thing: Thing, title: str, year: str, iri: str) -> str:
    graph = thing.graph
    types = (kind for name, kind in _CSL_TYPES.items() if thing.type == graph.term(name))
    law = "legislation" if thing.one("sl:genre").endswith("/national-law") else "entry"
    manifest = graph.release.manifest
    entry: dict[str, object] = {
        "id": iri,
        "type": next(types, law),
        "title": title,
        "container-title": SITE,
        "version": f"{manifest.version} ({manifest.release})",
        "URL": iri,
    }
    if year:
        entry["issued"] = {"date-parts": [[int(year)]]}
    return json.dumps([entry], ensure_ascii=False, indent=1)
