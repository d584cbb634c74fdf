from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from agreement import agrees
from factor_data import blocks, simple_structure, simulated_answers
from oracle import oracle_expected, oracle_frame
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import ConfirmatoryFactorAnalysis, Moments, Parameter, confirmatory_factor_analysis

DATA = {
    "hs3": "holzinger1939",
    "hs1": "holzinger1939",
    "bfi5": "bfi",
    "kiosk6_sat": "servqual_kiosk",
    "kiosk8_P": "servqual_kiosk",
}
SERVPERF = {
    "tangibles": ["p01", "p02", "p03", "p04"],
    "reliability": ["p05", "p06", "p07", "p08", "p09"],
    "responsiveness": ["p10", "p11", "p12", "p13"],
    "assurance": ["p14", "p15", "p16", "p17"],
    "empathy": ["p18", "p19", "p20", "p21", "p22"],
}
#: lavaan stops short of the maximum by up to this share or this many standard errors; its χ² is never the smaller one.
SHORT_OF_MAXIMUM = 3e-5
IN_STANDARD_ERRORS = 1e-4
MEASURES = {
    "chi_square": "chisq",
    "baseline_chi_square": "baseline.chisq",
    "cfi": "cfi",
    "tli": "tli",
    "rmsea": "rmsea",
    "rmsea_ci_low": "rmsea.ci.lower",
    "rmsea_ci_high": "rmsea.ci.upper",
    "srmr": "srmr",
    "log_likelihood": "logl",
    "aic": "aic",
    "bic": "bic",
}


def expected_model(name: str) -> dict[str, Any]:
    model: dict[str, Any] = oracle_expected("cfa")["models"][name]
    return model


def model_of(name: str) -> dict[str, list[str]]:
    lines = (line.split("=~") for line in expected_model(name)["model"].splitlines())
    return {factor.strip(): [item.strip() for item in items.split("+")] for factor, items in lines}


def fitted(name: str) -> ConfirmatoryFactorAnalysis:
    return confirmatory_factor_analysis(oracle_frame(DATA[name]), model_of(name))


def by_label(result: ConfirmatoryFactorAnalysis) -> dict[tuple[str, str, str], Parameter]:
    table = {(entry.left, entry.operator, entry.right): entry for entry in result.parameters}
    return table | {(right, operator, left): entry for (left, operator, right), entry in table.items()}


@pytest.mark.parametrize("name", DATA)
def test_fit_agrees_with_lavaan(name: str) -> None:
    expected, result = expected_model(name)["fit"], fitted(name)
    assert result.converged
    assert result.fit.chi_square <= expected["chisq"] * (1 + 1e-12)
    assert result.n == expected["ntotal"]
    assert (result.fit.df, result.fit.baseline_df) == (expected["df"], expected["baseline.df"])
    assert result.fit.n_parameters == expected["npar"]
    source = {"reference": "lavaan::cfa (fit)", "data": DATA[name], "relative": 1e-5}
    measures = {measure: getattr(result.fit, attribute) for attribute, measure in MEASURES.items()}
    agrees(confirmatory_factor_analysis, measures, {measure: expected[measure] for measure in measures}, **source)
    # R takes these as 1 − a distribution function, which ends at 1e-16
    p_values = [result.fit.p_value, result.fit.rmsea_close_p]
    wanted = [expected["pvalue"], expected["rmsea.pvalue"]]
    agrees(confirmatory_factor_analysis, p_values, wanted, **source, absolute=1e-14)


def parameters_agree(name: str, what: str, actual: object, expected: object, **tolerance: float) -> None:
    reference = f"lavaan::cfa ({what})"
    agrees(confirmatory_factor_analysis, actual, expected, reference=reference, data=DATA[name], **tolerance)


