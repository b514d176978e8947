"""Tests of settings."""

from pathlib import Path

import pytest

from server.settings import Config, SettingError, default_sources
from server.sparql.engine import Limits


def test_without_variables_all_settings_have_their_defaults() -> None:
    assert Config.from_environment({}) == Config(
        base_iri="http://127.0.0.1:8000/",
        site_url="http://127.0.0.1:8000/",
        host="127.0.0.1",
        port=8000,
        releases=default_sources() / "var" / "releases",
        sources=default_sources(),
        web_workers=2,
        limits=Limits(),
    )


def test_each_variable_sets_its_setting() -> None:
    environment = {
        "SPACELAW_BASE_IRI": "https://example.org/law/",
        "SPACELAW_SITE_URL": "https://example.net/",
        "SPACELAW_HOST": "0.0.0.0",
        "SPACELAW_PORT": "80",
        "SPACELAW_RELEASES": "/srv/releases",
        "SPACELAW_SOURCES": "/srv/sources",
        "SPACELAW_WEB_WORKERS": "3",
        "SPACELAW_QUERY_SECONDS": "5",
        "SPACELAW_QUERY_MEMORY_MB": "7",
        "SPACELAW_QUERY_RESULT_MB": "8",
        "SPACELAW_QUERY_WORKERS": "9",
        "SPACELAW_QUERY_WAITING": "0",
        "SPACELAW_CACHE_MB": "0",
        "SPACELAW_CLIENT_SECONDS": "4",
        "SPACELAW_ACCESS_LOG": "json",
    }
    assert Config.from_environment(environment) == Config(
        base_iri="https://example.org/law/",
        site_url="https://example.net/",
        host="0.0.0.0",
        port=80,
        releases=Path("/srv/releases"),
        sources=Path("/srv/sources"),
        web_workers=3,
        cache=0,
        client_seconds=4,
        access_log="json",
        limits=Limits(5, 7 * 1024**2, 8 * 1024**2, 9, 0),
    )


def test_base_iri_follows_host_and_port() -> None:
    config = Config.from_environment({"SPACELAW_HOST": "localhost", "SPACELAW_PORT": "9000"})
    assert config.base_iri == "http://localhost:9000/"


def test_base_iri_has_an_ipv6_host_in_brackets() -> None:
    config = Config.from_environment({"SPACELAW_HOST": "::1"})
    assert config.base_iri == "http://[::1]:8000/"


@pytest.mark.parametrize(("host", "address"), [("0.0.0.0", "127.0.0.1"), ("::", "[::1]")])
def test_base_iri_names_a_machine_where_all_addresses_are_listened_on(
    host: str, address: str
) -> None:
    assert Config.from_environment({"SPACELAW_HOST": host}).base_iri == f"http://{address}:8000/"


def test_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACELAW_PORT", "8123")
    assert Config.from_environment().port == 8123


def test_empty_variable_counts_as_unset() -> None:
    assert Config.from_environment({"SPACELAW_PORT": "", "SPACELAW_BASE_IRI": ""}).port == 8000


def test_variables_of_others_mean_nothing() -> None:
    assert Config.from_environment({"PORT": "1", "SPACELAW_COLOUR": "red"}).port == 8000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "80a"),
        ("PORT", " 80"),
        ("PORT", "8e3"),
        ("PORT", "٨٠"),
        ("PORT", "²"),
        ("WEB_WORKERS", "0"),
        ("QUERY_SECONDS", "0"),
        ("QUERY_SECONDS", "1.5"),
        ("QUERY_MEMORY_MB", "0"),
        ("QUERY_RESULT_MB", "many"),
        ("QUERY_WORKERS", "0"),
        ("QUERY_WAITING", "-1"),
        ("CACHE_MB", "-1"),
        ("CLIENT_SECONDS", "0"),
        ("ACCESS_LOG", "verbose"),
        ("BASE_IRI", "example.org"),
        ("BASE_IRI", "https://example.org"),
        ("BASE_IRI", "http://0.0.0.0:8000/"),
        ("SITE_URL", "example.org"),
    ],
)
def test_faulty_setting_is_named_with_its_value(name: str, value: str) -> None:
    with pytest.raises(SettingError) as caught:
        Config.from_environment({f"SPACELAW_{name}": value})
    assert f"SPACELAW_{name}" in str(caught.value)
    assert repr(value) in str(caught.value)


def test_default_sources_hold_an_ontology() -> None:
    assert (default_sources() / "ontology").is_dir()
