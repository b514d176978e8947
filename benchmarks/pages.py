"""Measures the time to first byte of resource pages: when first asked for, and when asked again.

Run: python -m benchmarks.pages [--every 12]. It serves a site of its own, whose pages nobody has
asked for before, and takes every twelfth resource and the hubs that most links point to.
"""

import argparse
import http.client
import statistics
import tempfile
import time
from pathlib import Path

from tests.command import Site, ask

HUBS = 25
_ALL = "SELECT ?s { ?s ?p ?o FILTER(isIRI(?s)) } GROUP BY ?s ORDER BY ?s"
_HUBS = "SELECT ?o { ?s ?p ?o FILTER(isIRI(?o)) } GROUP BY ?o ORDER BY DESC(COUNT(*))"


def found(site: Site, query: str) -> list[str]:
    """Return the paths of the pages about what a query finds under the base of the site."""
    headers = {"Content-Type": "application/sparql-query", "Accept": "text/csv"}
    iris = ask(site.base + "sparql", headers, query.encode()).body.decode().split()[1:]
    own = [iri.removeprefix(site.base) for iri in iris if iri.startswith(site.base)]
    return [f"/doc/{path}.html" for path in own]


def first_byte(connection: http.client.HTTPConnection, path: str) -> float:
    """Return the milliseconds from the request of a page to the head of its answer."""
    start = time.perf_counter()
    connection.request("GET", path, headers={"Accept-Encoding": "gzip", "Accept": "text/html"})
    answer = connection.getresponse()
    taken = (time.perf_counter() - start) * 1000
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status}")
    return taken


def report(name: str, times: dict[str, float]) -> None:
    """Print the median, the 95th percentile and the slowest page of a round."""
    ordered = sorted(times.values())
    tail = ordered[int(len(ordered) * 0.95)]
    slowest = max(times, key=times.__getitem__)
    print(
        f"{name:24} {len(ordered):5} pages  median {statistics.median(ordered):6.1f} ms"
        f"  95 % {tail:6.1f} ms  most {times[slowest]:6.1f} ms {slowest}"
    )


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--every", type=int, default=12)
    every = arguments.parse_args().every
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder) / "releases", WEB_WORKERS="1")
        try:
            hubs = found(site, _HUBS)[:HUBS]
            sampled = [path for path in found(site, _ALL)[::every] if path not in hubs]
            connection = http.client.HTTPConnection("127.0.0.1", site.port)
            for kind, paths in (("sampled", sampled), ("hubs", hubs)):
                for name in ("first time", "again"):
                    report(f"{kind}, {name}", {p: first_byte(connection, p) for p in paths})
        finally:
            site.stop()


if __name__ == "__main__":
    main()
