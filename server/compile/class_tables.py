"""The dataset as tables: one CSV file a class, with metadata (CSVW) that says what columns mean."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from server.compile.dumps import FOLDER, File, save
from server.rdf.description import Resource
from server.rdf.tables import csv_text
from server.rdf.vocabulary import RDF_TYPE, XSD, prefixes

METADATA = "csv-metadata.json"
INDEX = "resources.csv"
_IRI: dict[str, Any] = {"name": "iri", "datatype": "anyURI"}
_INDEX_COLUMNS = [
    _IRI,
    {"name": "type", "datatype": "anyURI", "propertyUrl": RDF_TYPE, "valueUrl": "{+type}"},
    {"name": "sha256", "propertyUrl": "https://schema.org/sha256"},
]
_SEPARATORS = ("|", ";", "¦", "‖", "␟")  # the first that no value of a column has

Row = dict[str, list[Any]]


def write(folder: Path, resources: list[Resource], base: str) -> list[File]:
    """Write the tables into a release folder and return them.

    A cell with several values has them joined by a vertical bar, or by what the metadata say where
    a value has one; blank nodes are left out.
    """
    tables: dict[str, dict[str, Row]] = defaultdict(dict)
    for r in resources:
        if r.type.startswith(f"{base}def/"):
            tables[r.type.removeprefix(f"{base}def/")][r.iri] = _row(r)
    target, files, schemas = folder / FOLDER, [], [_schema(INDEX, _INDEX_COLUMNS)]
    rows = ((r.iri, r.type, r.hash) for r in resources)
    index = csv_text(["iri", "type", "sha256"], rows).encode()
    files.append(save(target / INDEX, index, "text/csv", "Every resource with its state hash"))
    for name, members in sorted(tables.items()):
        columns = _columns(members, base)
        body = csv_text(["iri", *columns], _cells(members, columns)).encode()
        files.append(save(target / f"{name}.csv", body, "text/csv", f"Table of {name}"))
        described = [_column(column, p, members) for column, p in columns.items()]
        schemas.append(_schema(f"{name}.csv", [_IRI | {"suppressOutput": True}, *described]))
    context = {"@context": "http://www.w3.org/ns/csvw", "tables": schemas}
    text = json.dumps(context, indent=1, ensure_ascii=False).encode()
    media_type = "application/csvm+json"
    return [*files, save(target / METADATA, text, media_type, "What the tables' columns mean")]


def _row(resource: Resource) -> Row:
    row: Row = defaultdict(list)
    for q in sorted(resource.own, key=lambda q: (q.predicate.value, str(q.object))):
        named = not isinstance(q.object, ox.BlankNode)
        if named and q.object not in row[q.predicate.value]:
            row[q.predicate.value].append(q.object)
    return row


def _columns(members: Mapping[str, Row], base: str) -> dict[str, str]:
    """Return the properties of a table by the names of their columns."""
    used = sorted({p for row in members.values() for p, values in row.items() if values})
    short = {p: p.rpartition("#")[2].rpartition("/")[2] for p in used}
    twice = {n for n in short.values() if list(short.values()).count(n) > 1} | {"iri"}
    spaces = {ns: prefix for prefix, ns in prefixes(base).items()}
    return {
        f"{spaces.get(p.removesuffix(n), 'other')}_{n}" if n in twice else n: p
        for p, n in short.items()
    }


def _cells(members: Mapping[str, Row], columns: Mapping[str, str]) -> Iterable[list[str]]:
    joiners = {p: _separator(p, members) for p in columns.values()}
    for iri, row in members.items():
        yield [
            iri,
            *(joiner.join(v.value for v in row.get(p, [])) for p, joiner in joiners.items()),
        ]


def _separator(predicate: str, members: Mapping[str, Row]) -> str:
    values = [v.value for row in members.values() for v in row.get(predicate, [])]
    return next((s for s in _SEPARATORS if not any(s in value for value in values)), "␞")


def _schema(url: str, columns: list[dict[str, Any]]) -> dict[str, Any]:
    schema = {"columns": columns, "primaryKey": "iri", "aboutUrl": "{+iri}"}
    return {"url": url, "tableSchema": schema}


def _column(name: str, predicate: str, members: Mapping[str, Row]) -> dict[str, Any]:
    values = [v for row in members.values() for v in row.get(predicate, [])]
    column: dict[str, Any] = {"name": name, "propertyUrl": predicate, "datatype": _datatype(values)}
    languages = {v.language for v in values if isinstance(v, ox.Literal)}
    if len(languages) == 1 and None not in languages:
        column["lang"] = languages.pop()
    if any(len(row.get(predicate, [])) > 1 for row in members.values()):
        column["separator"] = _separator(predicate, members)
    elif all(isinstance(v, ox.NamedNode) for v in values):
        column["valueUrl"] = f"{{+{name}}}"  # so that they are read as IRIs
    return column


def _datatype(values: Iterable[Any]) -> str:
    kinds = {v.datatype.value if isinstance(v, ox.Literal) else XSD + "anyURI" for v in values}
    kind = kinds.pop() if len(kinds) == 1 else ""
    return kind.removeprefix(XSD) if kind.startswith(XSD) else "string"
