"""What the dataset is and where to take it: the catalogue (DCAT), counts (VoID), and dumps."""

import gzip
import json
import struct
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from os import SEEK_END
from pathlib import Path
from typing import IO, Any, cast

from flask import Blueprint, Response, render_template, request
from werkzeug.wsgi import FileWrapper

from server.problems import Problem
from server.rdf.formats import HTML, RDF_FORMATS, Format, split_suffix
from server.rdf.negotiation import choose
from server.rdf.serialization import parse, serialize
from server.rdf.terms import subject_of
from server.rdf.turtle_template import render
from server.rdf.vocabulary import CANONICAL_BASE, GRAPHS, LICENSE, PUBLISHER, expand, graph_iri
from server.release import earlier
from server.release.changes import Changes
from server.release.manifest import CATALOG, VOID, Manifest
from server.release.reader import Release
from server.site.discovery import PLAIN
from server.site.responses import (
    IMMUTABLE,
    chosen_format,
    in_script,
    render_xml,
    respond,
    respond_page,
    services,
)

blueprint = Blueprint("dataset", __name__)

_GZIP = Format("gz", "application/gzip", "gzip", "file", ("application/x-gzip",))
_MEDIA_TYPES = {
    ".gz": "application/gzip",
    ".zst": "application/zstd",
    ".zip": "application/zip",
    ".csv": "text/csv",
    ".json": "application/csvm+json",  # what the tables mean (CSVW)
}


@blueprint.get("/catalog")
@blueprint.get("/catalog.<key>")
def catalog(key: str = "") -> Response:
    """Answer with the catalogue in an RDF format, or as the page about the dataset."""
    release = services().release
    fmt = chosen_format(key, (*RDF_FORMATS, HTML))
    body = _page(release) if fmt is HTML else _description(release, CATALOG, fmt, "catalog")
    response = respond(body, fmt)
    response.headers["Content-Location"] = f"{release.base}catalog.{fmt.key}"
    return response


@blueprint.get("/.well-known/void")
@blueprint.get("/.well-known/void.<key>")
def void(key: str = "") -> Response:
    """Answer with the counts of the dataset (VoID, section 7.2) in an RDF format."""
    fmt = chosen_format(key, RDF_FORMATS)
    return respond(_description(services().release, VOID, fmt, "id/dataset"), fmt)


@lru_cache(maxsize=32)
def _description(release: Release, name: str, fmt: Format, focus: str) -> bytes:
    quads = parse((release.folder / name).read_bytes())
    if name == CATALOG:
        kept, recorded = _kept(release)[1:], Changes(release.folder).versions()
        quads += render("releases.ttl", release.base, recorded=recorded, earlier=kept)
    return serialize(quads, fmt, release.base, release.base + focus)


@lru_cache(maxsize=2)
def _page(release: Release) -> str:
    catalogue = Catalogue(release)
    files = catalogue.files()
    json_ld = in_script(dataset(release, catalogue, files))
    return render_xml("dataset.html", files=files, json_ld=json_ld)


@blueprint.get("/dumps")
def releases() -> Response:
    """List the releases whose files are here."""
    return respond_page("dumps.html", releases=_kept(services().release))


@blueprint.get("/dumps/<name>")
def dumps(name: str) -> Response:
    """List the files of a release."""
    folder, manifest = _release(name)
    files = [(n, (folder / "dumps" / n).stat().st_size, sha) for n, sha in _sums(manifest).items()]
    return respond_page("dumps.html", manifest=manifest, files=files)


@blueprint.get("/dumps/<name>/SHA256SUMS")
def sums(name: str) -> Response:
    """Tell the SHA-256 of each file of a release, as sha256sum reads it."""
    lines = (f"{digest}  {file}\n" for file, digest in _sums(_release(name)[1]).items())
    return respond("".join(lines), PLAIN)


def _sums(manifest: Manifest) -> dict[str, str]:
    """Return the SHA-256 of the files to download by their names."""
    folder = "dumps/"
    return {p.removeprefix(folder): s for p, s in manifest.files.items() if p.startswith(folder)}


