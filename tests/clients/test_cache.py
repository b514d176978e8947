"""A shared cache between client and server, one that is not ours, never mixes formats."""

import os
import random
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.rdf.formats import DOCUMENT_FORMATS
from tests.clients.matrix import shows
from tests.command import Site, ask, free_port
from tests.needs import needs
from tests.processes import eventually

NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
pytestmark = [
    needs(NGINX, "nginx (Debian: nginx-light)"),
]

CONFIGURATION = """
daemon off; worker_processes 1; {user} pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  proxy_cache_path {folder}/cache keys_zone=site:10m;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass {base}; proxy_cache site; proxy_cache_revalidate on;
      proxy_http_version 1.1; proxy_set_header Connection "";
      add_header X-Cache $upstream_cache_status always;
    }}
  }}
}}
"""
PATHS = ["id/treaty/1967/outer-space", "id/state/chn", "def/Treaty", "id/organization/copuos"]
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture(scope="module")
def proxy(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    file = Path(folder / "nginx.conf")
    user = "user root;" if os.geteuid() == 0 else ""  # else its worker may not write to the folder
    settings = {"folder": folder, "port": port, "base": site.base.rstrip("/"), "user": user}
    file.write_text(CONFIGURATION.format(**settings))
    process = subprocess.Popen([str(NGINX), "-c", str(file), "-e", str(folder / "error.log")])
    eventually(lambda: _listens(port))
    yield f"http://127.0.0.1:{port}/"
    process.terminate()
    process.wait(20)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@shows("nginx", "keeps answers between 2,000 mixed requests and us", "never another format")
def test_2000_mixed_requests_through_a_cache(proxy: str) -> None:
    """Each answer must be of the type that was asked for, and the bytes that the server gives."""
    choice = random.Random(7)
    accepts = {f.content_type if f.profile else f.media_type: f.content_type
               for f in DOCUMENT_FORMATS} | {"": "text/turtle; charset=utf-8",
                                             BROWSER: "text/html; charset=utf-8"}  # fmt: skip
    hits, tags, bodies = 0, dict[tuple[str, ...], str](), dict[tuple[str, ...], bytes]()
    for _ in range(2000):
        path = choice.choice(PATHS)
        accept, coding = choice.choice(list(accepts)), choice.choice(["", "br", "gzip", "zstd"])
        headers = {"Accept": accept, "Accept-Encoding": coding}
        key = (path, accepts[accept], coding)
        if key in tags and choice.random() < 0.3:
            headers["If-None-Match"] = choice.choice(
                [tags[key], choice.choice(list(tags.values()))]
            )
        answer = ask(f"{proxy}doc/{path}", headers)
        hits += answer.headers["X-Cache"] == "HIT"
        if answer.status == 304:
            assert answer.headers["ETag"] == tags[key] == headers["If-None-Match"]
            continue
        assert answer.status == 200
        assert answer.headers["Content-Type"] == accepts[accept]
        assert re.fullmatch(coding or "", answer.headers.get("Content-Encoding", ""))
        assert tags.setdefault(key, answer.headers["ETag"]) == answer.headers["ETag"]
        assert bodies.setdefault(key, answer.body) == answer.body
    assert hits > 500
    assert len(set(tags.values())) == len(tags)
