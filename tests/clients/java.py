"""Java libraries, each call in a process of its own."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_SPEC = find_spec("brick_tq_shacl")  # a wheel that carries Jena
JENA = (
    sorted(Path(_SPEC.origin).parent.glob("topquadrant_shacl/lib/*.jar"))
    if _SPEC and _SPEC.origin
    else []
)
RDF4J = sorted((Path(__file__).parents[2] / ".venv" / "rdf4j").glob("*.jar"))  # see the Makefile
OWL_API = sorted(Path("/usr/share/java").glob("*.jar"))


def java(task: str, jars: list[Path], *arguments: str) -> Any:
    """Return what a task of jvm.py finds with the classes in `jars`."""
    script, classes = Path(__file__).parent / "jvm.py", ":".join(map(str, jars))
    done = subprocess.run([sys.executable, script, task, classes, *arguments],
                          capture_output=True, text=True, timeout=900)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
