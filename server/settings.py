"""Settings, read from environment variables with the prefix SPACELAW_."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from server.rdf.iris import check_base
from server.sparql.engine import Limits
from server.sparql.remote import Store

_PACKAGE = Path(__file__).parent


class SettingError(Exception):
    """A setting whose value cannot be used; says which and why."""


def default_sources() -> Path:
    """Return the folder with ontology/, data/ and shapes/: the checkout, or what is installed."""
    checkout = _PACKAGE.parent
    return checkout if (checkout / "ontology").is_dir() else _PACKAGE / "sources"


@dataclass(frozen=True)
class Config:
    """All settings; README.md explains each."""

    base_iri: str
    host: str
    port: int
    releases: Path
    sources: Path
    web_workers: int
    limits: Limits
    store: Store | None = None
    cache: int = 64 * 1024**2
    memory_quads: int = 500_000
    pages: int = 20_000
    proxies: int = 0
    client_seconds: int = 10
    access_log: str = "off"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Config":
        """Return the settings of an environment; raises SettingError for a faulty one."""
        env = _Reader(os.environ if environment is None else environment)
        host, port = env.text("HOST", "127.0.0.1"), env.number("PORT", 8000, least=1, most=65535)
        name = f"[{host}]" if ":" in host else host
        megabyte = 1024**2
        defaults = Limits()
        return cls(
            base_iri=env.base("BASE_IRI", f"http://{name}:{port}/"),
            host=host,
            port=port,
            releases=Path(env.text("RELEASES", "var/releases")),
            sources=Path(env.text("SOURCES", str(default_sources()))),
            web_workers=env.number("WEB_WORKERS", 2),
            cache=env.number("CACHE_MB", 64, least=0) * megabyte,
            pages=env.number("PAGES_AHEAD", 20_000, least=0),
            proxies=env.number("PROXIES", 0, least=0, most=9),
            client_seconds=env.number("CLIENT_SECONDS", 10),
            access_log=env.choice("ACCESS_LOG", ("off", "common", "json")),
            memory_quads=env.number("MEMORY_QUADS", 500_000, least=0),
            limits=Limits(
                seconds=env.number("QUERY_SECONDS", int(defaults.seconds)),
                memory=env.number("QUERY_MEMORY_MB", defaults.memory // megabyte) * megabyte,
                result=env.number("QUERY_RESULT_MB", defaults.result // megabyte) * megabyte,
                workers=env.number("QUERY_WORKERS", defaults.workers),
                waiting=env.number("QUERY_WAITING", defaults.waiting, least=0),
                slow=env.number("QUERY_SLOW_WORKERS", defaults.slow),
                total=env.number("QUERY_TOTAL_MB", defaults.total // megabyte) * megabyte,
            ),
            store=store_at(
                env.text("STORE", ""), env.text("STORE_USER", ""), env.text("STORE_PASSWORD", "")
            ),
        )


def store_at(url: str, user: str | None = None, password: str | None = None) -> Store | None:
    """Return the store at `url`, None for no URL; credentials not given are those in force."""
    if not url:
        return None
    if not url.startswith(("http://", "https://")):
        raise SettingError(f"SPACELAW_STORE is {url!r}; it takes the http(s) URL of a store.")
    env = _Reader(os.environ)
    return Store(
        url,
        env.text("STORE_USER", "") if user is None else user,
        env.text("STORE_PASSWORD", "") if password is None else password,
    )


class _Reader:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment

    def text(self, name: str, default: str) -> str:
        return self.environment.get(f"SPACELAW_{name}") or default

    def choice(self, name: str, offers: tuple[str, ...]) -> str:
        text = self.text(name, offers[0])
        if text not in offers:
            raise SettingError(f"SPACELAW_{name} is {text!r}; it takes {', '.join(offers)}.")
        return text

    def number(self, name: str, default: int, least: int = 1, most: int | None = None) -> int:
        text = self.text(name, str(default))
        if (
            not text.isascii()
            or not text.isdigit()
            or not least <= int(text) <= (most or int(text))
        ):
            bounds = f"from {least} to {most}" if most else f"of at least {least}"
            raise SettingError(f"SPACELAW_{name} is {text!r}; it takes a whole number {bounds}.")
        return int(text)

    def base(self, name: str, default: str) -> str:
        try:
            return check_base(self.text(name, default))
        except ValueError as error:
            raise SettingError(f"SPACELAW_{name}: {error}.") from None
