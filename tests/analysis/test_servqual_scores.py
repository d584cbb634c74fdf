"""The 1988 SERVQUAL example, from answers as given to findings, against an independent implementation in R.

1. Items: means of both sides and the gap with its t interval and test.
2. Dimensions by the half rule; overall as the mean of the dimensions and as the mean of the items.
3. Points: rows that do not sum to 100 are counted and left out; weighted gaps.
4. Segments; SERVPERF scores of the perception side.
"""

from __future__ import annotations

from typing import Any

import pytest

import servq
from oracle import oracle_expected, oracle_frame
from servq.analysis.change_findings import Change
from servq.analysis.findings import Segment, Unavailable, Weights
from servq.statistics import Comparison

RTOL = 1e-8


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    return oracle_expected("servqual_scores")["results"]["servqual1988_sim"]


@pytest.fixture(scope="module")
def findings() -> servq.Findings:
    return servq.analyze(oracle_frame("servqual1988_sim"), "servqual-1988", segments=["branch"])


def check_gap(gap: Any, block: dict[str, Any]) -> None:
    assert isinstance(gap, Comparison)
    assert gap.n == block["n"]
    assert gap.value == pytest.approx(block["mean"], rel=RTOL)
    assert gap.sd == pytest.approx(block["sd"], rel=RTOL)
    assert gap.se == pytest.approx(block["se"], rel=RTOL)
    assert (gap.ci_low, gap.ci_high) == pytest.approx(tuple(block["ci95"]), rel=RTOL)
    assert gap.statistic == pytest.approx(block["t"], rel=RTOL)
    assert gap.p_value == pytest.approx(block["p"], rel=RTOL)


def test_every_item_gap_agrees_with_r(findings: servq.Findings, expected: dict[str, Any]) -> None:
    assert [item.number for item in findings.items] == list(range(1, 23))
    for item, block in zip(findings.items, expected["item"], strict=True):
        check_gap(item.gap, block["gap"])
        assert item.levels_all["expectation"].value == pytest.approx(block["mean_e"], rel=RTOL)
        assert item.levels_all["perception"].value == pytest.approx(block["mean_p"], rel=RTOL)


def test_the_reverse_keyed_items_are_those_of_the_1988_form(findings: servq.Findings, expected: dict[str, Any]) -> None:
    assert [item.number for item in findings.items if item.reversed] == expected["reversed_items"]


def test_the_sides_printed_beside_a_gap_differ_by_that_gap(findings: servq.Findings) -> None:
    for measure in (*findings.items, *findings.dimensions):
        levels = measure.levels
        assert levels["perception"].value - levels["expectation"].value == pytest.approx(measure.gap.value, abs=1e-12)


def test_dimension_gaps_follow_the_half_rule(findings: servq.Findings, expected: dict[str, Any]) -> None:
    for dimension in findings.dimensions:
        block = expected["dimension_available_items"][dimension.id]
        check_gap(dimension.gap, block["gap"])
        assert dimension.levels_all["expectation"].value == pytest.approx(block["mean_e"], rel=RTOL)
        assert dimension.levels_all["perception"].value == pytest.approx(block["mean_p"], rel=RTOL)


def test_overall_gaps_weigh_dimensions_items_or_points(findings: servq.Findings, expected: dict[str, Any]) -> None:
    scores = {score.kind: score.estimate for score in findings.scores}
    check_gap(scores["gap"], expected["overall_unweighted_mean_of_dimensions"])
    check_gap(scores["gap_by_items"], expected["overall_unweighted_mean_of_items"])
    check_gap(scores["gap_weighted"], expected["overall_weighted_individual_weights_valid_only"])


def test_points_that_miss_100_are_counted_and_left_out(findings: servq.Findings, expected: dict[str, Any]) -> None:
    weights = findings.weights
    block = expected["weights"]
    assert isinstance(weights, Weights)
    assert (weights.n_valid, weights.n_invalid) == (block["n_valid_sum100"], len(block["invalid_rows"]))
    for dimension, mean in weights.points.items():
        assert mean.value == pytest.approx(block["mean_weight_valid"][f"w_{dimension}"], rel=RTOL)
        assert mean.sd == pytest.approx(block["sd_weight_valid"][f"w_{dimension}"], rel=RTOL)
    for dimension, mean in weights.weighted.items():
        weighted = expected["weighted_dimension_individual_valid"][dimension]
        assert mean.n == weighted["n"]
        assert mean.value == pytest.approx(weighted["mean"], rel=RTOL)
        assert (mean.ci_low, mean.ci_high) == pytest.approx(tuple(weighted["ci95"]), rel=RTOL)


def test_branches_have_their_own_dimension_gaps(findings: servq.Findings, expected: dict[str, Any]) -> None:
    (segment,) = findings.segments
    assert isinstance(segment, Segment)
    for group in segment.groups:
        block = expected["by_branch"][group.label]
        assert group.n == block["n"]
        for dimension, estimate in group.dimensions.items():
            assert estimate.value == pytest.approx(block[dimension], rel=RTOL)


def test_the_perception_side_yields_servperf(expected: dict[str, Any]) -> None:
    frame = oracle_frame("servqual1988_sim")
    turned = [f"p{number:02d}" for number in expected["reversed_items"]]
    frame[turned] = 8 - frame[turned]  # the shipped SERVPERF has no reverse-keyed items
    findings = servq.analyze(frame[[f"p{number:02d}" for number in range(1, 23)]], "servperf")
    by_items = next(score for score in findings.scores if score.kind == "mean_by_items")
    assert by_items.estimate.value == pytest.approx(expected["servperf"]["overall"], rel=RTOL)
    for dimension in findings.dimensions:
        mean = dimension.levels["perception"].value
        assert mean == pytest.approx(expected["servperf"]["dimension_mean_p"][dimension.id], rel=RTOL)


def test_without_a_previous_wave_the_change_says_so(findings: servq.Findings) -> None:
    assert isinstance(findings.change, Unavailable)
    assert "previous wave" in findings.change.reason


def test_a_wave_compared_with_itself_shows_no_change() -> None:
    frame = oracle_frame("servqual1988_sim")
    change = servq.analyze(frame, "servqual-1988", previous=frame).change
    assert isinstance(change, Change)
    assert not change.paired
    for row in change.rows:
        assert row.difference.value == pytest.approx(0, abs=1e-12)
        assert row.difference.p_value == pytest.approx(1)
    assert "nothing has changed" in change.reading


def test_the_same_respondents_are_compared_in_pairs() -> None:
    frame = oracle_frame("servqual1988_sim")
    later = frame.sample(frac=1, random_state=1)
    change = servq.analyze(later, "servqual-1988", previous=frame, respondent_id="id").change
    assert isinstance(change, Change)
    assert change.paired
    assert all(isinstance(row.difference, Unavailable) for row in change.rows)  # no difference varies
