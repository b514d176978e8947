"""Files of a user's own: each format and encoding, terms that are not, places, nothing to check."""

import io
from pathlib import Path

import pyoxigraph as ox
import pytest

from server.compile import own_files
from server.compile.sources import Refused
from server.compile.validation import Violation
from server.rdf.vocabulary import CANONICAL_BASE
from tests.tinysource import HEAD, line_of, put

OST = f"{CANONICAL_BASE}id/treaty/1967/outer-space"
SHAPE = f"{CANONICAL_BASE}shape/"
SERVED = "http://127.0.0.1:8000/"


def check_files(root: Path, paths: list[Path]) -> list[Violation]:
    return own_files.check(root, [own_files.load(path) for path in paths]).findings


def own(folder: Path, text: str, name: str = "own.ttl") -> Path:
    path = folder / name
    path.write_text(HEAD + text)
    return path


def test_own_file_that_conforms(root: Path, tmp_path: Path) -> None:
    file = own(tmp_path, '<http://example.org/x> a sl:Treaty ; rdfs:label "x"@en .')
    assert check_files(root, [file]) == []


@pytest.mark.parametrize("subject", ["http://example.org/x", "urn:example:x", OST])
@pytest.mark.parametrize("layout", ["{} a sl:Treaty .", "  {} a sl:Treaty .", "{}\n a sl:Treaty ."])
def test_own_file_that_violates(root: Path, tmp_path: Path, subject: str, layout: str) -> None:
    fine = '<http://example.org/fine> a sl:Treaty ; rdfs:label "fine"@en .\n'
    file = own(tmp_path, fine + layout.format(f"<{subject}>"))
    (found,) = check_files(root, [file])
    assert (found.focus, found.shape) == (subject, SHAPE + "Text-label")


def test_violation_in_an_own_file_has_its_place(root: Path, tmp_path: Path) -> None:
    file = own(tmp_path, "<http://example.org/x> a sl:Treaty .")
    (found,) = check_files(root, [file])
    assert (found.file, found.line) == (str(file), line_of(file, "<http://example.org/x>"))


def test_own_file_with_a_violation_by_a_blank_node(root: Path, tmp_path: Path) -> None:
    file = own(tmp_path, "[] a sl:Treaty .")
    assert [v.shape for v in check_files(root, [file])] == [SHAPE + "Text-label"]


def test_own_files_are_taken_together(root: Path, tmp_path: Path) -> None:
    one = own(tmp_path, "<http://example.org/x> a sl:Treaty .", "one.ttl")
    two = own(tmp_path, '<http://example.org/x> rdfs:label "x"@en .', "two.ttl")
    assert len(check_files(root, [one])) == 1
    assert check_files(root, [one, two]) == []


def test_violation_of_the_projects_own_terms_is_not_the_users(root: Path, tmp_path: Path) -> None:
    put(root, "ontology/more.ttl", "<def/x> a sl:Text .")
    assert check_files(root, [own(tmp_path, "<http://example.org/x> a sl:Claim .")]) == []


def test_own_file_with_a_syntax_error_is_refused(root: Path, tmp_path: Path) -> None:
    file = own(tmp_path, "<http://example.org/x> a .")
    with pytest.raises(Refused) as caught:
        check_files(root, [file])
    (fault,) = caught.value.faults
    assert (fault.file, fault.line) == (str(file), HEAD.count("\n") + 1)


def test_own_file_that_is_not_there_is_refused(root: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"own\.ttl: No such file"):
        check_files(root, [tmp_path / "own.ttl"])


DATED = """
<shape/Dated> a sh:NodeShape ;
    rdfs:label "Shape of what is dated"@en ;
    sh:targetSubjectsOf sl:when ;
    sh:property <shape/Dated-when> .

<shape/Dated-when> a sh:PropertyShape ;
    rdfs:label "Day of what is dated"@en ;
    sh:path sl:when ;
    sh:datatype xsd:date ;
    sh:lessThanOrEquals sl:until ;
    sh:message "It has a day."@en .
"""


@pytest.mark.parametrize(
    ("text", "conforms"),
    [
        ("-0044-03-15", True),
        ("0000-02-29", True),
        ("2000-10-04Z", True),
        ("12345-01-01", False),  # after the day until which it is
        ("1967-W41-2", False),
        ("1967-10-10T00:00:00", False),
        ("1967-10-10+15:00", False),
    ],
)
def test_shapes_read_dates_as_xml_schema_does(
    root: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], text: str, conforms: bool
) -> None:
    put(root, "shapes/dated.ttl", DATED)
    put(
        root,
        "ontology/dated.ttl",
        "sl:when a owl:DatatypeProperty .\nsl:until a owl:DatatypeProperty .\n",
    )
    own = put(
        tmp_path,
        "own.ttl",
        f'<id/x> sl:when "{text}"^^xsd:date ; sl:until "2026-01-01"^^xsd:date .',
    )
    assert [v.shape for v in check_files(root, [own])] == (
        [] if conforms else [SHAPE + "Dated-when"]
    )
    assert "Traceback" not in "".join(capfd.readouterr())


def test_an_ill_typed_literal_that_no_shape_looks_at_is_told(root: Path, tmp_path: Path) -> None:
    own = put(tmp_path, "own.ttl", '<id/x> sl:n "1_000"^^xsd:integer .')
    with pytest.raises(Refused, match="“1_000” is no xsd:integer"):
        check_files(root, [own])


