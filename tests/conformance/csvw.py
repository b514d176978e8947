"""CSV on the Web: a reader of tables such as ours (csv2rdf), and the suite of the W3C for it.

It reads what our metadata has and what is little besides. The suite shows that it reads that
rightly; then our tables are read by it.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urljoin

import pyoxigraph as ox

from server.rdf.datatypes import DATATYPES, is_valid
from server.rdf.vocabulary import RDF, RDF_TYPE, XSD, prefixes
from tests.conformance import comparing
from tests.conformance.suites import FOLDER

ROOT = FOLDER / "csvw" / "tests"
IRI = "http://www.w3.org/2013/csvw/tests/"
NS = "http://www.w3.org/ns/csvw#"
_DATATYPES = {
    "number": XSD + "double", "binary": XSD + "base64Binary", "datetime": XSD + "dateTime",
    "any": XSD + "anyAtomicType", "xml": RDF + "XMLLiteral", "html": RDF + "HTML",
    "json": NS + "JSON",
}  # fmt: skip
_INHERITED = (
    "aboutUrl", "datatype", "default", "lang", "null", "propertyUrl", "separator", "valueUrl",
)  # fmt: skip
_KNOWN = {
    "@context", "@id", "@type", "url", "tables", "tableSchema", "columns", "name", "titles",
    "primaryKey", "suppressOutput", "required", "virtual", *_INHERITED,
}  # fmt: skip
_PREFIXES = prefixes("") | {"csvw": NS, "schema": "http://schema.org/"}
_TEMPLATE = re.compile(r"\{([#+]?)(\w[\w.%]*)\}")

Fetch = Callable[[str], str]
Metadata = dict[str, Any]


class NotRead(Exception):
    """Something in metadata that this reader does not know."""


@dataclass(frozen=True)
class Column:
    """A column with what it inherits."""

    name: str
    is_output: bool
    is_virtual: bool
    properties: Metadata


def triples(metadata: Metadata, base: str, fetch: Fetch, minimal: bool) -> Iterator[ox.Triple]:
    """Yield what tables say by their metadata; `fetch` returns the text at a URL."""
    group = ox.BlankNode()
    if not minimal:
        yield _triple(group, RDF_TYPE, ox.NamedNode(NS + "TableGroup"))
        yield from _notes(metadata if "tables" in metadata else {}, group, base)
    for table in metadata.get("tables", [metadata]):
        node = ox.BlankNode()
        url = urljoin(base, table["url"])
        if not minimal and not table.get("suppressOutput"):
            yield _triple(group, NS + "table", node)
            yield _triple(node, RDF_TYPE, ox.NamedNode(NS + "Table"))
            yield _triple(node, NS + "url", ox.NamedNode(url))
            yield from _notes(table, node, url)
        if not table.get("suppressOutput"):
            inherited = {k: v for k, v in metadata.items() if k in _INHERITED}
            yield from _rows(inherited | table, url, fetch(url), node, minimal)


def _rows(
    table: Metadata, url: str, text: str, node: ox.BlankNode, minimal: bool
) -> Iterator[ox.Triple]:
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    columns = _columns(table, header)
    for number, cells in enumerate(rows, 1):
        values = dict(zip([c.name for c in columns], cells, strict=False))
        values |= {"_row": str(number), "_sourceRow": str(number + 1)}
        row, subjects = ox.BlankNode(), dict[str, Any]()
        for column in columns:
            about = column.properties.get("aboutUrl")
            key = _filled(about, values, url) if about else ""
            subject = subjects.setdefault(key, ox.NamedNode(key) if key else ox.BlankNode())
            yield from _cell(column, subject, values, url)
        if not minimal:
            yield _triple(node, NS + "row", row)
            yield _triple(row, RDF_TYPE, ox.NamedNode(NS + "Row"))
            yield _triple(row, NS + "rownum", _literal(str(number), "integer"))
            yield _triple(row, NS + "url", ox.NamedNode(f"{url}#row={number + 1}"))
            for subject in subjects.values():
                yield _triple(row, NS + "describes", subject)


def _columns(table: Metadata, header: list[str]) -> list[Column]:
    schema = table.get("tableSchema", {})
    described = schema.get("columns") or [{"titles": title} for title in header]
    inherited = {k: v for part in (table, schema) for k, v in part.items() if k in _INHERITED}
    found = []
    for place, column in enumerate(described, 1):
        _check(column)
        titles = column.get("titles", f"_col.{place}")
        title = titles[0] if isinstance(titles, list) else titles
        name = column.get("name") or quote(title, safe="")
        is_output, is_virtual = not column.get("suppressOutput"), bool(column.get("virtual"))
        found.append(Column(name, is_output, is_virtual, inherited | column))
    _check(schema)
    _check(table)
    return found


def _notes(table: Metadata, node: ox.BlankNode, url: str) -> Iterator[ox.Triple]:
    """Yield what a table's metadata says of it in other vocabularies."""
    for key, values in table.items():
        if ":" in key:
            for value in values if isinstance(values, list) else [values]:
                yield _triple(node, _filled(key, {}, url), _note(value, url))


