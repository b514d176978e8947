"""Descriptions written as Turtle templates: a Jinja template in, quads of the default graph out."""

from functools import lru_cache
from typing import Any

import jinja2
import pyoxigraph as ox

from server.rdf.vocabulary import EXTRA_PREFIXES, PREFIXES, XSD, prefixes


def render(template: str, base: str, graph: str = "", **values: Any) -> list[ox.Quad]:
    """Return the quads that a template of `templates/turtle` gives with `values`.

    They are in the default graph, or in the one with the IRI `graph`.

    Prefixes of the dataset are declared, relative IRIs resolve against `base`. Values are written
    with the filters `iri`, `text` (English), `plain`, `date`, `dateTime`, `integer`, `count` and
    `hex`; none is escaped without one.
    """
    declared = {**PREFIXES, **prefixes(base), **EXTRA_PREFIXES}
    head = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in declared.items())
    quads = ox.parse(head + fill(template, base, **values), ox.RdfFormat.TURTLE, base_iri=base)
    if not graph:
        return list(quads)
    node = ox.NamedNode(graph)
    return [ox.Quad(q.subject, q.predicate, q.object, node) for q in quads]


def fill(template: str, base: str, **values: Any) -> str:
    """Return the text that a template gives."""
    return _environment().get_template(template).render(base=base, **values)


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("server", "templates/turtle"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701  Turtle, not HTML: the filters below escape
    )
    environment.filters.update(
        iri=lambda value: str(ox.NamedNode(value)),
        text=lambda value: str(ox.Literal(value, language="en")),
        plain=lambda value: str(ox.Literal(value)),
        **{name: _typed(datatype) for name, datatype in _DATATYPES.items()},
    )
    return environment


_DATATYPES = {
    "date": "date",
    "dateTime": "dateTime",
    "integer": "integer",
    "count": "nonNegativeInteger",
    "hex": "hexBinary",
}


def _typed(datatype: str) -> Any:
    node = ox.NamedNode(XSD + datatype)
    return lambda value: str(ox.Literal(str(value), datatype=node))
