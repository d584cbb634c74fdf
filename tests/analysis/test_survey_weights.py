"""Survey weights: means are weighted, and what the weights cost is said.

1. Equal weights change nothing.
2. A weighted mean is Σwx / Σw, for gaps and for the scores of one item.
3. The design effect and the effective n are reported.
"""

from __future__ import annotations

import numpy as np
import pytest

import servq
from oracle import oracle_frame
from servq.analysis.estimating import Estimator
from servq.analysis.summary import leading_group
from servq.errors import DataInvalid


def test_equal_weights_change_no_number() -> None:
    frame = oracle_frame("servqual1988_sim")
    plain = servq.analyze(frame, "servqual-1988")
    weighted = servq.analyze(frame.assign(w=2.5), "servqual-1988", weight="w")
    for one, two in zip((*plain.items, *plain.dimensions), (*weighted.items, *weighted.dimensions), strict=True):
        assert two.gap.value == pytest.approx(one.gap.value)
        assert (two.gap.ci_low, two.gap.ci_high) == pytest.approx((one.gap.ci_low, one.gap.ci_high))
        assert two.gap.p_value == pytest.approx(one.gap.p_value)
    assert weighted.responses.weighting.design_effect == pytest.approx(1)
    assert plain.responses.weighting is None


def test_gaps_are_weighted_means() -> None:
    frame = oracle_frame("servqual1988_sim")
    weights = np.where(frame["branch"] == "north", 3.0, 1.0)
    gap = servq.analyze(frame.assign(w=weights), "servqual-1988", weight="w").items[0].gap
    difference = frame["p01"] - frame["e01"]
    both = difference.notna()
    assert gap.value == pytest.approx(np.average(difference[both], weights=weights[both]))
    assert "weighted" in gap.method


@pytest.mark.parametrize(
    ("instrument", "column", "points"),
    [
        ("nps", "nps", lambda x: 100.0 * (x >= 9) - 100.0 * (x <= 6)),
        ("csat", "csat", lambda x: 1.0 * (x >= 4)),
        ("ces", "ces", lambda x: 1.0 * x),
    ],
)
def test_scores_of_one_item_are_weighted_means_too(instrument: str, column: str, points) -> None:  # noqa: ANN001 - a lambda
    answers = np.array([5, 4, 3, 1, 2, 5, 4, 5, 3, 2])
    weights = np.linspace(0.5, 2, 10)
    frame = {column: answers.tolist(), "w": weights.tolist()}
    score = servq.analyze(frame, instrument, weight="w").scores[0]
    assert score.estimate.value == pytest.approx(np.average(points(answers), weights=weights))


def test_what_the_weights_cost_is_said() -> None:
    weights = [1.0] * 5 + [3.0] * 5
    weighting = servq.analyze({"nps": [9, 8, 3, 10, 7] * 2, "w": weights}, "nps", weight="w").responses.weighting
    assert weighting.effective_n == pytest.approx(sum(weights) ** 2 / sum(w**2 for w in weights))
    assert weighting.design_effect == pytest.approx(10 / weighting.effective_n)
    assert "design effect 1.25" in weighting.reading


def test_changes_between_weighted_waves_use_both_waves_weights() -> None:
    random = np.random.default_rng(1)
    now, before = ({"nps": random.integers(0, 11, 200), "w": random.uniform(0.5, 2, 200)} for _ in range(2))
    row = servq.analyze(now, "nps", weight="w", previous=before).change.rows[0]
    assert row.difference.value == pytest.approx(row.current.value - row.previous.value)
    assert row.difference.se == pytest.approx(np.hypot(row.current.se, row.previous.se))


def test_weights_that_leave_less_than_the_smallest_group_are_refused() -> None:
    frame = oracle_frame("servqual1988_sim")
    with pytest.raises(DataInvalid, match=r"count as 1\.0; results of fewer than 5 are never shown"):
        servq.analyze(frame.assign(w=[1e6] + [1.0] * (len(frame) - 1)), "servqual-1988", weight="w")


def test_the_wave_before_needs_no_segments() -> None:
    frame = oracle_frame("servqual1988_sim")
    findings = servq.analyze(frame, "servqual-1988", segments="branch", previous=frame.drop(columns="branch"))
    assert findings.segments[0].attribute == "branch"
    assert findings.change.n_previous == len(frame)


def test_the_leader_is_the_one_by_weight() -> None:
    """Many respondents see the first ahead by one point, few but heavy ones see it behind by two."""
    many, heavy = np.arange(100) < 80, np.arange(100) >= 80
    noise = np.random.default_rng(1).normal(0, 0.1, (100, 3))
    scores = noise + np.column_stack([1.0 * many, 2.0 * heavy, np.full(100, -3.0)])
    assert leading_group(scores, Estimator()) == (0,)
    assert leading_group(scores, Estimator(weights=np.where(heavy, 20.0, 1.0))) == (1,)


def test_the_report_prints_the_design_effect_and_the_effective_number() -> None:
    weights = [1.0] * 5 + [3.0] * 5
    findings = servq.analyze({"nps": [9, 8, 3, 10, 7] * 2, "w": weights}, "nps", weight="w")
    page = findings.to_html()
    # Kish: n Σw² / (Σw)² = 10 · 50 / 400 and (Σw)² / Σw² = 8
    assert "Design effect (Kish)" in page
    assert ">1.25</td>" in page
    assert ">8.0</td>" in page
