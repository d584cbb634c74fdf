from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import t as student

from agreement import agrees
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import design_effect, effective_sample_size, mean_interval, rake, weighted_mean

VALUES = st.lists(st.integers(1, 7), min_size=2, max_size=30)


@given(VALUES)
def test_equal_weights_change_nothing(values: list[int]) -> None:
    weighted, plain = weighted_mean(values, [2.5] * len(values)), mean_interval(values)
    assert [weighted.value, weighted.sd, weighted.se, weighted.ci_low] == pytest.approx(
        [plain.value, plain.sd, plain.se, plain.ci_low]
    )
    assert [weighted.design_effect, weighted.effective_n] == pytest.approx([1, len(values)])


@given(st.lists(st.tuples(st.integers(1, 7), st.integers(1, 9)), min_size=2, max_size=30), st.floats(0.01, 100))
def test_the_unit_of_the_weights_and_the_order_are_irrelevant(rows: list[tuple[int, int]], unit: float) -> None:
    values, weights = np.array(rows, dtype=float).T
    one, two = weighted_mean(values, weights), weighted_mean(values[::-1], unit * weights[::-1])
    assert [one.value, one.se, one.ci_low, one.effective_n] == pytest.approx(
        [two.value, two.se, two.ci_low, two.effective_n], abs=1e-12
    )
    assert (one.ci_low or 0) <= one.value <= (one.ci_high or 0)
    assert one.design_effect >= 1 - 1e-12


def test_the_linearised_error_is_the_sandwich_of_weighted_least_squares() -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(5)
    values, weights = rng.integers(1, 8, 60).astype(float), rng.uniform(0.2, 4, 60)
    fit = sm.WLS(values, np.ones(60), weights=weights).fit(cov_type="HC1")
    estimate = weighted_mean(values, weights)
    agrees(
        weighted_mean,
        [estimate.value, estimate.se, estimate.ci_high],
        [fit.params[0], fit.bse[0], fit.params[0] + student.ppf(0.975, 59) * fit.bse[0]],
        reference="statsmodels WLS, HC1",
        data="random answers and weights",
        relative=1e-10,
    )


def test_kish_by_hand() -> None:
    assert design_effect([2, 1, 1, 1]).value == pytest.approx(4 * 7 / 25)
    assert effective_sample_size([2, 1, 1, 1, 0, math.nan]).value == pytest.approx(25 / 7)
    assert effective_sample_size([2, 1, 1, 1, 0, math.nan]).n == 4


def test_raking_meets_every_margin() -> None:
    rng = np.random.default_rng(2)
    margins = {"sex": rng.choice(["f", "m"], 300, p=[0.7, 0.3]), "age": rng.choice([1, 2, 3], 300)}
    targets = {"sex": {"f": 0.5, "m": 0.5}, "age": {"1": 0.2, "2": 0.3, "3": 0.5}}
    raked = rake(margins, targets)
    assert raked.weights.mean() == pytest.approx(1)
    for name, labels in margins.items():
        for label, share in targets[name].items():
            assert raked.weights[labels.astype(str) == label].sum() / 300 == pytest.approx(share, abs=1e-9)
    assert raked.design_effect == pytest.approx(design_effect(raked.weights).value)


def test_numbers_name_the_same_category_in_margins_and_targets() -> None:
    raked = rake({"branch": [1.0, 1.0, 1.0, 2.0]}, {"branch": {1.0: 0.5, 2: 0.5}})  # type: ignore[dict-item]  # on purpose
    assert raked.weights.tolist() == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2])


