"""Results that are asked for again, kept in memory up to a bound."""

import threading
from collections import OrderedDict

from server.engine.interface import MEGABYTE, Engine
from server.engine.spool import Result
from server.formats import Format
from server.protocol import QueryRequest

LARGEST = 256 * 1024


class Prepared(Engine):
    """An engine before another: answers repeated queries itself; one serves one release.

    The results used last are kept, `limit` bytes of them in sum, none over LARGEST, and none whose
    query may give another result each time.
    """

    def __init__(self, engine: Engine, limit: int = 32 * MEGABYTE) -> None:
        self.engine, self.limit, self.size = engine, limit, 0
        self.kept: OrderedDict[tuple[str, str, int | None], tuple[bytes, bool]] = OrderedDict()
        self.lock = threading.Lock()

    def query(
        self, request: QueryRequest, fmt: Format, client: str = "", head: int | None = None
    ) -> Result:
        """Return the result as it was the first time; a failure is not kept."""
        key = (request.key, fmt.key, head)
        with self.lock:
            if key in self.kept:
                self.kept.move_to_end(key)
                return Result.of(*self.kept[key])
        result = self.engine.query(request, fmt, client, head)
        if result.size > LARGEST or request.volatile:
            return result
        body = result.read()
        self._keep(key, body, result.whole)
        return Result.of(body, result.whole)

    def _keep(self, key: tuple[str, str, int | None], body: bytes, whole: bool) -> None:
        with self.lock:
            if key not in self.kept:
                self.kept[key] = (body, whole)
                self.size += len(body) + len(key[0])
            while self.size > self.limit:
                (text, _, _), (old, _) = self.kept.popitem(last=False)
                self.size -= len(old) + len(text)
