"""The lists that visitors browse: as pages with filters, as CSV and as JSON."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response

from server.pages import lists
from server.pages.lists import Listing, Row
from server.problems import Problem
from server.rdf.formats import CSV_RESULTS as CSV
from server.rdf.formats import HTML, JSON, Format
from server.rdf.tables import csv_text
from server.release.reader import Release
from server.site.parameters import parameters
from server.site.responses import negotiate, respond, respond_page, services

blueprint = Blueprint("browse", __name__)

FORMATS = {fmt.key: fmt for fmt in (HTML, JSON, CSV)}
ROWS_ON_A_PAGE = 50


def chosen_by_parameter() -> Format:
    """Return the format that the parameter `format` or else Accept asks for."""
    return FORMATS.get(parameters()["format"]) or negotiate([*FORMATS.values()])


def show(name: str) -> Response:
    """Answer with a list, narrowed and sorted as the parameters say; in data with all of it."""
    release, listing, asked = services().release, lists.listings()[name], parameters()
    fmt = chosen_by_parameter()
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
    matching = lists.narrowed(lists.rows(release, name), release.base, chosen, asked["q"])
    matching = lists.ordered(matching, sort)
    if fmt is CSV:
        return respond(_csv(listing, matching), fmt)
    search = chosen | ({"q": asked["q"]} if asked["q"].strip() else {})
    if fmt is JSON:
        return respond(_json(release, listing, search, matching), fmt)
    if asked["sort"]:
        search["sort"] = sort
    return _page(release, listing, search, matching, sort)


for _name in lists.listings():
    blueprint.add_url_rule(f"/{_name}", _name, show, defaults={"name": _name})


def _csv(listing: Listing, rows: Iterable[Row]) -> str:
    keys = [column.key for column in listing.columns]
    cells = ([" | ".join(v.text for v in row.cells[key]) for key in keys] for row in rows)
    lines = ([r.thing.iri, r.thing.label, *c] for r, c in zip(rows, cells, strict=True))
    return csv_text(["iri", "name", *keys], lines)


def _json(
    release: Release, listing: Listing, search: Mapping[str, str], rows: list[Row]
) -> dict[str, Any]:
    def values(row: Row, key: str) -> list[Any]:
        return [{"iri": v.iri, "name": v.text} if v.iri else v.text for v in row.cells[key]]

    items = [
        {"iri": row.thing.iri, "name": row.thing.label}
        | {column.key: values(row, column.key) for column in listing.columns}
        for row in rows
    ]
    counts = {
        key: {lists.key_of(value, release.base): n for value, n in lists.counted(rows, key)}
        for key in listing.filters
    }
    document = {"list": listing.name, "asked": search, "total": len(rows)}
    return document | {"counts": counts, "items": items}


def _page(
    release: Release, listing: Listing, search: dict[str, str], rows_listed: list[Row], sort: str
) -> Response:
    number = parameters()["page"] or 1
    pages, first = max(1, -(-len(rows_listed) // ROWS_ON_A_PAGE)), (number - 1) * ROWS_ON_A_PAGE
    if number > pages:
        raise Problem(404, f"This list has {pages} pages, and no page {number}.")

    def url(**changed: str) -> str:
        query = urlencode({key: value for key, value in (search | changed).items() if value})
        return f"/{listing.name}" + (f"?{query}" if query else "")

    return respond_page(
        "list.html",
        listing=listing,
        all_lists=lists.listings().values(),
        rows=rows_listed[first : first + ROWS_ON_A_PAGE],
        total=len(rows_listed),
        first=first,
        number=number,
        pages=pages,
        search=search,
        sort=sort,
        filters=[_filter(release, listing, search, key) for key in listing.filters],
        url=url,
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
