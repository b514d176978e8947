"""A few texts of space law with topics, norms, claims and States, for tests of pages."""

import re
from pathlib import Path

from server.compile import pipeline
from server.release.reader import Release
from tests import tinysource

TERMS = """
sl:Instrument a owl:Class ; rdfs:label "instrument"@en ; rdfs:subClassOf sl:Text .
sl:Resolution a owl:Class ; rdfs:label "resolution"@en ; rdfs:subClassOf sl:Instrument .
sl:Provision a owl:Class ; rdfs:label "provision"@en .
sl:Paragraph a owl:Class ; rdfs:label "paragraph"@en ; rdfs:subClassOf sl:Provision .
sl:Actor a owl:Class ; rdfs:label "actor"@en .
sl:State a owl:Class ; rdfs:label "State"@en ; rdfs:subClassOf sl:Actor .
sl:Organization a owl:Class ; rdfs:label "organization"@en ; rdfs:subClassOf sl:Actor .
sl:Statement a owl:Class ; rdfs:label "statement"@en .
sl:Norm a owl:Class ; rdfs:label "norm"@en ; rdfs:subClassOf sl:Statement .
sl:InfluenceClaim a owl:Class ; rdfs:label "claim of influence"@en ; rdfs:subClassOf sl:Claim .
sl:ScholarlyWork a owl:Class ; rdfs:label "scholarly work"@en .
sl:Signature a owl:Class ; rdfs:label "signature"@en .
sl:Ratification a owl:Class ; rdfs:label "ratification"@en .
sl:TreatyStatement a owl:Class ; rdfs:label "statement on a treaty"@en .
sl:Citation a owl:Class ; rdfs:label "citation"@en .
sl:TextualReuse a owl:Class ; rdfs:label "textual reuse"@en .
sl:Treaty rdfs:subClassOf sl:Instrument .
"""

TEXTS = """
<id/treaty/1967/outer-space> dcterms:title "Treaty on Principles Governing Outer Space"@en ;
    skos:altLabel "OST"@en ; sl:untsVolume 610 ; sl:untsPage 205 ;
    sl:legalNature <id/legal-nature/binding-treaty> ;
    sl:adoptionDate "1966-12-19"^^xsd:date ; sl:openedForSignatureDate "1967-01-27"^^xsd:date ;
    sl:entryIntoForceDate "1967-10-10"^^xsd:date .
<id/treaty/1967/outer-space/article/6> a sl:Article ;
    rdfs:label "Outer Space Treaty, Article VI"@en ;
    sl:partOf <id/treaty/1967/outer-space> ; sl:number "VI" ; sl:position 6 ;
    dcterms:subject <id/topic/debris> ; dcterms:description "States bear responsibility."@en ;
    dcterms:source <https://treaties.un.org/> .
<id/treaty/1972/liability> a sl:Treaty ; rdfs:label "Liability Convention"@en ;
    sl:adoptionDate "1971-11-29"^^xsd:date ; sl:openedForSignatureDate "1972-03-29"^^xsd:date ;
    sl:legalNature <id/legal-nature/binding-treaty> ; dcterms:source <https://treaties.un.org/> .
<id/resolution/1961/1721-xvi> a sl:Resolution ; rdfs:label "A/RES/1721 (XVI)"@en ;
    sl:symbol "A/RES/1721 (XVI)" ; dcterms:title "International co-operation in outer space"@en ;
    sl:adoptionDate "1961-12-20"^^xsd:date ; sl:adoptedBy <id/organization/general-assembly> ;
    sl:legalNature <id/legal-nature/general-assembly-resolution> ;
    dcterms:source <https://docs.un.org/> .
<id/resolution/1961/1721-xvi/part/b/paragraph/1> a sl:Paragraph ;
    rdfs:label "A/RES/1721 (XVI), part B, paragraph 1"@en ; sl:number "1" ; sl:position 1 ;
    sl:partOf <id/resolution/1961/1721-xvi> ; dcterms:subject <id/topic/break-ups> ;
    dcterms:description "Calls upon States to furnish information on launches."@en ;
    dcterms:source <https://docs.un.org/> .
<id/law/1984/ind-statute> a sl:Instrument ; rdfs:label "India, statute of 1984"@en ;
    sl:genre <id/genre/national-law> ; sl:issuedBy <id/state/ind> ;
    dcterms:source <https://un.org/> .
<id/treaty/1967/outer-space/preamble> a sl:Article ;
    rdfs:label "Outer Space Treaty, preamble"@en ; sl:partOf <id/treaty/1967/outer-space> ;
    dcterms:subject <id/topic/debris> ; dcterms:source <https://treaties.un.org/> .
<id/treaty/1972/liability/article/2> a sl:Article ;
    rdfs:label "Liability Convention, Article II"@en ;
    sl:partOf <id/treaty/1972/liability> ; sl:number "II" ; sl:position 2 ;
    dcterms:subject <id/topic/debris> ; dcterms:source <https://treaties.un.org/> .
<id/treaty/1972/liability/article/10> a sl:Article ;
    rdfs:label "Liability Convention, Article X"@en ;
    sl:partOf <id/treaty/1972/liability> ; sl:number "X" ; sl:position 10 ;
    dcterms:subject <id/topic/debris> ; dcterms:source <https://treaties.un.org/> .
<id/citation/one> a sl:Citation ; rdfs:label "Article II on the Outer Space Treaty"@en ;
    sl:citingText <id/treaty/1972/liability/article/2> ;
    sl:citedText <id/treaty/1967/outer-space> ; sl:citationMode <id/citation-mode/recalls> ;
    dcterms:source <https://treaties.un.org/> .
<id/report/1999/debris> a sl:Instrument ; rdfs:label "Report on Debris"@en ;
    dcterms:subject <id/topic/debris> ; sl:legalNature <id/legal-nature/report> ;
    dcterms:source <https://docs.un.org/> .
<id/guidelines/undated/debris> a sl:Instrument ; rdfs:label "Guidelines on Debris"@en ;
    dcterms:subject <id/topic/debris> ; sl:legalNature <id/legal-nature/report> ;
    dcterms:source <https://docs.un.org/> .
<id/textual-reuse/one> a sl:TextualReuse ; rdfs:label "Reuse of 1721 B"@en ;
    sl:earlierText <id/resolution/1961/1721-xvi/part/b/paragraph/1> ; sl:earlierShare 0.62 ;
    sl:laterText <id/treaty/1967/outer-space/article/6> ; sl:laterShare 0.19 ;
    dcterms:source <https://docs.un.org/> .
"""

