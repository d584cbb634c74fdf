from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa as statsmodels_kappa

from agreement import agrees
from oracle import oracle_expected, oracle_frame
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import cohen_kappa, fleiss_kappa, intraclass_correlation, kendall_w
from servq.statistics.agreement_intraclass import IntraclassForm

FORMS: list[IntraclassForm] = ["ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k"]


def _close(expected: object, rel: float = 1e-8) -> Any:
    return pytest.approx(expected, rel=rel)


def _occasions() -> pd.DataFrame:
    """Mean state anxiety on three occasions, positive-affect items reversed, as the expected file describes."""
    frame = oracle_frame("sai_flat_testretest")
    expected = oracle_expected("agreement")["results"]["test_retest_sai_flat"]
    scored = frame.drop(columns=["study", "time", "id"])
    positive = ["calm", "secure", "at.ease", "rested", "comfortable", "confident", "relaxed", "content", "joyful"]
    positive += ["pleasant"]
    scored[positive] = 5 - scored[positive]
    scores = frame.assign(score=scored.mean(axis=1, skipna=False)).pivot_table(
        index="id", columns="time", values="score"
    )
    assert len(scores.dropna()) == expected["n"]
    return scores


@pytest.mark.parametrize("form", FORMS)
def test_the_six_forms_agree_with_r_on_the_published_example(form: IntraclassForm) -> None:
    expected = oracle_expected("agreement")["results"]["icc_shrout_fleiss_1979"]["psych"][form]
    agreement = intraclass_correlation(oracle_frame("shrout_fleiss_1979").drop(columns="subject"), form)
    agrees(
        intraclass_correlation,
        [agreement.value, agreement.statistic, agreement.p_value, agreement.ci_low, agreement.ci_high],
        [expected[name] for name in ("icc", "F", "p", "lower", "upper")],
        reference="psych::ICC",
        data="shrout_fleiss_1979",
        relative=1e-8,
    )
    assert agreement.df == (expected["df1"], expected["df2"])


@pytest.mark.parametrize(("form", "published"), list(zip(FORMS, [0.17, 0.29, 0.71, 0.44, 0.62, 0.91], strict=True)))
def test_the_six_forms_agree_with_the_printed_table(form: IntraclassForm, published: float) -> None:
    ratings = oracle_frame("shrout_fleiss_1979").drop(columns="subject")
    agrees(
        intraclass_correlation,
        intraclass_correlation(ratings, form).value,
        published,
        reference="table printed in Shrout & Fleiss (1979)",
        data="shrout_fleiss_1979",
        absolute=0.005,
    )


@pytest.mark.parametrize("form", FORMS)
def test_the_six_forms_agree_with_r_on_three_occasions(form: IntraclassForm) -> None:
    expected = oracle_expected("agreement")["results"]["test_retest_sai_flat"]["icc"]["psych"][form]
    agreement = intraclass_correlation(_occasions(), form)
    agrees(
        intraclass_correlation,
        [agreement.value, agreement.statistic, agreement.p_value, agreement.ci_low, agreement.ci_high],
        [expected[name] for name in ("icc", "F", "p", "lower", "upper")],
        reference="psych::ICC",
        data="sai_flat_testretest",
        relative=1e-8,
    )


def test_fleiss_kappa_agrees_with_r() -> None:
    expected = oracle_expected("agreement")["results"]["fleiss_kappa_irr_diagnoses"]
    kappa = fleiss_kappa(expected["data"])
    agrees(
        fleiss_kappa,
        [kappa.value, kappa.statistic],
        [expected["kappa"], expected["z"]],
        reference="irr::kappam.fleiss",
        data="diagnoses of Fleiss (1971)",
        relative=1e-8,
    )
    assert kappa.n == expected["n"]
    assert (kappa.ci_low or 1) < kappa.value < (kappa.ci_high or 0)


LABELS = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=8, max_size=40)


