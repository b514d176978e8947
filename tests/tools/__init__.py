"""Tests of the tools for those who make the data."""
