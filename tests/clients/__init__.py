"""Tests with clients and caches that are not ours, against the running site."""
