from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from agreement import agrees
from oracle import oracle_expected
from scales import SCALES, scale_items, source_of
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import Moments, mcdonald_omega
from servq.statistics.omega import fit_one_factor

FITTED = [name for name in SCALES if oracle_expected("reliability")["scales"][name]["k"] > 2]


def one_factor(loadings: list[float], n: int, seed: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    weights = np.array(loadings)
    unique = np.sqrt(1 - weights**2)
    return rng.normal(size=(n, 1)) * weights + rng.normal(size=(n, len(loadings))) * unique


@pytest.mark.parametrize("name", FITTED)
def test_omega_agrees_with_lavaan(name: str) -> None:
    scale = oracle_expected("reliability")["scales"][name]
    omega = mcdonald_omega(scale_items(name))
    agrees(
        mcdonald_omega,
        omega.value,
        scale["omega_cfa_ml_raw"],
        reference="loadings of lavaan::cfa",
        data=source_of(name),
        relative=1e-5,
    )
    is_heywood = max(scale["loadings_cfa_ml_std"].values()) > 1
    assert (omega.ci_low is None) == is_heywood
    assert any("Heywood" in caveat for caveat in omega.caveats) == is_heywood
    if omega.ci_low is not None and omega.ci_high is not None:
        assert omega.ci_low < omega.value < omega.ci_high <= 1


@pytest.mark.parametrize("name", FITTED)
def test_standardised_loadings_agree_with_lavaan(name: str) -> None:
    scale = oracle_expected("reliability")["scales"][name]
    moments = Moments.of(scale_items(name))
    fit = fit_one_factor(moments.correlation)
    assert fit.loadings == pytest.approx([scale["loadings_cfa_ml_std"][item] for item in moments.names], abs=2e-5)


def test_the_information_is_the_expected_curvature_of_the_likelihood() -> None:
    model = np.array([0.5, 0.6, 0.7, 0.8])
    implied = np.outer(model, model) + np.diag(1 - model**2)
    fit = fit_one_factor(implied)
    assert fit.loadings == pytest.approx(model)
    # By central differences of the log-likelihood per respondent around the fitted parameters.
    at = np.concatenate([fit.loadings, fit.uniquenesses])
    step = 1e-4

    def misfit(parameters: NDArray[np.float64]) -> float:
        sigma = np.outer(parameters[:4], parameters[:4]) + np.diag(parameters[4:])
        return float(np.linalg.slogdet(sigma)[1] + np.trace(np.linalg.solve(sigma, implied))) / 2

    moves = np.eye(8) * step
    curvature = [
        [
            (misfit(at + a + b) - misfit(at + a - b) - misfit(at - a + b) + misfit(at - a - b)) / (4 * step**2)
            for a in moves
        ]
        for b in moves
    ]
    np.testing.assert_allclose(fit.information, curvature, atol=1e-5)


def test_known_loadings_are_recovered() -> None:
    loadings = [0.5, 0.6, 0.7, 0.8, 0.75]
    omega = mcdonald_omega(one_factor(loadings, 20_000, 4))
    total, unique = sum(loadings), sum(1 - loading**2 for loading in loadings)
    assert omega.value == pytest.approx(total**2 / (total**2 + unique), abs=0.01)


@given(seed=st.integers(0, 2**32 - 1), n_items=st.integers(3, 7))
@settings(max_examples=30)
def test_order_and_scale_do_not_matter_and_the_interval_contains_omega(seed: int, n_items: int) -> None:
    rng = np.random.default_rng(seed)
    items = one_factor(list(rng.uniform(0.4, 0.9, n_items)), 200, seed)
    omega = mcdonald_omega(items)
    order = rng.permutation(n_items)
    for other in (items[rng.permutation(200)][:, order], 5 * items - 3, -items):
        assert mcdonald_omega(other).value == pytest.approx(omega.value, rel=1e-6)
    if omega.ci_low is not None and omega.ci_high is not None:
        assert omega.ci_low <= omega.value <= omega.ci_high


def test_an_item_keyed_the_other_way_is_named() -> None:
    items = one_factor([0.7, 0.7, 0.7, 0.7], 500, 1)
    items[:, 1] *= -1
    omega = mcdonald_omega(Moments.of(items, columns=["a", "b", "c", "d"]))
    assert omega.caveats == ("Loading against the other items: b. Check whether reverse-keyed items were reversed.",)


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        (np.empty((0, 4)), "respondents"),
        (np.ones((1, 4)), "respondents"),
        (np.random.default_rng(1).normal(size=(2, 4)), "more respondents than items"),
        (np.full((30, 4), np.nan), "respondents"),
        (np.full((30, 4), 3.0), "same sum score"),
        (np.random.default_rng(1).normal(size=(50, 2)), "at least three items"),
        (np.column_stack([np.random.default_rng(1).normal(size=(50, 3)), np.ones(50)]), "same answer to: 4"),
        (np.random.default_rng(1).normal(size=(50, 4))[:, [0, 1, 2, 2]], "combination of the others"),
        (np.random.default_rng(1).normal(size=(50, 1)) * np.ones(4), "combination of the others"),
    ],
    ids=["nobody", "one", "two", "blank", "constant", "two items", "one constant", "singular", "perfect correlation"],
)
def test_what_carries_no_factor_is_refused_with_the_reason(items: NDArray[np.float64], reason: str) -> None:
    with pytest.raises(NotEstimable, match=reason):
        mcdonald_omega(items)


def test_three_items_that_no_factor_explains_are_refused() -> None:
    impossible = [[1, 0.3, 0.3], [0.3, 1, -0.3], [0.3, -0.3, 1]]
    with pytest.raises(NotEstimable, match="No single factor"):
        mcdonald_omega(Moments.of_covariance(impossible, 100))


def test_pairs_that_share_nothing_do_not_determine_a_factor() -> None:
    unrelated = np.eye(4)
    unrelated[0, 1] = unrelated[1, 0] = 0.5
    unrelated[2, 3] = unrelated[3, 2] = -0.5
    with pytest.raises(NotEstimable, match="determine"):
        mcdonald_omega(Moments.of_covariance(unrelated, 100))


def test_noise_whose_likelihood_has_no_maximum_is_refused() -> None:
    noise = np.random.default_rng(2).normal(size=(10, 8))
    with pytest.raises(NotEstimable, match="converge"):
        mcdonald_omega(noise)


def test_a_badly_fitting_small_sample_is_still_fitted() -> None:
    rng = np.random.default_rng(0)
    items = rng.normal(size=(10, 8)) + 0.7 * rng.normal(size=(10, 1))
    correlation = Moments.of(items).correlation
    fit = fit_one_factor(correlation)
    implied = np.outer(fit.loadings, fit.loadings) + np.diag(fit.uniquenesses)
    inverse = np.linalg.inv(implied)
    np.testing.assert_allclose((inverse @ (implied - correlation) @ inverse).diagonal(), 0, atol=1e-6)


def test_an_impossible_confidence_level_is_refused() -> None:
    with pytest.raises(InvalidArgument):
        mcdonald_omega(np.eye(5), confidence_level=95)
