"""Tests of the site over a small release, without a network."""
