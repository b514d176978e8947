"""Tests of `server.law`."""
