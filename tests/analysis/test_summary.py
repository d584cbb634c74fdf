"""The summary never says more than the intervals do.

1. Pure noise: no strongest, no weakest, no shortfall, no first step.
2. A huge sample with a trifling difference calls it slight and sends nobody to work on it.
3. A tiny sample says that its intervals are wide.
4. A real shortfall is named, with its item, and weighted by importance where there are points.
5. Overclaiming is impossible: over many noise-only samples the summary names a winner rarely.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import servq
from servq.analysis.findings import Summary
from servq.instruments import load_instrument
from servq.simulate import Population, simulate_codes

SERVQUAL = load_instrument("servqual")
SAME = {"expectation": 0.6, "perception": 0.6}


def summary_of(n: int, population: Population, seed: int) -> Summary:
    codes = simulate_codes(SERVQUAL, n, population, seed)
    frame = pl.DataFrame({SERVQUAL.column_name(c): codes[:, i] for i, c in enumerate(SERVQUAL.columns)})
    return servq.analyze(frame.with_columns(pl.all().replace({-1: None, -2: None})), SERVQUAL).summary


def test_noise_only_is_called_noise() -> None:
    quiet = 0
    for seed in range(20):
        summary = summary_of(60, Population(levels=SAME, blank=0, not_applicable=0), seed)
        quiet += (
            summary.headline.startswith("Perceptions cannot be told from expectations")
            and summary.shortfalls == ("No item shows a shortfall that can be told from chance.",)
            and summary.first_steps == ("The answers name no dimension to improve first.",)
        )
    assert quiet >= 16  # each sample may err once in twenty, as its intervals say


def test_a_trifle_in_a_huge_sample_is_called_slight() -> None:
    trifle = Population(levels={"expectation": 0.6, "perception": 0.593}, between=0.5, blank=0, not_applicable=0)
    summary = summary_of(40_000, trifle, seed=1)
    assert summary.headline.startswith("The service falls slightly short of expectations")
    assert not any(step.startswith("Start with") for step in summary.first_steps)


def test_a_tiny_sample_says_that_its_intervals_are_wide() -> None:
    summary = summary_of(8, Population(levels=SAME, blank=0, not_applicable=0), seed=2)
    assert any("Only 8 respondents" in caution for caution in summary.cautions)


@pytest.mark.parametrize(
    "points", [{"empathy": 60, "reliability": 10, "tangibles": 10, "assurance": 10, "responsiveness": 10}, {}]
)
def test_a_real_shortfall_is_named_with_its_dimension(points: dict[str, float]) -> None:
    short = Population(levels=SAME, shifts={"perception": {"empathy": -0.25}}, points=points)
    summary = summary_of(300, short, seed=3)
    assert any(sentence.startswith("Weakest dimension: Empathy.") for sentence in summary.shortfalls)
    assert summary.first_steps[0].startswith("Start with Empathy")
    assert summary.first_steps[1].startswith("There, look first at")


def test_importance_decides_where_to_start() -> None:
    """Empathy is somewhat worse than tangibles, but tangibles matter far more to these guests."""
    shifts = {"perception": {"empathy": -0.25, "tangibles": -0.20}}
    points = {"tangibles": 80, "reliability": 5, "responsiveness": 5, "assurance": 5, "empathy": 5}
    summary = summary_of(400, Population(levels=SAME, shifts=shifts, points=points), seed=4)
    assert summary.first_steps[0].startswith("Start with Tangibles: the largest shortfall, weighted")


def test_dimensions_that_cannot_be_told_apart_are_named_together_or_not_at_all() -> None:
    two_low = Population(levels=SAME, shifts={"perception": {"empathy": -0.2, "assurance": -0.2}})
    summary = summary_of(300, two_low, seed=5)
    assert any("Weakest dimensions, which cannot be told apart: Assurance, Empathy" in s for s in summary.shortfalls)
    assert summary.strengths == ("No dimension stands out as the strongest.",)


def test_a_metric_of_one_item_has_a_headline_and_no_dimensions() -> None:
    nps = load_instrument("nps")
    ratings = np.repeat([10, 8, 3], [50, 30, 20])
    summary = servq.analyze({"nps": ratings.tolist()}, nps).summary
    assert summary.headline.startswith("The Net Promoter Score is +30 (95% interval ")
    assert summary.strengths == summary.shortfalls == summary.first_steps == ()
