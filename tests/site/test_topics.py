"""The page of a topic: what it is, provisions in order of time, words that pass, norms, claims."""

import json

from tests.html import Seen
from tests.served import Client

HTML = {"Accept": "text/html"}
DEBRIS = "/doc/id/topic/debris"


def page(law: Client) -> Seen:
    return Seen(law.get(DEBRIS, headers=HTML).text)


def test_it_tells_scope_and_synonyms(law: Client) -> None:
    texts = " ".join(page(law).texts)
    assert "Also found under" in texts
    for said in ("Objects that serve no purpose any more.", "space junk", "orbital waste",
                 "Use for remains in orbit."):  # fmt: skip
        assert said in texts


def test_provisions_of_all_texts_stand_in_order_of_time_with_narrower_topics(law: Client) -> None:
    hrefs = page(law).hrefs()
    resolution, treaty = "/id/resolution/1961/1721-xvi", "/id/treaty/1967/outer-space"
    part, article = f"{resolution}/part/b/paragraph/1", f"{treaty}/article/6"
    assert {resolution, part, treaty, article} <= set(hrefs)
    assert hrefs.index(resolution) < hrefs.index(part) < hrefs.index(article)


def test_a_text_of_which_only_the_year_is_known_stands_in_that_year(law: Client) -> None:
    hrefs, texts = page(law).hrefs(), page(law).texts
    assert hrefs.index("/id/treaty/1972/liability") < hrefs.index("/id/report/1999/debris")
    assert hrefs.index("/id/report/1999/debris") < hrefs.index("/id/guidelines/undated/debris")
    assert "1999, report" in texts
    assert "the whole text" in texts
    assert "no date on record, report" in texts


def test_list_of_topics_counts_what_the_page_of_a_topic_lists(law: Client) -> None:
    topics = json.loads(law.get("/topics?format=json").data)["items"]
    assert {t["name"]: t["provisions"] for t in topics} == {
        "space debris": ["7"],
        "break-ups": ["1"],
    }


def test_thread_shows_words_used_again_with_their_share_and_influence(law: Client) -> None:
    texts = page(law).texts
    assert any("uses again 62% of the words of A/RES/1721 (XVI)" in text for text in texts)
    assert "/id/claim/liao-2013/e01" in page(law).hrefs()


def test_provisions_of_one_text_stand_in_its_order(law: Client) -> None:
    hrefs = page(law).hrefs()
    treaty, convention = "/id/treaty/1967/outer-space", "/id/treaty/1972/liability"
    assert hrefs.index(f"{treaty}/preamble") < hrefs.index(f"{treaty}/article/6")
    assert hrefs.index(f"{convention}/article/2") < hrefs.index(f"{convention}/article/10")


def test_thread_shows_citations_and_claims_in_order_of_time(law: Client) -> None:
    thread = law.get(DEBRIS, headers=HTML).text.partition('id="from-policy-to-law"')[2]
    claimed, cited = thread.index("1721 became the treaty"), thread.index("recalls Outer Space")
    assert claimed < cited
    assert 'href="/id/citation/one"' in thread


def test_norms_and_claims_are_those_of_the_provisions(law: Client) -> None:
    hrefs = page(law).hrefs()
    assert {"/id/norm/6/1", "/id/norm/6/2", "/id/claim/liao-2013/e01"} <= set(hrefs)


def test_norms_name_their_provision_and_the_nature_of_a_text_that_is_no_treaty(law: Client) -> None:
    whole = law.get(DEBRIS, headers=HTML).text
    norms = whole.partition('id="who-must-may-or-should-do-what"')[2].partition("</section>")[0]
    duty, right = (next(n for n in norms.split("<li>") if name in n) for name in ("/6/1", "/6/2"))
    assert "Outer Space Treaty, Article VI" in duty
    assert "treaty" not in Seen(duty).texts
    assert "A/RES/1721 (XVI), part B, paragraph 1" in right
    assert "General Assembly resolution" in right
    assert "are our reading of it" in norms


def test_claims_stand_in_one_section(law: Client) -> None:
    whole = law.get(DEBRIS, headers=HTML).text
    assert whole.count('<h2 id="what-scholars-and-states-say-about-it">') == 1


def test_concept_that_is_no_topic_has_no_such_sections(law: Client) -> None:
    texts = Seen(law.get("/doc/id/concept/cooperation", headers=HTML).text).texts
    assert "Provisions in order of time" not in texts
