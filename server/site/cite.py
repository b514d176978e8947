"""Citations of records as files, for programs that manage references."""

import re

from flask import Blueprint, Response

from server.pages.citations import citations
from server.rdf.formats import Format
from server.site import lookup
from server.site.responses import respond, services

blueprint = Blueprint("cite", __name__)

# The media types by suffix; those of BibTeX and RIS are in use, not registered.
FORMATS = {
    "bib": Format("bib", "application/x-bibtex", "BibTeX", "citation"),
    "ris": Format("ris", "application/x-research-info-systems", "RIS", "citation"),
    "json": Format("json", "application/vnd.citationstyles.csl+json", "CSL-JSON", "citation"),
    "txt": Format("txt", "text/plain", "Plain", "citation"),
}


@blueprint.get("/cite/<path:path>.<any(bib, ris, json, txt):key>")
def cite(path: str, key: str) -> Response:
    """Answer with the citation of what a record is about."""
    document, fmt = lookup.describe(path), FORMATS[key]
    text = citations(services().release, document)[fmt.name]
    response = respond(text + "\n", fmt)
    name = re.sub(r"[^A-Za-z0-9]+", "-", path.removeprefix("id/")).strip("-")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{key}"'
    return response
