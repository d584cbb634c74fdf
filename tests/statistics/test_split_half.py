from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from agreement import agrees
from oracle import oracle_expected
from scales import SCALES, scale_items, source_of
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import cronbach_alpha, split_half

BRUTE = [name for name in SCALES if "split_brute_raw" in oracle_expected("reliability")["scales"][name]]


def answers(n: int, k: int, seed: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 1)) + rng.normal(size=(n, k))


@pytest.mark.parametrize("name", BRUTE)
def test_all_splits_agree_with_those_counted_out_in_r(name: str) -> None:
    expected = oracle_expected("reliability")["scales"][name]["split_brute_raw"]
    found = split_half(scale_items(name))
    assert found.n_splits == expected["n_splits"]
    assert not found.is_sampled
    compared = {
        "spearman_brown_mean": found.value,
        "spearman_brown_min": found.spearman_brown_min,
        "spearman_brown_max": found.spearman_brown_max,
        "lambda4_mean": found.lambda4_mean,
        "lambda4_min": found.lambda4_min,
        "lambda4_max": found.lambda4_max,
    }
    agrees(
        split_half,
        compared,
        {key: expected[key] for key in compared},
        reference="all splits counted out in R",
        data=source_of(name),
        relative=1e-8,
    )


@pytest.mark.parametrize("k", [2, 3, 6, 7])
def test_the_coefficients_are_those_of_the_two_sums(k: int) -> None:
    items = answers(40, k, k)
    correlations = []
    for half in combinations(range(k), k // 2):
        rest = [i for i in range(k) if i not in half]
        correlations.append(np.corrcoef(items[:, half].sum(axis=1), items[:, rest].sum(axis=1))[0, 1])
    coefficients = 2 * np.array(correlations) / (1 + np.array(correlations))
    assert split_half(items).value == pytest.approx(coefficients.mean(), rel=1e-12)


def test_sixteen_items_are_split_in_all_ways_and_seventeen_by_chance_which_is_said() -> None:
    assert split_half(answers(50, 16, 1)).n_splits == 6435
    sampled = split_half(answers(50, 17, 1), n_sampled=500)
    assert (sampled.n_splits, sampled.is_sampled) == (500, True)
    assert sampled.caveats[-1] == "500 random splits stand for all 24310."


def test_sampled_splits_can_be_repeated_and_halve_the_scale() -> None:
    items = answers(200, 20, 2)
    assert split_half(items, seed=4).value == split_half(items, seed=4).value
    # The mean of λ₄ over all splits into equal halves is alpha (Cronbach 1951).
    assert split_half(items).lambda4_mean == pytest.approx(cronbach_alpha(items).value, abs=0.002)


@given(seed=st.integers(0, 2**32 - 1), k=st.integers(1, 4))
@settings(max_examples=25)
def test_the_mean_lambda4_of_an_even_scale_is_alpha(seed: int, k: int) -> None:
    items = answers(30, 2 * k, seed)
    found = split_half(items)
    assert found.lambda4_mean == pytest.approx(cronbach_alpha(items).value, rel=1e-9)
    assert found.lambda4_min <= found.lambda4_mean <= found.lambda4_max
    assert found.spearman_brown_min <= found.value <= found.spearman_brown_max
    shuffled = items[:, np.random.default_rng(seed).permutation(2 * k)]
    assert split_half(5 - 2 * shuffled).value == pytest.approx(found.value, rel=1e-9)


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        (np.empty((0, 4)), "respondents"),
        (np.ones((1, 4)), "respondents"),
        (np.full((9, 4), np.nan), "respondents"),
        (np.arange(9.0).reshape(9, 1), "two items"),
        (np.full((9, 4), 2.0), "same sum"),
        (np.column_stack([np.arange(9.0), np.ones((9, 3))]), "half has the same sum"),
        (np.column_stack([np.arange(9.0), -np.arange(9.0), answers(9, 2, 1)]), "half has the same sum"),
    ],
)
def test_what_cannot_be_split_is_refused_with_the_reason(items: NDArray[np.float64], reason: str) -> None:
    with pytest.raises(NotEstimable, match=reason):
        split_half(items)


def test_identical_items_are_perfectly_reliable() -> None:
    assert split_half(np.repeat(np.arange(9.0)[:, None], 4, axis=1)).value == pytest.approx(1)


def test_no_splits_at_all_are_refused() -> None:
    with pytest.raises(InvalidArgument):
        split_half(answers(30, 20, 1), n_sampled=0)
