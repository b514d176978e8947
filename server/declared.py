"""What YAML files declare: of pages, lists, the record, questions and routes."""

from pathlib import Path
from typing import Any

import yaml

# libyaml reads ten times as fast as the loader in Python, which is there on every machine.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def declared_in(file: Path) -> Any:
    """Return what a file declares."""
    return yaml.load(file.read_text("utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader
