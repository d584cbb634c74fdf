from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreement import agrees
from factor_data import EFA_DATA, EFA_SETS, efa_moments, simple_structure, simulated_answers
from oracle import oracle_expected, oracle_frame
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import bartlett_sphericity, kmo, minimum_average_partial, parallel_analysis

EXACT = 1e-8
EVERY = [kmo, bartlett_sphericity, minimum_average_partial, parallel_analysis]
NEED_REGULAR = EVERY[:3]


@pytest.mark.parametrize("name", EFA_SETS)
def test_kmo_agrees_with_psych_overall_and_for_each_item(name: str) -> None:
    expected = oracle_expected("efa")["sets"][name]
    found = kmo(efa_moments(name))
    source = {"reference": "psych::KMO", "data": EFA_DATA[name], "relative": EXACT}
    agrees(kmo, found.value, expected["kmo_overall"], **source)
    agrees(kmo, found.items, expected["kmo_item"], **source)


@pytest.mark.parametrize("name", EFA_SETS)
def test_bartletts_test_agrees_with_psych(name: str) -> None:
    expected = oracle_expected("efa")["sets"][name]["bartlett"]
    found = bartlett_sphericity(efa_moments(name))
    source = {"reference": "psych::cortest.bartlett", "data": EFA_DATA[name]}
    agrees(bartlett_sphericity, found.statistic, expected["chi2"], **source, relative=EXACT)
    assert found.df == expected["df"]
    if expected["p"] > 0:
        agrees(bartlett_sphericity, found.p_value, expected["p"], **source, relative=EXACT)
    else:
        assert found.p_value < 1e-300


def test_answers_and_their_moments_give_the_same_kmo() -> None:
    answers = oracle_frame("bfi").loc[:, "A1":"O5"]
    from_rows, from_moments = kmo(answers), kmo(efa_moments("bfi25"))
    assert from_rows.n == from_moments.n == 2436
    assert from_rows.value == pytest.approx(from_moments.value, rel=1e-10)
    assert kmo(pl.from_pandas(answers)).value == pytest.approx(from_rows.value, rel=1e-12)


@pytest.mark.parametrize("name", EFA_SETS)
def test_average_partials_agree_with_psych_from_the_first_component_on(name: str) -> None:
    expected = oracle_expected("efa")["sets"][name]
    found = minimum_average_partial(efa_moments(name))
    agrees(
        minimum_average_partial,
        found.average_squared[1:9],
        expected["map"]["values"][:8],
        reference="psych::vss",
        data=EFA_DATA[name],
        relative=EXACT,
    )
    assert found.n_factors == expected["map"]["n_factors"]
    off_diagonal = np.array(expected["correlation"]["values"])[np.triu_indices(expected["p"], 1)]
    assert found.average_squared[0] == pytest.approx(np.mean(off_diagonal**2), rel=EXACT)
    assert found.average_fourth[0] == pytest.approx(np.mean(off_diagonal**4), rel=EXACT)


def test_the_revised_criterion_can_choose_another_number() -> None:
    found = minimum_average_partial(efa_moments("kiosk_P24"))
    assert (found.n_factors, found.n_factors_revised) == (2, 4)
    assert found.n_factors_revised == int(np.argmin(found.average_fourth))


@pytest.mark.parametrize("name", EFA_SETS)
def test_parallel_analysis_agrees_with_a_thousand_normal_samples_in_r(name: str) -> None:
    expected = oracle_expected("efa")["sets"][name]
    found = parallel_analysis(efa_moments(name))
    random = expected["parallel"]["pca_normal_1000"]
    for reference, numbers, wanted, tolerance in (
        ("eigen", found.eigenvalues, expected["eigenvalues_pc"], {"relative": EXACT}),
        ("a thousand normal samples in R (mean; random)", found.random_mean, random["mean"], {"absolute": 0.01}),
        ("the same samples (95th percentile; random)", found.random_quantile, random["q95"], {"absolute": 0.02}),
    ):
        agrees(parallel_analysis, numbers, wanted, reference=reference, data=EFA_DATA[name], **tolerance)
    assert (found.n_factors, found.n_factors_mean) == (random["n_retain_q95"], random["n_retain_mean"])


def test_parallel_analysis_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    moments = efa_moments("hs9")
    first = parallel_analysis(moments, n_samples=50, seed=3)
    assert first == parallel_analysis(moments, n_samples=50, seed=3)
    assert first.random_mean != parallel_analysis(moments, n_samples=50, seed=4).random_mean