BAD = f"""@prefix sl: <{CANONICAL_BASE}def/> .
@prefix ex: <http://example.org/> .
ex:fine a sl:Claim .

    ex:bad a sl:Treaty .
"""
FORMATS = {"ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES, "rdf": ox.RdfFormat.RDF_XML,
           "owl": ox.RdfFormat.RDF_XML, "trig": ox.RdfFormat.TRIG, "nq": ox.RdfFormat.N_QUADS,
           "jsonld": ox.RdfFormat.JSON_LD, "json": ox.RdfFormat.JSON_LD}  # fmt: skip


def in_format(folder: Path, suffix: str, text: str = BAD) -> Path:
    prefixes = {"ex": "http://example.org/", "sl": f"{CANONICAL_BASE}def/"}
    triples = ox.parse(text, ox.RdfFormat.TURTLE)
    path = folder / f"own.{suffix}"
    path.write_bytes(ox.serialize(triples, format=FORMATS[suffix], prefixes=prefixes) or b"")
    return path


@pytest.mark.parametrize("suffix", FORMATS)
def test_each_format_is_read_by_its_suffix(root: Path, tmp_path: Path, suffix: str) -> None:
    path = in_format(tmp_path, suffix)
    (found,) = check_files(root, [path])
    assert (found.focus, found.file) == ("http://example.org/bad", str(path))
    assert found.line
    line = path.read_text().splitlines()[found.line - 1]
    assert "bad" in line


def test_the_line_is_where_the_thing_is_described(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "own.ttl"
    path.write_text(BAD.replace("ex:fine a", "ex:fine sl:about ex:bad ; a"))
    (found,) = check_files(root, [path])
    assert found.line == 5


def test_the_file_is_that_which_says_what_is_wrong(root: Path, tmp_path: Path) -> None:
    put(
        root,
        "shapes/about.ttl",
        """<shape/About> a sh:NodeShape ; sh:targetClass sl:Text ;
        sh:property <shape/About-locator> .
    <shape/About-locator> a sh:PropertyShape ; sh:path sl:locator ; sh:nodeKind sh:Literal .""",
    )
    one = own(tmp_path, '<http://example.org/x> a sl:Treaty ; rdfs:label "x"@en .', "one.ttl")
    two = own(tmp_path, "<http://example.org/x> sl:locator <http://example.org/y> .", "two.ttl")
    (found,) = check_files(root, [one, two])
    assert (found.file, found.value) == (str(two), "http://example.org/y")


@pytest.mark.parametrize("base", [CANONICAL_BASE, SERVED])
@pytest.mark.parametrize("suffix", ["ttl", "rdf", "jsonld"])
def test_a_term_of_ours_that_is_not_is_told_once(
    root: Path, tmp_path: Path, base: str, suffix: str
) -> None:
    text = BAD.replace("ex:bad a sl:Treaty", "ex:bad sl:abuot ex:fine . ex:x sl:abuot ex:y")
    path = in_format(tmp_path, suffix, text)
    path.write_text(path.read_text().replace(CANONICAL_BASE, base))
    checked = own_files.check(root, [own_files.load(path, base)], base)
    (found,) = checked.findings
    assert found.message == "There is no term sl:abuot; did you mean sl:about?"
    assert (found.file, found.value) == (str(path), f"{CANONICAL_BASE}def/abuot")
    assert found.line
    assert "abuot" in path.read_text().splitlines()[found.line - 1]


def test_terms_of_ones_own_in_our_namespace_may_be_described(root: Path, tmp_path: Path) -> None:
    text = '<http://example.org/x> a sl:Mine .\nsl:Mine rdfs:label "mine"@en .'
    assert check_files(root, [own(tmp_path, text)]) == []


def test_it_is_told_when_no_shape_applies(root: Path, tmp_path: Path) -> None:
    claim = own(tmp_path, "<http://example.org/x> a sl:Claim .")
    assert not own_files.check(root, [own_files.load(claim)]).is_covered
    text = own(tmp_path, '<http://example.org/x> a sl:Treaty ; rdfs:label "x"@en .')
    assert own_files.check(root, [own_files.load(text)]).is_covered


@pytest.mark.parametrize("text", ["", "# nothing\n", "@prefix sl: <http://x/> .", "\ufeff"])
def test_a_file_that_says_nothing_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "own.ttl"
    path.write_text(text)
    with pytest.raises(Refused, match=r"own\.ttl: The file holds no statement"):
        own_files.load(path)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_byte_order_mark_is_passed_over(tmp_path: Path, suffix: str) -> None:
    path = in_format(tmp_path, suffix)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(own_files.load(path).quads) == 2


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "utf-8"])
def test_xml_is_read_in_the_encoding_that_it_has(tmp_path: Path, encoding: str) -> None:
    text = in_format(tmp_path, "rdf", BAD + 'ex:fine ex:name "Brétigny" .').read_text("utf-8")
    path = tmp_path / "encoded.rdf"
    named = encoding[:6] if encoding.startswith("utf-16") else encoding
    head = f'<?xml version="1.0" encoding="{named}"?>'
    path.write_bytes((head + text.partition("?>")[2]).encode(encoding))
    values = {q.object.value for q in own_files.load(path).quads}  # type: ignore[union-attr]
    assert "Brétigny" in values


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'<?xml version="1.0" encoding="x-none"?><a/>', "encoding is not served"),
        (b"\xff\xfe<\0a", "not UTF-16"),
        (b'<?xml version="1.0"?>\n<a>\xe9</a>', "own.rdf:2: The file is not UTF-8"),
    ],
)
def test_what_cannot_be_decoded_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "own.rdf"
    path.write_bytes(data)
    with pytest.raises(Refused, match=message):
        own_files.load(path)


def test_standard_input_is_read(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = in_format(tmp_path, "nt").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    file = own_files.load(Path("-"), fmt=ox.RdfFormat.N_TRIPLES)
    (found,) = own_files.check(root, [file]).findings
    assert (found.file, found.line) == ("-", 2)
