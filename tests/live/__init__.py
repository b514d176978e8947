"""Tests against the real site: the real sources, served by the real command over HTTP."""
