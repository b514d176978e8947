"""Results held until they are whole: in memory, and what is large in an unnamed file."""

import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

SMALL = 64 * 1024  # fits a socket's buffer, so that a worker never waits to hand it over
CHUNK = 64 * 1024
DISK_RESERVE = 512 * 1024**2  # left free on the disk whatever results want
_BETWEEN_LOOKS = 8 * 1024**2


class TooLarge(Exception):
    """A result outgrew its bound, or the disk."""


class Enough(Exception):
    """The head of a result that was asked for is complete."""


def folder() -> str:
    """Return where large results wait: on disk, for /tmp is memory on many machines."""
    lasting = Path("/var/tmp")  # noqa: S108 - only unnamed files are made there
    return str(lasting) if os.access(lasting, os.W_OK) else tempfile.gettempdir()


def unnamed() -> BinaryIO:
    """Open a new file that nobody else sees and that is gone once it is closed."""
    return cast(BinaryIO, tempfile.TemporaryFile(dir=folder()))


class Result:
    """A serialized result of `size` bytes; `whole` unless it was cut where its asker said."""

    def __init__(self, source: BinaryIO | bytes, size: int, whole: bool = True) -> None:
        self.source, self.size, self.whole = source, size, whole

    @classmethod
    def of(cls, body: bytes, whole: bool = True) -> "Result":
        """Return a result that is in memory."""
        return cls(body, len(body), whole)

    @property
    def file(self) -> BinaryIO:
        """The result as a file, which whoever asks is to close."""
        if isinstance(self.source, bytes):
            self.source = io.BytesIO(self.source)
        return self.source

    def read(self) -> bytes:
        """Return all of the result; for those that are known to be small."""
        if isinstance(self.source, bytes):
            return self.source
        with self.file:
            return self.file.read()

    def chunks(self) -> Iterator[bytes]:
        """Return the result piece by piece, so that no more than one is in memory."""
        with self.file:
            while chunk := self.file.read(CHUNK):
                yield chunk


class Spool(io.RawIOBase):
    """A writable file that holds a result; refuses to grow over `limit` bytes or a full disk.

    What is not SMALL goes to the file that `opened` gives.
    """

    def __init__(
        self, limit: int, head: int | None = None, opened: Callable[[], BinaryIO] = unnamed
    ) -> None:
        super().__init__()
        self.limit, self.head, self.opened = limit, head, opened
        self.size = self.looked = 0
        self.file: BinaryIO = io.BytesIO()

    def writable(self) -> bool:
        """Tell that this is written to."""
        return True

    def write(self, data: object, /) -> int:
        """Take bytes; raises TooLarge over the limit and Enough past the head."""
        piece = bytes(data)  # type: ignore[call-overload]
        if self.head is not None and self.size + len(piece) > self.head:
            self._put(piece[: self.head - self.size])
            raise Enough
        self._put(piece)
        return len(piece)

    def _put(self, piece: bytes) -> None:
        before, self.size = self.size, self.size + len(piece)
        if self.size > self.limit:
            raise TooLarge(f"The result is larger than {self.limit} bytes.")
        if self.size - self.looked > _BETWEEN_LOOKS:
            self.looked = self.size
            if shutil.disk_usage(folder()).free < DISK_RESERVE:
                raise TooLarge("The disk has no room for so large a result now.")
        if before <= SMALL < self.size:
            small, self.file = self.file, self.opened()
            small.seek(0)
            self.file.write(small.read())
        self.file.write(piece)

    def result(self, whole: bool = True) -> Result:
        """Return what was written, ready to be read from its start."""
        self.file.seek(0)
        return Result(self.file, self.size, whole)
