"""Conformance of ontology and endpoint to their standards."""
