"""What a reader meets on the real site: search, designed pages, questions, the timeline."""

import json
import re
from calendar import month_name
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from urllib.parse import quote, urljoin

import pytest

from tests.browser.kinds import PAGES
from tests.command import ROOT, Site, ask

HTML = {"Accept": "text/html"}
BROWSER = {"Accept": "text/html,*/*;q=0.8"}


class Links(HTMLParser):
    """The addresses that a page leads to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in ("a", "link") and values.get("href"):
            self.found.add(str(values["href"]).partition("#")[0])


def text(site: Site, path: str) -> str:
    answer = ask(site.base + path, HTML)
    assert answer.status == 200, path
    return answer.body.decode()


@pytest.mark.parametrize(
    ("query", "label"),
    [
        ("LIAB", "Liability Convention"),
        ("LIAD", "Liability Convention"),
        ("2222", "A/RES/2222 (XXI)"),
        ("rescue", "Rescue Agreement"),
        ("Moon", "Moon Agreement"),
        ("a/res/51/122", "A/RES/51/122"),
        ("copuos", "Committee on the Peaceful Uses of Outer Space"),
        ("china", "China"),
        ("cote d ivoire", "Côte d\u2019Ivoire"),
    ],
)
def test_search_finds_the_right_thing_first(site: Site, query: str, label: str) -> None:
    answer = ask(f"{site.base}search/suggest?q={quote(query)}")
    asked, labels, kinds, iris = json.loads(answer.body)
    assert asked == query
    assert labels[0] == label
    assert len(labels) == len(kinds) == len(iris)


def test_facets_narrow_to_what_they_count(site: Site) -> None:
    url = f"{site.base}search?q=cooperation"
    whole = json.loads(ask(url, {"Accept": "application/json"}).body)
    for facet in ("kind", "nature", "decade", "actor", "layer"):
        value, count = next(iter(whole["facets"][facet].items()))
        narrowed = ask(f"{url}&{facet}={quote(value)}", {"Accept": "application/json"})
        assert json.loads(narrowed.body)["total"] == count < whole["total"]


def test_every_link_of_every_kind_of_page_leads_somewhere(site: Site) -> None:
    found: dict[str, str] = {}
    for path in PAGES:
        for href in Links(text(site, path)).found:
            url = urljoin(site.base + path, href)
            if url.startswith(site.base):
                found.setdefault(url, path)
    assert len(found) > 300
    with ThreadPoolExecutor(4) as pool:
        statuses = dict(
            zip(found, pool.map(lambda url: ask(url, BROWSER).status, found), strict=True)
        )
    assert {url: found[url] for url, status in statuses.items() if status not in (200, 303)} == {}


def test_outline_of_a_treaty_is_in_the_order_of_the_text(site: Site) -> None:
    page = text(site, "doc/id/treaty/1967/outer-space.html")
    links = re.findall(r'href="/id/treaty/1967/outer-space/(preamble|article/\d+)"', page)
    articles = [f"article/{number}" for number in range(1, 18)]
    assert list(dict.fromkeys(links))[:18] == ["preamble", *articles]


def drawing(page: str) -> str:
    """Return the drawing of a page, in which what joins two things stands before the second."""
    return page[page.index('<div class="drawing') :].partition("</section>")[0]


def test_norm_is_drawn_with_ground_and_bearer_and_said_in_words(site: Site) -> None:
    drawn = drawing(text(site, "doc/id/norm/liao-2013/c005.html"))
    said = " ".join(re.sub(r"<[^>]+>", " ", drawn).split())
    assert "rests on Charter of the United Nations, Article 1, paragraph 3" in said
    assert "derives from General principle of international cooperation" in said
    assert "addresses international community" in said


@pytest.mark.parametrize(
    "path",
    [
        "doc/id/resolution/1961/1721-xvi/part/b/paragraph/1.html",
        "doc/id/norm/liao-2013/c034.html",
        "doc/id/topic/registration-information.html",
        "norms?instrument=resolution/1961/1721-xvi",
        "doc/id/actor-class/launching-states.html",
    ],
)
def test_a_recommendation_is_told_with_the_verb_of_the_text(site: Site, path: str) -> None:
    page = text(site, path)
    assert "required to" not in page
    assert "recommendation" in page
    assert "Calls upon" in page


def test_contested_questions_show_every_voice_with_who_says_so(site: Site) -> None:
    for path in (
        "doc/id/treaty/1967/outer-space/article/2.html",
        "doc/id/topic/radio-spectrum.html",
    ):
        page = text(site, path)
        for voice in ("Colombia", "Mexico", "Germany"):
            assert re.search(rf"voices are on record here: [^.]*{voice}", page), (path, voice)
        assert "against the object and purpose of the Treaty" in page
    alone = text(site, "doc/id/resolution/1961/1721-xvi.html")
    assert "The view of Liao (2013) alone; no other is on record here" in alone
    assert "It is the view of one author" in text(site, "doc/id/claim/liao-2013/cl10.html")


def test_a_norm_tells_what_of_it_is_the_reading_of_the_editors(site: Site) -> None:
    page = text(site, "doc/id/norm/moon/article-14-paragraph-2/1.html")
    says = page.partition("<h2>Who says so</h2>")[2].partition("</section>")[0]
    assert "Kind, bearer and summary are the editors" in says
    assert "kind and bearer are our reading" in text(site, "norms")


def test_a_topic_has_one_section_of_views_and_tells_which_texts_do_not_bind(site: Site) -> None:
    page = text(site, "doc/id/topic/non-appropriation.html")
    assert page.count(">What scholars and States say about it") == 1
    assert "alone; no other" not in page
    debris = text(site, "doc/id/topic/space-debris.html")
    duties = debris.partition('id="who-must-may-or-should-do-what"')[2].partition("</section>")[0]
    norm = next(n for n in duties.split("<li>") if "/nuclear-power-sources/" in n)
    assert "not binding as such" in norm


def test_few_words_in_common_are_folded_on_the_page_of_a_whole_text(site: Site) -> None:
    page = text(site, "doc/id/treaty/1967/outer-space.html")
    start = page.index('id="corresponding-provisions-elsewhere"')
    shown, _, folded = page[start : page.index("</section>", start)].partition("<details>")
    for part, is_few in ((shown, False), (folded, True)):
        entries = [re.findall(r"(\d+)% in", entry) for entry in part.split("<li>")]
        most = [max(map(int, shares)) for shares in entries if shares]
        assert most
        assert all((share <= 20) if is_few else (share >= 20) for share in most)
    assert re.search(r"\d+ more share less than a fifth of the words", folded)


def test_every_facet_has_a_name_to_read(site: Site) -> None:
    for query in ("norms", "space", "label", "taiwan"):
        page = text(site, f"search?q={query}").partition('aria-label="Narrow the results"')[2]
        facets = re.findall(r'kind=[^"]*">([^<]*)', page)
        for name in ("sparqlexecutable", "node shape", "recorded participant", "agent"):
            assert name not in facets
    assert "question with its query" in text(site, "search?q=norms+protect")


def test_constraints_that_hold_for_all_things_are_folded(site: Site) -> None:
    page = text(site, "doc/def/Ratification.html")
    own, _, general = page.partition('id="constraints"')[2].partition("<details")
    assert "participation event" in own
    assert "/shape/Thing" not in own
    assert "/shape/Thing-label" in general


def test_a_question_and_states_find_something(site: Site) -> None:
    asked = text(site, f"search?q={quote('How did resolution 1721 B become a duty?')}")
    assert "No record has all of these words; these have some." in asked
    assert "/id/claim/liao-2013/" in asked
    assert "compare India and Brazil" in text(site, "search?q=India+Brazil")


def test_claim_tells_whether_a_citation_supports_it(site: Site) -> None:
    unsupported = text(site, "doc/id/claim/liao-2013/e12.html")
    assert "no citation that we read joins them" in unsupported
    assert '<ul class="dashed">' in drawing(unsupported)


def test_state_page_lists_its_acts_by_treaty(site: Site) -> None:
    page = text(site, "doc/id/state/chn.html")
    assert 'accession, <time datetime="1983-12-30">30 December 1983</time>' in page


def test_erratum_stands_beside_what_it_corrects(site: Site) -> None:
    assert "<dt>Correct</dt><dd>LIAB</dd>" in text(site, "doc/id/erratum/liao-2013/f03.html")
    assert "LIAD for LIAB" in text(site, "doc/id/treaty/1972/liability.html")


def test_timeline_draws_each_claim_between_texts_that_its_table_lists(site: Site) -> None:
    page = text(site, "evolution")
    rows = re.findall(r"<td[^>]*>(a citation supports it|no citation found)</td>", page)
    solid = len(re.findall(r'class="arc"', page))
    dashed = len(re.findall(r'class="arc dashed"', page))
    assert solid == rows.count("a citation supports it") > 0
    assert dashed == rows.count("no citation found") > 0


@pytest.mark.parametrize(
    ("thread", "steps"),
    [
        ("launch-information", [("A/RES/1721 (XVI)", "Outer Space Treaty", "editors set it beside"),
                                ("A/RES/1721 (XVI)", "Registration Convention", "40%"),
                                ("A/RES/1721 (XVI)", "Registration Convention", "editors set it"),
                                ("Outer Space Treaty", "A/RES/62/101", "recalls")]),
        ("astronauts", [("A/RES/1802 (XVII)", "Rescue Agreement", "key task"),
                        ("Declaration of Legal Principles", "Outer Space Treaty", "90%"),
                        ("Rescue Agreement", "Moon Agreement", "applies")]),
        ("non-appropriation", [("A/RES/1721 (XVI)", "Declaration of Legal Principles", "29%"),
                               ("Outer Space Treaty", "Moon Agreement", "70%")]),
    ],
)  # fmt: skip
def test_a_thread_leads_from_policy_to_law_in_order_of_time(
    site: Site, thread: str, steps: list[tuple[str, str, str]]
) -> None:
    page = text(site, f"evolution?thread={thread}").partition('id="steps"')[2]
    rows = re.findall(r"<tr>(.*?)</tr>", page.partition("</table>")[0], re.DOTALL)
    found = [
        (ends[0], ends[1], row)
        for row in rows
        if len(ends := re.findall(r'<td[^>]*data-value[^>]*><a href="[^"]*">([^<]*)', row)) == 2
    ]
    for step in steps:
        assert any(f[:2] == step[:2] and step[2] in f[2] for f in found), step
    dates = [re.findall(r'data-value="([^"]*)', row)[::-1] for row in rows[1:]]
    assert dates == sorted(dates)


def test_a_topic_names_texts_that_are_on_it_as_a_whole(site: Site) -> None:
    page = text(site, "doc/id/topic/space-debris.html")
    provisions = page.partition('id="provisions-in-order-of-time"')[2].partition("</section>")[0]
    assert 'href="/id/resolution/2007/62-217"' in provisions
    assert "Endorses the Space Debris Mitigation Guidelines" in provisions
    assert 'href="/id/report/1999/technical-report-on-space-debris"' in provisions


def test_a_resolution_that_annexes_a_treaty_is_no_law(site: Site) -> None:
    page = text(site, "evolution")
    lanes = {
        title: lane
        for lane, title in re.findall(r'<a [^>]*data-lane="([^"]*)"><title>([^<]*)</title>', page)
    }
    annexed = "A/RES/2222 (XXI), 19 December 1966; in its annex: Outer Space Treaty"
    assert lanes[annexed] == "policy"
    assert all(lane != "law" for title, lane in lanes.items() if title.startswith("A/RES/"))
    principles = next(title for title in lanes if title.startswith("A/RES/41/65"))
    assert "Remote Sensing Principles" in principles
    assert lanes[principles] == "quasi-law"


def test_a_thread_leaves_out_what_is_claimed_of_whole_texts_alone(site: Site) -> None:
    page = text(site, "evolution?thread=launch-information").partition('id="steps"')[2]
    assert "The request to launching States became a duty" in page
    assert "leaves room for branches" not in page
    assert "Article VIII" not in page
    assert "legal source of four treaties" not in page


def test_who_bears_norms_is_chosen_by_whose_words_name_them(site: Site) -> None:
    page = text(site, "norms")
    groups = dict(re.findall(r'<optgroup label="([^"]*)">(.*?)</optgroup>', page, re.DOTALL))
    assert ">China (" in groups["States and organizations"]
    assert ">broadcasting States (" in groups["Groups of actors in the texts"]
    assert ">developing countries (" in groups["Actors in the words of Liao (2013)"]
    assert ">China (" not in groups["Actors in the words of Liao (2013)"]


def test_a_state_has_a_declared_policy_and_no_scholar_introduces_it(site: Site) -> None:
    page = text(site, "doc/id/state/chn.html")
    assert 'id="its-declared-policy"' in page
    assert "Developing country and emerging economy" not in page.partition("</header>")[2][:3000]


def test_the_general_assembly_adopts_and_commends_a_treaty(site: Site) -> None:
    treaty = re.sub(r"\s+", " ", text(site, "doc/id/treaty/1967/outer-space.html"))
    assert re.search(r"<dt>Adopted and commended by</dt> <dd><a [^>]*>General Assembly", treaty)
    assert re.search(r"<dt>Commended in</dt> <dd><a [^>]*>A/RES/2222", treaty)
    assert "<dt>Adopted by</dt>" in text(site, "doc/id/declaration/1963/legal-principles.html")


def test_who_only_publishes_is_no_organ(site: Site) -> None:
    page = text(site, "organizations")
    assert "Eleven International Publishing" not in page
    assert "United Nations Office for Outer Space Affairs" in page or "OOSA" in page


def test_parties_in_answers_are_counted_and_in_order_of_their_names(site: Site) -> None:
    page = text(site, f"ask?q={quote('Who was bound by the Liability Convention on 1 May 1980?')}")
    start = page.index('id="answer"')
    answer = page[start : page.index("</table>", start)]
    # A column in which nothing stands is left out: here an act is on record for each.
    assert re.findall(r'<th scope="col">([^<]*)', answer) == ["State", "Party since", "Act"]
    names = re.findall(r'<td data-label="State"><a [^>]*>([^<]*)', answer)
    assert names == sorted(names)
    assert f"<strong>{len(names)}</strong> parties." in answer


def test_a_participant_of_disputed_standing_is_marked_where_states_are_compared(site: Site) -> None:
    assert "China (Taiwan) [ROC] (standing disputed)</option>" in text(site, "compare")


def test_an_address_like_none_has_no_unlikely_suggestions(site: Site) -> None:
    answer = ask(f"{site.base}no/such/page", HTML)
    page = answer.body.decode().partition("<main")[2]
    assert answer.status == 404
    assert "No page has this address." in page
    assert "Did you mean" not in page


def test_a_treaty_is_chosen_by_name_in_a_question(site: Site) -> None:
    page = text(site, "questions/status-on-a-day")
    (chosen,) = re.findall(r'<option value="([^"]*)" selected>([^<]*)', page)
    assert chosen == ("treaty/1967/outer-space", "Outer Space Treaty")
    assert '<option value="treaty/1979/moon">Moon Agreement</option>' in page


def test_an_unknown_article_tells_how_many_there_are(site: Site) -> None:
    answer = ask(f"{site.base}doc/id/treaty/1967/outer-space/article/99", HTML)
    page = answer.body.decode()
    assert answer.status == 404
    assert "The Outer Space Treaty has 17 articles." in page
    assert 'href="/doc/id/treaty/1967/outer-space.html#provisions"' in page
    part = ask(f"{site.base}id/principles/1992/nuclear-power-sources/principle/40", HTML)
    assert "has 11 principles." in part.body.decode()


def test_a_misspelt_parameter_or_term_is_mended_by_a_link(site: Site) -> None:
    refused = ask(f"{site.base}evolution?thred=astronauts", HTML).body.decode()
    assert '<a href="/evolution?thread=astronauts">thread</a>?' in refused
    query = quote("SELECT * { ?x a sl:Ratificaton }")
    page = text(site, f"sparql?query={query}")
    link = re.search(r'href="(/sparql\?query=[^"]*)">sl:Ratification</a>', page)
    assert link
    assert "sl%3ARatification%20" in link[1]


def test_states_that_ended_and_later_ones_are_told_as_not_on_record(site: Site) -> None:
    def row(day: str, name: str) -> str:
        page = text(site, f"status?treaty=treaty/1967/outer-space&asOf={day}")
        rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
        return next(str(r) for r in rows if f">{name}</a>" in r)

    assert "no longer on record as a State" in row("2000-01-01", "Czechoslovakia")
    assert "not on record as an independent State" in row("1970-01-01", "Angola")


def test_a_participant_whose_standing_is_disputed_is_marked_in_its_row(site: Site) -> None:
    page = text(site, "states?q=Taiwan")
    row = page[page.index("China (Taiwan) [ROC]</a>") :].partition("</tr>")[0]
    assert "Its standing as a State is disputed" in row
    assert "disputed" not in text(site, "states?q=Austria")


def test_classes_tell_their_use(site: Site) -> None:
    query = b"SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s a sl:Treaty }"
    headers = {"Content-Type": "application/sparql-query", "Accept": "text/csv"}
    count = ask(f"{site.base}sparql", headers, query).body.decode().split()[1]
    assert f"{count} records use this term" in text(site, "doc/def/Treaty.html")


def test_terms_list_the_questions_that_use_them(site: Site) -> None:
    page = text(site, "doc/def/ground.html").partition("Questions that use it")[2]
    asked = set(re.findall(r'href="/questions/([\w-]+)"', page.partition("</section>")[0]))
    folder = ROOT / "queries"
    using = {
        p.stem for p in folder.glob("*.rq") if re.search(r"^[^#]*sl:ground\b", p.read_text(), re.M)
    }
    assert asked == using != set()


def test_ontology_is_drawn_with_its_topmost_classes_and_what_joins_them(site: Site) -> None:
    page = text(site, "doc/def.html")
    drawing = re.search(r"<svg.*?</svg>", page, re.DOTALL)
    assert drawing is not None
    for name in ("Actor", "CitableText", "Statement", "Claim"):
        assert f'<a href="/def/{name}"' in drawing[0]
    assert re.search(r"<title>statement: [^<]*has bearer[^<]*: actor</title>", drawing[0])


def test_history_tells_when_a_thing_was_added(site: Site) -> None:
    page = text(site, "doc/id/state/chn.html").partition("<h2>History</h2>")[2]
    assert re.match(r"\s*<ul><li>added in version [\d.]+, ", page)


@pytest.mark.parametrize("path", PAGES)
def test_days_in_text_are_told_in_words_and_marked(site: Site, path: str) -> None:
    page = text(site, path)
    no_text = r"<(script|style|pre|code|textarea|title|option|svg)\b.*?</\1>|<[^>]*>"
    said = re.sub(no_text, " ", page, flags=re.DOTALL)
    assert re.findall(r"(?<![\w/.:=-])\d{4}-\d\d-\d\d(?![\w/:-])", said) == []
    for iso, words in re.findall(r'<time datetime="([^"]*)">([^<]*)', page):
        year, month, day = map(int, iso.split("-"))
        assert words == f"{day} {month_name[month]} {year}"


def test_a_participant_whose_standing_is_disputed_is_told_where_it_is_counted_and_drawn(
    site: Site,
) -> None:
    page = text(site, "status?treaty=treaty/1967/outer-space&asOf=1979-12-31")
    start = page.index("Counted among the parties: ")
    told = page[start : page.index("</p>", start)]
    assert 'href="/id/recorded-participant/taiwan-roc"' in told
    assert "held both to be illegal and without effect" in told
    below = page[page.index("Not drawn, ") :].partition("</p>")[0]
    assert re.search(
        r"China \(Taiwan\) \[ROC\]</a> \(party [^)]*; standing as a State disputed", below
    )
    table = page.partition("<tbody>")[2]
    row = table[table.index("China (Taiwan) [ROC]</a>") :].partition("</tr>")[0]
    assert "Its standing as a State is disputed" in row
    assert "Counted among" not in text(site, "status?treaty=treaty/1979/moon&asOf=2015-01-01")


@pytest.mark.parametrize(
    ("path", "other", "remark"),
    [
        ("treaty/1979/moon/article/14/paragraph/1", "Outer Space Treaty, Article VI",
         "corresponds to article VI"),
        ("treaty/1967/outer-space/article/6", "Moon Agreement, Article 14, paragraph 1",
         "corresponds to article VI"),
        ("treaty/1967/outer-space/article/6", "Registration Convention, preambular paragraph 2",
         "without naming the articles"),
        ("treaty/1967/outer-space/article/11", "A/RES/1721 (XVI), part B, paragraph 1",
         "agree to inform the Secretary-General"),
        ("resolution/1961/1721-xvi/part/b/paragraph/1", "Outer Space Treaty, Article XI",
         "calls upon States that launch objects"),
        ("resolution/1961/1721-xvi/part/b/paragraph/1",
         "Registration Convention, Article IV, paragraph 1", "State of registry shall furnish"),
    ],
)  # fmt: skip
def test_provisions_that_correspond_in_other_words_lead_to_each_other(
    site: Site, path: str, other: str, remark: str
) -> None:
    page = text(site, f"doc/id/{path}.html")
    found = page.partition('id="corresponding-provisions-elsewhere"')[2]
    entry = found[found.index(f">{other}</a>") :].partition("</li>")[0]
    assert "editors" in entry
    assert remark in entry


def test_a_claim_that_names_no_article_has_the_editors_remark_on_which_there_are(
    site: Site,
) -> None:
    page = text(site, "doc/id/claim/liao-2013/e25.html")
    remark = page[page.index("<dt>Remark</dt>") :].partition("</div>")[0]
    assert "article II, paragraph 1" in remark
    assert "article IV, paragraph 1" in remark


def test_papers_come_before_an_abbreviation_of_the_same_name(site: Site) -> None:
    answer = ask(f"{site.base}search?q=White+Paper", {"Accept": "application/json"})
    kinds = [hit["kind"] for hit in json.loads(answer.body)["hits"]]
    assert kinds.count("instrument") >= 3
    assert "abbreviation" not in kinds[: kinds.index("instrument") + 3]


def test_a_list_that_stands_whole_on_a_page_stands_there_once(site: Site) -> None:
    page = text(site, "doc/id/claim-kind.html").partition('class="body"')[2]
    assert page.count('href="/id/claim-kind/descriptive"') == 1
