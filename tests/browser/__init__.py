"""Tests of the real site in a real browser, and of what its pages link to."""
