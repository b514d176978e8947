"""A result of millions of rows through HTTP: whether it is whole, and what memory it takes.

python -m benchmarks.large [rows] > report.md
"""

import contextlib
import os
import platform
import sys
import tempfile
import threading
import time
from pathlib import Path

import requests

from benchmarks import graph
from benchmarks.engines import started
from benchmarks.storm import family
from server.release.manifest import CURRENT

BASE = "http://127.0.0.1:8000/"


def private(pid: int) -> int:
    """Return the bytes that a process shares with no other."""
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        kept = [x for x in lines if x.startswith(("Private_Dirty:", "Private_Clean:"))]
        return sum(int(x.split()[1]) for x in kept) * 1024
    return 0


def main() -> None:
    """Print the report."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    query = f"SELECT ?a ?b ?c ?d {{ ?a ?b ?c . ?d <{BASE}def/number> ?n }} LIMIT {rows}"
    most: dict[int, int] = {}
    first: dict[int, int] = {}
    over = threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        graph.release(Path(folder) / CURRENT, BASE, 10_000)
        with started(Path(folder), BASE, SPACELAW_QUERY_SECONDS="300") as (url, root):

            def watch() -> None:
                while not over.wait(0.2):
                    for pid in family(root):
                        held = private(pid)
                        first.setdefault(pid, held)
                        most[pid] = max(most.get(pid, 0), held)

            watcher = threading.Thread(target=watch)
            watcher.start()
            time.sleep(1)
            began, found, size = time.monotonic(), -1, 0
            headers = {"Accept": "text/csv", "Accept-Encoding": "identity"}
            with requests.post(url, {"query": query}, headers=headers, stream=True) as answer:
                for piece in answer.iter_content(1024**2):
                    found += piece.count(b"\n")
                    size += len(piece)
            whole = size == int(answer.headers["Content-Length"])
            over.set()
            watcher.join()
            grown = max(most[pid] - first[pid] for pid in most)
    print("# A large result\n")
    print(f"{platform.platform()}, {os.cpu_count()} CPUs. Reproduce: "
          f"`python -m benchmarks.large {rows}`\n")  # fmt: skip
    print(f"{found:,} of {rows:,} rows, {size / 1024**2:.0f} MB of CSV, "
          f"{'whole' if whole else 'NOT whole'}, in {time.monotonic() - began:.0f} s. "
          f"No process, web or worker, grew by more than {grown / 1024**2:.0f} MB.")  # fmt: skip


if __name__ == "__main__":
    main()
