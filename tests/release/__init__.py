"""Tests of reading and writing releases."""