def _note(value: Any, url: str) -> Any:
    match value:
        case str():
            return ox.Literal(value)
        case {"@id": str(iri), **rest} if not rest:
            return ox.NamedNode(_filled(iri, {}, url))
        case {"@value": str(text), "@type": str(datatype)}:
            return ox.Literal(text, datatype=ox.NamedNode(_filled(datatype, {}, url)))
        case {"@value": str(text), **rest} if set(rest) <= {"@language"}:
            return ox.Literal(text, language=str(rest["@language"]) if rest else None)
    raise NotRead("a note with parts of its own")


def _check(part: Metadata) -> None:
    if unknown := [key for key in part if key not in _KNOWN and ":" not in key]:
        raise NotRead(", ".join(unknown))


def _cell(column: Column, subject: Any, row: dict[str, str], url: str) -> Iterator[ox.Triple]:
    properties, text = column.properties, row.get(column.name, "")
    if not column.is_output or (not text and not column.is_virtual):
        return
    name = properties.get("propertyUrl")
    predicate = _filled(name, row, url) if name else f"{url}#{column.name}"
    if template := properties.get("valueUrl"):
        yield _triple(subject, predicate, ox.NamedNode(_filled(template, row, url)))
        return
    separator = properties.get("separator")
    for value in text.split(separator) if separator else [text]:
        yield _triple(subject, predicate, _value(value, properties))


def _value(text: str, properties: Metadata) -> ox.Literal:
    datatype = properties.get("datatype", "string")
    if isinstance(datatype, dict) and set(datatype) <= {"base"}:
        datatype = datatype.get("base", "string")
    if not isinstance(datatype, str):
        raise NotRead("a format of a datatype")
    iri = _DATATYPES.get(datatype, XSD + datatype)
    is_known = iri in DATATYPES and is_valid(text, iri)  # else it is an error, and a string
    if datatype == "string" or not (is_known or datatype in _DATATYPES or datatype == "anyURI"):
        return ox.Literal(text, language=properties.get("lang"))
    return _literal(text, datatype)


def _literal(text: str, datatype: str) -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode(_DATATYPES.get(datatype, XSD + datatype)))


def _filled(template: str, row: dict[str, str], url: str) -> str:
    """Return the IRI that a template gives (RFC 6570, as far as columns need it)."""

    def value(match: re.Match[str]) -> str:
        sign, name = match.groups()
        text = row.get(name, "")
        safe = "!#$&'()*+,/:;=?@[]" if sign else ""
        return ("#" if sign == "#" else "") + quote(text, safe=safe)

    filled = _TEMPLATE.sub(value, template)
    prefix, colon, local = filled.partition(":")
    if colon and prefix in _PREFIXES:
        return _PREFIXES[prefix] + local
    return urljoin(url, filled)


def _triple(subject: Any, predicate: str, value: Any) -> ox.Triple:
    return ox.Triple(subject, ox.NamedNode(predicate), value)


@cache
def tests_of() -> dict[str, Metadata]:
    """Return the suite's tests by their names, such as csvw#test011."""
    listed = json.loads((ROOT / "manifest-rdf.jsonld").read_text("utf-8"))["entries"]
    return {f"csvw#{test['id'].rpartition('#')[2]}": test for test in listed}


def run(name: str) -> None:
    """Read the tables of a test, and compare what they say with what is expected."""
    test = tests_of()[name]
    action = test["action"]
    if "result" not in test:
        raise NotRead("faults are not looked for: our metadata are written, not read")
    if "httpLink" in test:
        raise NotRead("a Link header")
    own = [p for p in test.get("implicit", []) if p == f"{action}-metadata.json"]
    shared = [p for p in test.get("implicit", []) if p.endswith("csv-metadata.json")]
    chosen = next(iter([*test["option"].get("metadata", "").split(), *own, *shared]), "")
    chosen = action if action.endswith(".json") else chosen
    metadata = json.loads((ROOT / chosen).read_text("utf-8")) if chosen else {"url": action}
    base = IRI + (chosen or action)
    if isinstance(metadata.get("@context"), list):
        raise NotRead("a context with a base or language")
    found = triples(metadata, base if chosen else IRI, _fetch, bool(test["option"].get("minimal")))
    expected = ox.parse(path=ROOT / test["result"], base_iri=IRI + test["result"])
    assert comparing.graph(found, True) == comparing.graph(expected, True)


def _fetch(url: str) -> str:
    return (ROOT / url.removeprefix(IRI)).read_text("utf-8")