OTHERS = """
<id/topic> a skos:ConceptScheme ; skos:prefLabel "topic"@en ; skos:definition "Subjects."@en .
<id/topic/debris> a skos:Concept ; skos:prefLabel "space debris"@en ;
    skos:altLabel "space junk"@en , "orbital waste"@en ; skos:inScheme <id/topic> ;
    skos:definition "Objects that serve no purpose any more."@en ;
    skos:scopeNote "Use for remains in orbit."@en .
<id/topic/break-ups> a skos:Concept ; skos:prefLabel "break-ups"@en ; skos:inScheme <id/topic> ;
    skos:broader <id/topic/debris> ; skos:definition "Fragmentation."@en .
<id/legal-nature/binding-treaty> a skos:Concept ; skos:prefLabel "binding treaty"@en .
<id/legal-nature/general-assembly-resolution> a skos:Concept ;
    skos:prefLabel "General Assembly resolution"@en .
<id/legal-nature/report> a skos:Concept ; skos:prefLabel "report"@en .
<id/citation-mode/recalls> a skos:Concept ; skos:prefLabel "recalls"@en .
<id/genre/national-law> a skos:Concept ; skos:prefLabel "national law"@en .
<id/norm-kind/duty> a skos:Concept ; skos:prefLabel "duty"@en .
<id/norm-kind/right> a skos:Concept ; skos:prefLabel "right"@en .
"""

# Labels whose letters can be written in more than one way; the fourth has full-width letters, the
# fifth half-width ones.
LABELS = (
    "Straße", "Σύμβαση", "Объединённых Наций", "\uff53\uff50\uff41\uff43\uff45 \uff2c\uff21\uff37",
    "\uff76\uff9e\uff7d", "oﬃce Œuvre", "外层空间",
)  # fmt: skip
LETTERS = "".join(
    f'<id/letters/{n}> a sl:Text ; rdfs:label "{label}" ; dcterms:source <https://un.org/> .\n'
    for n, label in enumerate(LABELS)
)

