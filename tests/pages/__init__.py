"""Tests of `server.pages`."""
