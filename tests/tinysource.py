"""A small source tree with something of everything: terms, shapes, rules, all layers, a catalog."""

from collections.abc import Mapping
from pathlib import Path

from server.rdf.vocabulary import CANONICAL_BASE

# Where the releases that tests share are served, and when their changes are on record.
BASE, LOCAL = "http://127.0.0.1:8000/", "http://localhost/"
FIRST, SECOND = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"

HEAD = f"""# A file of a small source tree.
@base <{CANONICAL_BASE}> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix sl: <{CANONICAL_BASE}def/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

"""

ONTOLOGY = """
<def> a owl:Ontology ;
    rdfs:label "Terms of space law"@en .

sl:Text a owl:Class ;
    rdfs:label "text"@en .

sl:Treaty a owl:Class ;
    rdfs:label "treaty"@en ;
    rdfs:subClassOf sl:Text .

sl:Article a owl:Class ;
    rdfs:label "article"@en ;
    rdfs:subClassOf sl:Text .

sl:Claim a owl:Class ;
    rdfs:label "claim"@en .

sl:partOf a owl:ObjectProperty , owl:TransitiveProperty ;
    rdfs:label "part of"@en .

sl:hasPart a owl:ObjectProperty ;
    rdfs:label "has part"@en .

sl:about a owl:ObjectProperty ;
    rdfs:label "about"@en .

sl:locator a owl:DatatypeProperty ;
    rdfs:label "locator"@en .
"""

SHAPES = """
<shape/Text> a sh:NodeShape ;
    rdfs:label "Shape of texts"@en ;
    sh:targetClass sl:Text ;
    sh:property <shape/Text-label> .

<shape/Text-label> a sh:PropertyShape ;
    rdfs:label "Label of a text"@en ;
    sh:path rdfs:label ;
    sh:minCount 1 ;
    sh:message "A text has a label."@en .
"""

LAYER_SHAPE = """
<shape/{name}> a sh:NodeShape ;
    rdfs:label "Descriptions of this layer"@en ;
    sh:targetSubjectsOf rdf:type ;
    sh:property <shape/{name}-known> .

<shape/{name}-known> a sh:PropertyShape ;
    rdfs:label "How a description of this layer is known"@en ;
    sh:path {path} ;
    sh:minCount 1 ;
    sh:message "A description says how it is known."@en .
"""

TREATY = """
<id/treaty/1967/outer-space> a sl:Treaty ;
    rdfs:label "Outer Space Treaty"@en ;
    dcterms:identifier "OST" ;
    dcterms:source <https://treaties.un.org/> .

<id/treaty/1967/outer-space/article/2> a sl:Article ;
    rdfs:label "Article II"@en ;
    sl:partOf <id/treaty/1967/outer-space> ;
    dcterms:source <https://treaties.un.org/> .

<id/treaty/1967/outer-space/article/9> a sl:Article ;
    rdfs:label "Article IX"@en ;
    sl:partOf <id/treaty/1967/outer-space> ;
    dcterms:source <https://treaties.un.org/> .

<id/treaty/1967/outer-space/article/9/sentence/1> a sl:Text ;
    rdfs:label "First sentence of article IX"@en ;
    sl:partOf <id/treaty/1967/outer-space/article/9> ;
    dcterms:source <https://treaties.un.org/> .

<id/treaty/1967/outer-space/article/10> a sl:Article ;
    rdfs:label "Article X"@en ;
    sl:partOf <id/treaty/1967/outer-space> ;
    dcterms:source <https://treaties.un.org/> .
"""

CLAIM = """
<id/claim/liao-2013/cl01> a sl:Claim ;
    rdfs:label "Cooperation became a duty"@en ;
    sl:about <id/treaty/1967/outer-space/article/9> ;
    sl:locator "p. 621" .

<id/claim/liao-2013/cl02> a sl:Claim ;
    rdfs:label "The treaty is a constitution"@en ;
    sl:about <id/treaty/1967/outer-space> ;
    sl:locator "pp. 621-622" .
"""

CONCEPT = """
<id/concept/cooperation> a skos:Concept ;
    skos:prefLabel "cooperation"@en ;
    skos:definition "Work of several States towards one end."@en ;
    dcterms:source <https://example.org/dictionary> .
"""

