"""What the dataset is and where to take it: the catalogue (DCAT), counts (VoID), and dumps."""

import gzip
import json
import re
import struct
from base64 import b64encode
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from os import SEEK_END
from pathlib import Path
from typing import IO, Any, cast

from flask import Blueprint, Response, render_template, request
from werkzeug.wsgi import FileWrapper

from server.problems import Problem
from server.rdf.formats import BY_KEY, HTML, RDF_FORMATS, Format, split_suffix
from server.rdf.serialization import parse, serialize
from server.rdf.terms import subject_of
from server.rdf.vocabulary import expand
from server.release.manifest import CATALOG, VOID, Manifest, MissingRelease
from server.release.reader import Release
from server.site import schema_org
from server.site.responses import Representation, negotiate, respond, services

blueprint = Blueprint("harvest", __name__)

Described = dict[str, dict[str, list[str]]]

IMMUTABLE = "public, max-age=31536000, immutable"
_FORMATS = (*RDF_FORMATS, HTML)


@blueprint.get("/catalog")
@blueprint.get("/catalog.<key>")
def catalog(key: str = "") -> Response:
    """Answer with the catalogue in an RDF format, or as the page about the dataset."""
    release = services().release
    fmt = _format(key, _FORMATS)
    body = _page(release) if fmt is HTML else _written(release, CATALOG, fmt.key, "catalog")
    response = respond(body, fmt)
    response.headers["Content-Location"] = f"{release.base}catalog.{fmt.key}"
    return response


@blueprint.get("/.well-known/void")
@blueprint.get("/.well-known/void.<key>")
def void(key: str = "") -> Response:
    """Answer with the counts of the dataset (VoID, section 7.2) in an RDF format."""
    release = services().release
    fmt = _format(key, RDF_FORMATS)
    body = _written(release, VOID, fmt.key, "id/dataset")
    return respond(body, fmt)


def _format(key: str, offers: tuple[Format, ...]) -> Format:
    if not key:
        return negotiate(offers)
    if BY_KEY.get(key) not in offers:
        known = ", ".join(f.key for f in offers)
        raise Problem(404, f"There is no format {key[:20]!r} of this; there are {known}.")
    return BY_KEY[key]


@lru_cache(maxsize=32)
def _written(release: Release, name: str, key: str, focus: str) -> bytes:
    quads = parse((release.folder / name).read_bytes())
    return serialize(quads, BY_KEY[key], release.base, release.base + focus)


@lru_cache(maxsize=2)
def _page(release: Release) -> str:
    catalog = _described(release)
    files = downloads(catalog)
    about = schema_org.dataset(release, catalog, files)
    embedded = json.dumps(about, ensure_ascii=False).replace("<", "\\u003c")
    return render_template("dataset.html", manifest=release.manifest, files=files, json_ld=embedded)


def _described(release: Release) -> Described:
    """Return the values of the catalogue's statements by subject and property."""
    found: Described = defaultdict(lambda: defaultdict(list))
    for q in parse((release.folder / CATALOG).read_bytes()):
        found[subject_of(q).value][q.predicate.value].append(str(getattr(q.object, "value", "")))
    return found


def downloads(catalog: Described) -> list[dict[str, Any]]:
    """Return the files to download as the catalogue describes them, the whole dataset first."""

    def one(own: Mapping[str, list[str]], name: str) -> str:
        return own[expand(name)][0]

    files = [
        {
            "title": one(own, "dcterms:title"),
            "url": one(own, "dcat:downloadURL"),
            "size": int(one(own, "dcat:byteSize")),
            "type": one(own, "dcat:mediaType").partition("media-types/")[2],
            "sha256": one(catalog[one(own, "spdx:checksum")], "spdx:checksumValue"),
        }
        for own in list(catalog.values())
        if expand("dcat:downloadURL") in own
    ]
    return sorted(files, key=lambda f: ("/spacelaw." not in f["url"], f["url"]))


@blueprint.get("/dumps/<name>/<file>")
def dump(name: str, file: str) -> Response:
    """Send a file of this or an earlier release; without .gz, as plain text."""
    folder, manifest = _release(name)
    path = folder / "dumps" / file
    if f"dumps/{file}" in manifest.files:
        return _file(path, manifest.files[f"dumps/{file}"])
    if f"dumps/{file}.gz" in manifest.files:
        return _plain(path.with_name(f"{file}.gz"), manifest.files[f"dumps/{file}.gz"])
    raise Problem(404, f"Release {name} has no file {file[:80]!r}; see {manifest.base}catalog.")


def _release(name: str) -> tuple[Path, Manifest]:
    """Return the folder of a release on this base that is still there; raises Problem 404."""
    current = services().release
    folder = current.folder.parent / name
    try:
        if re.fullmatch(r"[0-9a-f]{16}", name):
            manifest = Manifest.read(folder)
            if manifest.base == current.base:
                return folder, manifest
    except MissingRelease:
        pass
    raise Problem(404, f"There is no release {name[:40]!r}; this is {current.manifest.release}.")


def _file(path: Path, digest: str) -> Response:
    packed = {".gz": "application/gzip", ".zst": "application/zstd", ".csv": "text/csv",
              ".zip": "application/zip"}  # fmt: skip
    kind = packed.get(path.suffix, "application/csvm+json")
    response = _streamed(path.open("rb"), path.stat().st_size, kind, digest[:24])
    response.headers["Repr-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(digest)).decode()}:"
    return response


def _plain(path: Path, digest: str) -> Response:
    """Send the content of a compressed dump, as it is stored where the client takes gzip."""
    fmt = split_suffix(path.stem)[1]
    kind = fmt.content_type if fmt else "application/octet-stream"
    if request.accept_encodings["gzip"] > 0:
        size, tag = path.stat().st_size, f"{digest[:24]}-gzip"
        response = _streamed(path.open("rb"), size, kind, tag)
        response.headers["Content-Encoding"] = "gzip"
    else:
        with path.open("rb") as file:
            file.seek(-4, SEEK_END)  # the length of what is packed ends a gzip file (RFC 1952)
            (size,) = struct.unpack("<I", file.read(4))
        plain = cast(IO[bytes], gzip.open(path))  # noqa: SIM115 - closed once it is sent
        response = _streamed(plain, size, kind, f"{digest[:24]}-plain")
    response.headers["Vary"] = "Accept-Encoding"
    return response


def _streamed(file: IO[bytes], size: int, content_type: str, tag: str) -> Response:
    """Return a response whose body is read from a file while it is sent."""
    body = request.environ.get("wsgi.file_wrapper", FileWrapper)(file)
    headers = {
        "Content-Type": content_type,
        "Content-Length": str(size),
        "ETag": f'"{tag}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": IMMUTABLE,
    }
    return Representation(body, headers=headers, direct_passthrough=True)
