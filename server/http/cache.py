"""Replies that are kept in a web process, so that what was answered once is sent at once."""

from collections import OrderedDict

from server.http.message import Reply

KEY_OVERHEAD_BYTES = 400  # of a key and its place, beside the texts in it
Key = tuple[bytes, tuple[str, str, str]]


class Cache:
    """Replies by what they were made from, up to `limit` bytes with their keys.

    A key is the target of a request and all that negotiation was given (`Request.key`): what is
    not in it the application never saw, so that no reply stands for another. What was not asked
    for longest goes first.
    """

    def __init__(self, limit: int) -> None:
        self.limit, self.size, self.hits = limit, 0, 0
        self.replies: OrderedDict[Key, Reply] = OrderedDict()

    def get(self, key: Key) -> Reply | None:
        """Return the reply that is kept for a key, if one is."""
        if reply := self.replies.get(key):
            self.replies.move_to_end(key)
            self.hits += 1
        return reply

    def put(self, key: Key, reply: Reply) -> None:
        """Keep a reply that may be kept: public, in memory, and no large part of all.

        A 304 is of one client's conditions, which are not in the key.
        """
        if (
            reply.file
            or reply.status == 304
            or "public" not in reply.headers.get("cache-control", "")
        ):
            return
        weight = _weight(key, reply)
        if weight > self.limit // 8 or key in self.replies:
            return
        self.replies[key] = reply
        self.size += weight
        while self.size > self.limit:
            self.size -= _weight(*self.replies.popitem(last=False))


def _weight(key: Key, reply: Reply) -> int:
    target, choice = key
    return reply.size + len(target) + sum(map(len, choice)) + KEY_OVERHEAD_BYTES
