"""A small source tree with something awkward of everything, and the release that is made of it."""

import sqlite3
from pathlib import Path

from server.compile import pipeline
from server.release.manifest import DOCUMENTS
from server.release.reader import Release
from tests import tinysource

BASE = "http://law.example/"

AWKWARD = """
<id/awkward> a sl:Text ;
    rdfs:label "</script><script>alert(1)</script> & \\"quotes\\""@en ;
    dcterms:extent "1"^^xsd:nonNegativeInteger , 1.50 , "P12M"^^xsd:duration ,
        "2026-01-01T00:00:00+00:00"^^xsd:dateTime , "010"^^xsd:integer , "1.0E0"^^xsd:double ;
    dcterms:description "line one\\nline two\\ttabbed"@en ;
    dcterms:references <javascript:alert(1)> ;
    dcterms:source <https://example.org/?q=a%0D%0ASet-Cookie:%20x> .

<id/awkward/café> a sl:Text ;
    rdfs:label "beyond ASCII"@en ;
    dcterms:source <https://example.org/> .

<id/awkward/a%20b> a sl:Text ;
    rdfs:label "encoded"@en ;
    dcterms:source <https://example.org/> .

<id/awkward/Case> a sl:Text ;
    rdfs:label "in its own case"@en ;
    dcterms:source <https://example.org/> .

<id/awkward/two> a sl:Text ;
    rdfs:label "two, small"@en ;
    dcterms:source <https://example.org/> .

<id/awkward/Two> a sl:Text ;
    rdfs:label "two, large"@en ;
    dcterms:source <https://example.org/> .
"""
PROFILE = """# profile: http://purl.org/dc/terms/
# title: Dublin Core terms
# description: Treaties by title.
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX sl: <https://w3id.org/spacelaw/def/>
CONSTRUCT { ?t dcterms:title ?l } WHERE { ?t a sl:Treaty ; rdfs:label ?l }
"""
SHAPES_WITH_NODES = """
<shape/Nested> a sh:NodeShape ;
    rdfs:label "nested"@en ;
    sh:property [ sh:path rdfs:label ; sh:in ( "a"@en 2 3.0 <def/Treaty> ) ] ;
    sh:or ( [ sh:class sl:Treaty ] [ sh:not [ sh:class sl:Article ] ] ) .
"""


def build(root: Path) -> Release:
    """Build the release; a withdrawn resource is planted as a recorded release will have it."""
    sources = tinysource.write(
        root / "sources",
        {
            "data/official/awkward.ttl": AWKWARD,
            "queries/profiles/dcterms.rq": PROFILE,
            "shapes/nested.ttl": SHAPES_WITH_NODES,
        },
    )
    folder = pipeline.build(sources, root / "releases", BASE)
    with sqlite3.connect(folder / DOCUMENTS) as database:
        database.execute(
            "INSERT INTO tombstone VALUES (?, ?, ?, ?, ?)",
            (
                f"{BASE}id/withdrawn",
                "<b>withdrawn</b>",
                f"{BASE}def/Text",
                "2026-01-02T03:04:05Z",
                f"{BASE}id/treaty/1967/outer-space",
            ),
        )
    database.close()
    return Release(folder)
