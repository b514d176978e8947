"""Tests of `server.verify`."""
