"""The files for operators do what they say, as far as their programs are here."""

import contextlib
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest

from server.compile import pipeline
from server.rdf.vocabulary import CANONICAL_BASE
from server.release import shelf
from server.release.reader import Release
from server.sparql.release_loading import publish
from server.sparql.remote import Store
from tests import tinysource
from tests.command import ROOT
from tests.needs import needs
from tests.processes import eventually
from tests.served import NO_ENGINE, Client, answers, served
from tests.sockets import free_port
from tests.sparql.servers import OXIGRAPH, oxigraph

NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
CADDY = shutil.which("caddy")
DEBOOTSTRAP = os.geteuid() == 0 and shutil.which("debootstrap")
THING = "id/treaty/1967/outer-space"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
LAW = """
<id/concept/law> a skos:Concept ;
    skos:prefLabel "law"@en ;
    skos:definition "What binds."@en ;
    dcterms:source <https://example.org/dictionary> .
"""
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


@contextlib.contextmanager
def nginx(folder: Path, port: int, *sites: int) -> Iterator[Client]:
    """Run nginx by our file for it at `port`, before sites at their ports; yield a client of it."""
    servers = " ".join(f"server 127.0.0.1:{site};" for site in sites)
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    text = text.replace("server 127.0.0.1:8000;", servers)
    text = text.replace("listen 80;", f"listen 127.0.0.1:{port};")
    (folder / "spacelaw.conf").write_text(text)
    user = "user root;" if os.geteuid() == 0 else ""
    file = folder / "nginx.conf"
    file.write_text(AROUND.format(folder=folder, user=user))
    process = subprocess.Popen([str(NGINX), "-c", file, "-e", folder / "error.log"])
    try:
        proxy = Client(port)
        eventually(lambda: answers(proxy))
        yield proxy
    finally:
        process.terminate()
        process.wait(20)


@needs(NGINX, "nginx (Debian: nginx-light)")
def test_canonical_identifiers_are_served_behind_nginx(tmp_path: Path) -> None:
    pipeline.build(tinysource.write(tmp_path / "sources"), tmp_path / "releases", CANONICAL_BASE)
    port = free_port()
    site = f"http://127.0.0.1:{port}/"
    settings = {"SPACELAW_SITE_URL": site, "SPACELAW_PROXIES": "1", **NO_ENGINE}
    with (
        served(tmp_path / "releases", CANONICAL_BASE, **settings) as behind,
        nginx(tmp_path, port, behind.port) as proxy,
    ):
        moved = proxy.get(f"/{THING}", headers={"Accept": "text/turtle"})
        assert (moved.status_code, moved.headers["Location"]) == (303, f"{site}doc/{THING}")
        document = proxy.get(f"/doc/{THING}.nt")
        assert f"<{CANONICAL_BASE}{THING}>" in document.text
        assert len(document.headers["X-Request-Id"]) == 32  # that of nginx
        assert proxy.get("/metrics").status_code == 200  # to this machine


@needs(CADDY, "Caddy (Debian: caddy)")
def test_caddy_serves_canonical_identifiers_too(tmp_path: Path) -> None:
    pipeline.build(tinysource.write(tmp_path / "sources"), tmp_path / "releases", CANONICAL_BASE)
    port = free_port()
    settings = {"SPACELAW_SITE_URL": f"http://127.0.0.1:{port}/", "SPACELAW_PROXIES": "1"}
    with served(tmp_path / "releases", CANONICAL_BASE, **settings, **NO_ENGINE) as behind:
        text = (ROOT / "deploy" / "Caddyfile").read_text("utf-8")
        text = text.replace("127.0.0.1:8000", f"127.0.0.1:{behind.port}")
        text = text.replace("\nlaw.example.org", f"\n{{\n\tadmin off\n}}\nhttp://127.0.0.1:{port}")
        (tmp_path / "Caddyfile").write_text(text)
        own = {
            "HOME": str(tmp_path),
            "XDG_DATA_HOME": str(tmp_path),
            "XDG_CONFIG_HOME": str(tmp_path),
        }
        command = [str(CADDY), "run", "--config", str(tmp_path / "Caddyfile")]
        process = subprocess.Popen(command, env=os.environ | own)
        try:
            proxy = Client(port)
            eventually(lambda: answers(proxy))
            document = proxy.get(f"/doc/{THING}.nt")
            assert f"<{CANONICAL_BASE}{THING}>" in document.text
            assert len(document.headers["X-Request-Id"]) == 36  # that of Caddy
            assert proxy.get("/metrics").status_code == 403
        finally:
            process.terminate()
            process.wait(20)