@pytest.mark.parametrize("name", DATA)
def test_parameters_agree_with_lavaan(name: str) -> None:
    result = fitted(name)
    table, expected = by_label(result), expected_model(name)["parameters"]
    assert len(result.parameters) == len(expected)
    for row in expected:
        found = table[row["lhs"], row["op"], row["rhs"]]
        parameters_agree(name, "standardised", found.standardized, row["std.all"], absolute=1e-5)
        if row["se"] == 0:
            assert found.is_fixed
            assert (found.estimate, found.se, found.z, found.p_value) == (1.0, None, None, None)
            continue
        step = IN_STANDARD_ERRORS * row["se"]
        for what, number, wanted, relative, absolute in (
            ("estimates", found.estimate, row["est"], SHORT_OF_MAXIMUM, step),
            ("standard errors", found.se, row["se"], 1e-4, 0.0),
            ("z", found.z, row["z"], 1e-4, 1e-4),
            ("p-values", found.p_value, row["pvalue"], 2e-3, 1e-14),
            ("bounds", found.ci_low, row["ci.lower"], 1e-4, step),
            ("bounds", found.ci_high, row["ci.upper"], 1e-4, step),
        ):
            parameters_agree(name, what, number, wanted, relative=relative, absolute=absolute)


@pytest.mark.parametrize("name", DATA)
def test_factor_correlations_and_residuals_agree_with_lavaan(name: str) -> None:
    expected, result = expected_model(name), fitted(name)
    correlations = np.array(expected["factor_correlations"]["values"])
    pairs = np.triu_indices(len(correlations), 1)
    parameters_agree(name, "standardised", result.factor_correlations[pairs], correlations[pairs], absolute=1e-5)
    largest = np.abs(result.residual_correlations).max()
    parameters_agree(name, "residual correlations", largest, expected["residual_cor_max_abs"], absolute=1e-5)


def test_the_published_fit_of_the_holzinger_swineford_model_is_met() -> None:
    fit = fitted("hs3").fit
    assert round(fit.chi_square, 3) == 85.306
    assert (fit.df, round(fit.cfi, 3), round(fit.tli, 3), round(fit.srmr, 3)) == (24, 0.931, 0.896, 0.065)
    assert (round(fit.rmsea, 3), round(fit.rmsea_ci_low, 3), round(fit.rmsea_ci_high, 3)) == (0.092, 0.071, 0.114)


def test_semopy_is_a_second_reference() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # semopy's own use of older pandas and numpy
        import semopy

        answers = oracle_frame("holzinger1939").loc[:, "x1":"x9"]
        other = semopy.Model(expected_model("hs3")["model"])
        other.fit(answers)
        table = other.inspect()
    result = by_label(fitted("hs3"))
    for _, row in table.iterrows():
        label = (row["rval"], "=~", row["lval"]) if row["op"] == "~" else (row["lval"], "~~", row["rval"])
        agrees(
            confirmatory_factor_analysis,
            result[label].estimate,
            row["Estimate"],
            reference="semopy (its own convergence)",
            data="holzinger1939",
            absolute=2e-3,
        )


def test_a_negative_disturbance_of_a_second_order_model_is_said() -> None:
    result = confirmatory_factor_analysis(oracle_frame("servperf_sq"), SERVPERF, second_order={"quality": [*SERVPERF]})
    disturbance = by_label(result)["responsiveness", "~~", "responsiveness"]
    assert disturbance.estimate == pytest.approx(-0.0026, abs=5e-5)
    assert result.converged
    assert [str(caveat) for caveat in result.caveats] == [
        "Improper solution: the variance of responsiveness is estimated as negative."
    ]
    assert [entry.right for entry in result.loadings[-5:]] == [*SERVPERF]
    assert result.loadings[-5].is_fixed


def test_a_second_order_factor_over_three_factors_fits_like_their_correlations() -> None:
    answers = simulated_answers(500, simple_structure(3, 4), factor_correlation=0.5)
    plain = confirmatory_factor_analysis(answers, blocks(3, 4))
    above = confirmatory_factor_analysis(answers, blocks(3, 4), second_order="quality")
    assert above.fit.chi_square == pytest.approx(plain.fit.chi_square, rel=1e-9)
    assert above.factor_correlations == pytest.approx(plain.factor_correlations, abs=1e-7)
    shared = plain.factor_correlations
    first = by_label(above)["quality", "=~", "f1"].standardized
    assert first == pytest.approx(np.sqrt(shared[0, 1] * shared[0, 2] / shared[1, 2]), abs=1e-6)


