"""The resources for OAI-PMH 2.0: in Dublin Core, and with all that is said of them in RDF/XML."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from flask import Blueprint, Response

from server.problems import Problem
from server.rdf.formats import RDFXML
from server.rdf.iris import uri_of
from server.rdf.serialization import parse, serialize
from server.rdf.terms import subject_of
from server.rdf.vocabulary import DCTERMS, LICENSE
from server.release.changes import DELETE, Changes
from server.release.reader import Release
from server.site import lookup
from server.site.discovery import XML
from server.site.parameters import parameters
from server.site.responses import render_xml, respond, services

blueprint = Blueprint("oai", __name__)

# What each verb needs, and what else it may have (section 4).
_LIST = (("metadataPrefix",), ("from", "until", "set"))
_VERBS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Identify": ((), ()),
    "ListMetadataFormats": ((), ("identifier",)),
    "ListSets": ((), ()),
    "ListIdentifiers": _LIST,
    "ListRecords": _LIST,
    "GetRecord": (("identifier", "metadataPrefix"), ()),
}
_FORMATS = ("oai_dc", "rdf")
_TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?")
# The elements of Dublin Core, and terms of the profile that refine one of them.
_ELEMENTS = {name: name for name in ("title", "creator", "subject", "description", "publisher",
             "date", "type", "identifier", "source", "language", "relation")}  # fmt: skip
_ELEMENTS |= dict.fromkeys(("isPartOf", "hasPart", "hasVersion", "isVersionOf", "hasFormat",
                            "references", "isReferencedBy"), "relation")  # fmt: skip
_ELEMENTS |= {"alternative": "title", "issued": "date", "valid": "date", "license": "rights"}


class _Item(NamedTuple):
    """A resource, or what was one: its IRI, when it last changed, its kind."""

    iri: str
    time: str
    kind: str
    is_deleted: bool = False


@blueprint.route("/oai", methods=["GET", "POST"])
def oai() -> Response:
    """Answer a request of the protocol."""
    asked = _asked()
    return _told(asked, **_answer(services().release, _checked(asked)))


@blueprint.errorhandler(Problem)
def failed(problem: Problem) -> Response:
    """Tell of a fault in the protocol's own terms, with status 200 (section 3.6)."""
    if problem.status != 400:
        return lookup.problem(problem)
    is_verb = problem.members.get("parameter") == "verb"
    code = problem.members.get("code", "badVerb" if is_verb else "badArgument")
    asked = {} if code in ("badVerb", "badArgument") else _asked()
    return _told(asked, fault=(code, problem.detail))


def _told(asked: Mapping[str, str], **told: Any) -> Response:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = render_xml("oai.xml", now=now, asked=asked, **told)
    return respond(body, XML, cache_control="")


def _asked() -> dict[str, str]:
    return {name: value for name, value in parameters().items() if value is not None}


def _fault(code: str, words: str) -> Problem:
    return Problem(400, words, {"code": code})


def _checked(asked: Mapping[str, str]) -> dict[str, str]:
    """Return the arguments of a request, those of its resumption token in their place."""
    verb, given = asked.get("verb", ""), set(asked) - {"verb"}
    if verb not in _VERBS:
        raise _fault("badVerb", f"The verb is one of {', '.join(_VERBS)}.")
    required, optional = _VERBS[verb]
    if given == {"resumptionToken"} and verb.startswith("List"):
        return {"verb": verb, **_resumed(asked["resumptionToken"])}
    if wrong := {*required} - given | given - {*required, *optional}:
        raise _fault("badArgument", f"{verb} lacks or does not take {', '.join(sorted(wrong))}.")
    ends = [asked[name] for name in ("from", "until") if name in asked]
    for end in ends:
        with suppress(ValueError):
            if _TIME.fullmatch(end) and len(end) == len(ends[0]) and datetime.fromisoformat(end):
                continue
        raise _fault("badArgument", "from and until are days or times in UTC, of one form.")
    if ends != sorted(ends):
        raise _fault("badArgument", "from is later than until.")
    if asked.get("metadataPrefix", "rdf") not in _FORMATS:
        raise _fault("cannotDisseminateFormat", f"There are {' and '.join(_FORMATS)}.")
    return dict(asked)


