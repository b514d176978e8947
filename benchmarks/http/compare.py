"""Measures answers a second of the site beside nginx, and Trifid if it is there; prints ratios.

Run: python -m benchmarks.http.compare [--seconds 3] [--trifid FOLDER]
Needs nginx and wrk (Debian: nginx-light, wrk). FOLDER holds node_modules with trifid.
"""

import argparse
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from tests.command import Site, ask
from tests.sockets import free_port

NGINX = """
daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/error.log; {user}
events {{ worker_connections 256; }}
http {{
  access_log off; sendfile on; open_file_cache max=100; keepalive_requests 1000000;
  types {{ text/turtle ttl; text/html html; }}
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""
TRIFID = """
server:
  listener: {{ host: 127.0.0.1, port: {port} }}
  logLevel: error
globals:
  datasetBaseUrl: {base}
  endpoints: {{ default: {{ url: /query }} }}
plugins:
  entity-renderer:
    module: "@zazuko/trifid-entity-renderer"
  fetch-handler:
    module: trifid-handler-fetch
    paths: /query
    config:
      url: {data}
      contentType: application/n-triples
      baseIRI: {base}
      unionDefaultGraph: true
"""
CYCLE = """
local paths, i = {{}}, 0
for line in io.lines("{file}") do paths[#paths + 1] = line end
request = function() i = i % #paths + 1; return wrk.format("GET", paths[i]) end
"""
TREATY = "id/treaty/1967/outer-space"


def wait(port: int) -> None:
    """Wait until a server listens on a port."""
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on {port}")


@contextmanager
def process(command: list[str], port: int, folder: Path) -> Iterator[str]:
    """Run a server and give its base."""
    with (folder / f"{port}.log").open("w") as log:
        running = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        wait(port)
        yield f"http://127.0.0.1:{port}/"
    finally:
        running.terminate()
        running.wait(20)


def rate(url: str, seconds: int, *headers: str, script: Path | None = None) -> float:
    """Return the answers a second that wrk counts; an answer of another status is an error."""
    options = [o for h in headers for o in ("-H", h)] + (["-s", str(script)] if script else [])
    command = ["wrk", "-t1", "-c16", f"-d{seconds}", *options, url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    text = done.stdout
    if "Non-2xx" in text:
        raise RuntimeError(text)
    return float(text.partition("Requests/sec:")[2].split()[0])


def best(measure: Callable[[], float], times: int = 3) -> float:
    """Return the best of some runs: other work on the machine only ever takes away."""
    return max(measure() for _ in range(times))


def against_nginx(site: Site, folder: Path, seconds: int) -> None:
    """Print the rates of Turtle, HTML and 304, of the site and of nginx with the same bytes."""
    for suffix in ("ttl", "html", "jsonld"):
        body = ask(f"{site.base}doc/{TREATY}.{suffix}").body
        (folder / f"page.{suffix}").write_bytes(body)
    port = free_port()
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, user=user))
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    with process([nginx, "-c", str(folder / "nginx.conf")], port, folder) as other:
        for name, ours, theirs in (
            ("Turtle", f"{site.base}doc/{TREATY}.ttl", f"{other}page.ttl"),
            ("HTML", f"{site.base}doc/{TREATY}.html", f"{other}page.html"),
        ):
            row(name, best(lambda: rate(ours, seconds)), best(lambda: rate(theirs, seconds)))  # noqa: B023
        tags = [ask(u).headers["ETag"] for u in (ours, theirs)]
        conditions = [f"If-None-Match: {tag}" for tag in tags]
        row(
            "304",
            best(lambda: rate(ours, seconds, conditions[0])),
            best(lambda: rate(theirs, seconds, conditions[1])),
        )
        bare = Site(folder / "releases", CACHE_MB="0")
        try:
            for suffix, name in (("ttl", "Turtle"), ("jsonld", "JSON-LD"), ("html", "HTML")):
                first_time(bare, folder, suffix, name, f"{other}page.{suffix}", seconds)
        finally:
            bare.stop()


def first_time(site: Site, folder: Path, suffix: str, name: str, other: str, seconds: int) -> None:
    """Print the rate of documents that are not kept, each another one, and nginx's of one file."""
    script = cycle(site, folder, suffix)
    ours = best(lambda: rate(site.base, seconds, script=script))
    row(f"{name}, first time", ours, best(lambda: rate(other, seconds)))


def cycle(site: Site, folder: Path, suffix: str) -> Path:
    """Write a script for wrk that asks for one document after the other; return its path."""
    query = urlencode({"query": "SELECT DISTINCT ?s { ?s a ?t FILTER(isIRI(?s)) }"})
    lines = ask(f"{site.base}sparql?{query}", {"Accept": "text/csv"}).body.decode().split()
    paths = [f"/doc/{i.removeprefix(site.base)}.{suffix}" for i in lines if i.startswith(site.base)]
    (folder / "paths.txt").write_text("\n".join(paths))
    script = folder / "cycle.lua"
    script.write_text(CYCLE.format(file=folder / "paths.txt"))
    return script


def row(name: str, ours: float, theirs: float) -> None:
    """Print one comparison."""
    print(f"| {name} | {ours:,.0f} | {theirs:,.0f} | {ours / theirs:.2f} |", flush=True)


def against_trifid(site: Site, folder: Path, modules: Path, seconds: int) -> None:
    """Print the rate of the same resource, of the site and of Trifid with the same dataset."""
    port, data = free_port(), folder / "data.nt"
    query = urlencode({"query": "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"})
    data.write_bytes(ask(f"{site.base}sparql?{query}", {"Accept": "application/n-triples"}).body)
    config = folder / "trifid.yaml"
    config.write_text(TRIFID.format(port=port, base=site.base, data=data))
    server = modules / "node_modules/trifid/server.js"
    with process(["node", str(server), "-c", str(config)], port, folder) as it:
        for name, media_type in (("Turtle", "text/turtle"), ("HTML", "text/html")):
            if b"Outer Space Treaty" not in ask(f"{it}{TREATY}", {"Accept": media_type}).body:
                raise RuntimeError(f"Trifid does not describe the resource in {media_type}")
            accept = f"Accept: {media_type}"
            ours = best(lambda: rate(f"{site.base}doc/{TREATY}", seconds, accept))  # noqa: B023
            theirs = best(lambda: rate(f"{it}{TREATY}", seconds, accept))  # noqa: B023
            row(f"{name}, Trifid", ours, theirs)


def main() -> None:
    """Start all, measure each in turn in one run, stop all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--trifid", type=Path)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    site = Site(folder / "releases")
    try:
        print("| what | site, answers a second | other | ratio |\n|---|---|---|---|")
        against_nginx(site, folder, asked.seconds)
        if asked.trifid:
            against_trifid(site, folder, asked.trifid, asked.seconds)
    finally:
        site.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
