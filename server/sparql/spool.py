"""Results held until they are whole: small ones in memory, large ones in an unnamed file."""

import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

SMALL = 64 * 1024  # bytes that fit a socket's buffer, so that a worker never waits to send them
CHUNK = 64 * 1024
DISK_RESERVE_BYTES = 512 * 1024**2  # left free on the disk whatever results want
_BYTES_BETWEEN_DISK_CHECKS = 8 * 1024**2


class TooLarge(Exception):
    """A result outgrew its bound, or the disk."""


class Enough(Exception):
    """The head of a result that was asked for is complete."""


def spool_folder() -> str:
    """Return where large results wait: on disk, for /tmp is memory on many machines."""
    lasting = Path("/var/tmp")  # noqa: S108 - only unnamed files are made there
    return str(lasting) if os.access(lasting, os.W_OK) else tempfile.gettempdir()


def unnamed_file() -> BinaryIO:
    """Open a new file that nobody else sees and that is gone once it is closed."""
    return cast(BinaryIO, tempfile.TemporaryFile(dir=spool_folder()))


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
    """A writable file that holds a result of at most `limit` bytes.

    What is more than SMALL goes to the file that `open_file` returns, as long as the disk has
    `disk_reserve` bytes free. With `head`, so many bytes of the result suffice.
    """

    def __init__(
        self, limit: int, head: int | None = None,
        open_file: Callable[[], BinaryIO] = unnamed_file, disk_reserve: int = DISK_RESERVE_BYTES,
    ) -> None:  # fmt: skip
        super().__init__()
        self.limit, self.head = limit, head
        self.open_file, self.disk_reserve = open_file, disk_reserve
        self.size = 0
        self.next_disk_check = SMALL  # the size from which free space is looked at again
        self.file: BinaryIO = io.BytesIO()

    def writable(self) -> bool:
        """Tell that this is written to."""
        return True

    def write(self, data: object, /) -> int:
        """Take bytes; raises TooLarge over the limit or on a full disk, Enough past the head."""
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
        if self.size > self.next_disk_check:
            self.next_disk_check = self.size + _BYTES_BETWEEN_DISK_CHECKS
            if shutil.disk_usage(spool_folder()).free < self.disk_reserve:
                raise TooLarge("The disk has no room for so large a result now.")
        if before <= SMALL < self.size:
            small, self.file = self.file, self.open_file()
            small.seek(0)
            self.file.write(small.read())
        self.file.write(piece)

    def result(self, whole: bool = True) -> Result:
        """Return what was written, ready to be read from its start."""
        self.file.seek(0)
        return Result(self.file, self.size, whole)