def test_parallel_analysis_does_without_more_respondents_than_items() -> None:
    answers = simulated_answers(8, simple_structure(2, 5))
    found = parallel_analysis(answers, n_samples=50)
    assert sum(found.eigenvalues) == pytest.approx(10)
    assert sum(found.random_mean) == pytest.approx(10)
    assert found.random_mean[-1] == pytest.approx(0, abs=1e-8)
    assert "no variance" in found.caveats[0]


def test_a_known_number_of_factors_is_found() -> None:
    answers = simulated_answers(600, simple_structure(3, 5))
    assert parallel_analysis(answers, n_samples=100).n_factors == 3
    assert minimum_average_partial(answers).n_factors == 3


def test_uncorrelated_items_pass_for_a_factor_in_five_per_cent_of_samples() -> None:
    rng = np.random.default_rng(4)
    samples = [np.linalg.eigvalsh(np.corrcoef(rng.normal(size=(50, 8)), rowvar=False))[-1] for _ in range(2000)]
    limit = parallel_analysis(rng.normal(size=(50, 8)), n_samples=2000).random_quantile[0]
    assert np.mean(np.array(samples) > limit) == pytest.approx(0.05, abs=0.015)


def test_uncorrelated_items_leave_nothing_to_partial_out() -> None:
    assert minimum_average_partial(np.random.default_rng(4).normal(size=(500, 8))).n_factors == 0


@pytest.mark.parametrize("statistic", EVERY)
@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_complete_rows_are_refused(statistic: Callable[..., object], n: int) -> None:
    answers = np.full((5, 3), np.nan)
    answers[:n] = [1, 2, 4]
    with pytest.raises(NotEstimable, match=f"Only {n} complete rows"):
        statistic(answers)


@pytest.mark.parametrize("statistic", EVERY)
def test_a_constant_item_is_named(statistic: Callable[..., object]) -> None:
    answers = simulated_answers(50, simple_structure(1, 4)).assign(flat=3)
    with pytest.raises(NotEstimable, match="same on flat"):
        statistic(answers)


@pytest.mark.parametrize("statistic", EVERY)
def test_one_item_is_a_wrong_call(statistic: Callable[..., object]) -> None:
    with pytest.raises(InvalidArgument, match="two items"):
        statistic([[1], [2], [4]])


@pytest.mark.parametrize("statistic", NEED_REGULAR)
def test_perfectly_correlated_items_are_named(statistic: Callable[..., object]) -> None:
    answers = simulated_answers(50, simple_structure(1, 4)).assign(twin=lambda frame: 7 - 2 * frame["i2"])
    with pytest.raises(NotEstimable, match="i2 and twin correlate perfectly"):
        statistic(answers)


@pytest.mark.parametrize("statistic", NEED_REGULAR)
def test_a_singular_correlation_matrix_is_refused(statistic: Callable[..., object]) -> None:
    answers = simulated_answers(50, simple_structure(1, 4)).assign(total=lambda frame: frame.sum(axis=1))
    with pytest.raises(NotEstimable, match="combinations"):
        statistic(answers)


@pytest.mark.parametrize("statistic", NEED_REGULAR)
def test_no_more_respondents_than_items_are_refused(statistic: Callable[..., object]) -> None:
    with pytest.raises(NotEstimable, match="more respondents than items"):
        statistic(simulated_answers(4, simple_structure(1, 4)))


@pytest.mark.parametrize("statistic", NEED_REGULAR)
def test_two_rows_are_refused(statistic: Callable[..., object]) -> None:
    with pytest.raises(NotEstimable):
        statistic([[1, 2, 5], [2, 5, 1]])


def test_kmo_of_two_items_is_one_half() -> None:
    assert kmo(simulated_answers(50, simple_structure(1, 2))).value == pytest.approx(0.5)


@pytest.mark.parametrize("arguments", [{"quantile": 0.0}, {"quantile": 1.0}, {"n_samples": 19}])
def test_parallel_analysis_refuses_meaningless_settings(arguments: dict[str, float]) -> None:
    with pytest.raises(InvalidArgument):
        parallel_analysis(efa_moments("hs9"), **arguments)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_order_scale_and_direction_of_items_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    answers = simulated_answers(60, simple_structure(2, 3), seed=seed)
    order = rng.permutation(list(answers.columns))
    changed = (answers[order] * rng.choice([-3.0, 0.5, 2.0], size=6) + rng.normal(size=6)).sample(
        frac=1, random_state=seed
    )
    assert kmo(changed).value == pytest.approx(kmo(answers).value, rel=1e-8)
    assert bartlett_sphericity(changed).statistic == pytest.approx(bartlett_sphericity(answers).statistic, rel=1e-8)
    assert minimum_average_partial(changed).average_squared == pytest.approx(
        minimum_average_partial(answers).average_squared, rel=1e-6
    )