ACTORS = """
<id/organization/general-assembly> a sl:Organization ;
    rdfs:label "United Nations General Assembly"@en ; dcterms:source <https://un.org/> .
<id/state/ind> a sl:State ; rdfs:label "India"@en ; sl:iso3166Alpha3 "IND" ;
    dcterms:source <https://un.org/> .
<id/state/bra> a sl:State ; rdfs:label "Brazil"@en ; sl:iso3166Alpha3 "BRA" ;
    dcterms:source <https://un.org/> .
<id/participation/ind-sign> a sl:Signature ; rdfs:label "India signs the Outer Space Treaty"@en ;
    sl:participationOf <id/state/ind> ; sl:participationIn <id/treaty/1967/outer-space> ;
    sl:eventDate "1967-03-03"^^xsd:date ; dcterms:source <https://un.org/> .
<id/participation/ind> a sl:Ratification ; rdfs:label "India ratifies the Outer Space Treaty"@en ;
    sl:participationOf <id/state/ind> ; sl:participationIn <id/treaty/1967/outer-space> ;
    sl:eventDate "1982-01-18"^^xsd:date ; dcterms:source <https://un.org/> .
<id/participation/bra> a sl:Ratification ;
    rdfs:label "Brazil ratifies the Liability Convention"@en ;
    sl:participationOf <id/state/bra> ; sl:participationIn <id/treaty/1972/liability> ;
    sl:eventDate "1973-02-09"^^xsd:date ; dcterms:source <https://un.org/> .
<id/treaty-statement/bra> a sl:TreatyStatement ;
    rdfs:label "Brazil, declaration on the Convention"@en ;
    sl:participationOf <id/state/bra> ; sl:participationIn <id/treaty/1972/liability> ;
    dcterms:description "Understands the scope narrowly."@en ; dcterms:source <https://un.org/> .
<id/norm/6/1> a sl:Norm ; rdfs:label "Responsibility for national activities"@en ;
    sl:normKind <id/norm-kind/duty> ; sl:bearer <id/state/ind> ;
    sl:ground <id/treaty/1967/outer-space/article/6> ; dcterms:source <https://un.org/> .
<id/norm/6/2> a sl:Norm ; rdfs:label "Freedom of launching"@en ;
    sl:normKind <id/norm-kind/right> ; sl:bearer <id/state/bra> ;
    sl:ground <id/resolution/1961/1721-xvi/part/b/paragraph/1> ; dcterms:source <https://un.org/> .
"""

PAPER = """
<id/source/liao-2013> a sl:ScholarlyWork ; rdfs:label "Liao, Evolution (2013)"@en ;
    dcterms:title "Evolution from Policy towards Law"@en ; dcterms:creator <id/person/liao-minwen> ;
    dcterms:isPartOf <id/source/proceedings> ; dcterms:publisher <id/organization/eleven> ;
    sl:pages "621-646" ; sl:locator "p. 621" .
<id/source/proceedings> a sl:Text ; rdfs:label "Proceedings 2013"@en ; sl:locator "p. 644" .
<id/organization/eleven> a sl:Organization ; rdfs:label "Eleven"@en ; sl:locator "p. 644" .
<id/person/liao-minwen> a sl:Actor ; rdfs:label "Liao Minwen"@en ; sl:locator "p. 621" .
<id/claim/liao-2013/e01> a sl:InfluenceClaim ; rdfs:label "1721 became the treaty"@en ;
    sl:claimSubject <id/resolution/1961/1721-xvi/part/b/paragraph/1> ;
    sl:claimObject <id/treaty/1967/outer-space> ;
    sl:textualSupport true ; sl:locator "p. 630" .
<id/claim/liao-2013/e02> a sl:Claim ; rdfs:label "Line\\nER  - \\nTY  - EVIL\\n}, note = {evil"@en ;
    sl:about <id/treaty/1967/outer-space> ; sl:locator "p. 631" .
"""


def _files(layer: str, text: str) -> dict[str, str]:
    """Return descriptions in files that are named for the first part of their IRIs."""
    files: dict[str, str] = {}
    for described in re.split(r"\n(?=<id/)", text.strip()):
        name = re.match(r"<id/([^/>]+)", described)[1]  # type: ignore[index]
        path = f"data/{layer}/{name}.ttl"
        files[path] = files.get(path, "") + described + "\n"
    return files


FILES = {
    "ontology/law.ttl": TERMS,
    "ontology/topics.ttl": OTHERS,
    **_files("official", TEXTS + ACTORS + LETTERS),
    **_files("paper", PAPER),
}


def build(folder: Path) -> Release:
    """Build a release of these texts on the base of the small one."""
    root = tinysource.write(folder / "sources", FILES)
    return Release(pipeline.build(root, folder / "releases", tinysource.LOCAL))
