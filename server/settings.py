"""Settings, read from environment variables with the prefix SPACELAW_."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from server.problems import UserError
from server.rdf.iris import check_base
from server.rdf.nanopublication import signer_with
from server.sparql.engine import Limits
from server.sparql.remote import Store

_PACKAGE = Path(__file__).parent
_MEGABYTE = 1024**2


# For `spacelaw --help`; README.md tells more of each.
SETTINGS = """\b
Settings, in the environment (defaults):
  SPACELAW_BASE_IRI           base of the identifiers (http://HOST:PORT/)
  SPACELAW_SITE_URL           address of the site (the base)
  SPACELAW_HOST               address to listen on (127.0.0.1)
  SPACELAW_PORT               port to listen on (8000)
  SPACELAW_RELEASES           folder of the releases (var/releases of the checkout; installed:
                              ~/.local/share/spacelaw/releases, or under XDG_DATA_HOME)
  SPACELAW_KEEP_RELEASES      releases of each base that are kept (5)
  SPACELAW_SOURCES            folder with ontology/, data/ and shapes/ (this checkout)
  SPACELAW_WEB_WORKERS        web processes (2)
  SPACELAW_PROXIES            proxies of yours in front (0)
  SPACELAW_CACHE_MB           memory for replies, of each web process (64)
  SPACELAW_CLIENT_SECONDS     in which a head must be sent (10)
  SPACELAW_ACCESS_LOG         off, common or json (off)
  SPACELAW_PAGES_AHEAD        most resources of which pages are made ahead (20000)
  SPACELAW_QUERY_SECONDS      deadline of a query (30)
  SPACELAW_QUERY_MEMORY_MB    memory of a query (2048)
  SPACELAW_QUERY_TOTAL_MB     memory of all queries (4096)
  SPACELAW_QUERY_RESULT_MB    size of a result (2048)
  SPACELAW_QUERY_WORKERS      places for light queries (4)
  SPACELAW_QUERY_SLOW_WORKERS places for slow queries (16)
  SPACELAW_QUERY_WAITING      queries that may wait (64)
  SPACELAW_MEMORY_QUADS       most quads that are held in memory (500000)
  SPACELAW_STORE              query endpoint of a SPARQL store elsewhere
  SPACELAW_NANOPUB_KEY        file with an RSA key (PEM) that signs nanopublications
  SPACELAW_STORE_USER, SPACELAW_STORE_PASSWORD   how to sign in there
"""


class SettingError(UserError):
    """A setting whose value cannot be used; says which and why."""


def default_sources() -> Path:
    """Return the folder with ontology/, data/ and shapes/: the checkout, or what is installed."""
    checkout = _PACKAGE.parent
    return checkout if (checkout / "ontology").is_dir() else _PACKAGE / "sources"


def default_releases() -> Path:
    """Return the folder of the releases: the checkout's, or for what is installed the user's."""
    checkout = _PACKAGE.parent
    if (checkout / "ontology").is_dir():
        return checkout / "var" / "releases"
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "spacelaw" / "releases"


def authority(host: str, port: int) -> str:
    """Return host and port as a URL has them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def reachable(host: str) -> str:
    """Return an address of this machine where `host` stands for all of them."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


@dataclass(frozen=True)
class Config:
    """All settings; README.md explains each."""

    base_iri: str
    site_url: str
    host: str
    port: int
    releases: Path
    sources: Path
    web_workers: int
    limits: Limits
    store: Store | None = None
    cache: int = 64 * _MEGABYTE
    memory_quads: int = 500_000
    pages: int = 20_000
    proxies: int = 0
    client_seconds: int = 10
    access_log: str = "off"
    keep_releases: int = 5
    nanopub_key: bytes | None = field(default=None, repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Config":
        """Return the settings of an environment; raises SettingError for a faulty one."""
        env = _Reader(os.environ if environment is None else environment)
        host, port = env.text("HOST", "127.0.0.1"), env.number("PORT", 8000, most=65535)
        base = env.base("BASE_IRI", f"http://{authority(reachable(host), port)}/")
        usual = Limits()
        return cls(
            base_iri=base,
            site_url=env.base("SITE_URL", base),
            host=host,
            port=port,
            releases=Path(env.text("RELEASES", str(default_releases()))),
            sources=Path(env.text("SOURCES", str(default_sources()))),
            web_workers=env.number("WEB_WORKERS", 2),
            cache=env.megabytes("CACHE_MB", cls.cache, least=0),
            pages=env.number("PAGES_AHEAD", cls.pages, least=0),
            proxies=env.number("PROXIES", cls.proxies, least=0, most=9),
            client_seconds=env.number("CLIENT_SECONDS", cls.client_seconds),
            access_log=env.choice("ACCESS_LOG", ("off", "common", "json")),
            keep_releases=env.number("KEEP_RELEASES", cls.keep_releases),
            memory_quads=env.number("MEMORY_QUADS", cls.memory_quads, least=0),
            limits=Limits(
                seconds=env.number("QUERY_SECONDS", int(usual.seconds)),
                memory=env.megabytes("QUERY_MEMORY_MB", usual.memory),
                result=env.megabytes("QUERY_RESULT_MB", usual.result),
                workers=env.number("QUERY_WORKERS", usual.workers),
                waiting=env.number("QUERY_WAITING", usual.waiting, least=0),
                slow=env.number("QUERY_SLOW_WORKERS", usual.slow),
                total=env.megabytes("QUERY_TOTAL_MB", usual.total),
            ),
            store=env.store(env.text("STORE", "")),
            nanopub_key=env.key("NANOPUB_KEY"),
        )


def store_at(url: str, given: str) -> Store:
    """Return the store at `url`, which was `given` by an option, with the credentials set."""
    store = _Reader(os.environ).store(url, given)
    if store is None:
        raise SettingError(f"{given} is empty; it takes the http(s) URL of a store.")
    return store


class _Reader:
    """Reads the values of variables; each method raises SettingError for a faulty one."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment

    def text(self, name: str, default: str) -> str:
        return self.environment.get(f"SPACELAW_{name}") or default

    def key(self, name: str) -> bytes | None:
        """Return the RSA key in a file, as PEM."""
        if not (text := self.text(name, "")):
            return None
        try:
            pem = Path(text).read_bytes()
            signer_with(pem)
        except OSError as error:
            raise SettingError(f"SPACELAW_{name} is {text!r}: {error.strerror}.") from None
        except ValueError as error:
            raise SettingError(f"SPACELAW_{name} is {text!r}: {error}.") from None
        return pem

    def choice(self, name: str, offers: tuple[str, ...]) -> str:
        text = self.text(name, offers[0])
        if text not in offers:
            raise SettingError(f"SPACELAW_{name} is {text!r}; it takes {', '.join(offers)}.")
        return text

    def number(self, name: str, default: int, least: int = 1, most: int | None = None) -> int:
        text = self.text(name, str(default))
        number = int(text) if re.fullmatch("[0-9]{1,15}", text) else -1
        if number < least or (most is not None and number > most):
            bounds = f"from {least} to {most}" if most else f"of at least {least}"
            raise SettingError(f"SPACELAW_{name} is {text!r}; it takes a whole number {bounds}.")
        return number

    def megabytes(self, name: str, default: int, least: int = 1) -> int:
        """Return a number of bytes."""
        return self.number(name, default // _MEGABYTE, least) * _MEGABYTE

    def base(self, name: str, default: str) -> str:
        try:
            base = check_base(self.text(name, default))
        except ValueError as error:
            raise SettingError(f"SPACELAW_{name}: {error}.") from None
        host = urlsplit(base).hostname or ""
        if reachable(host) != host:
            raise SettingError(f"SPACELAW_{name} is {base!r}: {host} is no machine's address.")
        return base

    def store(self, url: str, given: str = "SPACELAW_STORE") -> Store | None:
        if url and not re.match(r"https?://[^/]", url):
            raise SettingError(f"{given} is {url!r}; it takes the http(s) URL of a store.")
        credentials = self.text("STORE_USER", ""), self.text("STORE_PASSWORD", "")
        return Store(url, *credentials) if url else None
