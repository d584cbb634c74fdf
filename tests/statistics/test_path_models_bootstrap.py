"""Bootstrap intervals of path models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from path_data import BLOCKS, PATHS, simulated_model
from servq.statistics import pls_path_model, plsc

FRAME = simulated_model(300, 7)


def test_the_same_seed_gives_the_same_intervals_and_another_does_not() -> None:
    first, again, other = (pls_path_model(FRAME, BLOCKS, PATHS, n_resamples=60, seed=seed).paths for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_progress_is_reported_up_to_the_last_resample() -> None:
    seen: list[tuple[int, int]] = []
    model = pls_path_model(FRAME, BLOCKS, PATHS, n_resamples=250, progress=lambda *step: seen.append(step))
    assert seen == [(100, 250), (200, 250), (250, 250)]
    assert model.n_resamples == 250


def test_every_interval_contains_its_estimate_or_stands_near_it() -> None:
    model = pls_path_model(FRAME, BLOCKS, PATHS, n_resamples=400)
    estimates = [*model.paths, *(effect.total for effect in model.effects)]
    estimates += [one.loading for construct in model.constructs.values() for one in construct.indicators]
    for estimate in estimates:
        assert estimate.ci_low is not None
        assert estimate.ci_high is not None
        assert estimate.ci_low - 1e-12 <= estimate.value <= estimate.ci_high + 1e-12
        assert estimate.method.endswith("bootstrap percentile interval")


def test_without_a_bootstrap_there_are_no_intervals() -> None:
    path = pls_path_model(FRAME, BLOCKS, PATHS).paths[0]
    assert (path.ci_low, path.ci_high, path.se) == (None, None, None)


def test_the_bootstrap_of_a_correlation_is_that_of_scipy() -> None:
    from scipy import stats

    model = pls_path_model(FRAME, {"q": "q1", "s": "s1"}, [("q", "s")], n_resamples=4000)
    reference = stats.bootstrap(
        (FRAME["q1"].to_numpy(), FRAME["s1"].to_numpy()),
        lambda x, y: stats.pearsonr(x, y)[0],
        paired=True,
        vectorized=False,
        n_resamples=4000,
        method="percentile",
        rng=np.random.default_rng(3),
    )
    path = model.paths[0]
    assert path.se == pytest.approx(reference.standard_error, rel=0.05)
    assert path.ci_low == pytest.approx(reference.confidence_interval.low, abs=0.15 * reference.standard_error)
    assert path.ci_high == pytest.approx(reference.confidence_interval.high, abs=0.15 * reference.standard_error)


@pytest.mark.parametrize("fit", [pls_path_model, plsc])
def test_each_resample_is_the_model_of_the_respondents_drawn(fit: Any) -> None:
    """Two resamples: their mean and distance are the middle of the interval and √2 times the standard deviation."""
    model = fit(FRAME, BLOCKS, PATHS, "path", n_resamples=2, seed=11, confidence_level=0.5)
    rng = np.random.default_rng(11)
    drawn = [fit(FRAME.iloc[rng.integers(len(FRAME), size=len(FRAME))], BLOCKS, PATHS, "path") for _ in range(2)]
    for path in model.paths:
        low, high = sorted(one.path_coefficients[path.source, path.target] for one in drawn)
        assert path.se == pytest.approx((high - low) / np.sqrt(2), rel=1e-6)
        assert (path.ci_low, path.ci_high) == pytest.approx((0.75 * low + 0.25 * high, 0.25 * low + 0.75 * high))


def test_resamples_without_variance_are_left_out_and_counted() -> None:
    rare = FRAME.assign(q2=np.r_[1.0, np.zeros(len(FRAME) - 1)])
    model = pls_path_model(rare, BLOCKS, PATHS, n_resamples=300)
    lost = 300 - model.n_resamples
    assert 60 < lost < 160  # the one other answer is missing from a share of 1/e
    assert f"{lost} of 300 resamples could not be fitted and are left out." in model.caveats


def test_where_most_resamples_fail_there_are_no_intervals() -> None:
    rare = FRAME.assign(
        q2=np.r_[1.0, np.zeros(len(FRAME) - 1)],
        v1=np.r_[0.0, 1.0, np.zeros(len(FRAME) - 2)],
    )
    model = pls_path_model(rare, BLOCKS, PATHS, n_resamples=100)
    assert model.n_resamples == 0
    assert model.paths[0].ci_low is None
    assert any("more than half of 100 resamples" in caveat for caveat in model.caveats)


def test_a_resample_points_the_way_of_the_whole_sample() -> None:
    """With loadings of both signs, their sum cannot tell resamples which way to point."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=200)
    noise = rng.normal(size=(200, 3))
    frame = pd.DataFrame({"a": x + noise[:, 0], "b": -x + noise[:, 1], "y": x + noise[:, 2]})
    model = pls_path_model(frame, {"x": ["a", "b"], "y": "y"}, [("x", "y")], n_resamples=200)
    path = model.paths[0]
    assert path.ci_low is not None
    assert path.ci_high is not None
    assert np.sign(path.ci_low) == np.sign(path.ci_high) == np.sign(path.value)