@pytest.mark.parametrize("second_order", ["general", True, {"general": ["f1", "f2", "f3"]}])
def test_a_second_order_factor_can_be_asked_for_in_three_ways(second_order: Any) -> None:
    answers = simulated_answers(300, simple_structure(3, 3), factor_correlation=0.5)
    result = confirmatory_factor_analysis(answers, blocks(3, 3), second_order=second_order)
    assert result.second_order == {"general": ("f1", "f2", "f3")}


def test_factors_beside_a_second_order_factor_correlate_with_it() -> None:
    answers = simulated_answers(800, simple_structure(4, 3), factor_correlation=0.5)
    result = confirmatory_factor_analysis(answers, blocks(4, 3), second_order={"quality": ["f1", "f2", "f3"]})
    assert by_label(result)["f4", "~~", "quality"].z > 2
    assert ("f1", "~~", "f2") not in by_label(result)


def test_known_loadings_are_recovered() -> None:
    truth = simple_structure(3, 4)
    result = confirmatory_factor_analysis(simulated_answers(20_000, truth), blocks(3, 4))
    assert result.standardized_loadings == pytest.approx(truth, abs=0.02)
    assert result.factor_correlations[np.triu_indices(3, 1)] == pytest.approx([0.3] * 3, abs=0.03)
    assert result.fit.rmsea < 0.01


def test_a_true_model_is_rejected_in_five_per_cent_of_samples_and_its_intervals_cover() -> None:
    truth = simple_structure(2, 4)
    results = [
        confirmatory_factor_analysis(simulated_answers(400, truth, seed=seed), blocks(2, 4)) for seed in range(300)
    ]
    assert np.mean([result.fit.p_value < 0.05 for result in results]) == pytest.approx(0.05, abs=0.03)
    ratio = truth[1, 0] / truth[0, 0]
    covered = [
        entry.ci_low <= ratio <= entry.ci_high for entry in (by_label(result)["f1", "=~", "i2"] for result in results)
    ]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.04)


def test_wald_tests_and_intervals_follow_from_estimate_and_standard_error() -> None:
    result = confirmatory_factor_analysis(
        simulated_answers(200, simple_structure(1, 5)), blocks(1, 5), confidence_level=0.9
    )
    entry = result.loadings[2]
    assert entry.z == pytest.approx(entry.estimate / entry.se)
    assert entry.p_value == pytest.approx(2 * ndtr(-abs(entry.z)))
    assert (entry.ci_high - entry.ci_low) / entry.se == pytest.approx(2 * 1.6448536269514722)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_order_scale_shift_and_direction_of_items_change_no_standardised_result(seed: int) -> None:
    rng = np.random.default_rng(seed)
    answers = simulated_answers(300, simple_structure(2, 4), seed=seed)
    model = blocks(2, 4)
    first = confirmatory_factor_analysis(answers, model)
    flips = pd.Series(rng.choice([-1.0, 1.0], size=8), index=answers.columns)
    changed = (answers * flips * rng.uniform(0.1, 9, size=8) + rng.normal(size=8)).sample(frac=1, random_state=seed)
    other = {factor: list(rng.permutation(model[factor])) for factor in ("f2", "f1")}
    second = confirmatory_factor_analysis(changed[list(rng.permutation(list(answers.columns)))], other)
    assert second.fit.chi_square == pytest.approx(first.fit.chi_square, rel=1e-7)
    assert second.fit.srmr == pytest.approx(first.fit.srmr, rel=1e-5)
    back = pd.DataFrame(second.standardized_loadings, index=second.items, columns=list(second.factors))
    expected = pd.DataFrame(first.standardized_loadings, index=first.items, columns=list(first.factors))
    assert back.abs().loc[expected.index, expected.columns].to_numpy() == pytest.approx(
        expected.abs().to_numpy(), abs=1e-6
    )


