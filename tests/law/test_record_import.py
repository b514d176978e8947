"""What an import adds to the files of the record, and which rows it refuses."""

from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from server.cli import main
from server.law import record_import
from server.law.record_files import Unformatted
from server.law.record_rows import RefusedRows

BASE = "https://w3id.org/spacelaw/"
HEAD = "@base <https://w3id.org/spacelaw/> .\n"
FILES = {
    "official/treaty/2000/a.ttl": """@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sl: <https://w3id.org/spacelaw/def/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

# A treaty.
<id/treaty/2000/a> a sl:Treaty ;
    rdfs:label "A Treaty"@en ;
    sl:adoptionDate "1999-12-01"^^xsd:date ;
    sl:openedForSignatureDate "2000-01-01"^^xsd:date ;
    sl:entryIntoForceDate "2001-01-01"^^xsd:date ;
    sl:depositary <id/state/rus> , <id/state/gbr> , <id/state/usa> .

<id/treaty/2000/a/entry-into-force-rule> a sl:EntryIntoForceRule ;
    sl:delayInDays 0 .
""",
    "official/state.ttl": """@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sl: <https://w3id.org/spacelaw/def/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

# States.
<id/state/aaa> a sl:State ;
    rdfs:label "Aland"@en ;
    sl:iso3166Alpha3 "AAA" .

<id/state/bbb> a sl:State ;
    rdfs:label "Republic of B"@en ;
    sl:iso3166Alpha3 "BBB" ;
    sl:existedFrom "2005-05-05"^^xsd:date .
""",
    "official/organization.ttl": """@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sl: <https://w3id.org/spacelaw/def/> .

# Organizations.
<id/organization/space> a sl:IntergovernmentalOrganization ;
    rdfs:label "Space Organization"@en .
""",
    "official/source.ttl": """@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sl: <https://w3id.org/spacelaw/def/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

# Sources.
<id/source/gazette> a sl:Source ;
    rdfs:label "Gazette"@en ;
    sl:recordQuality <id/record-quality/official> ;
    sl:knownFrom "2010-12-31"^^xsd:date .
""",
}
ACTS = (
    "treaty,state_iso3,act,date,effective_date,depositary,note,source,where_read,retrieved,quality"
)
TABLE = "treaty,state_iso3,status,as_of,source,where_read,retrieved,quality,source_date"
ACT = "a,AAA,accession,2003-03-03,,,,Gazette,a page,2020-01-01,official"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEAD + text, "utf-8")
    return tmp_path / "data"


def take_in(data: Path, *rows: str, head: str = ACTS) -> list[str]:
    """Import rows; return what was said of each, without its line."""
    file = data.parent / "rows.csv"
    file.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return [said.partition(": ")[2] for said in record_import.take_in(data, file).said]


def row(**cells: str) -> str:
    """Return the row ACT with other cells."""
    held = dict(zip(ACTS.split(","), ACT.split(","), strict=True)) | cells
    return ",".join(held.values())


def values(data: Path, subject: str, name: str, layer: str = "official") -> set[str]:
    """Return the values that a layer's files give a subject for a property."""
    return {
        q.object.value.removeprefix(BASE)
        for path in (data / layer).rglob("*.ttl")
        for q in ox.parse(path=str(path))
        if q.subject.value == BASE + subject and q.predicate.value.endswith(name)
    }


def snapshot(data: Path) -> dict[Path, bytes]:
    return {p: p.read_bytes() for p in data.rglob("*") if p.is_file()}


A = "id/participation/a/aaa"


def test_a_new_act_is_written_with_its_source(data: Path) -> None:
    assert take_in(data, ACT) == [f"new: {A}/accession"]
    assert values(data, f"{A}/accession", "eventDate") == {"2003-03-03"}
    assert values(data, f"{A}/accession", "source") == {"id/source/gazette"}
    assert values(data, f"{A}/accession", "label") == {
        "Aland accedes to the A Treaty, 3 March 2003"
    }


def test_a_secondary_source_writes_to_the_editors_layer_with_a_confidence(data: Path) -> None:
    take_in(data, row(source="Press", quality="secondary", where_read="a paper"))
    assert values(data, f"{A}/accession", "confidence", "editor") == {"id/confidence/likely"}
    assert values(data, "id/source/press", "knownFrom") == {"2020-01-01"}
    assert values(data, "id/source/press", "recordQuality") == {"id/record-quality/secondary"}


