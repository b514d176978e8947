"""Dereferencing measured side by side with other servers of the same bytes."""
