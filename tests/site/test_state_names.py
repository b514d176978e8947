"""The names by which people know States find them."""

import json
from urllib.parse import urlencode

from tests.command import Site, ask

NAMES = {
    "South Korea": "kor", "Republic of Korea": "kor", "North Korea": "prk",
    "Russia": "rus", "Ivory Coast": "civ", "Cote d'Ivoire": "civ", "DRC": "cod",
    "Congo (DRC)": "cod", "Zaire": "cod", "Türkiye": "tur", "Turkey": "tur", "Burma": "mmr",
    "Swaziland": "swz", "Czech Republic": "cze", "Cape Verde": "cpv", "Upper Volta": "bfa",
    "East Timor": "tls", "Vietnam": "vnm", "Laos": "lao", "Syria": "syr", "Iran": "irn",
    "Bolivia": "bol", "Venezuela": "ven", "Tanzania": "tza", "Moldova": "mda", "UK": "gbr",
    "USA": "usa", "US": "usa", "U.S.": "usa", "u.s.a.": "usa", "U.K.": "gbr",
    "Republic of India": "ind", "Vatican City": "vat",
    "Dahomey": "ben", "Southern Rhodesia": "zwe",
}  # fmt: skip
MISSPELT = {"Untied States": "usa", "Rusia": "rus", "Kazakstan": "kaz", "Ivery Coast": "civ",
            "Argentinia": "arg", "Phillipines": "phl", "South Corea": "kor"}  # fmt: skip


def best(site: Site, names: list[str]) -> list[dict[str, object]]:
    state = f"{site.base}def/State"
    queries = {f"q{n}": {"query": name, "type": state} for n, name in enumerate(names)}
    answer = ask(site.base + "reconcile", data=urlencode({"queries": json.dumps(queries)}).encode())
    assert answer.status == 200
    return [next(iter(r["result"]), {}) for r in json.loads(answer.body).values()]


def test_common_and_former_names_match(site: Site) -> None:
    found = best(site, list(NAMES))
    assert {n: f["id"] for n, f in zip(NAMES, found, strict=True) if f.get("match")} == {
        name: f"{site.base}id/state/{code}" for name, code in NAMES.items()
    }


def test_misspelt_names_are_candidates(site: Site) -> None:
    found = best(site, list(MISSPELT))
    expected = [f"{site.base}id/state/{code}" for code in MISSPELT.values()]
    assert [f["id"] for f in found] == expected
    assert not any(f["match"] for f in found)


def test_no_remark_of_a_scholar_introduces_a_state(site: Site) -> None:
    answer = ask(site.base + "search?q=Brazil", {"Accept": "application/json"})
    hits = {hit["iri"]: hit for hit in json.loads(answer.body)["hits"]}
    assert hits[f"{site.base}id/state/bra"]["text"] == ""
