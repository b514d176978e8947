"""Writes what is handed out: wheel, source archive, bill of materials, checksums, signature.

Usage: python -m tools.dist [FOLDER]; `python -m tools.dist --licences` writes docs/dependencies.md;
`python -m tools.dist --verify FOLDER KEY` checks what was handed out with a public key of minisign.
SPACELAW_SIGNING_KEY is the file of a secret key, SPACELAW_SIGNING_PASSWORD its password, if any.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
from email.message import Message
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any, cast

import minisign

ROOT = Path(__file__).parents[1]
LISTED = ROOT / "docs" / "dependencies.md"
SUMS, SIGNATURE = "SHA256SUMS", "SHA256SUMS.minisig"
_LOCK = ROOT / "requirements" / "serve.txt"


def locked() -> list[tuple[str, str, list[str]]]:
    """Return name, version and SHA-256 hashes of each dependency that is needed to serve."""
    entries = re.split(r"\n(?=\S)", _LOCK.read_text("utf-8").strip())
    found = []
    for entry in entries:
        name, version = re.match(r"([\w.-]+)==([^\s;]+)", entry).groups()  # type: ignore[union-attr]
        found.append((name, version, sorted(re.findall(r"sha256:([0-9a-f]{64})", entry))))
    return found


def licence(name: str) -> str:
    """Return the licence that an installed package tells of."""
    try:
        told = cast("Message[str, str]", metadata(name))
    except PackageNotFoundError:
        return "needed on other systems only"
    if expression := told.get("License-Expression"):
        return str(expression)
    classes = [c.split(" :: ") for c in told.get_all("Classifier") or [] if c.startswith("License")]
    if names := [parts[-1] for parts in classes if len(parts) > 2]:
        return ", ".join(names)
    return str(told.get("License") or "").split("\n")[0]


def licences() -> str:
    """Return the page of all dependencies with their licences."""
    rows = [f"| {n} | {version} | {licence(n)} |" for n, version, _ in locked()]
    about = (
        "# Dependencies",
        "What is needed to build and to serve, as `requirements/serve.txt` locks it. "
        "`python -m tools.dist --licences` writes this page.",
        "| package | version | licence |\n|---|---|---|\n",
    )
    head = "\n\n".join(about)
    return head + "\n".join(rows) + "\n"


def bill(version: str) -> dict[str, Any]:
    """Return the bill of materials (CycloneDX 1.6): what is locked, with hashes of all files."""
    told = dict(re.findall(r"^\| ([\w.-]+) \| [^|]+ \| (.*) \|$", LISTED.read_text("utf-8"), re.M))
    components = [
        {
            "type": "library",
            "bom-ref": f"pkg:pypi/{name}@{number}",
            "name": name,
            "version": number,
            "purl": f"pkg:pypi/{name}@{number}",
            "licenses": [{"license": {"name": told[name]}}] if told.get(name) else [],
            "properties": [{"name": "spacelaw:sha256", "value": one} for one in hashes],
        }
        for name, number, hashes in locked()
    ]
    own = {"type": "application", "bom-ref": "spacelaw", "name": "spacelaw", "version": version}
    needs = {"ref": "spacelaw", "dependsOn": [c["bom-ref"] for c in components]}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": own},
        "components": components,
        "dependencies": [needs],
    }


def write(folder: Path) -> None:
    """Write everything into a folder."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder.resolve())]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - a tool of ours
    name = f"spacelaw-{version}.cdx.json"
    (folder / name).write_text(json.dumps(bill(version), indent=2) + "\n", "utf-8")
    files = sorted(path for path in folder.iterdir() if path.name.startswith("spacelaw-"))
    sums = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
    (folder / SUMS).write_text("".join(sums), "utf-8")
    if key := os.environ.get("SPACELAW_SIGNING_KEY"):
        sign(folder, Path(key), f"spacelaw {version}")


def sign(folder: Path, key: Path, comment: str) -> None:
    """Sign the checksums, and so all files, as `minisign -S` does; a key may have a password."""
    with minisign.SecretKey.from_file(key) as secret:
        if secret.is_encrypted():
            secret.decrypt(os.environ.get("SPACELAW_SIGNING_PASSWORD", ""))
        signature = secret.sign((folder / SUMS).read_bytes(), trusted_comment=comment)
    (folder / SIGNATURE).write_bytes(bytes(signature) + b"\n")


def verify(folder: Path, key: Path) -> str:
    """Return what the signature says of itself; raises Untrue where it or a file is not as signed.

    It needs no network. `minisign -V` and `sha256sum -c` find the same.
    """
    sums = (folder / SUMS).read_bytes()
    try:
        signature = minisign.Signature.from_file(folder / SIGNATURE)
        minisign.PublicKey.from_file(key).verify(sums, signature)
    except (minisign.Error, OSError) as error:
        raise Untrue(f"{SIGNATURE}: {error}") from None
    for line in sums.decode().splitlines():
        digest, _, name = line.partition("  ")
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise Untrue(f"{name} is not the file that was signed.")
    return str(signature.trusted_comment)


class Untrue(Exception):
    """A file or a signature that is not what the holder of the key signed."""


if __name__ == "__main__":
    if sys.argv[1:] == ["--licences"]:
        LISTED.write_text(licences(), "utf-8")
    elif sys.argv[1:2] == ["--verify"]:
        print(f"Signed as: {verify(Path(sys.argv[2]), Path(sys.argv[3]))}")
    else:
        write(Path(sys.argv[1] if len(sys.argv) > 1 else "dist"))