class Machine:
    """A site machine: a folder of releases of its own, and a site that takes the current one."""

    def __init__(self, releases: Path, settings: Mapping[str, str], running: ExitStack) -> None:
        self.releases = releases
        self.site = running.enter_context(served(releases, CANONICAL_BASE, **settings))

    def take(self, release: Path) -> None:
        """Receive a release, make it the current one, and wait until it is served."""
        if not (self.releases / release.name).exists():
            shutil.copytree(release, self.releases / release.name)
        shelf.point(self.releases, self.releases / release.name)
        eventually(lambda: self.release() == release.name, 120)

    def release(self) -> str:
        """Return the release that the site serves."""
        return str(self.site.get("/health/ready").json["release"])


@needs(NGINX and OXIGRAPH.exists(), "nginx (Debian: nginx-light) and Oxigraph (PyPI: oxigraph)")
def test_two_machines_before_one_store_change_their_release_without_a_seam(tmp_path: Path) -> None:
    root, build = tinysource.write(tmp_path / "sources"), tmp_path / "build"
    old = pipeline.build(root, build, CANONICAL_BASE)
    tinysource.put(root, "data/editor/concept/law.ttl", LAW)
    new = pipeline.build(root, build, CANONICAL_BASE)
    port, over = free_port(), threading.Event()
    seen, failures = set[str](), list[str]()

    def ask_for_ever(proxy: Client) -> None:
        while not over.is_set():
            for path in (f"/doc/{THING}.nt", f"/sparql?format=csv&query={quote(COUNT)}", "/"):
                answer = proxy.get(path)
                if answer.status_code != 200:
                    failures.append(f"{path}: {answer.status_code} {answer.text[:300]}")
                elif "sparql" in path:
                    seen.add(answer.text.split()[1])

    with oxigraph() as url, ExitStack() as running:
        publish(Release(old), Store(url), lambda _: None)
        settings = {"SPACELAW_SITE_URL": f"http://127.0.0.1:{port}/", "SPACELAW_PROXIES": "1"}
        settings |= {"SPACELAW_STORE": url, "SPACELAW_WEB_WORKERS": "1"}
        for name in ("one", "two"):
            shutil.copytree(old, tmp_path / name / old.name)
            shelf.point(tmp_path / name, tmp_path / name / old.name)
        machines = [Machine(tmp_path / name, settings, running) for name in ("one", "two")]
        proxy = running.enter_context(
            nginx(tmp_path, port, *(machine.site.port for machine in machines))
        )
        asking = threading.Thread(target=ask_for_ever, args=(proxy,))
        asking.start()
        try:
            publish(Release(new), Store(url), lambda _: None)
            for machine in machines:
                machine.take(new)
            eventually(lambda: len(seen) == 2)
        finally:
            over.set()
            asking.join()
        assert failures == []
        assert {machine.release() for machine in machines} == {new.name}
        assert proxy.get("/doc/id/concept/law.ttl").status_code == 200


@needs(shutil.which("systemd-analyze"), "systemd-analyze (Debian: systemd)")
def test_the_service_is_well_confined() -> None:
    unit = ROOT / "deploy" / "spacelaw.service"
    found = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=25", unit],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout[-300:]


