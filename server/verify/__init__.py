"""Harvesting of a publisher, and proof that the copy is complete and equal."""
