"""Releases: reading what the build wrote, and writing resources in each format."""
