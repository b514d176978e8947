"""The Memento client of the protocol's authors finds its way through our time gates."""

import os
from collections.abc import Iterator
from datetime import datetime
from email.utils import formatdate
from urllib.request import urlopen

import pytest

from server.compile import pipeline
from server.release.manifest import MANIFEST
from tests import tinysource
from tests.clients.matrix import shows
from tests.needs import missing
from tests.served import Client, served
from tests.sockets import free_port

try:
    from memento_client import MementoClient
except ImportError:
    missing("memento_client (make test-peers)")

OST = "doc/id/treaty/1967/outer-space.ttl"
OLD, NEW = 1_700_000_000, 1_750_000_000  # when the two releases were made
LABELS = {OLD: "Outer Space Treaty", NEW: "Treaty on Outer Space"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Serve two releases at their own address; the second has another label of a treaty."""
    folder, port = tmp_path_factory.mktemp("memento"), free_port()
    root, base = tinysource.write(folder / "sources"), f"http://127.0.0.1:{port}/"
    for moment, label in LABELS.items():
        text = tinysource.TREATY.replace('"Outer Space Treaty"', f'"{label}"')
        tinysource.put(root, tinysource.TREATY_FILE, text)
        made = pipeline.build(root, folder / "releases", base)
        os.utime(made / MANIFEST, (moment, moment))
    settings = {"SPACELAW_PORT": str(port), "SPACELAW_WEB_WORKERS": "1"}
    with served(folder / "releases", base, **settings) as running:
        yield running


@shows(
    "memento-client",
    "finds the release of a moment by time gate and Link",
    "the memento, its first and last",
)
@pytest.mark.parametrize(("asked", "found"), [(OLD - 9, OLD), (NEW - 1, OLD), (NEW + 9, NEW)])
def test_memento_client_gets_the_release_of_a_moment(site: Client, asked: int, found: int) -> None:
    url = f"http://127.0.0.1:{site.port}/{OST}"
    with MementoClient() as client:
        when = MementoClient.convert_to_datetime(formatdate(asked, usegmt=True))
        told = client.get_memento_info(url, when)
    assert told["original_uri"] == url
    assert told["timegate_uri"] == url.replace("/doc/", "/timegate/doc/")
    mementos = told["mementos"]
    moments = {name: mementos[name]["datetime"] for name in ("closest", "first", "last")}
    assert moments["closest"] == _utc(found)
    assert (moments["first"], moments["last"]) == (_utc(OLD), _utc(NEW))
    (uri,) = mementos["closest"]["uri"]
    with urlopen(uri) as answer:
        assert LABELS[found] in answer.read().decode()
    assert MementoClient.is_memento(uri)


def test_memento_client_knows_a_time_gate_and_an_original(site: Client) -> None:
    base = f"http://127.0.0.1:{site.port}/"
    gate = f"{base}timegate/{OST}"
    moment = formatdate(OLD, usegmt=True)
    assert MementoClient.is_timegate(gate, moment)
    assert MementoClient.is_timegate(f"{base}sparql?query=ASK%7B%7D", moment)
    with MementoClient() as client:
        assert client.get_original_uri(f"{base}memento/current/{OST}") == base + OST


def _utc(moment: int) -> datetime:
    when: datetime = MementoClient.convert_to_datetime(formatdate(moment, usegmt=True))
    return when
