from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from agreement import agrees
from oracle import oracle_expected
from scales import SCALES, scale_items, source_of
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import (
    Moments,
    cronbach_alpha,
    guttman_lambda2,
    guttman_lambda6,
    item_diagnostics,
    standardized_alpha,
)

EXACT = 1e-8
COEFFICIENTS = [cronbach_alpha, standardized_alpha, guttman_lambda2, guttman_lambda6]


def expected(name: str) -> dict[str, Any]:
    scale: dict[str, Any] = oracle_expected("reliability")["scales"][name]
    return scale


@pytest.mark.parametrize("name", SCALES)
def test_alpha_and_its_interval_agree_with_psych(name: str) -> None:
    scale = expected(name)
    alpha = cronbach_alpha(scale_items(name))
    assert alpha.n == scale["n_complete"]
    agrees(
        cronbach_alpha,
        [alpha.value, alpha.ci_low, alpha.ci_high],
        [scale["raw_alpha"], scale["alpha_feldt_ci95"]["lower"], scale["alpha_feldt_ci95"]["upper"]],
        reference="psych::alpha with Feldt's interval",
        data=source_of(name),
        relative=EXACT,
    )


@pytest.mark.parametrize("name", SCALES)
def test_the_other_coefficients_agree_with_psych(name: str) -> None:
    scale, items = expected(name), Moments.of(scale_items(name))
    for statistic, reference, wanted in (
        (standardized_alpha, "psych::alpha", scale["std_alpha"]),
        (guttman_lambda2, "λ₂ by its formula in R", scale["guttman"]["lambda2_raw"]),
        (guttman_lambda6, "psych::alpha", scale["guttman_lambda6_smc"]),
    ):
        value = statistic(items).value
        agrees(statistic, value, wanted, reference=reference, data=source_of(name), relative=EXACT)


@pytest.mark.parametrize("name", SCALES)
def test_item_diagnostics_agree_with_psych(name: str) -> None:
    scale = expected(name)
    for found, item in zip(item_diagnostics(scale_items(name)), scale["item"], strict=True):
        assert (found.item, found.n) == (item["item"], item["n"])
        compared = ["mean", "sd", "r_drop", "smc"]
        if scale["k"] > 2:
            compared.append("alpha_if_deleted")
        else:
            assert found.alpha_if_deleted is None
        agrees(
            item_diagnostics,
            {key: getattr(found, key) for key in compared},
            {key: item[key] for key in compared},
            reference="psych::alpha, psych::smc",
            data=source_of(name),
            relative=EXACT,
        )


def test_blanks_are_dropped_before_respondents_are_counted_for_the_interval() -> None:
    rng = np.random.default_rng(5)
    items = rng.normal(size=(300, 1)) + rng.normal(size=(300, 4))
    holed = items.copy()
    holed[100:, 0] = np.nan
    with_blanks, without = cronbach_alpha(holed), cronbach_alpha(items[:100])
    assert (with_blanks.ci_low, with_blanks.ci_high, with_blanks.n) == (without.ci_low, without.ci_high, 100)
    assert "200 of 300" in with_blanks.caveats[0]


@pytest.mark.parametrize("statistic", [*COEFFICIENTS, item_diagnostics])
@pytest.mark.parametrize(
    "items",
    [
        np.empty((0, 3)),
        np.ones((1, 3)),
        np.full((9, 3), np.nan),
        np.arange(9.0).reshape(9, 1),
    ],
    ids=["nobody", "one respondent", "all blank", "one item"],
)
def test_too_little_is_refused_with_the_reason(statistic: Any, items: NDArray[np.float64]) -> None:
    with pytest.raises(NotEstimable) as refused:
        statistic(items)
    assert refused.value.reason.endswith(".")


@pytest.mark.parametrize("statistic", COEFFICIENTS)
@pytest.mark.parametrize(
    "items",
    [np.full((9, 3), 4.0), np.full((9, 3), 0.1), np.column_stack([np.arange(9.0), -np.arange(9.0)])],
    ids=["constant items", "constant items that binary numbers miss", "items that cancel out"],
)
def test_a_sum_score_without_differences_has_no_reliability(statistic: Any, items: NDArray[np.float64]) -> None:
    with pytest.raises(NotEstimable, match="same"):
        statistic(items)


def test_two_respondents_give_an_estimate_that_says_how_little_it_is() -> None:
    alpha = cronbach_alpha([[1, 2, 1], [3, 5, 4]])
    assert alpha.n == 2
    assert any("Only 2 respondents" in caveat for caveat in alpha.caveats)