def test_a_second_import_changes_nothing(data: Path) -> None:
    rows = (ACT, row(source="Press", quality="secondary", date="2003-04-04"), row(act="signature"))
    take_in(data, *rows)
    before = snapshot(data)
    assert {said.partition(":")[0] for said in take_in(data, *rows)} == {"known"}
    assert snapshot(data) == before


def test_a_confirmation_is_a_further_source_in_its_own_layer(data: Path) -> None:
    take_in(data, row(source="Press", quality="secondary"))
    assert take_in(data, ACT) == [f"confirmed: {A}/accession"]
    assert values(data, f"{A}/accession", "source", "editor") == {"id/source/press"}
    assert values(data, f"{A}/accession", "source", "official") == {"id/source/gazette"}
    assert values(data, f"{A}/accession", "label", "editor") == set()
    assert values(data, f"{A}/accession", "label", "official") != set()


def test_an_act_without_a_day_is_dated_later(data: Path) -> None:
    take_in(data, row(date=""))
    assert take_in(data, row(source="Notice")) == [f"dated: {A}/accession"]
    assert values(data, f"{A}/accession", "eventDate") == {"2003-03-03"}


def test_a_month_confirms_a_day_in_it(data: Path) -> None:
    take_in(data, ACT)
    assert take_in(data, row(source="Notice", date="2003-03")) == [f"confirmed: {A}/accession"]


def test_another_depositary_is_another_deposit_of_the_same_act(data: Path) -> None:
    take_in(data, row(depositary="GBR"))
    said = take_in(data, row(source="Notice", depositary="USA", date="2003-04-04"))
    assert said == [f"deposit: {A}/accession/deposit/2003-04-04"]
    deposit = f"{A}/accession/deposit/2003-04-04"
    assert values(data, deposit, "depositOf") == {f"{A}/accession"}
    assert values(data, deposit, "depositaryOfRecord") == {"id/state/usa"}


@pytest.mark.parametrize(
    ("other", "record"),
    [
        (row(source="Notice", date="2003-04-04"), "accession-2"),
        (row(source="Notice", act="succession"), "succession"),
        (row(source="Notice", effective_date="2003-05-05"), "accession-2"),
        (row(source="Notice", depositary="GBR;RUS;USA", date="2003-04-04"), "accession-2"),
    ],
    ids=["day", "kind", "effect", "all-depositaries"],
)
def test_what_differs_is_kept_as_a_conflict_of_both(data: Path, other: str, record: str) -> None:
    take_in(data, ACT)
    assert take_in(data, other) == [f"conflict: {A}/{record}"]
    conflict = "id/record-conflict/a/aaa"
    both = {f"{A}/accession", f"{A}/{record}"}
    assert values(data, conflict, "conflictingRecord", "editor") == both
    assert values(data, conflict, "preferredRecord", "editor") == {f"{A}/accession"}
    named = {"id/source/gazette", "id/source/notice"}
    assert values(data, conflict, "source", "editor") == named
    assert values(data, f"{A}/accession", "eventDate") == {"2003-03-03"}


def test_the_better_source_is_followed(data: Path) -> None:
    take_in(data, row(source="Press", quality="secondary", date="2003-04-04"))
    take_in(data, ACT)
    preferred = values(data, "id/record-conflict/a/aaa", "preferredRecord", "editor")
    assert preferred == {f"{A}/accession-2"}
    said = take_in(data, row(source="Radio", quality="secondary", date="2003-04-04"))
    assert said[1] == f"to review, confirmed though set aside: {A}/accession"


def test_a_status_table_is_taken_in_beside_the_acts(data: Path) -> None:
    take_in(data, ACT)
    table = "a,AAA,{},2011-01-01,Table,a page,2020-01-01,official-mirror,2011-01-01"
    assert take_in(data, table.format("none"), head=TABLE) == ["new: id/status/a/aaa/2011-01-01"]
    status = "id/status/a/aaa/2011-01-01"
    assert values(data, status, "listedStatus") == {"id/participation-status/none"}
    assert values(data, "id/source/table", "knownFrom") == {"2011-01-01"}
    found = values(data, "id/record-conflict/a/aaa", "conflictingRecord", "editor")
    assert found == {f"{A}/accession", status}
    with pytest.raises(RefusedRows, match=r"rows\.csv:2: On record as 'none'"):
        take_in(data, table.format("party"), head=TABLE)


