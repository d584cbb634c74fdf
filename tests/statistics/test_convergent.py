from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreement import agrees
from factor_data import blocks, simple_structure, simulated_answers
from oracle import oracle_expected, oracle_frame, oracle_matrix
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import (
    Moments,
    average_variance_extracted,
    composite_reliability,
    confirmatory_factor_analysis,
    fornell_larcker,
    htmt,
)

DATA = {"hs3": "holzinger1939", "bfi5": "bfi", "kiosk6_sat": "servqual_kiosk", "kiosk8_P": "servqual_kiosk"}
BY_FACTOR = {"composite_reliability": composite_reliability, "ave": average_variance_extracted}


def expected_model(name: str) -> dict[str, Any]:
    model: dict[str, Any] = oracle_expected("cfa")["models"][name]
    return model


def model_of(name: str) -> dict[str, list[str]]:
    lines = (line.split("=~") for line in expected_model(name)["model"].splitlines())
    return {factor.strip(): [item.strip() for item in items.split("+")] for factor, items in lines}


@pytest.mark.parametrize("name", [*DATA, "hs1"])
@pytest.mark.parametrize("measure", BY_FACTOR)
def test_reliability_and_variance_extracted_agree_with_lavaans_loadings(name: str, measure: str) -> None:
    answers = oracle_frame(DATA.get(name, "holzinger1939"))
    found = BY_FACTOR[measure](answers, model_of(name))
    expected = expected_model(name)[measure]
    agrees(
        BY_FACTOR[measure],
        {factor: estimate.value for factor, estimate in found.items()},
        expected,
        reference="standardised loadings of lavaan::cfa",
        data=DATA.get(name, "holzinger1939"),
        absolute=1e-5,
    )
    assert {estimate.n for estimate in found.values()} == {expected_model(name)["n"]}


@pytest.mark.parametrize("name", DATA)
def test_htmt_and_htmt2_agree_with_semtools(name: str) -> None:
    found = htmt(oracle_frame(DATA[name]), model_of(name))
    expected = expected_model(name)["htmt"]
    pairs = np.triu_indices(len(found.factors), 1)
    for reference, ratios, wanted in (
        ("HTMT by its formula in R", found.ratios[pairs], oracle_matrix(expected["htmt"]).to_numpy()[pairs]),
        (
            "HTMT2 by its formula in R",
            found.ratios_geometric[pairs],
            oracle_matrix(expected["htmt2"]).to_numpy()[pairs],
        ),
        ("semTools::htmt", found.ratios, oracle_matrix(expected_model(name)["htmt_semTools"])),
    ):
        agrees(htmt, ratios, wanted, reference=reference, data=DATA[name], relative=1e-8)
    assert np.array_equal(found.ratios, found.ratios.T)
    assert found.factors == tuple(model_of(name))


@pytest.mark.parametrize("name", DATA)
def test_the_fornell_larcker_table_follows_from_lavaans_numbers(name: str) -> None:
    expected = expected_model(name)
    found = fornell_larcker(oracle_frame(DATA[name]), model_of(name))
    correlations = oracle_matrix(expected["factor_correlations"])
    roots = {factor: expected["ave"][factor] ** 0.5 for factor in found.factors}
    pairs = np.triu_indices(len(roots), 1)
    for numbers, wanted in (
        (np.diag(found.matrix), list(roots.values())),
        (found.matrix[pairs], correlations.to_numpy()[pairs]),
    ):
        reference = "AVE and factor correlations of lavaan::cfa"
        agrees(fornell_larcker, numbers, wanted, reference=reference, data=DATA[name], absolute=1e-5)
    factors = found.factors
    violations = {
        (first, second)
        for place, first in enumerate(factors)
        for second in factors[place + 1 :]
        if abs(correlations.loc[first, second]) >= min(roots[first], roots[second])
    }
    assert set(found.violations) == violations
    assert found.holds == (not violations)


def test_published_loadings_need_no_answers() -> None:
    loadings = [0.7, 0.8, 0.6]
    reliability = composite_reliability(loadings)
    assert reliability.value == pytest.approx(2.1**2 / (2.1**2 + 0.51 + 0.36 + 0.64), rel=1e-12)
    assert average_variance_extracted(np.array(loadings)).value == pytest.approx((0.49 + 0.64 + 0.36) / 3, rel=1e-12)
    assert "not known" in reliability.caveats[0]


def test_a_fitted_model_is_used_as_it_is() -> None:
    answers = simulated_answers(300, simple_structure(2, 4))
    fit = confirmatory_factor_analysis(answers, blocks(2, 4))
    assert composite_reliability(fit) == composite_reliability(answers, blocks(2, 4))
    assert average_variance_extracted(fit) == average_variance_extracted(Moments.of(answers), blocks(2, 4))
    assert fornell_larcker(fit).matrix == pytest.approx(fornell_larcker(answers, blocks(2, 4)).matrix, abs=1e-12)


