"""Tests: modules mirror those of the server; live/ holds those against the real site."""
