"""Connections, the cache, conditions, codings, problems and logs, as clients see them."""
