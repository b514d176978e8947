"""Small queries a second, of many clients at once, beside Oxigraph's servers; a Markdown report.

python -m benchmarks.throughput [triples] > report.md

Needs wrk (Debian: wrk), a client that costs little of the machine that it shares with the servers.
"""

import contextlib
import itertools
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import requests

from benchmarks import graph
from benchmarks.engines import site
from benchmarks.http.compare import rate
from server.release.manifest import CURRENT, QUADS
from tests.sparql.servers import OXIGRAPH, oxigraph, read_only

BASE = "http://127.0.0.1:8000/"
_SECONDS, _TURNS = 1, 5
_THINGS = 50  # of each kind of query, so many are asked in turn
_READ_ONLY, _IN_MEMORY = "Oxigraph, read-only", "Oxigraph, in memory"
_OURS = {f"spacelaw, web processes: {number}": str(number) for number in (1, 2)}
# Each request is the next of a list; where none shall be the same as one before, a comment tells.
# All is written before, so that the client takes little of the machine.
_SCRIPT = """
local before, after, n = {{}}, {{}}, 0
init = function()
  for line in io.lines("{file}") do
    local kind, path = line:match("(%S+) (%S+)")
    local whole = wrk.format("GET", path, {{ Accept = kind, Host = wrk.headers["Host"] }})
    local ends = whole:find(" HTTP/1.1", 1, true)
    before[#before + 1], after[#after + 1] = whole:sub(1, ends - 1), whole:sub(ends)
    if not {distinct} then before[#before] = whole end
  end
end
request = function()
  n = n + 1
  local i = n % #before + 1
  if not {distinct} then return before[i] end
  return before[i] .. "%20%23{run}-" .. n .. after[i]
end
"""
_runs = itertools.count()


def lines() -> Iterator[str]:
    """Yield the media type and the parameters of each small query."""
    for kind, query in graph.queries(BASE).values():
        if kind == "lookup":
            accept = "text/turtle" if "CONSTRUCT" in query else "application/sparql-results+json"
            for number in range(7, 7 + _THINGS):
                asked = query.replace("1957/t7", f"{1950 + number % 70}/t{number}")
                yield f"{accept} ?query={quote(asked, safe='')}"


def script(folder: Path, path: str, distinct: bool) -> Path:
    """Write what wrk runs to ask an endpoint whose path this is; return its file."""
    name = f"{path.strip('/')}-{distinct}"
    asked = folder / f"{name}.txt"
    asked.write_text("\n".join(line.replace("?", path + "?", 1) for line in lines()))
    file = folder / f"{name}.lua"
    run = f"{time.time_ns()}-{next(_runs)}"
    file.write_text(_SCRIPT.format(file=asked, distinct=str(distinct).lower(), run=run))
    return file


def stated(folder: Path) -> Path:
    """Write what a release states, the default graph of its queries, as N-Triples."""
    file = folder / "default.nt"
    with (folder / CURRENT / QUADS).open() as quads, file.open("w") as triples:
        triples.writelines(line.rpartition(" <")[0] + " .\n" for line in quads)
    return file


@contextlib.contextmanager
def endpoints(folder: Path, triples: int) -> Iterator[dict[str, str]]:
    """Run all servers on the same graph; yield their endpoints."""
    graph.release(folder / CURRENT, BASE, triples)
    file, store = stated(folder), folder / "store"
    subprocess.run([OXIGRAPH, "load", "--location", store, "--file", file], check=True,
                   capture_output=True)  # fmt: skip
    with contextlib.ExitStack() as stack:
        # All requests come from one address, which else may have half of what waits.
        ours = {
            name: stack.enter_context(
                site(folder, BASE, SPACELAW_QUERY_WAITING="256", SPACELAW_WEB_WORKERS=number)
            )
            for name, number in _OURS.items()
        }
        memory = stack.enter_context(oxigraph())
        target, kind = memory.replace("query", "store?default"), "application/n-triples"
        with file.open("rb") as body:
            requests.put(target, body, headers={"Content-Type": kind}).raise_for_status()
        yield {_READ_ONLY: stack.enter_context(read_only(store)), **ours, _IN_MEMORY: memory}


def same(urls: dict[str, str]) -> None:
    """Raise RuntimeError where one endpoint answers otherwise than another."""
    query = "SELECT (COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?m) { ?s ?p ?o }"
    accept = {"Accept": "text/csv"}
    found = {requests.get(url, {"query": query}, headers=accept).text for url in urls.values()}
    if len(found) != 1:
        raise RuntimeError(f"the servers hold different graphs: {found}")


def measured(folder: Path, urls: dict[str, str], distinct: bool) -> dict[str, float]:
    """Return the median answers a second of each endpoint, in turns; the first is to warm up."""
    rates: dict[str, list[float]] = defaultdict(list)
    for _ in range(1 + _TURNS):
        for name, url in urls.items():
            path = "/" + url.rpartition("/")[2]
            rates[name].append(rate(url, _SECONDS, script=script(folder, path, distinct)))
    return {name: statistics.median(found[1:]) for name, found in rates.items()}


def main() -> None:
    """Print the report."""
    triples = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print("# Small queries a second, through HTTP\n")
    print(f"{platform.platform()}, {os.cpu_count()} CPUs, which the client shares; {triples:,} "
          f"triples; 16 connections; medians of {_TURNS} turns of {_SECONDS} s. "
          f"Reproduce: `python -m benchmarks.throughput {triples}`\n")  # fmt: skip
    print(f"In parentheses, how many of {_READ_ONLY}'s.\n")
    print(" | ".join(["| queries", _READ_ONLY, *_OURS, f"{_IN_MEMORY} |"]))
    print("|---" + "|---:" * (2 + len(_OURS)) + "|")
    with tempfile.TemporaryDirectory() as name, endpoints(Path(name), triples) as urls:
        same(urls)
        for label, distinct in (("none asked before", True), ("asked repeatedly", False)):
            first, *others = measured(Path(name), urls, distinct).values()
            cells = " | ".join(f"{rate:,.0f} ({rate / first:.2f})" for rate in others)
            print(f"| {label} | {first:,.0f} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