def _resumed(token: str) -> dict[str, str]:
    """Return what a token stands for; it holds as long as the release that gave it."""
    names = ("release", "start", "metadataPrefix", "set", "from", "until")
    values = token.split("!")
    is_whole = len(values) == len(names) and re.fullmatch("[0-9]{1,9}", values[1])
    if not is_whole or values[0] != services().release.manifest.release:
        raise _fault("badResumptionToken", "The dataset has changed: begin again.")
    return {name: value for name, value in zip(names, values, strict=True) if value}


def _answer(release: Release, asked: dict[str, str]) -> dict[str, Any]:
    """Return what the template shows in answer to a checked request."""
    items, verb = _items(release), asked["verb"]
    if asked.get("identifier", next(iter(items))) not in items:
        raise _fault("idDoesNotExist", "Nothing is known of this identifier.")
    if verb == "GetRecord":
        record = _record(release, items[asked["identifier"]], asked["metadataPrefix"])
        if record is None:
            raise _fault("cannotDisseminateFormat", "XML cannot hold what is said of it.")
        return {"records": [record]}
    if verb in ("ListIdentifiers", "ListRecords"):
        return _page(release, list(items.values()), asked)
    kinds = {item.kind for item in items.values()}
    labels = {_set(kind): _set(kind) for kind in kinds}
    labels |= {_set(kind): label for kind, label in release.labels(kinds).items()}
    return {"sets": sorted(labels.items()), "earliest": min(item.time for item in items.values())}


def _page(release: Release, items: list[_Item], asked: dict[str, str]) -> dict[str, Any]:
    """Return a page of a list, and the token for the next."""
    first, last, wanted = asked.get("from", ""), asked.get("until", "9"), asked.get("set")
    listed = [
        item
        for item in items
        if first <= item.time
        and item.time[: len(last)] <= last
        and wanted in (None, _set(item.kind))
    ]
    start = int(asked.get("start", 0))
    end = start + services().page_sizes["oai"]
    if not listed[start:]:
        raise _fault("noRecordsMatch", "Nothing is so.")
    prefix = "" if asked["verb"] == "ListIdentifiers" else asked["metadataPrefix"]
    records = [_record(release, item, prefix) for item in listed[start:end]]
    kept = [asked.get(name, "") for name in ("metadataPrefix", "set", "from", "until")]
    return {
        "records": filter(None, records),
        "place": start,
        "total": len(listed),
        "token": "!".join((release.manifest.release, str(end), *kept)) if listed[end:] else "",
    }


@lru_cache(maxsize=2)
def _items(release: Release) -> dict[str, _Item]:
    """Return all resources, and all that were withdrawn, by identifier: their own URI."""
    log, made = Changes(release.folder), release.made_at
    modified = log.modified()
    items = [_Item(i, modified.get(i, made), kind) for i, _, kind, _ in release.descriptions()]
    items += [
        _Item(iri, time if change == DELETE else made, kind, is_deleted=True)
        for iri, kind, change, time in log.withdrawn()
    ]
    return {uri_of(item.iri): item for item in items}


def _set(kind: str) -> str:
    """Return the name of the set of a kind: the end of its IRI."""
    return re.sub(r"[^\w.~-]", "", re.split("[/#]", kind)[-1]) or "other"


def _record(release: Release, item: _Item, prefix: str) -> dict[str, Any] | None:
    """Return a record in a format, with "" its head alone; None where XML cannot hold it."""
    head = {"id": uri_of(item.iri), "item": item, "set": _set(item.kind)}
    document = None if item.is_deleted or not prefix else release.document(item.iri)
    if document is None:
        return head
    if prefix == "oai_dc":
        rows = [("identifier", item.iri), ("title", document.label), ("rights", LICENSE)]
        stated = []
        for q in parse(release.statements(document, "dcterms") or b""):
            element = _ELEMENTS.get(q.predicate.value.removeprefix(DCTERMS))
            if element and subject_of(q).value == item.iri:
                stated.append((element, str(getattr(q.object, "value", ""))))
        return head | {"dc": list(dict.fromkeys([*rows, *sorted(stated)]))}
    with suppress(Problem):
        body = serialize(parse(document.nquads), RDFXML, release.base, item.iri).decode()
        return head | {"rdf": re.sub(r"^<\?xml.*?\?>\s*", "", body)}
    return None
