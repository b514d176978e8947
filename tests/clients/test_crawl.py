"""A crawl of all that the sitemap lists, by four clients at once."""

from tests.command import Site
from tests.crawling import crawl, listed, memory


def test_a_crawl_of_the_whole_sitemap_has_no_error_and_leaves_memory_as_it_was(site: Site) -> None:
    paths = listed(site.base)
    assert len(paths) > 7000
    assert {path.rpartition(".")[2] for path in paths} == {"html", "ttl"}
    for _ in range(2):
        crawl(site.port, paths)  # each web process keeps as much as it may, whatever it is asked
    before = sum(memory(site.pid).values())
    _, errors = crawl(site.port, paths)
    assert errors == 0
    assert sum(memory(site.pid).values()) < 1.05 * before + 10