def test_every_holder_of_the_answers_gives_the_same_result() -> None:
    answers = oracle_frame("holzinger1939")
    model = model_of("hs3")
    items = [item for factor in model.values() for item in factor]
    expected = confirmatory_factor_analysis(answers, model).fit
    numbered = {factor: [str(items.index(item) + 1) for item in parts] for factor, parts in model.items()}
    for found in (
        confirmatory_factor_analysis(pl.from_pandas(answers), model),
        confirmatory_factor_analysis(Moments.of(answers[items]), model),
        confirmatory_factor_analysis(answers[items].to_numpy(), numbered),
        confirmatory_factor_analysis(answers[items].to_numpy().tolist(), numbered),
    ):
        assert found.fit.chi_square == pytest.approx(expected.chi_square, rel=1e-9)
        assert found.fit.aic == pytest.approx(expected.aic, rel=1e-12)


def test_only_items_of_the_model_decide_which_rows_are_complete() -> None:
    answers = simulated_answers(200, simple_structure(1, 4)).assign(other=np.nan, text="x")
    assert confirmatory_factor_analysis(answers, blocks(1, 4)).n == 200
    answers.loc[:9, "i2"] = np.nan
    assert confirmatory_factor_analysis(answers, blocks(1, 4)).n == 190


def test_a_result_survives_pickling() -> None:
    result = confirmatory_factor_analysis(simulated_answers(100, simple_structure(1, 4)), blocks(1, 4))
    assert pickle.loads(pickle.dumps(result)).fit == result.fit


# ---- improper solutions ----


def test_a_heywood_case_is_said_by_name() -> None:
    correlation = np.array([[1, 0.8, 0.7], [0.8, 1, 0.4], [0.7, 0.4, 1]])
    moments = Moments.of_covariance(correlation, 200, ["a", "b", "c"])
    result = confirmatory_factor_analysis(moments, {"f": ["a", "b", "c"]})
    assert result.standardized_loadings[:, 0] == pytest.approx([1.4**0.5, 0.8 / 1.4**0.5, 0.7 / 1.4**0.5], abs=1e-6)
    assert [str(caveat) for caveat in result.caveats] == [
        "Heywood case: the residual variance of a is estimated as negative."
    ]
    assert (result.fit.df, result.fit.p_value, result.fit.rmsea, result.fit.tli) == (0, None, 0.0, 1.0)


def test_factors_that_correlate_beyond_one_are_said() -> None:
    correlation = np.array([[1, 0.4, 0.5, 0.5], [0.4, 1, 0.5, 0.5], [0.5, 0.5, 1, 0.4], [0.5, 0.5, 0.4, 1]])
    moments = Moments.of_covariance(correlation, 300, ["a", "b", "c", "d"])
    result = confirmatory_factor_analysis(moments, {"f": ["a", "b"], "g": ["c", "d"]})
    assert result.factor_correlations[0, 1] == pytest.approx(1.25, abs=1e-6)
    assert "f and g are estimated to correlate beyond one" in result.caveats[0]


def test_a_negative_factor_variance_leaves_no_standardised_solution() -> None:
    correlation = np.array([[1, -0.1, 0.4, 0.1], [-0.1, 1, 0.2, 0], [0.4, 0.2, 1, 0.4], [0.1, 0, 0.4, 1]])
    moments = Moments.of_covariance(correlation, 300, ["a", "b", "c", "d"])
    result = confirmatory_factor_analysis(moments, {"f": ["a", "b"], "g": ["c", "d"]})
    assert result.converged
    assert by_label(result)["f", "~~", "f"].estimate < 0
    assert "variance of f is estimated as negative" in result.caveats[1]
    assert result.standardized_loadings is None
    assert result.factor_correlations is None
    assert by_label(result)["f", "=~", "b"].standardized is None
    assert by_label(result)["g", "=~", "d"].standardized is not None


def test_a_search_without_end_is_said_and_gives_no_standard_errors() -> None:
    correlation = np.array([[1, -0.5, 0.3], [-0.5, 1, 0.4], [0.3, 0.4, 1]])
    moments = Moments.of_covariance(correlation, 300, ["a", "b", "c"])
    result = confirmatory_factor_analysis(moments, {"f": ["a", "b", "c"]})
    assert not result.converged
    assert "did not converge" in result.caveats[-1]
    assert all(entry.se is None for entry in result.parameters)