@blueprint.get("/dumps/<name>/<file>")
def dump(name: str, file: str) -> Response:
    """Send a file of this or an earlier release; without .gz, as plain text.

    A client that asks for the format of what is in a .gz, as those do that load graphs by their
    address, gets that.
    """
    folder, manifest = _release(name)
    path = folder / "dumps" / file
    if digest := manifest.files.get(f"dumps/{file}"):
        fmt = split_suffix(path.stem)[1] if path.suffix == ".gz" else None
        is_content = fmt and choose(request.headers.get("Accept"), (_GZIP, fmt)) is fmt
        response = _plain(path, digest) if is_content else _file(path, digest)
        if fmt:
            response.vary.add("Accept")
        return response
    if f"dumps/{file}.gz" in manifest.files:
        return _plain(path.with_name(f"{file}.gz"), manifest.files[f"dumps/{file}.gz"])
    raise Problem(404, f"Release {name} has no file {file[:80]!r}; see {manifest.base}catalog.")


def _release(name: str) -> tuple[Path, Manifest]:
    """Return the folder of a release that is still there; raises Problem 307 or 404."""
    current = services().release
    if name == "latest":
        path = request.path.replace(f"/dumps/{name}", f"dumps/{current.manifest.release}", 1)
        url = current.base + path
        raise Problem(307, f"The latest release is at {url}.", headers={"Location": url})
    for manifest in _kept(current):
        if manifest.release == name:
            return current.folder.parent / name, manifest
    raise Problem(404, f"There is no release {name[:40]!r}; this is {current.manifest.release}.")


def _kept(current: Release) -> list[Manifest]:
    """Return the releases on this base whose files are here: the current one, then the newest."""
    return [one.manifest for one in earlier.served_first(current)]


def _file(path: Path, digest: str) -> Response:
    media_type = _MEDIA_TYPES[path.suffix]
    response = _streamed(path.open("rb"), path.stat().st_size, media_type, digest[:24])
    response.headers["Repr-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(digest)).decode()}:"
    return response


def _plain(path: Path, digest: str) -> Response:
    """Send the content of a compressed dump, as it is stored where the client takes gzip."""
    fmt = split_suffix(path.name.removesuffix(".gz"))[1]
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
    return Response(body, headers=headers, direct_passthrough=True)


class Catalogue:
    """The statements of a release's catalogue, by subject and property."""

    def __init__(self, release: Release) -> None:
        self.values: dict[tuple[str, str], list[str]] = defaultdict(list)
        for q in parse((release.folder / CATALOG).read_bytes()):
            value = str(getattr(q.object, "value", ""))
            self.values[subject_of(q).value, q.predicate.value].append(value)

    def all(self, subject: str, name: str) -> list[str]:
        """Return the values of a property, named as `dcterms:title`."""
        return self.values.get((subject, expand(name)), [])

    def one(self, subject: str, name: str) -> str:
        """Return the first value of a property, or ""."""
        return next(iter(self.all(subject, name)), "")

    def files(self) -> list[dict[str, Any]]:
        """Return the files to download, the whole dataset first."""
        url = expand("dcat:downloadURL")
        files = [
            {
                "title": self.one(subject, "dcterms:title"),
                "url": values[0],
                "size": int(self.one(subject, "dcat:byteSize")),
                "type": self.one(subject, "dcat:mediaType").partition("media-types/")[2],
                "sha256": self.one(self.one(subject, "spdx:checksum"), "spdx:checksumValue"),
            }
            for (subject, name), values in self.values.items()
            if name == url
        ]
        return sorted(files, key=lambda f: ("/spacelaw." not in f["url"], f["url"]))


def dataset(
    release: Release, catalogue: Catalogue, files: Iterable[dict[str, Any]]
) -> dict[str, Any]:
    """Return the dataset in schema.org's terms."""
    base, iri = release.base, f"{release.base}id/dataset"
    terms = (cls for cls, _ in release.types() if cls.startswith(f"{base}def/"))
    text = render_template(
        "schema_org_dataset.json",
        base=base,
        iri=iri,
        same_as=f"{CANONICAL_BASE}id/dataset",
        license=LICENSE,
        publisher=PUBLISHER,
        catalogue=catalogue,
        classes=[*release.labels(terms).values()],
        works=release.labels(catalogue.all(iri, "dcterms:references")),
        parts=[graph_iri(name, base) for name in GRAPHS],
        files=files,
    )
    return {name: value for name, value in json.loads(text).items() if value}