@needs(os.geteuid() == 0 and shutil.which("unshare"), "unshare, as root (Debian: util-linux)")
def test_it_is_set_up_from_a_folder_of_wheels_without_a_network(tmp_path: Path) -> None:
    wheels, copy = tmp_path / "wheels", tmp_path / "copy"
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in names.stdout.splitlines():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    what = [f"WHEELS={wheels}", "WHEELS_OF=requirements/serve.txt"]
    subprocess.run(["make", f"PYTHON={sys.executable}", *what, "wheels"], cwd=copy, check=True)
    shutil.rmtree(copy / ".venv")
    offline = os.environ | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    command = ["unshare", "--net", "make", f"PYTHON={sys.executable}", ".venv/serve.stamp"]
    subprocess.run(command, cwd=copy, env=offline, check=True, timeout=1800)
    subprocess.run([copy / ".venv" / "bin" / "spacelaw", "--version"], check=True)


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a fresh Debian in a folder."""
    folder = tmp_path_factory.mktemp("debian") / "root"
    subprocess.run(["debootstrap", "--variant=minbase", "bookworm", folder], check=True)
    return folder


@needs(DEBOOTSTRAP, "debootstrap, as root (Debian: debootstrap)")
def test_the_readme_leads_from_a_fresh_debian_to_a_site(debian: Path, tmp_path: Path) -> None:
    subprocess.run(["cp", "-a", debian, tmp_path / "debian"], check=True)
    at_end = f"curl -sf http://127.0.0.1/doc/{THING}.nt"
    command = [str(ROOT / "deploy" / "fresh-debian"), str(tmp_path / "debian"), at_end]
    done = subprocess.run(command, capture_output=True, text=True, timeout=3600, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"<{CANONICAL_BASE}{THING}>" in done.stdout


class Podman:
    """Podman with images and containers in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        (folder / "storage.conf").write_text(
            f'[storage]\ndriver = "vfs"\ngraphroot = "{folder}/images"\nrunroot = "{folder}/run"\n'
        )
        (folder / "containers.conf").write_text(
            f'[containers]\ndefault_ulimits = ["nofile={files}:{files}", "nproc=4096:4096"]\n'
            f'netns = "host"\n[engine]\ncgroup_manager = "cgroupfs"\nruntime = "runc"\n'
        )
        where = {"CONTAINERS_STORAGE_CONF": str(folder / "storage.conf")}
        where |= {"CONTAINERS_CONF": str(folder / "containers.conf")}
        self.environment = os.environ | where

    def __call__(self, *arguments: object) -> None:
        command = ["podman", *map(str, arguments)]
        subprocess.run(command, env=self.environment, cwd=ROOT, check=True, timeout=3600)


@needs(DEBOOTSTRAP and shutil.which("podman") and shutil.which("runc"),
       "debootstrap, podman and runc, as root (Debian: debootstrap podman runc)")  # fmt: skip
def test_the_image_serves_without_root_on_a_read_only_system(debian: Path, tmp_path: Path) -> None:
    podman, port, trusted = Podman(tmp_path), free_port(), "/usr/local/share/ca-certificates"
    subprocess.run(["tar", "-C", debian, "-cf", tmp_path / "debian.tar", "."], check=True)
    podman("import", tmp_path / "debian.tar", "docker.io/library/debian:bookworm-slim")
    certificates = ["--volume", f"{trusted}:{trusted}:ro"]  # what this network asks for
    podman("build", "--pull=never", *certificates, "-t", "spacelaw", "-f", "deploy/Containerfile",
           ".")  # fmt: skip
    settings = {"PORT": port, "BASE_IRI": CANONICAL_BASE, "PAGES_AHEAD": 0}
    chosen = [f"--env=SPACELAW_{name}={value}" for name, value in settings.items()]
    try:
        podman("run", "--detach", "--name=site", "--read-only", "--tmpfs=/tmp", "--cap-drop=all",
               "--security-opt=no-new-privileges", *chosen, "spacelaw")  # fmt: skip
        eventually(lambda: answers(Client(port)), 1800)
        assert f"<{CANONICAL_BASE}{THING}>" in Client(port).get(f"/doc/{THING}.nt").text
        podman("exec", "site", "sh", "-c", "test $(id -u) != 0 && ! touch /opt/spacelaw/x")
    finally:
        podman("rm", "--force", "--time=5", "site")
        podman("rmi", "--all", "--force")


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
