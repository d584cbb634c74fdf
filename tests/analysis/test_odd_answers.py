"""Answers that carry little: what the summary says of them, and what it does not.

1. Where nobody can be scored, nothing is claimed of dimensions and items.
2. Answers that are all equal are said to be so.
3. Waves with too few respondents in common are said to have them.
4. One group is no comparison; groups that are all hidden are not even named.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import servq
from oracle import oracle_frame
from servq.analysis.findings import Summary
from servq.messages import Message
from servq.pipeline import Findings


@pytest.fixture
def frame() -> pd.DataFrame:
    return oracle_frame("servqual1988_sim").head(40)


def analyze(frame: pd.DataFrame, **options: object) -> Findings:
    return servq.analyze(frame, "servqual-1988", **options)


def said(summary: Summary) -> list[str]:
    parts = (summary.change, summary.strengths, summary.shortfalls, summary.first_steps, summary.cautions)
    return [str(sentence) for sentence in (summary.headline, *(sentence for part in parts for sentence in part))]


def side(frame: pd.DataFrame, letter: str) -> list[str]:
    return [name for name in frame.columns if name[0] == letter and name[1:].isdigit()]


def test_without_one_side_of_the_gap_nothing_is_claimed(frame: pd.DataFrame) -> None:
    findings = analyze(frame.assign(**dict.fromkeys(side(frame, "p"), np.nan)))
    headline, *others = said(findings.summary)
    assert "fewer than 5 respondents have this score" in headline
    assert others == [
        "0 respondents have an overall score; results of fewer than 5 are not shown.",
        *(sentence for sentence in others if "of the answers asked for are missing" in sentence),
    ]


def test_a_gap_that_is_the_same_for_everybody_is_said_with_its_size(frame: pd.DataFrame) -> None:
    # the 1991 form turns no item round
    straight = servq.analyze(
        frame.assign(**dict.fromkeys(side(frame, "e"), 7), **dict.fromkeys(side(frame, "p"), 5)), "servqual"
    )
    assert said(straight.summary) == ["All 40 respondents have the same difference, -2.00, so nothing can be tested."]


def test_waves_with_too_few_respondents_in_common_say_so(frame: pd.DataFrame) -> None:
    named = frame.assign(who=[f"a{row}" for row in range(len(frame))])
    others = named.assign(who=[f"a{row}" if row < 4 else f"b{row}" for row in range(len(frame))])
    change = analyze(named, previous=others, respondent_id="who").change
    assert str(change.reading) == "Fewer than 5 respondents answered in both waves, so the change is not shown."


def test_one_group_is_no_comparison(frame: pd.DataFrame) -> None:
    (segment,) = analyze(frame.assign(region="all"), segments="region").segments
    assert segment.reading == Message("There is only one group, so there is nothing to compare.")


def test_groups_that_are_all_hidden_are_not_named(frame: pd.DataFrame) -> None:
    findings = analyze(frame.assign(name=[f"Zyx{row}" for row in range(len(frame))]), segments="name")
    (segment,) = findings.segments
    assert (segment.groups, segment.n_suppressed) == ((), len(frame))
    assert "Zyx" not in findings.to_json()
    assert "Zyx" not in findings.to_html()
