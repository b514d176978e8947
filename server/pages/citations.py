"""How to cite what a record is about: in words, for programs and for search engines."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from server.declared import declared_in
from server.pages.law_records import citation, number_in
from server.pages.release_graph import Thing, graph_for
from server.pages.wording import author
from server.pages.wording import day as in_words
from server.rdf.formats import Format
from server.rdf.iris import canonical
from server.rdf.vocabulary import CANONICAL_BASE, LICENSE, PUBLISHER
from server.release.reader import Document, Release

SITE = "The law of outer space as linked data"
# What citations.yaml says of forms and kinds.
_FIELDS: Mapping[str, Mapping[str, Any]] = declared_in(Path(__file__).with_suffix(".yaml"))
# The files by their suffixes; the media types of BibTeX and RIS are in use, not registered.
FORMATS = {
    "txt": Format("txt", "text/plain", "Plain", "citation"),
    "bib": Format("bib", "application/x-bibtex", "BibTeX", "citation"),
    "ris": Format("ris", "application/x-research-info-systems", "RIS", "citation"),
    "json": Format("json", "application/vnd.citationstyles.csl+json", "CSL-JSON", "citation"),
}

# Values by their names; each is one line, or a list of such.
Reference = Mapping[str, Any]


def short_citation(thing: Thing) -> str:
    """Return how a lawyer cites a text in short: 610 UNTS 205, A/RES/1721 (XVI), or ""."""
    if (volume := thing.one("sl:untsVolume")) and (page := thing.one("sl:untsPage")):
        return f"{volume} UNTS {page}"
    adopting = thing.things("sl:adoptingResolution")
    return thing.one("sl:symbol") or (adopting[0].one("sl:symbol") if adopting else "")


@lru_cache(maxsize=16)
def reference(release: Release, document: Document) -> Reference:
    """Return the values that citations of a record are made of."""
    thing, manifest = Thing(graph_for(release), document), release.manifest
    kind, iri = _kind(thing.whole), canonical(document.iri, release.base)
    record = f"{SITE}, version {manifest.version}, release {manifest.release}"
    # The release is read as it was on its day, so that a page is the same for all readers.
    accessed = str(datetime.fromtimestamp(release.made, UTC).date())
    lines = _work(thing, kind) | _place(thing.whole, kind, record)
    cited = {name: _line(value) for name, value in lines.items()}
    authors = [tuple(map(_line, author)) for author in _authors(thing.whole, kind)]
    further: dict[str, Any] = {
        "kind": kind,
        "iri": iri,
        "identifiers": [iri, cited["number"]],
        "record": record,
        "year": cited["date"][:4],
        "slashed": cited["date"].replace("-", "/"),
        "accessed": accessed,
        "accessedSlashed": accessed.replace("-", "/"),
        "notes": [cited["note"], record],
        "language": "en",
        "authors": authors,
        "names": [", ".join(filter(None, author)) for author in authors],
        "institution": authors[0][0] if kind == "resolution" and authors else "",
    }
    types: dict[str, str] = _FIELDS["types"][kind]
    return cited | types | further


def _work(thing: Thing, kind: str) -> dict[str, str]:
    """Return what names a record and the text that it belongs to."""
    text = thing.whole
    title, short = text.one("dcterms:title") or text.label, short_citation(text)
    if claimant := author(thing.one("sl:assertedBy")):
        title = f"{title} (as {claimant} claims)"
    return {
        "whole": title,
        "title": title if text.iri == thing.iri else f"{title}, {number_in(thing, text)}",
        "symbol": "" if text.one("sl:untsVolume") else short,
        "number": short,
        "reportNumber": short if kind == "resolution" else "",
        "law": citation(thing),
        "note": "; ".join(_circumstances(text)),
    }


def _place(text: Thing, kind: str, record: str) -> dict[str, str]:
    """Return when and where a text was published.

    What is said of an instrument stays apart from `record`, which is how the dataset is cited.
    """
    within = next(iter(text.things("dcterms:isPartOf")), None) if kind == "paper" else None
    conference = (within.one("dcterms:title") or within.label) if within else ""
    # A paper is of the year in the title of its volume.
    year = re.search(r"\b(19|20)\d\d\b", conference)
    volume = text.one("sl:untsVolume")
    pages = text.one("sl:pages") or text.one("sl:untsPage")
    host = "United Nations Treaty Series" if volume else SITE if kind == "entry" else ""
    return {
        "date": text.date or text.year or (year[0] if year else ""),
        "conference": conference,
        "container": conference or host,
        "volume": volume,
        "pages": pages,
        "first": pages.partition("-")[0],
        "last": pages.partition("-")[2],
        "hostPages": pages if conference else "",
        "publisher": next((p.label for p in text.things("dcterms:publisher")), ""),
        "published": short_citation(text) if volume else record if kind == "entry" else "",
        "host": "" if kind == "entry" else f"As described in {record}",
    }


def citations(release: Release, document: Document) -> dict[str, str]:
    """Return the forms in which a record can be cited, by their names."""
    cited = reference(release, document)
    ris = "\n".join(f"{tag}  - {value}" for tag, value in _filled(cited, "RIS"))
    return {
        "Plain": _plain(cited),
        "BibTeX": _bibtex(cited),
        "RIS": f"{ris}\nER  - ",
        "CSL-JSON": _csl_json(cited),
    }


def metadata(cited: Reference) -> list[tuple[str, str]]:
    """Return names and contents of the meta elements that reference managers and libraries read."""
    return list(_filled(cited, "meta"))


def _filled(cited: Reference, form: str) -> Iterator[tuple[str, str]]:
    """Yield the fields of a form that have values, each value by itself."""
    for name, key in _FIELDS[form].items():
        values = cited[key] if isinstance(cited[key], list) else [cited[key]]
        yield from ((name, value) for value in values if value)


def _line(text: str) -> str:
    return " ".join(text.split())


def _kind(thing: Thing) -> str:
    classes = thing.graph.ancestry(thing.type)
    known = next(
        (kind for name, kind in _FIELDS["kinds"].items() if thing.graph.term(name) in classes), ""
    )
    if known or thing.graph.term("sl:Instrument") not in classes:
        return known or "entry"
    if thing.one("sl:genre").endswith("/national-law"):
        return "law"
    return "resolution" if short_citation(thing) else "document"


def _authors(text: Thing, kind: str) -> Iterable[tuple[str, str]]:
    """Yield family and given names, or a whole name and "", of who wrote or adopted a text.

    A family name is what the label of a work begins with.
    """
    if kind == "entry":
        yield PUBLISHER, ""
    names = {"paper": ["dcterms:creator"], "entry": [], "treaty": []}
    for name in names.get(kind, ["sl:issuedBy", "sl:adoptedBy"]):
        for maker in text.things(name):
            family, words = text.label.partition(",")[0], maker.label.split()
            others = " ".join(word for word in words if word != family)
            yield (family, others) if kind == "paper" and family in words else (maker.label, "")


def _circumstances(text: Thing) -> Iterator[str]:
    """Yield when a treaty was opened and entered into force, and who keeps it."""
    days = {"opened for signature": "openedForSignature", "entered into force": "entryIntoForce"}
    for words, name in days.items():
        if said := text.one(f"sl:{name}Date"):
            yield f"{words} {in_words(said)}"
    if keepers := ", ".join(keeper.label for keeper in text.things("sl:depositary")):
        yield f"depositary: {keepers}"


def _plain(cited: Reference) -> str:
    date, accessed, title = in_words(cited["date"]), in_words(cited["accessed"]), cited["title"]
    authors = ", ".join(" ".join(filter(None, author)) for author in cited["authors"])
    said = [cited["law"]] if cited["law"] else [authors, f"“{title}”", date]
    if cited["kind"] == "paper":
        pages = cited["pages"] and f"pp. {cited['pages']}"
        said = [authors, f"“{title}”", cited["container"], cited["publisher"], pages]
    elif cited["kind"] == "entry":
        said = [f"“{title}” ({cited['year']})" if date else f"“{title}”"]
    work, where = ", ".join(filter(None, said)), f"<{cited['iri']}>, accessed {accessed}"
    return f"{work}. In: {cited['record']}. {where}."


def _bibtex(cited: Reference) -> str:
    key = re.sub(r"[^A-Za-z0-9]+", "-", cited["iri"].removeprefix(CANONICAL_BASE)).strip("-")
    names = [tuple(map(_escaped, author)) for author in cited["authors"]]
    people = (f"{family}, {given}" if given else f"{{{family}}}" for family, given in names)
    values = {name: value if name == "iri" else _escaped(value)
              for name, value in cited.items() if isinstance(value, str)}  # fmt: skip
    values |= {"people": " and ".join(people), "title": f"{{{values['title']}}}"}
    values["hostPages"] = values["hostPages"].replace("-", "--")
    fields = ",\n".join(f"  {name} = {{{text}}}" for name, text in _filled(values, "BibTeX"))
    return f"@{cited['bibtex']}{{{key},\n{fields}\n}}"


def _escaped(text: str) -> str:
    plain = text.replace("\\", "/").replace("{", "(").replace("}", ")")
    return re.sub(r"([&%$#_])", r"\\\1", plain).replace("~", " ").replace("^", " ")


def _csl_json(cited: Reference) -> str:
    names = [{"family": family, "given": given} if given else {"literal": family}
             for family, given in cited["authors"]]  # fmt: skip
    days = {"issued": cited["date"], "accessed": cited["accessed"]}
    parts = {name: [int(p) for p in day.split("-") if p.isdigit()] for name, day in days.items()}
    further = {"author": names} | {n: {"date-parts": [p]} for n, p in parts.items() if p}
    entry = dict(_filled(cited, "CSL-JSON")) | {k: v for k, v in further.items() if v}
    return json.dumps([entry], ensure_ascii=False, indent=1)


def schema_org(release: Release, document: Document) -> dict[str, Any]:
    """Return a record in schema.org's terms."""
    cited, thing = reference(release, document), Thing(graph_for(release), document)
    classes = thing.graph.ancestry(thing.type)
    kinds = (kind for name, kind in _FIELDS["things"].items() if thing.graph.term(name) in classes)
    kind = next(kinds, "") if cited["kind"] == "entry" else ""
    part_of = cited["container"] if cited["title"] == cited["whole"] else cited["whole"]
    work = {
        "author": [_agent(*author) for author in cited["authors"]],
        "datePublished": cited["date"],
        "headline": cited["title"],
        "pagination": cited["conference"] and cited["pages"],
        "publisher": cited["publisher"] and _agent(cited["publisher"]),
        "license": LICENSE if cited["kind"] == "entry" else "",
        "isPartOf": part_of and {"@type": "CreativeWork", "name": part_of},
    }
    if cited["schema"] == "Legislation":
        work |= {"legislationDate": cited["date"], "legislationIdentifier": cited["number"]}
    properties = {
        "@context": "https://schema.org/",
        "@type": kind or cited["schema"],
        "@id": document.iri,
        "name": cited["title"],
        "description": " ".join(thing.text.split()),
        "url": document.iri,
    } | ({} if kind else work)
    return {name: value for name, value in properties.items() if value}


def _agent(name: str, given: str = "") -> dict[str, str]:
    if not given:
        return {"@type": "Organization", "name": name}
    return {"@type": "Person", "name": f"{given} {name}", "familyName": name, "givenName": given}
