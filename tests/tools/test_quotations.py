"""How well quotations are checked, where the official texts are beside the checkout."""

import pytest

from tools.quotations import COUNTS, measure, precision, recall
from tools.texts.catalogue import FOLDER

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the official texts are not in ../shared/texts beside the checkout"
)


def test_two_hundred_passages_are_judged_rightly() -> None:
    verdicts, right = measure()
    assert sum(verdicts.values()) == 200
    for kind in ("verbatim", "in another language", "from another instrument", "invented"):
        assert recall(verdicts, kind) >= 0.99
    for kind in ("one word changed", "two clauses swapped"):
        assert recall(verdicts, kind) >= 0.95
    assert precision(verdicts, "verbatim") >= 0.99
    assert precision(verdicts, "one word changed") >= 0.99
    assert precision(verdicts, "invented") >= 0.99
    for kind in ("verbatim", "in another language", "from another instrument"):
        assert right[kind] == COUNTS[kind]