def test_items_that_are_copies_of_each_other_are_perfectly_reliable() -> None:
    column = np.arange(40.0)
    items = np.column_stack([column, column, column])
    for statistic in COEFFICIENTS:
        assert statistic(items).value == pytest.approx(1, abs=1e-12)
    assert cronbach_alpha(items).ci_low == pytest.approx(1, abs=1e-12)
    for item in item_diagnostics(items):
        assert item.r_drop == pytest.approx(1)
        assert item.smc == pytest.approx(1)


def test_a_constant_item_is_named_and_its_own_diagnostics_are_absent() -> None:
    rng = np.random.default_rng(2)
    items = rng.normal(size=(50, 4)) + rng.normal(size=(50, 1))
    items[:, 2] = 7
    alpha = cronbach_alpha(Moments.of(items, columns=["a", "b", "c", "d"]))
    assert alpha.caveats == ("Everybody gave the same answer to: c.",)
    constant = item_diagnostics(items)[2]
    assert (constant.r_drop, constant.smc, constant.sd) == (None, None, 0)
    assert constant.alpha_if_deleted == pytest.approx(cronbach_alpha(items[:, [0, 1, 3]]).value)
    with pytest.raises(NotEstimable, match="same answer to: 3"):
        standardized_alpha(items)


def test_when_all_other_items_are_constant_an_item_has_no_diagnostics() -> None:
    items = np.column_stack([np.arange(40.0), np.full(40, 2.0), np.full(40, 3.0)])
    assert next((item.r_drop, item.alpha_if_deleted) for item in item_diagnostics(items)) == (None, None)


def test_a_singular_matrix_still_has_squared_multiple_correlations() -> None:
    rng = np.random.default_rng(8)
    items = rng.normal(size=(60, 4))
    items[:, 3] = items[:, 0] + items[:, 1]
    smc = [item.smc for item in item_diagnostics(items)]
    assert [smc[0], smc[1], smc[3]] == pytest.approx([1, 1, 1])
    design = np.column_stack([np.ones(60), items[:, [0, 1, 3]]])
    residual = items[:, 2] - design @ np.linalg.lstsq(design, items[:, 2], rcond=None)[0]
    assert smc[2] == pytest.approx(1 - residual @ residual / (59 * items[:, 2].var(ddof=1)))


def test_a_negative_alpha_is_given_with_the_advice_to_check_the_keys() -> None:
    rng = np.random.default_rng(3)
    trait = rng.normal(size=100)
    alpha = cronbach_alpha(np.column_stack([trait, -trait + 0.1 * rng.normal(size=100), rng.normal(size=100)]))
    assert alpha.value < 0
    assert any("reverse-keyed" in caveat for caveat in alpha.caveats)


def test_two_items_carry_a_caveat() -> None:
    alpha = cronbach_alpha(np.random.default_rng(1).normal(size=(40, 2)) + np.arange(40)[:, None])
    assert alpha.caveats == ("A scale of two items says little about internal consistency.",)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_an_impossible_confidence_level_is_refused(level: float) -> None:
    with pytest.raises(InvalidArgument, match="confidence_level"):
        cronbach_alpha([[1, 2], [2, 3]], confidence_level=level)


ANSWERS = arrays(np.float64, st.tuples(st.integers(6, 30), st.integers(2, 6)), elements=st.integers(1, 7).map(float))


@given(items=ANSWERS, seed=st.integers(0, 2**32 - 1))
def test_the_order_of_respondents_and_items_and_the_scale_do_not_matter(items: NDArray[np.float64], seed: int) -> None:
    try:
        alpha = cronbach_alpha(items)
    except NotEstimable:
        return
    rng = np.random.default_rng(seed)
    shuffled = items[rng.permutation(len(items))][:, rng.permutation(items.shape[1])]
    for other in (shuffled, 3 * items + 11, 8 - items):
        assert cronbach_alpha(other).value == pytest.approx(alpha.value, rel=1e-9, abs=1e-9)


@given(items=ANSWERS)
def test_the_interval_contains_alpha_and_lambda2_is_never_below_it(items: NDArray[np.float64]) -> None:
    try:
        alpha = cronbach_alpha(items)
    except NotEstimable:
        return
    assert alpha.ci_low is not None
    assert alpha.ci_high is not None
    assert alpha.ci_low <= alpha.value <= alpha.ci_high <= 1
    assert guttman_lambda2(items).value >= alpha.value - 1e-9 * abs(alpha.value)


@given(items=ANSWERS, data=st.data())
def test_alpha_of_merged_parts_is_alpha_of_the_whole(items: NDArray[np.float64], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(items)))
    merged = Moments.merge(Moments.of(items[:cut]), Moments.of(items[cut:]))
    try:
        alpha = cronbach_alpha(items)
    except NotEstimable:
        return
    assert cronbach_alpha(merged).value == pytest.approx(alpha.value, rel=1e-10, abs=1e-10)
