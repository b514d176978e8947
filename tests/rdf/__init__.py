"""Tests of `server.rdf`."""
