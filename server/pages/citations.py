"""How to cite what a record is about: in words, BibTeX, RIS, CSL-JSON and meta elements."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from server.pages.law_sections import citation, number_in
from server.pages.release_graph import Thing, graph_for
from server.pages.wording import day as in_words
from server.rdf.iris import canonical
from server.rdf.vocabulary import CANONICAL_BASE, PUBLISHER
from server.release.reader import Document, Release

SITE = "The law of outer space as linked data"
# What a record is about: its types in CSL 1.0.2, BibTeX, RIS, DCMI and schema.org. Whatever is no
# text or source is cited as an entry of this dataset.
_TYPES = {
    "treaty": ("treaty", "misc", "STAT", "Text", "Legislation"),
    "resolution": ("legislation", "misc", "RPRT", "Text", "Legislation"),
    "law": ("legislation", "misc", "STAT", "Text", "Legislation"),
    "document": ("document", "misc", "GEN", "Text", "CreativeWork"),
    "paper": ("paper-conference", "inproceedings", "CPAPER", "Text", "ScholarlyArticle"),
    "entry": ("entry", "misc", "ELEC", "Dataset", "CreativeWork"),
}
_DATES = ("sl:openedForSignatureDate", "sl:adoptionDate", "sl:publicationDate", "sl:eventDate")
_UNTS = "United Nations Treaty Series"


@dataclass(frozen=True)
class Reference:
    """What is cited; each value is one line, and "" where nothing is on record.

    `authors` are family and given names, or a whole name and "". `place` is the provision within
    a text, `date` an ISO date or a year, `short` how a lawyer writes volume and page or symbol,
    and `law` how one cites the whole.
    """

    kind: str
    iri: str
    title: str
    authors: tuple[tuple[str, str], ...]
    place: str
    date: str
    container: str
    volume: str
    pages: str
    symbol: str
    publisher: str
    short: str
    law: str
    version: str

    @property
    def types(self) -> tuple[str, ...]:
        """Its types in CSL, BibTeX, RIS, DCMI and schema.org."""
        return _TYPES[self.kind]

    @property
    def whole_title(self) -> str:
        """The title with the place in the text."""
        return f"{self.title}, {self.place}" if self.place else self.title


def short_citation(thing: Thing) -> str:
    """Return how a lawyer cites a text in short: 610 UNTS 205, A/RES/1721 (XVI), or ""."""
    if (volume := thing.one("sl:untsVolume")) and (page := thing.one("sl:untsPage")):
        return f"{volume} UNTS {page}"
    adopting = thing.things("sl:adoptingResolution")
    return thing.one("sl:symbol") or (adopting[0].one("sl:symbol") if adopting else "")


def reference(release: Release, document: Document) -> Reference:
    """Return what is cited where a record is."""
    thing, manifest = Thing(graph_for(release), document), release.manifest
    text = thing.whole
    kind = _kind(text)
    place = "" if text.iri == thing.iri else number_in(thing, text)
    within = text.things("dcterms:isPartOf") if kind == "paper" else []
    container = within[0].one("dcterms:title") or within[0].label if within else ""
    volume, page = text.one("sl:untsVolume"), text.one("sl:untsPage")
    found = {
        "title": text.one("dcterms:title") or text.label,
        "place": place,
        "date": _date(text, container),
        "container": container or (_UNTS if volume else SITE if kind == "entry" else ""),
        "volume": volume,
        "pages": text.one("sl:pages") or page,
        "symbol": "" if volume else short_citation(text),
        "publisher": next((p.label for p in text.things("dcterms:publisher")), ""),
        "short": short_citation(text),
        "law": citation(thing),
        "version": f"version {manifest.version}, release {manifest.release}",
    }
    lines = {name: " ".join(value.split()) for name, value in found.items()}
    iri = canonical(document.iri, release.base)
    return Reference(kind=kind, iri=iri, authors=tuple(_authors(text, kind)), **lines)


def citations(release: Release, document: Document) -> dict[str, str]:
    """Return the forms in which a record can be cited, by their names."""
    cited = reference(release, document)
    return {
        "Plain": _plain(cited),
        "BibTeX": _bibtex(cited),
        "RIS": _ris(cited),
        "CSL-JSON": _csl_json(cited),
    }


def metadata(cited: Reference) -> list[tuple[str, str]]:
    """Return names and contents of the meta elements that reference managers and libraries read."""
    first, _, last = cited.pages.partition("-")
    names = [", ".join(filter(None, author)) for author in cited.authors]
    host = {"paper": "citation_conference_title", "resolution":
            "citation_technical_report_institution"}.get(cited.kind, "")  # fmt: skip
    held = names[0] if cited.kind == "resolution" and names else cited.container
    numbered = cited.symbol if cited.kind == "resolution" else ""
    found = [
        ("citation_title", cited.whole_title),
        *(("citation_author", name) for name in names),
        ("citation_publication_date", cited.date.replace("-", "/")),
        (host, held),
        ("citation_technical_report_number", numbered),
        ("citation_volume", cited.volume),
        ("citation_firstpage", first),
        ("citation_lastpage", last),
        ("citation_publisher", cited.publisher),
        ("citation_language", "en"),
        ("citation_public_url", cited.iri),
        ("DC.title", cited.whole_title),
        *(("DC.creator", name) for name in names),
        ("DC.date", cited.date),
        ("DC.type", cited.types[3]),
        ("DC.publisher", cited.publisher or (PUBLISHER if cited.kind == "entry" else "")),
        ("DC.identifier", cited.iri),
        ("DC.identifier", cited.short),
        ("DC.source", cited.container),
        ("DC.language", "en"),
    ]
    return [(name, content) for name, content in found if name and content]


def _kind(thing: Thing) -> str:
    classes = thing.graph.ancestry(thing.type)
    named = {"sl:Treaty": "treaty", "sl:Resolution": "resolution", "sl:ScholarlyWork": "paper",
             "sl:Source": "document"}  # fmt: skip
    for name, kind in named.items():
        if thing.graph.term(name) in classes:
            return kind
    if thing.graph.term("sl:Instrument") not in classes:
        return "entry"
    if thing.one("sl:genre").endswith("/national-law"):
        return "law"
    return "resolution" if short_citation(thing) else "document"


def _date(text: Thing, container: str) -> str:
    """Return the date of a text; that of a paper is the year in the title of its volume."""
    year = re.search(r"\b(19|20)\d\d\b", container)
    return next((d for name in _DATES if (d := text.one(name))), year[0] if year else "")


def _authors(text: Thing, kind: str) -> Iterable[tuple[str, str]]:
    """Yield who wrote or adopted a text; a family name is what the label of a work begins with."""
    if kind == "entry":
        yield PUBLISHER, ""
    names = {"paper": ["dcterms:creator"], "entry": [], "treaty": []}
    named = names.get(kind, ["sl:issuedBy", "sl:adoptedBy"])
    for author in (author for name in named for author in text.things(name)):
        label = " ".join(author.label.split())
        family = text.label.partition(",")[0]
        others = " ".join(word for word in label.split() if word != family)
        yield (family, others) if kind == "paper" and family in label.split() else (label, "")


def _plain(cited: Reference) -> str:
    date = in_words(cited.date)
    authors = ", ".join(" ".join(filter(None, author)) for author in cited.authors)
    said = [cited.law] if cited.law else [authors, f"“{cited.title}”", date]
    if cited.kind == "paper":
        pages = f"pp. {cited.pages}" if cited.pages else ""
        said = [authors, f"“{cited.title}”", cited.container, cited.publisher, pages]
    elif cited.kind == "entry":
        said = [f"“{cited.whole_title}”{f' ({cited.date[:4]})' if date else ''}"]
    return f"{', '.join(filter(None, said))}. In: {SITE}, {cited.version}. <{cited.iri}>."


def _bibtex(cited: Reference) -> str:
    key = re.sub(r"[^A-Za-z0-9]+", "-", cited.iri.removeprefix(CANONICAL_BASE)).strip("-")
    names = [tuple(map(_escaped, author)) for author in cited.authors]
    authors = (f"{family}, {given}" if given else f"{{{family}}}" for family, given in names)
    numbered = cited.short if cited.kind != "paper" else ""
    fields = {
        "author": " and ".join(authors),
        "title": f"{{{_escaped(cited.whole_title)}}}",
        "year": cited.date[:4],
        "date": cited.date,
        "booktitle": _escaped(cited.container) if cited.kind == "paper" else "",
        "pages": cited.pages.replace("-", "--"),
        "publisher": _escaped(cited.publisher),
        "number": _escaped(numbered),
        "howpublished": _escaped(f"{SITE}, {cited.version}"),
        "url": cited.iri,
    }
    body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
    return f"@{cited.types[1]}{{{key},\n{body}\n}}"


def _escaped(text: str) -> str:
    plain = text.replace("\\", "/").replace("{", "(").replace("}", ")")
    return re.sub(r"([&%$#_])", r"\\\1", plain).replace("~", " ").replace("^", " ")


def _ris(cited: Reference) -> str:
    first, _, last = cited.pages.partition("-")
    fields = [
        ("TY", cited.types[2]),
        *(("AU", ", ".join(filter(None, author))) for author in cited.authors),
        ("TI", cited.whole_title),
        ("PY", cited.date[:4]),
        ("DA", cited.date.replace("-", "/")),
        ("T2", cited.container),
        ("VL", cited.volume),
        ("SP", first),
        ("EP", last),
        ("SN", cited.symbol),
        ("PB", cited.publisher),
        ("UR", cited.iri),
        ("N1", f"{SITE}, {cited.version}"),
    ]
    return "\n".join([*(f"{tag}  - {value}" for tag, value in fields if value), "ER  - "])


def _csl_json(cited: Reference) -> str:
    names = [
        {"family": family, "given": given} if given else {"literal": family}
        for family, given in cited.authors
    ]
    parts = [int(part) for part in cited.date.split("-") if part.isdigit()]
    entry = {
        "id": cited.iri,
        "type": cited.types[0],
        "title": cited.whole_title,
        "author": names,
        "issued": {"date-parts": [parts]} if parts else None,
        "container-title": cited.container,
        "volume": cited.volume,
        "page": cited.pages,
        "number": cited.symbol,
        "publisher": cited.publisher,
        "archive": SITE,
        "version": cited.version,
        "URL": cited.iri,
    }
    filled = {name: value for name, value in entry.items() if value}
    return json.dumps([filled], ensure_ascii=False, indent=1)
