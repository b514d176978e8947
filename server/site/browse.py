"""The lists that visitors browse: as pages with filters, as CSV and as JSON."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response

from server.pages import lists
from server.pages.lists import Listing, Row
from server.pages.wording import day, link_to
from server.problems import Problem
from server.rdf.formats import CSV_RESULTS as CSV
from server.rdf.formats import HTML, JSON, Format
from server.release.reader import Release
from server.site.parameters import parameters
from server.site.responses import negotiate, respond, respond_page, services

blueprint = Blueprint("browse", __name__)

FORMATS = (HTML, JSON, CSV)
ROWS_ON_A_PAGE = 50


def chosen_by_parameter() -> tuple[Format, Sequence[str]]:
    """Return the format that the parameter `format` or else Accept asks for, and what decided."""
    key = parameters()["format"]
    chosen = next((fmt for fmt in FORMATS if fmt.key == key), None)
    return (chosen, ()) if chosen else (negotiate(FORMATS), ("Accept",))


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table as CSV (RFC 4180)."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue()


def show(name: str) -> Response:
    """Answer with a list, narrowed and sorted as the parameters say; in data with all of it."""
    release, listing, asked = services().release, lists.listings()[name], parameters()
    fmt, vary = chosen_by_parameter()
    if fmt is not HTML and asked["page"] is not None:
        raise Problem(400, f"The parameter page is one of the page; {fmt.name} has the whole list.")
    sort = asked["sort"] or listing.sort
    known = ["name", *(column.key for column in listing.columns)]
    if sort.removeprefix("-") not in known:
        raise Problem(400, f"sort is {sort[:50]!r}; there are {', '.join(known)}, or - before one.")
    chosen = {
        key: asked[key].removeprefix(release.base).removeprefix("id/")
        for key in listing.filters
        if asked[key]
    }
    found = lists.narrowed(lists.rows(release, name), release.base, chosen, asked["q"])
    found = lists.ordered(found, sort)
    if fmt is CSV:
        return respond(_csv(listing, found), fmt, vary=vary)
    search = chosen | ({"q": asked["q"]} if asked["q"].strip() else {})
    if fmt is JSON:
        return respond(_json(release, listing, search, found), fmt, vary=vary)
    if asked["sort"]:
        search["sort"] = sort
    return _page(release, listing, search, found, sort, asked["page"] or 1, vary)


for _name in lists.listings():
    blueprint.add_url_rule(f"/{_name}", _name, show, defaults={"name": _name})


def _csv(listing: Listing, found: Iterable[Row]) -> str:
    keys = [column.key for column in listing.columns]
    cells = ([" | ".join(v.text for v in row.cells[key]) for key in keys] for row in found)
    lines = ([r.thing.iri, r.thing.label, *c] for r, c in zip(found, cells, strict=True))
    return table(["iri", "name", *keys], lines)


def _json(
    release: Release, listing: Listing, search: Mapping[str, str], found: Sequence[Row]
) -> str:
    def value(text: str, iri: str) -> Any:
        return {"iri": iri, "name": text} if iri else text

    items = [
        {"iri": row.thing.iri, "name": row.thing.label}
        | {c.key: [value(v.text, v.iri) for v in row.cells[c.key]] for c in listing.columns}
        for row in found
    ]
    counts = {
        key: {lists.key_of(value, release.base): n for value, n in lists.counted(found, key)}
        for key in listing.filters
    }
    document = {"list": listing.name, "asked": search, "total": len(found)}
    return json.dumps(document | {"counts": counts, "items": items}, ensure_ascii=False, indent=1)


def _page(
    release: Release,
    listing: Listing,
    search: dict[str, str],
    found: list[Row],
    sort: str,
    number: int,
    vary: Sequence[str],
) -> Response:
    pages = max(1, -(-len(found) // ROWS_ON_A_PAGE))
    if number > pages:
        raise Problem(404, f"This list has {pages} pages, and no page {number}.")
    return respond_page(
        "list.html",
        vary,
        listing=listing,
        all_lists=lists.listings().values(),
        rows=found[(number - 1) * ROWS_ON_A_PAGE : number * ROWS_ON_A_PAGE],
        total=len(found),
        first=(number - 1) * ROWS_ON_A_PAGE,
        number=number,
        pages=pages,
        search=search,
        sort=sort,
        filters=[_filter(release, listing, search, key) for key in listing.filters],
        url=lambda **changed: _url(listing, search | changed),
        href=lambda iri: link_to(iri, release.base),
        in_words=day,
    )


def _filter(
    release: Release, listing: Listing, search: Mapping[str, str], key: str
) -> dict[str, Any]:
    """Return a filter with its values, each with the number of rows that it would leave."""
    others = {k: v for k, v in search.items() if k not in (key, "q", "sort")}
    left = lists.narrowed(
        lists.rows(release, listing.name), release.base, others, search.get("q", "")
    )
    options = [(lists.key_of(v, release.base), v.text, n) for v, n in lists.counted(left, key)]
    return {"key": key, "label": listing.column(key).label, "options": options}


def _url(listing: Listing, search: Mapping[str, str]) -> str:
    query = urlencode({key: value for key, value in search.items() if value})
    return f"/{listing.name}" + (f"?{query}" if query else "")
