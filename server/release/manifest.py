"""The manifest of a release: what it was made from, and a hash for all that it holds."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from server.problems import UserError

MANIFEST = "manifest.json"
DOCUMENTS = "documents.sqlite"
QUADS = "dataset.nq"
STATISTICS = "statistics.json"
VOID = "void.nq"
CATALOG = "catalog.nq"
REPORT = "report.nq"
CURRENT = "current"


class MissingRelease(UserError):
    """There is no whole release at a place where one was to be read."""


def digest_of(files: Iterable[Path], root: Path) -> str:
    """Return the SHA-256 of files' names under `root` and of their bytes, in whatever order."""
    total = hashlib.sha256()
    for path in sorted(files):
        total.update(f"{path.relative_to(root).as_posix()}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


@dataclass(frozen=True)
class Manifest:
    """What identifies a release.

    `dataset` is the SHA-256 of the dataset in canonical N-Quads (RDFC-1.0); `sources` that of the
    source files and `software` that of the code that built it. `graphs` counts quads.
    `issued` is the time of the release in the log that this one is, or "" where it is none.
    """

    release: str
    version: str
    base: str
    dataset: str
    sources: str
    software: str
    quads: int
    resources: int
    graphs: dict[str, int]
    files: dict[str, str]
    issued: str = ""

    def write(self, folder: Path) -> None:
        """Write the manifest into a release folder."""
        text = json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"
        (folder / MANIFEST).write_text(text, "utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read the manifest of a release folder; raises MissingRelease where there is none."""
        try:
            return cls(**json.loads((folder / MANIFEST).read_text("utf-8")))
        except FileNotFoundError:
            raise MissingRelease(f"There is no release at {folder}.") from None
        except (ValueError, TypeError) as error:
            raise MissingRelease(f"The manifest of {folder} cannot be read: {error}.") from None
