from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from agreement import agrees
from oracle import oracle_expected, oracle_matrix
from scales import scale_items, source_of
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import ordinal_alpha, polychoric_correlation

SETS = tuple(oracle_expected("ordinal")["sets"])


def ordered(n: int, k: int, seed: int, correlation: float = 0.5) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    latent = np.sqrt(correlation) * rng.normal(size=(n, 1)) + np.sqrt(1 - correlation) * rng.normal(size=(n, k))
    return np.digitize(latent, [-1.2, -0.3, 0.4, 1.3]).astype(float)


@pytest.mark.parametrize("name", SETS)
def test_correlations_agree_with_three_packages(name: str) -> None:
    expected = oracle_expected("ordinal")["sets"][name]
    found = polychoric_correlation(scale_items(name))
    assert found.n == expected["n"]
    # lavaan's estimates are converged further than those of the other two.
    for reference, key, tolerance in (
        ("polycor::polychor", "two_step_polycor", 4e-5),
        ("psych::polychoric", "psych_correct0", 4e-5),
        ("lavaan with ordered items", "lavaan", 1e-7),
    ):
        agrees(
            polychoric_correlation,
            found.matrix,
            oracle_matrix(expected[f"polychoric_{key}"]),
            reference=reference,
            data=source_of(name),
            absolute=tolerance,
        )


@pytest.mark.parametrize("name", SETS)
def test_ordinal_alpha_agrees_with_the_packages(name: str) -> None:
    expected = oracle_expected("ordinal")["sets"][name]
    alpha = ordinal_alpha(scale_items(name))
    for reference, key, tolerance in (
        ("polychoric correlations of lavaan", "ordinal_alpha_lavaan", 1e-7),
        ("psych::alpha of polycor::polychor", "ordinal_alpha_two_step", 4e-5),
    ):
        agrees(
            ordinal_alpha,
            alpha.value,
            expected[key],
            reference=reference,
            data=source_of(name),
            absolute=tolerance,
        )


def test_thresholds_are_those_of_the_margins() -> None:
    expected = oracle_expected("ordinal")["sets"]["bfi_N"]["thresholds_psych"]
    for own, row in zip(polychoric_correlation(scale_items("bfi_N")).thresholds, expected, strict=True):
        agrees(
            polychoric_correlation,
            own,
            row,
            reference="psych::polychoric (thresholds)",
            data="bfi",
            relative=1e-8,
        )


def test_a_known_correlation_is_recovered() -> None:
    matrix = polychoric_correlation(ordered(50_000, 3, 1)).matrix
    np.testing.assert_allclose(matrix[np.triu_indices(3, 1)], 0.5, atol=0.01)


def test_twenty_two_items_of_ten_thousand_respondents_take_less_than_three_seconds() -> None:
    items = ordered(10_000, 22, 2)
    start = time.process_time()
    polychoric_correlation(items)
    assert time.process_time() - start < 3


def test_items_may_have_different_numbers_of_points_and_any_labels() -> None:
    items = ordered(400, 3, 3)
    coarse = items.copy()
    coarse[:, 0] = items[:, 0] > 1
    relabelled = coarse * [7, 100, 1] + [3, -50, 0.5]
    np.testing.assert_allclose(
        polychoric_correlation(relabelled).matrix, polychoric_correlation(coarse).matrix, atol=1e-12
    )


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(4, 60))
@settings(max_examples=40)
def test_order_does_not_matter_and_a_reversed_item_changes_the_sign(seed: int, n: int) -> None:
    items = ordered(n, 3, seed)
    try:
        matrix = polychoric_correlation(items).matrix
    except NotEstimable:
        return
    assert np.abs(matrix).max() <= 1
    rng = np.random.default_rng(seed)
    order = rng.permutation(3)
    shuffled = polychoric_correlation(items[rng.permutation(n)][:, order]).matrix
    np.testing.assert_allclose(shuffled, matrix[np.ix_(order, order)], atol=1e-6)
    reverse = polychoric_correlation(items * [-1, 1, 1]).matrix
    np.testing.assert_allclose(reverse[0, 1:], -matrix[0, 1:], atol=1e-6)


def test_perfect_association_stops_at_the_bound_and_says_so() -> None:
    found = polychoric_correlation(np.repeat([[1.0], [2.0], [3.0]], 2, axis=1).repeat(10, axis=0))
    assert found.matrix[0, 1] == pytest.approx(0.9999)
    assert "1–2" in found.caveats[0]


def test_respondents_with_blanks_are_left_out_and_counted() -> None:
    items = ordered(300, 3, 5)
    holed = items.copy()
    holed[:40, 1] = np.nan
    found = polychoric_correlation(holed)
    np.testing.assert_array_equal(found.matrix, polychoric_correlation(items[40:]).matrix)
    assert "40 of 300" in found.caveats[0]


def test_a_matrix_that_is_not_positive_definite_is_announced() -> None:
    items = ordered(15, 8, 1)
    found = polychoric_correlation(items)
    assert np.linalg.eigvalsh(found.matrix)[0] < 0
    assert any("positive definite" in caveat for caveat in found.caveats)


@pytest.mark.parametrize("statistic", [polychoric_correlation, ordinal_alpha])
@pytest.mark.parametrize(
    "items",
    [np.empty((0, 2)), np.ones((1, 2)), np.full((9, 2), np.nan), np.column_stack([np.ones(9), np.arange(9.0)])],
    ids=["nobody", "one respondent", "all blank", "constant item"],
)
def test_too_little_is_refused(statistic: object, items: NDArray[np.float64]) -> None:
    with pytest.raises(NotEstimable):
        statistic(items)  # type: ignore[operator]


def test_traits_that_cancel_out_have_no_ordinal_alpha() -> None:
    first = np.tile([1.0, 2.0], 20)
    with pytest.raises(NotEstimable, match="cancel"):
        ordinal_alpha(np.column_stack([first, -first, np.repeat([1.0, 2.0], 20), -np.repeat([1.0, 2.0], 20)]))


def test_two_respondents_have_a_correlation_at_the_bound() -> None:
    assert polychoric_correlation([[1, 2], [2, 3]]).matrix[0, 1] == pytest.approx(0.9999)


@pytest.mark.parametrize("items", [np.arange(60.0).reshape(30, 2), np.arange(9.0).reshape(9, 1)])
def test_continuous_items_and_a_single_item_are_refused(items: NDArray[np.float64]) -> None:
    with pytest.raises(InvalidArgument):
        polychoric_correlation(items)
