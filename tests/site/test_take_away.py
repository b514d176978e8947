"""The site as files: pages whose links work on disk, and data that are those of the release."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import zstandard

from server.compile import pipeline
from server.release.reader import Release
from server.site import prerender
from server.site.application import create_app
from server.site.assets import address
from server.site.prerender import NoEngine
from tests import tinysource
from tests.needs import needs

pytestmark = needs(address("dist/offline.js"), "the pages' scripts (Node or npm, then make test)")
TREATY = "/id/treaty/1967/outer-space"


class Page(HTMLParser):
    """The links of a page, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "base":
            names = ("href", "src", "action")
            self.links += [value or "" for name, value in attrs if name in names]

    def handle_data(self, data: str) -> None:
        self.words += data.split()


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    folder = tmp_path_factory.mktemp("taken")
    root = tinysource.write(folder / "sources")
    (root / "queries").mkdir()
    return Release(pipeline.build(root, folder / "releases", tinysource.BASE))


@pytest.fixture(scope="module", autouse=True)
def sources(release: Release) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPACELAW_SOURCES", str(release.folder.parents[1] / "sources"))
        yield


@pytest.fixture(scope="module")
def copy(release: Release, sources: None) -> prerender.Copy:  # noqa: ARG001
    return prerender.Copy(release, lambda _: None)


@pytest.fixture(scope="module")
def folder(copy: prerender.Copy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("site")
    prerender.write_folder(copy, written)
    assert len(list(written.rglob("*.html"))) == len(copy.pages) > 40
    return written


@pytest.fixture(scope="module")
def single(copy: prerender.Copy, tmp_path_factory: pytest.TempPathFactory) -> str:
    written = tmp_path_factory.mktemp("single") / "law.html"
    prerender.write_single(copy, written)
    return written.read_text("utf-8")


def unpacked(text: str) -> bytes:
    return zstandard.ZstdDecompressor().decompress(base64.b64decode(text))


def handed_over(folder: Path, name: str) -> bytes:
    match = re.search(r'\.(\w+) = "([^"]+)";', (folder / f"static/{name}.js").read_text())
    assert match
    assert match[1] == name
    return unpacked(match[2])


def test_each_link_on_disk_leads_to_a_file_of_the_copy(folder: Path) -> None:
    count = 0
    for path in folder.rglob("*.html"):
        for link in Page(path.read_text("utf-8")).links:
            place = urlsplit(link)
            assert not place.path.startswith("/") or place.netloc, link
            if not place.scheme and place.path:
                assert (path.parent / unquote(place.path)).is_file(), (path, link)
                count += 1
    assert count > 1000


def test_what_the_copy_lacks_leads_to_the_site(folder: Path) -> None:
    links = Page((folder / "treaties.html").read_text("utf-8")).links
    assert any(link.startswith(f"{tinysource.BASE}treaties?sort=") for link in links)
    asked = Page((folder / "ask.html").read_text("utf-8")).links
    assert f"{tinysource.BASE}ask" in asked  # the form


@pytest.mark.parametrize("path", ["/", TREATY, "/treaties", "/def/Treaty", "/quality", "/sparql"])
def test_pages_say_what_the_site_says(folder: Path, release: Release, path: str) -> None:
    app = create_app(release, NoEngine())
    asked = f"/doc{path}" if path.startswith(("/id/", "/def/")) else path
    served = app.test_client().get(asked, headers={"Accept": "text/html"}).text
    file = folder / f"{path[1:] or 'index'}.html"
    main = r"(?s)<main.*</main>"
    there, here = (re.search(main, text) for text in (served, file.read_text("utf-8")))
    assert there
    assert here
    assert Page(here[0]).words == Page(there[0]).words


def test_data_are_those_of_the_release(folder: Path, release: Release) -> None:
    quads = handed_over(folder, "dataset")
    assert hashlib.sha256(quads).hexdigest() == release.manifest.dataset
    home = (folder / "index.html").read_text("utf-8")
    assert f'data-dataset="{release.manifest.dataset}"' in home
    turtle = (folder / f"doc{TREATY}.ttl").read_text("utf-8")
    assert "Outer Space Treaty" in turtle


def test_search_has_the_words_and_names_of_each_thing(folder: Path) -> None:
    found = json.loads(handed_over(folder, "search"))
    (position,) = (p for p, e in found["entries"].items() if e["iri"].endswith(TREATY))
    assert found["entries"][position]["kind"] == "treaty"
    assert int(position) in found["names"]["ost"]
    in_labels, _ = found["terms"]["treaty"]
    assert int(position) in in_labels


def test_single_page_has_all_pages_and_data(
    single: str, copy: prerender.Copy, release: Release
) -> None:
    files = dict(re.findall(r'id="file-([\w-]+)">([^<]+)<', single))
    assert unpacked(files["dataset"]) == release.quads_file.read_bytes()
    places = json.loads(unpacked(files["places"]))
    assert places.keys() == copy.pages.keys()
    block, start, end = places[TREATY]
    page = unpacked(files[f"pages-{block}"])[start:end].decode()
    assert "<title>Outer Space Treaty" in page
    links = [link for link in Page(re.sub(r"(?s)<script>.*?</script>", "", single)).links if link]
    assert "static" not in "".join(links), "nothing is loaded"
