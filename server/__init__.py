"""The spacelaw publisher: builds releases of the space-law graph and serves them."""

from importlib.metadata import version

__version__ = version("spacelaw")
