"""Tests of the provisions that a text names."""

import pytest

from server.law.instruments import Instruments
from server.settings import default_sources

OST = "treaty/1967/outer-space"


@pytest.fixture(scope="module")
def instruments() -> Instruments:
    return Instruments(default_sources(), None)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("see article VI of the Outer Space Treaty.", [f"{OST}/article/6"]),
        (
            "Articles I, II and IX of the Outer Space Treaty",
            [f"{OST}/article/{n}" for n in (1, 2, 9)],
        ),
        ("Art. IV, para. 2 of the Outer Space Treaty", [f"{OST}/article/4/paragraph/2"]),
        ("Outer Space Treaty, article VII", [f"{OST}/article/7"]),
        ("the Outer Space Treaty (article 7)", [f"{OST}/article/7"]),
        ("article 30 of the Outer Space Treaty", [""]),
        ("article IV, paragraph 9, of the Outer Space Treaty", [""]),
        ("article 11 of the Moon Agreement", ["treaty/1979/moon/article/11"]),
        (
            "Guideline D.2 of the LTS Guidelines",
            ["guidelines/2019/long-term-sustainability/guideline/d-2"],
        ),
        (
            "principle 3 of the Declaration of Legal Principles",
            ["declaration/1963/legal-principles/paragraph/3"],
        ),
        ("article VI of that treaty", []),
        ("article VI of the Antarctic Treaty", []),
    ],
)
def test_a_provision_is_found_by_its_number_and_instrument(
    instruments: Instruments, text: str, paths: list[str]
) -> None:
    assert [found.path for found in instruments.references(text)] == paths
