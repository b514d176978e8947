"""The files for operators do what they say, as far as their programs are here."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from server.compile import pipeline
from server.rdf.vocabulary import CANONICAL_BASE
from tests import tinysource
from tests.command import ROOT
from tests.needs import needs
from tests.processes import eventually
from tests.served import NO_ENGINE, Client, answers, served
from tests.sockets import free_port

NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
THING = "id/treaty/1967/outer-space"
AROUND = """
daemon off; {user} pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  include {folder}/spacelaw.conf;
}}
"""


@needs(NGINX, "nginx (Debian: nginx-light)")
def test_canonical_identifiers_are_served_behind_nginx(tmp_path: Path) -> None:
    pipeline.build(tinysource.write(tmp_path / "sources"), tmp_path / "releases", CANONICAL_BASE)
    port = free_port()
    site = f"http://127.0.0.1:{port}/"
    settings = {"SPACELAW_SITE_URL": site, "SPACELAW_PROXIES": "1", **NO_ENGINE}
    with served(tmp_path / "releases", CANONICAL_BASE, **settings) as behind:
        text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
        text = text.replace("127.0.0.1:8000", f"127.0.0.1:{behind.port}")
        text = text.replace("listen 80;", f"listen 127.0.0.1:{port};")
        (tmp_path / "spacelaw.conf").write_text(text)
        user = "user root;" if os.geteuid() == 0 else ""
        file = tmp_path / "nginx.conf"
        file.write_text(AROUND.format(folder=tmp_path, user=user))
        process = subprocess.Popen([str(NGINX), "-c", file, "-e", tmp_path / "error.log"])
        try:
            proxy = Client(port)
            eventually(lambda: answers(proxy))
            moved = proxy.get(f"/{THING}", headers={"Accept": "text/turtle"})
            assert (moved.status_code, moved.headers["Location"]) == (303, f"{site}doc/{THING}")
            document = proxy.get(f"/doc/{THING}.nt")
            assert f"<{CANONICAL_BASE}{THING}>" in document.text
            assert len(document.headers["X-Request-Id"]) == 32  # that of nginx
            assert proxy.get("/metrics").status_code == 200  # to this machine
        finally:
            process.terminate()
            process.wait(20)


@needs(shutil.which("systemd-analyze"), "systemd-analyze (Debian: systemd)")
def test_the_service_is_well_confined() -> None:
    unit = ROOT / "deploy" / "spacelaw.service"
    found = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=25", unit],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout[-300:]


@pytest.mark.skipif(not os.environ.get("CI"), reason="installs all dependencies: in CI alone")
def test_what_is_installed_runs_from_any_folder(tmp_path: Path) -> None:
    subprocess.run([ROOT / "deploy" / "install", tmp_path], check=True, timeout=600)
    command = tmp_path / "opt" / "spacelaw" / "bin" / "spacelaw"
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("SPACELAW_")}
    settings = {"SPACELAW_PORT": str(free_port()), "XDG_DATA_HOME": str(tmp_path / "data")}
    settings |= {"SPACELAW_BASE_IRI": CANONICAL_BASE, "SPACELAW_PAGES_AHEAD": "0"}
    process = subprocess.Popen([command, "serve"], cwd="/", env=inherited | settings)
    try:
        client = Client(int(settings["SPACELAW_PORT"]))
        deadline = time.monotonic() + 900
        while not answers(client):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert f"<{CANONICAL_BASE}{THING}>" in client.get(f"/doc/{THING}.nt").text
        assert (tmp_path / "data" / "spacelaw" / "releases" / "current").is_symlink()
    finally:
        process.terminate()
        process.wait(20)