@pytest.mark.parametrize(("weights", "wt"), [(None, None), ("linear", "linear"), ("quadratic", "quadratic")])
@given(LABELS)
def test_kappa_agrees_with_statsmodels(weights: Any, wt: Any, pairs: list[tuple[int, int]]) -> None:
    first, second = zip(*pairs, strict=True)
    assume(len({*first, *second}) > 1)
    table = np.zeros((4, 4))
    np.add.at(table, (np.array(first) - 1, np.array(second) - 1), 1)
    used = table.any(axis=0) | table.any(axis=1)
    table = table[np.ix_(used, used)]
    assume(len(table) > 1 and (table.sum(axis=1) > 0).sum() > 1 and (table.sum(axis=0) > 0).sum() > 1)
    assume(np.trace(table) < table.sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = statsmodels_kappa(table, wt=wt)
    assume(expected.std_kappa0 > 1e-6)  # else the frequencies alone decide the agreement
    kappa = cohen_kappa(first, second, weights)
    source = {"reference": "statsmodels cohens_kappa", "data": "random labels"}
    agrees(cohen_kappa, kappa.value, expected.kappa, **source, absolute=1e-10)
    # statsmodels takes the root of the rounding error where the variance is 0
    variance = float(np.nan_to_num(expected.std_kappa)) ** 2
    agrees(cohen_kappa, (kappa.se or 0.0) ** 2, variance, **source, absolute=1e-10)
    agrees(cohen_kappa, kappa.statistic, expected.kappa / expected.std_kappa0, **source, absolute=1e-8)


@given(LABELS)
def test_swapping_raters_and_renaming_categories_changes_nothing(pairs: list[tuple[int, int]]) -> None:
    first, second = zip(*pairs, strict=True)
    try:
        kappa = cohen_kappa(first, second)
    except NotEstimable:
        return
    swapped = cohen_kappa(second, first)
    renamed = cohen_kappa([f"x{9 - one}" for one in first], [f"x{9 - one}" for one in second])
    for other in (swapped, renamed):
        assert [kappa.value, kappa.ci_low, kappa.p_value] == pytest.approx(
            [other.value, other.ci_low, other.p_value], abs=1e-10
        )


def test_unused_points_of_the_response_scale_count_in_weighted_kappa() -> None:
    first, second = [1, 1, 5, 5, 5], [1, 5, 5, 5, 1]
    plain = cohen_kappa(first, second, "linear")
    named = cohen_kappa([1, 2, 5, 5, 5], [1, 5, 5, 5, 1], "linear", categories=[1, 2, 3, 4, 5])
    squeezed = cohen_kappa([1, 2, 5, 5, 5], [1, 5, 5, 5, 1], "linear")
    assert plain.value == _close(cohen_kappa(first, second).value)
    assert named.value != _close(squeezed.value)


@pytest.mark.parametrize("weights", [None, "linear"])
def test_raters_without_a_common_category_have_no_kappa(weights: Any) -> None:
    with pytest.raises(NotEstimable, match="none beyond chance"):
        cohen_kappa([1, 1, 2, 2, 1, 2, 2], [3, 4, 3, 4, 4, 3, 3], weights)


def test_categories_may_be_an_array_but_must_differ() -> None:
    labels = ([1, 2, 2, 3], [1, 2, 3, 3])
    assert cohen_kappa(*labels, categories=np.arange(1, 4)) == cohen_kappa(*labels)  # type: ignore[arg-type]  # on purpose
    for wrong in ([1, 2, 2, 3], [1, 2, 3, None]):
        with pytest.raises(InvalidArgument, match="each category once"):
            cohen_kappa(*labels, categories=wrong)


def test_kendall_w_without_ties_is_the_published_formula() -> None:
    ratings = np.array([[1, 2, 1], [2, 1, 3], [3, 4, 2], [4, 3, 4]])
    spread = ((ratings.sum(axis=1) - 7.5) ** 2).sum()
    agreement = kendall_w(ratings)
    assert agreement.value == _close(12 * spread / (9 * (4**3 - 4)))
    assert agreement.df == 3
    assert "rough" in agreement.caveats[0]


@given(st.integers(0, 1000))
def test_kendall_w_is_the_mean_rank_correlation_also_with_ties(seed: int) -> None:
    ratings = np.random.default_rng(seed).integers(1, 5, size=(9, 4))
    assume(all(len(set(column)) > 1 for column in ratings.T))
    # Friedman's statistic is m (n − 1) W, from an implementation of its own
    from scipy.stats import friedmanchisquare

    agreement = kendall_w(ratings)
    friedman = friedmanchisquare(*ratings)
    agrees(
        kendall_w,
        [agreement.statistic, agreement.p_value],
        [friedman.statistic, friedman.pvalue],
        reference="scipy.stats.friedmanchisquare",
        data="random ratings with ties",
        absolute=1e-9,
    )


def test_perfect_order_is_one_and_constant_raters_have_none() -> None:
    assert kendall_w([[1, 10], [2, 20], [3, 30]]).value == _close(1)
    with pytest.raises(NotEstimable, match="No rater"):
        kendall_w([[3, 3], [3, 3], [3, 3]])


@given(st.integers(0, 10_000), st.sampled_from(FORMS))
def test_the_interval_contains_the_intraclass_correlation_and_order_is_irrelevant(
    seed: int, form: IntraclassForm
) -> None:
    rng = np.random.default_rng(seed)
    ratings = rng.normal(size=(8, 1)) + rng.normal(size=(8, 3))
    agreement = intraclass_correlation(ratings, form)
    shuffled = intraclass_correlation(rng.permutation(rng.permutation(ratings), axis=1), form)
    assert agreement.value == pytest.approx(shuffled.value, rel=1e-9)
    assert (agreement.ci_low or -math.inf) <= agreement.value <= (agreement.ci_high or math.inf)


@pytest.mark.parametrize("form", FORMS)
def test_raters_in_perfect_step_have_no_interval(form: IntraclassForm) -> None:
    agreement = intraclass_correlation([[1, 1], [2, 2], [4, 4]], form)
    assert (agreement.value, agreement.ci_low, agreement.p_value) == (1, None, None)
    assert "no residual" in agreement.caveats[0]


def test_levels_of_raters_count_only_where_they_should() -> None:
    ratings = [[1, 3], [2, 4], [4, 6]]
    assert intraclass_correlation(ratings, "ICC3").value == 1
    assert intraclass_correlation(ratings, "ICC2").value < 1


@pytest.mark.parametrize("form", FORMS)
def test_ratings_that_do_not_vary_have_no_agreement(form: IntraclassForm) -> None:
    with pytest.raises(NotEstimable):
        intraclass_correlation([[3, 3], [3, 3]], form)


@pytest.mark.parametrize("form", ["ICC1", "ICC2", "ICC3"])
def test_targets_with_equal_means_agree_less_than_chance_and_have_finite_bounds(form: IntraclassForm) -> None:
    answers = np.random.default_rng(0).integers(1, 6, (60, 1))
    found = intraclass_correlation(np.hstack([answers, answers, -answers, -answers]), form)
    assert found.value < 0
    assert [found.ci_low, found.ci_high] == pytest.approx([found.value, found.value], abs=1e-12)


def test_targets_that_do_not_differ_have_no_reliability_of_the_mean() -> None:
    with pytest.raises(NotEstimable, match="do not differ"):
        intraclass_correlation([[1, 3], [3, 1], [2, 2]], "ICC3k")
    assert intraclass_correlation([[1, 3], [3, 1], [2, 2]], "ICC3").value == -1


@pytest.mark.parametrize("statistic", [intraclass_correlation, fleiss_kappa, kendall_w])
def test_too_few_targets_or_raters_are_said(statistic: Any) -> None:
    with pytest.raises(NotEstimable, match="targets were rated"):
        statistic([[1, 2], [math.nan, 1]])
    with pytest.raises(InvalidArgument, match="at least two raters"):
        statistic([[1], [2]])


def test_one_category_only_has_no_kappa() -> None:
    for second in ("aa", "ab"):
        with pytest.raises(NotEstimable, match="one category"):
            cohen_kappa(["a", "a"], list(second))
    with pytest.raises(NotEstimable, match="one category"):
        fleiss_kappa([["a", "a"], ["a", "a"]])
    with pytest.raises(NotEstimable, match="No target"):
        cohen_kappa([None, "a"], ["a", None])


def test_perfect_agreement_has_an_interval_without_width() -> None:
    kappa = cohen_kappa([1, 2, 3, 1], [1, 2, 3, 1])
    assert (kappa.value, kappa.ci_low, kappa.ci_high) == (1, 1, 1)
    assert kappa.caveats
    many = fleiss_kappa([["a"] * 3, ["b"] * 3, ["a"] * 3, ["b"] * 3])
    assert (many.value, many.se) == (1, 0)
    assert many.caveats


def test_one_deviating_target_leaves_fleiss_kappa_without_an_interval() -> None:
    kappa = fleiss_kappa([["a", "a"], ["a", "a"], ["a", "b"]])
    assert kappa.ci_low is None
    assert "no interval" in kappa.caveats[0]


def test_missing_labels_are_left_out_in_pairs() -> None:
    complete = cohen_kappa([1, 2, 2], [1, 2, 1])
    assert cohen_kappa([1, 2, 2, None, 1], [1, 2, 1, 2, math.nan]) == complete


def test_wrong_calls_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="weights"):
        cohen_kappa([1], [1], "cubic")  # type: ignore[arg-type]  # the point of the test
    with pytest.raises(InvalidArgument, match="aligned"):
        cohen_kappa([1, 2], [1])
    with pytest.raises(InvalidArgument, match="does not name 3"):
        cohen_kappa([1, 3], [1, 2], categories=[1, 2])
    with pytest.raises(InvalidArgument, match="form"):
        intraclass_correlation([[1, 2], [2, 3]], "ICC4")  # type: ignore[arg-type]  # the point of the test
    with pytest.raises(InvalidArgument, match="shape"):
        fleiss_kappa(["a", "b"])
