"""Pages made ahead are those that would be made on request, and give way where those differ."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from server.rdf.iris import document_iri, path_of
from server.release import page_store
from server.release.manifest import CURRENT
from server.release.reader import Release
from server.settings import Config
from server.site.application import create_app
from server.site.prerender import NoEngine, make_pages
from tests.processes import little_room

HTML = {"Accept": "text/html"}
TREATY = "id/treaty/1967/outer-space"


@pytest.fixture
def config(release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Return the settings for a copy of the release, in the environment too."""
    folder = tmp_path / "releases" / release.folder.name
    shutil.copytree(release.folder, folder)
    (tmp_path / "releases" / CURRENT).symlink_to(folder.name)
    sources = release.folder.parents[1] / "sources"
    monkeypatch.setenv("SPACELAW_SOURCES", str(sources))
    return replace(
        Config.from_environment({}), releases=tmp_path / "releases", sources=sources, web_workers=1
    )


def opened(config: Config) -> Release:
    return Release(config.releases / CURRENT)


def test_all_pages_are_those_made_on_request(config: Config) -> None:
    release = opened(config)
    client = create_app(release, NoEngine()).test_client()
    iris = [iri for iri, *_ in release.descriptions()]
    assert len(iris) == release.manifest.resources
    urls = {iri: path_of(document_iri(iri, release.base), release.base) for iri in iris}
    on_request = {iri: client.get(f"{url}.html") for iri, url in urls.items()}
    make_pages(config, release.folder)  # and the site that is running takes them
    path = page_store.file_of(release, config.sources)
    for iri, before in on_request.items():
        made, answer = page_store.Pages(path).get(iri), client.get(f"{urls[iri]}.html")
        assert made == client.get(urls[iri], headers=HTML).data == before.data, iri
        assert answer.data == before.data, iri
        assert answer.headers["ETag"] == before.headers["ETag"], iri


def test_parameters_are_answered_on_request(config: Config) -> None:
    release = opened(config)
    path = page_store.file_of(release, config.sources)
    page_store.write(path, [(release.base + TREATY, b"made ahead")])
    client = create_app(release, NoEngine()).test_client()
    assert client.get(f"/doc/{TREATY}", headers=HTML).data == b"made ahead"
    assert b"<!DOCTYPE" in client.get(f"/doc/{TREATY}.html?page=1").data
    assert b"<!DOCTYPE" in client.get("/doc/id/awkward", headers=HTML).data  # none made ahead


def test_too_many_are_left_to_requests(config: Config) -> None:
    make_pages(replace(config, pages=3), opened(config).folder)
    assert not list(config.releases.glob("*.pages-*"))


def test_pages_of_other_software_go(config: Config) -> None:
    release = opened(config)
    old = page_store.file_of(release, config.sources).with_name(
        f"{release.folder.name}.pages-0.sqlite"
    )
    page_store.write(old, [])
    make_pages(config, release.folder)
    (made,) = config.releases.glob("*.pages-*")
    written = made.stat().st_mtime_ns
    make_pages(config, release.folder)
    assert made.stat().st_mtime_ns == written
    assert list(config.releases.glob("*.pages-*")) == [page_store.file_of(release, config.sources)]


def test_another_question_means_other_pages(config: Config, tmp_path: Path) -> None:
    release, sources = opened(config), tmp_path / "sources"
    shutil.copytree(config.sources, sources)
    before = page_store.file_of(release, sources)
    assert before == page_store.file_of(release, config.sources)
    (sources / "queries" / "new.rq").write_text("# title: new\n")
    assert page_store.file_of(release, sources) != before


def test_where_no_room_is_left_requests_make_them(
    config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    with little_room():
        make_pages(config, opened(config).folder)
    assert "made on request and not ahead: " in caplog.text
    assert not list(config.releases.glob("*.pages-*"))
    client = create_app(opened(config), NoEngine()).test_client()
    assert client.get(f"/doc/{TREATY}", headers=HTML).status_code == 200
