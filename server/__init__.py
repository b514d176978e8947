"""The spacelaw publisher: builds releases of the space-law graph and serves them."""


def __getattr__(name: str) -> str:
    """Return the version as `__version__`; most processes never ask for it."""
    if name != "__version__":
        raise AttributeError(name)
    from importlib.metadata import version  # with the parser of mail

    return version("spacelaw")