def test_a_declaration_and_a_table_without_it_disagree(data: Path) -> None:
    take_in(data, row(state_iso3="org:space", act="declaration-of-acceptance"))
    table = "a,org:space,none,2011-01-01,Table,a page,2020-01-01,official-mirror,2011-01-01"
    take_in(data, table, head=TABLE)
    found = values(data, "id/record-conflict/a/space", "conflictingRecord", "editor")
    declared = "id/participation/a/space/declaration-of-acceptance"
    assert found == {declared, "id/status/a/space/2011-01-01"}


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (row(state_iso3="XXX"), "'XXX' is not known"),
        (row(treaty="b"), "The treaty 'b' is not known"),
        (row(act="joining"), "act is 'joining'"),
        (row(quality="good"), "quality is 'good'"),
        (row(date="2003-02-30"), "'2003-02-30', which is no day"),
        (row(date="3 March 2003"), "'3 March 2003' is no date"),
        (row(date="1999-12-31"), "before 2000-01-01"),
        (row(date="2011-01-01"), "of 2011-01-01, its source of 2010-12-31"),
        (row(effective_date="2000-12-31"), "before entry into force"),
        (row(state_iso3="BBB"), "was no independent State on 2003-03-03"),
        (row(date="2003-04-04"), "dates this act '2003-03-03' in a row before"),
        (row(depositary="FRA"), "depositary is 'FRA'"),
        (row(depositary="UN-SG"), "'UN-SG': not all are depositaries"),
        (row(quality="secondary"), "on record with another quality"),
        (row(source=""), "names no source"),
        (row(retrieved="2020"), "retrieved is '2020'"),
        (ACT + ",more", "more or fewer cells"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line_and_nothing_is_written(
    data: Path, wrong: str, reason: str
) -> None:
    before = snapshot(data)
    with pytest.raises(RefusedRows) as refused:
        take_in(data, ACT, wrong)
    (fault,) = refused.value.faults
    assert "rows.csv:3: " in fault
    assert reason in fault
    assert snapshot(data) == before


def test_all_wrong_rows_are_told(data: Path) -> None:
    with pytest.raises(RefusedRows) as refused:
        take_in(data, row(act="x"), ACT, row(state_iso3="XXX"), row(act="y"))
    assert [f.partition("rows.csv:")[2][0] for f in refused.value.faults] == ["2", "5"]


def test_a_missing_column_is_told(data: Path) -> None:
    with pytest.raises(RefusedRows, match="The column 'where_read' is missing"):
        take_in(data, ACT, head=ACTS.replace("where_read", "read_where"))


def test_a_file_that_turtlefmt_did_not_write_is_left_alone(data: Path) -> None:
    path = data / "official" / "source.ttl"
    path.write_text(path.read_text("utf-8").replace("    sl:known", "  sl:known"), "utf-8")
    with pytest.raises(Unformatted, match=r"source\.ttl"):
        take_in(data, row(source="Notice"))


def test_the_command_says_what_it_did(data: Path) -> None:
    file = data.parent / "acts.csv"
    file.write_text(f"{ACTS},remark\n{ACT},x\n", "utf-8")
    env = {"SPACELAW_SOURCES": str(data.parent)}
    result = CliRunner().invoke(main, ["record", "import", str(file)], env=env)
    assert result.exit_code == 0, result.output
    assert f"2: new: {A}/accession" in result.output
    assert "Columns not read: remark." in result.output
    assert "Rows: 1 new." in result.output
    file.write_text(f"{ACTS}\n{row(act='x')}\n", "utf-8")
    result = CliRunner().invoke(main, ["record", "import", str(file)], env=env)
    assert result.exit_code == 1
    assert f"{file}:2: act is 'x'" in result.output
    assert "1 fault; nothing was written." in result.output