def test_raking_is_the_closest_weighting_that_meets_the_margins() -> None:
    # Iterative proportional fitting minimises Σ w log w under the margins (Deming & Stephan; Ireland & Kullback 1968).
    rows, columns = np.repeat([0, 0, 1, 1], [8, 3, 4, 5]), np.repeat([0, 1, 0, 1], [8, 3, 4, 5])
    raked = rake({"r": rows, "c": columns}, {"r": {"0": 0.4, "1": 0.6}, "c": {"0": 0.5, "1": 0.5}})
    counts = np.array([8.0, 3, 4, 5]) / 20
    best = minimize(
        lambda p: float((p * np.log(p / counts)).sum()),
        np.full(4, 0.25),
        bounds=[(1e-6, 1)] * 4,
        constraints={"type": "eq", "fun": lambda p: [p[0] + p[1] - 0.4, p.sum() - 1, p[0] + p[2] - 0.5]},
        options={"ftol": 1e-14},
    )
    cells = [raked.weights[(rows == r) & (columns == c)].sum() / 20 for r, c in ((0, 0), (0, 1), (1, 0), (1, 1))]
    agrees(
        rake,
        cells,
        best.x,
        reference="least Kullback–Leibler distance by scipy.optimize",
        data="a fourfold table",
        absolute=1e-6,
    )


def test_starting_weights_are_kept_where_margins_leave_them_free() -> None:
    raked = rake({"sex": ["f", "f", "m"]}, {"sex": {"f": 0.5, "m": 0.5}}, weights=[1, 3, 2])
    assert raked.weights.tolist() == pytest.approx([0.375, 1.125, 1.5])


def test_extreme_weights_are_said() -> None:
    raked = rake({"sex": ["f"] * 19 + ["m"]}, {"sex": {"f": 0.4, "m": 0.6}})
    assert "speak for many" in raked.caveats[0]


def test_contradicting_margins_do_not_converge_and_say_so() -> None:
    labels = ["a", "b", "a", "b"]
    with pytest.raises(NotEstimable, match="contradict"):
        rake({"x": labels, "y": labels}, {"x": {"a": 0.3, "b": 0.7}, "y": {"a": 0.6, "b": 0.4}})


def test_a_category_without_respondents_cannot_be_weighted_up() -> None:
    with pytest.raises(NotEstimable, match="Nobody is in m of sex"):
        rake({"sex": ["f", "f"]}, {"sex": {"f": 0.5, "m": 0.5}})


@pytest.mark.parametrize(
    ("margins", "targets", "message"),
    [
        ({"sex": ["f", "m"]}, {"age": {"f": 1.0}}, "same margins"),
        ({}, {}, "at least one"),
        ({"sex": ["f", "x"]}, {"sex": {"f": 1.0}}, "does not name x"),
        ({"sex": ["f", None]}, {"sex": {"f": 1.0}}, "1 missing labels"),
        ({"sex": ["f", "m"]}, {"sex": {"f": 0.5, "m": 0.6}}, "add up to 1"),
        ({"sex": ["f", "m"]}, {"sex": {"f": 1.0, "m": 0.0}}, "leave these respondents out"),
        ({"a": ["f"], "b": ["f", "f"]}, {"a": {"f": 1.0}, "b": {"f": 1.0}}, "aligned"),
    ],
)
def test_margins_that_do_not_fit_are_refused(margins: Any, targets: Any, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        rake(margins, targets)


def test_weights_that_are_no_weights_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="negative"):
        weighted_mean([1, 2], [1, -1])
    with pytest.raises(InvalidArgument, match="negative"):
        design_effect([1, -1])
    with pytest.raises(InvalidArgument, match="aligned"):
        weighted_mean([1, 2], [1])
    with pytest.raises(InvalidArgument, match="positive number"):
        rake({"sex": ["f", "f"]}, {"sex": {"f": 1.0}}, weights=[1, 0])


@pytest.mark.parametrize(("values", "weights"), [([], []), ([1], [1]), ([1, 2], [1, 0]), ([1, math.nan], [1, 1])])
def test_fewer_than_two_weighted_values_have_no_mean(values: list[float], weights: list[float]) -> None:
    with pytest.raises(NotEstimable, match="positive weight"):
        weighted_mean(values, weights)


def test_no_positive_weight_has_no_effective_sample() -> None:
    for statistic in (design_effect, effective_sample_size):
        with pytest.raises(NotEstimable, match="no positive weight"):
            statistic([0, math.nan])


def test_constant_values_have_a_weighted_mean_with_a_caveat() -> None:
    estimate = weighted_mean([4, 4, 4], [1, 2, 3])
    assert estimate.value == pytest.approx(4)
    assert "no width" in estimate.caveats[0]