def test_known_values_are_recovered() -> None:
    truth = simple_structure(2, 4)
    answers = simulated_answers(30_000, truth, factor_correlation=0.6)
    each = truth[:4, 0]
    reliability = each.sum() ** 2 / (each.sum() ** 2 + (1 - each**2).sum())
    assert composite_reliability(answers, blocks(2, 4))["f1"].value == pytest.approx(reliability, abs=0.01)
    assert average_variance_extracted(answers, blocks(2, 4))["f2"].value == pytest.approx((each**2).mean(), abs=0.01)
    assert htmt(answers, blocks(2, 4)).ratios_geometric[0, 1] == pytest.approx(0.6, abs=0.02)
    assert fornell_larcker(answers, blocks(2, 4)).holds


def test_two_names_for_one_factor_are_found_out() -> None:
    answers = simulated_answers(2000, simple_structure(1, 8))
    halves = {"first": ["i1", "i2", "i3", "i4"], "second": ["i5", "i6", "i7", "i8"]}
    assert htmt(answers, halves).ratios[0, 1] == pytest.approx(1, abs=0.05)
    assert fornell_larcker(answers, halves).violations == (("first", "second"),)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_htmt_does_not_see_order_scale_or_direction(seed: int) -> None:
    rng = np.random.default_rng(seed)
    answers = simulated_answers(100, simple_structure(2, 3), seed=seed)
    changed = (answers * rng.choice([-2.0, 3.0], size=6) + 1).sample(frac=1, random_state=seed)
    model = {factor: list(rng.permutation(items)) for factor, items in blocks(2, 3).items()}
    assert htmt(changed, model).ratios == pytest.approx(htmt(answers, blocks(2, 3)).ratios, rel=1e-9)
    assert htmt(changed, model).ratios_geometric == pytest.approx(
        htmt(answers, blocks(2, 3)).ratios_geometric, rel=1e-9
    )


@given(st.lists(st.floats(0.05, 0.99), min_size=1, max_size=12))
def test_reliability_and_variance_extracted_stay_between_0_and_1(loadings: list[float]) -> None:
    assert 0 <= average_variance_extracted(loadings).value <= 1
    assert average_variance_extracted(loadings).value <= composite_reliability(loadings).value + 1e-12 <= 1 + 1e-9


def test_htmt_of_too_little_is_refused() -> None:
    answers = simulated_answers(60, simple_structure(2, 3))
    with pytest.raises(InvalidArgument, match="two factors"):
        htmt(answers, {"f": ["i1", "i2"]})
    with pytest.raises(NotEstimable, match="f2 has one item only"):
        htmt(answers, {"f1": ["i1", "i2"], "f2": ["i4"]})
    with pytest.raises(NotEstimable, match="Only 1"):
        htmt(answers.iloc[:1], blocks(2, 3))
    with pytest.raises(NotEstimable, match="same on i2"):
        htmt(answers.assign(i2=1), blocks(2, 3))
    with pytest.raises(NotEstimable, match="Only 0"):
        htmt(answers.assign(i2=np.nan), blocks(2, 3))
    uncorrelated = Moments.of_covariance(np.eye(4), 100, ["a", "b", "c", "d"])
    with pytest.raises(NotEstimable, match="items of f, g do not correlate"):
        htmt(uncorrelated, {"f": ["a", "b"], "g": ["c", "d"]})


def test_htmt_of_two_rows_or_twin_items_is_still_defined() -> None:
    answers = simulated_answers(60, simple_structure(2, 3))
    assert htmt(answers.iloc[:2], blocks(2, 3)).ratios == pytest.approx(np.ones((2, 2)))
    assert np.isfinite(htmt(answers.assign(i2=answers["i1"]), blocks(2, 3)).ratios).all()


def test_factors_without_any_correlation_between_them_have_a_ratio_of_0() -> None:
    correlation = np.kron(np.eye(2), [[1, 0.5], [0.5, 1]])
    found = htmt(Moments.of_covariance(correlation, 100, list("abcd")), {"f": ["a", "b"], "g": ["c", "d"]})
    assert (found.ratios[0, 1], found.ratios_geometric[0, 1]) == (0, 0)


def test_a_factor_of_negative_variance_has_neither_measure() -> None:
    correlation = np.array([[1, -0.1, 0.4, 0.1], [-0.1, 1, 0.2, 0], [0.4, 0.2, 1, 0.4], [0.1, 0, 0.4, 1]])
    moments = Moments.of_covariance(correlation, 300, ["a", "b", "c", "d"])
    for statistic in (composite_reliability, average_variance_extracted, fornell_larcker):
        with pytest.raises(NotEstimable, match="variance of a factor"):
            statistic(moments, {"f": ["a", "b"], "g": ["c", "d"]})


def test_a_heywood_case_is_passed_on() -> None:
    correlation = np.array([[1, 0.8, 0.7], [0.8, 1, 0.4], [0.7, 0.4, 1]])
    found = composite_reliability(Moments.of_covariance(correlation, 200, list("abc")), {"f": ["a", "b", "c"]})
    assert "Heywood" in found["f"].caveats[0]


@pytest.mark.parametrize("statistic", [composite_reliability, average_variance_extracted, fornell_larcker])
def test_answers_need_a_model(statistic: Any) -> None:
    with pytest.raises(InvalidArgument, match="model"):
        statistic(simulated_answers(60, simple_structure(1, 4)))


@pytest.mark.parametrize("loadings", [[], [0.5, np.nan]])
def test_loadings_without_numbers_are_refused(loadings: list[float]) -> None:
    with pytest.raises(InvalidArgument):
        composite_reliability(loadings)
