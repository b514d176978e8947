"""Settings, read from environment variables with the prefix SPACELAW_."""

import errno
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from server.declared import declared_in
from server.problems import UserError
from server.rdf.iris import check_base
from server.rdf.nanopublication import signer_with
from server.sparql.engine import Limits
from server.sparql.remote import Store

_PACKAGE = Path(__file__).parent
_MEGABYTE = 1024**2

_SETTINGS: list[dict[str, Any]] = declared_in(_PACKAGE / "settings.yaml")


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
    try:
        data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    except RuntimeError:  # as for a container's user, whom nothing names
        raise SettingError("There is no home folder: set SPACELAW_RELEASES (--releases).") from None
    return Path(data) / "spacelaw" / "releases"


def authority(host: str, port: int) -> str:
    """Return host and port as a URL has them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def reachable(host: str) -> str:
    """Return an address of this machine where `host` stands for all of them."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raise SettingError where the address cannot be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        at_fault = "SPACELAW_HOST (--host) to an address of this machine"
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            at_fault = "SPACELAW_PORT (--port) to another port"
        where = authority(host, port)
        raise SettingError(f"Cannot listen on {where}: {error.strerror}. Set {at_fault}.") from None
    return listener


@dataclass(frozen=True)
class Config:
    """All settings; README.md explains each."""

    base_iri: str
    site_url: str
    releases: Path
    sources: Path
    host: str = "127.0.0.1"
    port: int = 8000
    web_workers: int = 2
    limits: Limits = field(default_factory=Limits)
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
        environment = os.environ if environment is None else environment
        given: dict[str, dict[str, Any]] = {"config": {}, "limits": {}}
        for setting in _SETTINGS:
            value = _Value(setting, environment)
            if value.given and "field" in setting:
                read = getattr(value, setting["kind"])
                given[setting.get("of", "config")][setting["field"]] = read()
        config = given["config"]
        address = authority(reachable(config.get("host", cls.host)), config.get("port", cls.port))
        base = config.get("base_iri", f"http://{address}/")
        usual: dict[str, Any] = {"base_iri": base, "site_url": base, "sources": default_sources()}
        if "releases" not in config:
            usual["releases"] = default_releases()
        usual["limits"] = Limits(**given["limits"])
        return cls(**usual | config)


def settings_help() -> str:
    """Return a line for each setting, with its default, for `spacelaw --help`."""
    lines = ["\b", "Settings, in the environment (defaults):"]
    for setting in _SETTINGS:
        usual = setting.get("default")
        if usual is None:
            usual = getattr(Limits if "of" in setting else Config, setting["field"])
        usual = usual // _MEGABYTE if setting.get("kind") == "megabytes" else usual
        name = f"SPACELAW_{setting['variable']}"
        lines.append(f"  {name:27} {setting['about']} ({str(usual).removesuffix('.0')})")
    return "\n".join(lines)


def options() -> dict[str, dict[str, str]]:
    """Return the settings that commands take as options, by the names of these."""
    return {setting["option"]: setting for setting in _SETTINGS if "option" in setting}


def store_at(url: str, given: str, environment: Mapping[str, str] = os.environ) -> Store:
    """Return the store at `url`, which was `given` so, with the credentials set."""
    if not re.match(r"https?://[^/]", url):
        raise SettingError(f"{given} is {url!r}; it takes the http(s) URL of a store.")
    user, password = (environment.get(f"SPACELAW_STORE_{it}", "") for it in ("USER", "PASSWORD"))
    return Store(url, user, password)


class _Value:
    """The value of a setting; each method returns it as a kind, or raises SettingError."""

    def __init__(self, setting: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        self.setting, self.environment = setting, environment
        self.name = f"SPACELAW_{setting['variable']}"
        self.given = environment.get(self.name, "")

    def text(self) -> str:
        return self.given

    def folder(self) -> Path:
        return Path(self.given)

    def fault(self, why: str) -> SettingError:
        return SettingError(f"{self.name} is {self.given!r}{why}.")

    def key(self) -> bytes:
        """Return the RSA key in a file, as PEM."""
        try:
            pem = Path(self.given).read_bytes()
            signer_with(pem)
        except OSError as error:
            raise self.fault(f": {error.strerror}") from None
        except ValueError as error:
            raise self.fault(f": {error}") from None
        return pem

    def choice(self) -> str:
        if self.given not in self.setting["offers"]:
            raise self.fault(f"; it takes {', '.join(self.setting['offers'])}")
        return self.given

    def number(self) -> int:
        least, most = self.setting.get("least", 1), self.setting.get("most")
        number = int(self.given) if re.fullmatch("[0-9]{1,15}", self.given) else -1
        if number < least or (most is not None and number > most):
            bounds = f"from {least} to {most}" if most else f"of at least {least}"
            raise self.fault(f"; it takes a whole number {bounds}")
        return number

    def megabytes(self) -> int:
        """Return a number of bytes."""
        return self.number() * _MEGABYTE

    def base(self) -> str:
        try:
            check_base(self.given)
        except ValueError as error:
            raise SettingError(f"{self.name}: {error}.") from None
        host = urlsplit(self.given).hostname or ""
        if reachable(host) != host:
            raise self.fault(f": {host} is no machine's address")
        return self.given

    def store(self) -> Store:
        return store_at(self.given, self.name, self.environment)
