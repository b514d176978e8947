"""The dataset in schema.org's terms, as dataset search engines read it from its page."""

from collections.abc import Iterable, Mapping
from typing import Any

from server.build.void import LICENSE, PUBLISHER
from server.release.manifest import Manifest
from server.vocab import CANONICAL_BASE

_DESCRIPTION = (
    "Instruments of space law, their provisions, actors and norms, participation in treaties, and "
    "the claims of a scholarly paper on how policy became law, in layers by who says so."
)


def dataset(manifest: Manifest, files: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the dataset as a schema.org Dataset with its files and services."""
    base = manifest.base
    publisher = {"@type": "Organization", "name": PUBLISHER}
    found = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": f"{base}id/dataset",
        "name": "The law of outer space as linked data",
        "alternateName": "spacelaw",
        "description": _DESCRIPTION,
        "url": f"{base}catalog",
        "sameAs": f"{CANONICAL_BASE}id/dataset",
        "identifier": f"{CANONICAL_BASE}id/dataset",
        "version": manifest.version,
        "license": LICENSE,
        "isAccessibleForFree": True,
        "inLanguage": "en",
        "keywords": ["space law", "outer space", "treaties", "United Nations", "linked data"],
        "creator": publisher,
        "publisher": publisher,
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": "Catalogue of space law as linked data",
            "url": f"{base}catalog",
        },
        "distribution": [_download(file) for file in files],
    }
    return found | ({"dateModified": manifest.issued} if manifest.issued else {})


def _download(file: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@type": "DataDownload",
        "name": file["title"],
        "contentUrl": file["url"],
        "encodingFormat": file["type"],
        "contentSize": str(file["size"]),
        "sha256": file["sha256"],
    }