def test_a_single_item_is_taken_as_free_of_error_and_said() -> None:
    answers = simulated_answers(300, simple_structure(2, 3))
    result = confirmatory_factor_analysis(answers, {"f1": ["i1", "i2", "i3"], "f2": ["i4"]})
    assert by_label(result)["i4", "~~", "i4"].is_fixed
    assert by_label(result)["f2", "=~", "i4"].standardized == pytest.approx(1)
    assert "i4 alone stands for a factor" in result.caveats[0]


def test_an_item_may_load_on_two_factors() -> None:
    truth = simple_structure(2, 4)
    truth[4] = [0.3, 0.5]
    answers = simulated_answers(5000, truth)
    result = confirmatory_factor_analysis(
        answers, {"f1": ["i1", "i2", "i3", "i4", "i5"], "f2": ["i6", "i7", "i8", "i5"]}
    )
    assert result.fit.df == 18
    found = pd.DataFrame(result.standardized_loadings, index=result.items).loc[list(answers.columns)]
    assert found.to_numpy() == pytest.approx(truth, abs=0.05)


# ---- refusals ----


def test_data_without_correlations_are_refused_with_the_reason() -> None:
    answers = simulated_answers(60, simple_structure(1, 5))
    for spoilt, reason in [
        (answers.assign(i1=np.nan), "Only 0"),
        (answers.iloc[:1], "Only 1"),
        (answers.iloc[:2], "more respondents than items"),
        (answers.iloc[:5], "more respondents than items"),
        (answers.assign(i1=4), "same on i1"),
        (answers.assign(i1=answers["i2"]), "i1 and i2 correlate perfectly"),
        (answers.assign(i1=answers["i2"] + answers["i3"]), "combinations"),
    ]:
        with pytest.raises(NotEstimable, match=reason):
            confirmatory_factor_analysis(spoilt, blocks(1, 5))


def test_a_model_with_more_parameters_than_covariances_is_refused() -> None:
    with pytest.raises(NotEstimable, match="more parameters"):
        confirmatory_factor_analysis(simulated_answers(100, simple_structure(1, 2)), blocks(1, 2))


def test_a_model_that_the_data_do_not_identify_is_refused() -> None:
    answers = simulated_answers(300, simple_structure(2, 4), factor_correlation=0.5)
    with pytest.raises(NotEstimable, match="do not identify"):
        confirmatory_factor_analysis(answers, blocks(2, 4), second_order="general")


@pytest.mark.parametrize(
    ("model", "second_order", "reason"),
    [
        ({}, None, "must map"),
        (["i1", "i2"], None, "must map"),
        ({"f": []}, None, "at least one"),
        ({"f": "i1"}, None, "at least one"),
        ({"f": ["i1", "i1", "i2"]}, None, "twice"),
        ({"i1": ["i1", "i2", "i3"]}, None, "different names"),
        ({"f": ["i1", "i2", "nope"]}, None, "no column 'nope'"),
        ({"f": ["i1", "i2", "i3"]}, "general", "at least two"),
        ({"f": ["i1", "i2"], "g": ["i3", "i4"]}, {"general": ["f", "h"]}, "at least two"),
        ({"f": ["i1", "i2"], "g": ["i3", "i4"]}, {"a": ["f", "g"], "b": ["f", "g"]}, "one second-order factor only"),
        ({"f": ["i1", "i2"], "g": ["i3", "i4"]}, "f", "different names"),
    ],
)
def test_models_that_cannot_be_meant_are_wrong_calls(model: Any, second_order: Any, reason: str) -> None:
    answers = simulated_answers(100, simple_structure(1, 6))
    with pytest.raises(InvalidArgument, match=reason):
        confirmatory_factor_analysis(answers, model, second_order=second_order)


@pytest.mark.parametrize("level", [0.0, 1.0, 95])
def test_confidence_levels_lie_between_zero_and_one(level: float) -> None:
    with pytest.raises(InvalidArgument):
        confirmatory_factor_analysis(
            simulated_answers(100, simple_structure(1, 4)), blocks(1, 4), confidence_level=level
        )