CATALOG = """
<id/dataset> a dcat:Dataset ;
    rdfs:label "Space law as linked data"@en .
"""

DERIVE_PARTS = f"""PREFIX sl: <{CANONICAL_BASE}def/>
CONSTRUCT {{ ?whole sl:hasPart ?part }} WHERE {{ ?part sl:partOf ?whole }}
"""

IDENTIFIERS_ARE_UNIQUE = """# rule: No two things have the same identifier.
PREFIX dcterms: <http://purl.org/dc/terms/>
SELECT ?thing ?identifier {
  ?thing dcterms:identifier ?identifier . ?other dcterms:identifier ?identifier
  FILTER (STR(?thing) < STR(?other))
}
"""

TREATY_FILE = "data/official/treaty/1967/outer-space.ttl"

FILES = {
    "ontology/spacelaw.ttl": ONTOLOGY,
    "ontology/rules/parts.rq": DERIVE_PARTS,
    "shapes/texts.ttl": SHAPES,
    "shapes/layers/official.ttl": LAYER_SHAPE.format(name="Official", path="dcterms:source"),
    "shapes/layers/paper.ttl": LAYER_SHAPE.format(name="Paper", path="sl:locator"),
    "shapes/layers/editor.ttl": LAYER_SHAPE.format(name="Editor", path="dcterms:source"),
    "shapes/hygiene/identifier-unique.rq": IDENTIFIERS_ARE_UNIQUE,
    TREATY_FILE: TREATY,
    "data/paper/claim/liao-2013.ttl": CLAIM,
    "data/editor/concept.ttl": CONCEPT,
    "data/catalog.ttl": CATALOG,
}

# What a page and a format must get through: markup, schemes, exact literals, blank nodes, a list.
ODD = """
<id/odd> a sl:Text ;
    rdfs:label "Odd & <b>ends</b>"@en ;
    rdfs:seeAlso <javascript:alert(1)> , <data:text/html,x> ;
    sl:note "</script><script>alert(1)</script>" , "词"@zh ,
        "<!-- ]]> --> \\u2028 \\\\ \\"q\\" 'q'" ;
    sl:count "1"^^xsd:nonNegativeInteger , "01"^^xsd:integer , 1.50 , true ;
    sl:when "1967-01-27T00:00:00+00:00"^^xsd:dateTime , "P12M"^^xsd:duration ;
    sl:steps ( "b" <id/concept/cooperation> "a" ) ;
    sl:place [ rdfs:label "a place" ; sl:partOf <id/treaty/1967/outer-space> ] ;
    dcterms:source <https://example.org/odd> .
"""

# More links to one thing than a page of them holds.
MANY = "".join(
    f"""
<id/many/{number}> a sl:Text ;
    rdfs:label "Text {number}"@en ;
    sl:about <id/odd> ;
    dcterms:source <https://example.org/many> .
"""
    for number in range(1, 206)
)

# A thing that leads to more things than a page shows.
HUB = f"""
<id/hub> a sl:Text ;
    rdfs:label "Hub"@en ;
    sl:about {" , ".join(f"<id/many/{number}>" for number in range(1, 206))} ;
    dcterms:source <https://example.org/many> .
"""

ODD_FILES = {
    "data/editor/hub.ttl": HUB,
    "data/editor/odd.ttl": ODD,
    "data/editor/many.ttl": MANY,
    "ontology/strange.ttl": "<id/strange> <javascript:alert(2)> <id/odd> .\n",
}


def write(root: Path, further: Mapping[str, str] | None = None) -> Path:
    """Write the tree, and further files by their names, under `root`; return `root`.

    Turtle files get HEAD at their top.
    """
    for name, text in (FILES | dict(further or {})).items():
        put(root, name, text)
    return root


def put(root: Path, name: str, text: str) -> Path:
    """Write one file of the tree and return its path."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD + text if name.endswith(".ttl") else text, encoding="utf-8")
    return path


def line_of(path: Path, beginning: str) -> int:
    """Return the number, from 1, of the one line of a file that begins so."""
    lines = path.read_text("utf-8").splitlines()
    (found,) = (number for number, line in enumerate(lines, 1) if line.startswith(beginning))
    return found
