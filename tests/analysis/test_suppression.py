"""Small groups stay hidden, also from arithmetic.

1. A group below the minimum is hidden, and a second one with it, so that total minus the rest gives nothing away.
2. A hidden group shows no size and no number in any output.
3. Fewer respondents than the minimum give no report at all.
"""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import servq
from servq.analysis.suppression import hidden_groups, hidden_in_score
from servq.errors import DataInvalid
from servq.instruments import load_instrument
from servq.simulate import Population, simulate_codes

MINIMUM = 5


@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.integers(1, 40), min_size=1, max_size=12))
def test_what_is_hidden_cannot_be_worked_out(sizes: dict[str, int]) -> None:
    hidden = hidden_groups(sizes, MINIMUM)
    small = {group for group, size in sizes.items() if size < MINIMUM}
    assert small <= hidden
    if not small:
        assert not hidden
    elif len(hidden) < len(sizes):
        assert len(hidden) > 1
        assert sum(sizes[group] for group in hidden) >= MINIMUM


def test_no_more_is_hidden_than_needed() -> None:
    assert hidden_groups({"a": 3, "b": 9, "c": 30}, MINIMUM) == {"a", "b"}
    assert hidden_groups({"a": 3, "b": 4, "c": 30}, MINIMUM) == {"a", "b"}
    assert hidden_groups({"a": 1, "b": 1, "c": 30, "d": 31}, MINIMUM) == {"a", "b", "c"}
    assert hidden_groups({"a": 5, "b": 30}, MINIMUM) == frozenset()


def servperf_frame(groups: list[str]) -> pl.DataFrame:
    instrument = load_instrument("servperf")
    codes = simulate_codes(instrument, len(groups), Population(blank=0, not_applicable=0), seed=1)
    columns = {instrument.column_name(c): codes[:, i] for i, c in enumerate(instrument.columns)}
    return pl.DataFrame({"branch": groups, **columns})


def test_a_hidden_group_shows_nothing_in_any_output() -> None:
    findings = servq.analyze(
        servperf_frame(["north"] * 20 + ["east"] * 8 + ["tiny"] * 3), "servperf", segments=["branch"]
    )
    (segment,) = json.loads(findings.to_json())["segments"]
    groups = {group["label"]: group for group in segment["groups"]}
    assert groups["north"]["n"] == 20
    for label in ("tiny", "east"):
        hidden = {"label": label, "suppressed": True, "n": None, "overall": None, "dimensions": {}, "marks": {}}
        assert groups[label] == hidden


@pytest.mark.parametrize(("n", "said"), [(1, "Only one respondent answered"), (4, "Only 4 respondents answered")])
def test_fewer_respondents_than_the_minimum_give_no_report(n: int, said: str) -> None:
    with pytest.raises(DataInvalid, match=said) as caught:
        servq.analyze(servperf_frame(["north"] * n), "servperf")
    assert "fewer than 5" in str(caught.value)


def test_an_item_answered_by_few_is_not_shown() -> None:
    frame = servperf_frame(["north"] * 30).with_columns(
        p07=pl.Series(np.where(np.arange(30) < 3, 6, None).tolist(), dtype=pl.Int64)
    )
    item = next(item for item in json.loads(servq.analyze(frame, "servperf").to_json())["items"] if item["number"] == 7)
    assert "anonymity" in item["levels"]["perception"]["reason"]
    assert item["distribution"] == {}


def test_a_score_that_few_of_a_group_have_cannot_be_worked_out_from_the_other_groups() -> None:
    """A group may be large enough while only some of it have a score; the whole minus the rest would tell theirs."""
    groups = ["north"] * 20 + ["east"] * 9 + ["west"] * 7
    frame = servperf_frame(groups)
    few = np.array(groups) == "west"
    few[-3:] = False
    blanked = [
        pl.when(pl.Series(few)).then(None).otherwise(pl.col(f"p{n:02d}")).alias(f"p{n:02d}") for n in range(1, 5)
    ]
    findings = json.loads(servq.analyze(frame.with_columns(blanked), "servperf", segments=["branch"]).to_json())
    shown = {group["label"]: group for group in findings["segments"][0]["groups"]}
    assert not any(group["suppressed"] for group in shown.values())
    for label, is_shown in {"north": True, "east": False, "west": False}.items():
        assert ("value" in shown[label]["dimensions"]["tangibles"]) is is_shown
        assert ("value" in shown[label]["overall"]) is is_shown
        assert "value" in shown[label]["dimensions"]["empathy"]


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(st.integers(1, 40), st.floats(0, 1)), min_size=1),
)
def test_what_is_hidden_of_a_score_cannot_be_worked_out(groups: dict[str, tuple[int, float]]) -> None:
    having = {group: round(size * share) for group, (size, share) in groups.items()}
    whole = hidden_groups({group: size for group, (size, _) in groups.items()}, MINIMUM)
    hidden = hidden_in_score(having, whole, MINIMUM)
    kept = [size for group, size in having.items() if size and group not in hidden]
    concealed = [size for group, size in having.items() if size and group in hidden]
    assert whole <= hidden
    assert all(size >= MINIMUM for size in kept)
    if concealed and kept:
        assert len(concealed) > 1
        assert sum(concealed) >= MINIMUM
