"""Conditional and range requests (RFC 9110 sections 13 and 14), evaluated on the chosen reply."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from server.http.message import Head, Reply
from server.problems import Problem

# What a 304 repeats is what a cache needs (RFC 9110 section 15.4.5).
_IN_304 = ("cache-control", "content-location", "etag", "vary")
_ENTITY_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')  # in linear time
Headers = Mapping[str, str]
_ONE_RANGE = re.compile(r"bytes=\s*(\d*)-(\d*)\s*", re.ASCII | re.IGNORECASE)


def evaluate(head: Head, reply: Reply, method: str) -> Reply:
    """Return the reply as the conditions and the range of a GET or HEAD request leave it.

    That is the reply itself, a 304, or a part of it (206). Raises Problem 412 where a
    precondition fails and 416 for a range outside of the representation.
    """
    if reply.status != 200:  # section 13.2.1
        return reply
    if not _preconditions_hold(head.fields, reply.headers):  # in the order of section 13.2.2
        raise Problem(412, "The representation is not the one that the request names.")
    if _client_has_it(head.fields, reply.headers):
        return _not_modified(reply)
    if method == "GET" and "range" in head.fields and _same_representation(head, reply):
        return _part(reply, head.fields["range"])
    return reply


def _preconditions_hold(asked: Headers, reply: Headers) -> bool:
    if "if-match" in asked:
        return _matches(asked["if-match"], reply.get("etag", ""), weakly=False)
    since = _date(asked.get("if-unmodified-since"))
    modified = _date(reply.get("last-modified")) if since else None
    return since is None or modified is None or modified <= since


def _client_has_it(asked: Headers, reply: Headers) -> bool:
    if "if-none-match" in asked:
        return _matches(asked["if-none-match"], reply.get("etag", ""), weakly=True)
    since = _date(asked.get("if-modified-since"))
    modified = _date(reply.get("last-modified")) if since else None
    return since is not None and modified is not None and modified <= since


def _matches(listed: str, tag: str, weakly: bool) -> bool:
    """Tell whether a list of entity tags has `tag` (section 8.8.3.2); "*" has any."""
    if listed == tag and not tag.startswith("W/"):
        return bool(tag)
    if listed.strip() == "*":
        return True
    if weakly:
        return tag.removeprefix("W/") in [t.removeprefix("W/") for t in _ENTITY_TAG.findall(listed)]
    return not tag.startswith("W/") and tag in _ENTITY_TAG.findall(listed)


def _date(text: str | None) -> datetime | None:
    """Return the time that an HTTP date names (section 5.6.7); None for what is no date."""
    try:
        date = parsedate_to_datetime(text) if text else None
    except (ValueError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date and not date.tzinfo else date


def _not_modified(reply: Reply) -> Reply:
    if reply.not_modified is None:
        kept = {name: reply.headers[name] for name in _IN_304 if name in reply.headers}
        reply.not_modified = Reply(304, kept)
    reply.close()
    return reply.not_modified


def _same_representation(head: Head, reply: Reply) -> bool:
    """Tell whether a range is of this representation: If-Range names it, or nothing (13.1.5)."""
    named = head.fields.get("if-range")
    if named is None:
        return True
    if named.startswith(('"', "W/")):
        return _matches(named, reply.headers.get("etag", ""), weakly=False)
    return named == reply.headers.get("last-modified")


def _part(reply: Reply, asked: str) -> Reply:
    """Return the one range asked for; several, and other units, are answered whole (14.2)."""
    match = _ONE_RANGE.fullmatch(asked)
    if reply.headers.get("accept-ranges") != "bytes" or not match or not any(match.groups()):
        return reply
    first, last = match[1][:18], match[2][:18]
    start = int(first) if first else max(0, reply.length - int(last))
    end = min(int(last) + 1, reply.length) if first and last else reply.length
    if first and last and int(last) < int(first):
        return reply  # no valid range
    if start >= reply.length:
        headers = {"Content-Range": f"bytes */{reply.length}"}
        reply.close()
        raise Problem(416, f"The representation has {reply.length} bytes.", headers=headers)
    headers = {**reply.headers, "content-range": f"bytes {start}-{end - 1}/{reply.length}"}
    if reply.file:
        reply.file.seek(start)
        return Reply(206, headers, file=reply.file, length=end - start)
    return Reply(206, headers, reply.body[start:end])
