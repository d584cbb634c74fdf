from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from agreement import agrees
from factor_data import blocks, simple_structure, simulated_answers
from oracle import oracle_expected, oracle_frame
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import Moments, confirmatory_factor_analysis, measurement_invariance

LEVELS = ["configural", "metric", "scalar"]
HOLZINGER = {"visual": ["x1", "x2", "x3"], "textual": ["x4", "x5", "x6"], "speed": ["x7", "x8", "x9"]}
MEASURES = {
    "chi_square": "chisq",
    "df": "df",
    "cfi": "cfi",
    "tli": "tli",
    "rmsea": "rmsea",
    "srmr": "srmr",
    "aic": "aic",
    "bic": "bic",
}


def two_groups(shift: float = 0.0, loading: float = 0.8, n: int = 600) -> pd.DataFrame:
    """Two groups with other factor means; in the second, item i1 is shifted and i2 loads otherwise."""
    truth = simple_structure(1, 5)
    second = truth.copy()
    second[1, 0] = loading
    answers = pd.concat([simulated_answers(n, truth, seed=1), simulated_answers(n, second, seed=2)], ignore_index=True)
    answers.loc[n:] = answers.loc[n:] + 0.5 * truth[:, 0]
    answers.loc[n:, "i1"] += shift
    return answers.assign(site=["north"] * n + ["south"] * n)


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_agrees_with_lavaan(level: str) -> None:
    expected = oracle_expected("cfa")["models"]["hs3_invariance_by_school"][level]
    result = measurement_invariance(oracle_frame("holzinger1939"), HOLZINGER, "school")
    step = getattr(result, level)
    assert step.level == level
    assert step.converged
    assert not step.caveats
    source = {"reference": f"lavaan::cfa with groups ({level})", "data": "holzinger1939"}
    measures = {measure: getattr(step.fit, attribute) for attribute, measure in MEASURES.items()}
    wanted = {measure: expected[measure] for measure in measures}
    agrees(measurement_invariance, measures, wanted, **source, relative=1e-5)
    agrees(measurement_invariance, step.fit.p_value, expected["pvalue"], **source, relative=1e-4)
    if level != "configural":
        source["reference"] = "lavaan::lavTestLRT"
        agrees(measurement_invariance, step.delta_chi_square, expected["delta_chisq"], **source, relative=1e-6)
        assert step.delta_df == expected["delta_df"]
        agrees(measurement_invariance, step.delta_p, expected["delta_p"], **source, relative=1e-5)


def test_the_schools_share_loadings_but_not_intercepts() -> None:
    expected = oracle_expected("cfa")["models"]["hs3_invariance_by_school"]
    result = measurement_invariance(oracle_frame("holzinger1939"), HOLZINGER, "school")
    assert result.held == "metric"
    assert result.groups == {"Grant-White": 145, "Pasteur": 156}
    assert result.n == 301
    for before, level in (("configural", "metric"), ("metric", "scalar")):
        step = getattr(result, level)
        agrees(
            measurement_invariance,
            [step.delta_cfi, step.delta_rmsea],
            [expected[level][measure] - expected[before][measure] for measure in ("cfi", "rmsea")],
            reference="differences of lavaan::fitMeasures",
            data="holzinger1939",
            absolute=1e-8,
        )
    first = result.configural
    assert (first.delta_chi_square, first.delta_df, first.delta_p, first.delta_cfi) == (None, None, None, None)


def test_the_configural_model_is_the_sum_of_the_models_of_the_groups() -> None:
    answers = two_groups()
    result = measurement_invariance(answers, blocks(1, 5), "site")
    alone = [confirmatory_factor_analysis(part, blocks(1, 5)).fit for _, part in answers.groupby("site")]
    assert result.configural.fit.chi_square == pytest.approx(sum(fit.chi_square for fit in alone), rel=1e-8)
    assert result.configural.fit.df == sum(fit.df for fit in alone)
    assert result.configural.fit.log_likelihood == pytest.approx(sum(fit.log_likelihood for fit in alone), rel=1e-10)


def test_equal_measurement_is_held_though_the_groups_differ_in_level() -> None:
    assert measurement_invariance(two_groups(), blocks(1, 5), "site").held == "scalar"


def test_a_shifted_item_fails_at_the_scalar_level_only() -> None:
    result = measurement_invariance(two_groups(shift=0.6), blocks(1, 5), "site")
    assert result.held == "metric"
    assert result.metric.delta_p > 0.05
    assert result.scalar.delta_p < 1e-6


def test_an_item_that_belongs_in_one_group_only_fails_at_the_metric_level() -> None:
    result = measurement_invariance(two_groups(loading=0.1), blocks(1, 5), "site")
    assert result.held == "configural"
    assert result.metric.delta_p < 1e-6


def test_levels_are_nested_and_their_degrees_of_freedom_are_counted() -> None:
    frame = simulated_answers(900, simple_structure(2, 4))
    result = measurement_invariance(frame, blocks(2, 4), ["a", "b", "c"] * 300)
    assert [step.fit.df for step in result.steps] == [57, 57 + 2 * 6, 57 + 2 * 6 + 2 * 6]
    assert [step.delta_df for step in result.steps[1:]] == [12, 12]
    assert all(step.delta_chi_square >= 0 for step in result.steps[1:])


def test_names_and_order_of_groups_and_rows_do_not_matter() -> None:
    answers = two_groups(shift=0.2)
    expected = measurement_invariance(answers, blocks(1, 5), "site")
    renamed = answers.assign(site=answers["site"].map({"north": "z", "south": "a"})).sample(frac=1, random_state=1)
    found = measurement_invariance(renamed, blocks(1, 5), "site")
    for before, after in zip(expected.steps, found.steps, strict=True):
        assert after.fit.chi_square == pytest.approx(before.fit.chi_square, rel=1e-7)


def test_every_holder_of_answers_and_labels_gives_the_same_result() -> None:
    answers = two_groups(shift=0.2)
    expected = measurement_invariance(answers, blocks(1, 5), "site").scalar.fit.chi_square
    numbered = {"f1": ["1", "2", "3", "4", "5"]}
    for frame, model, groups in (
        (pl.from_pandas(answers), blocks(1, 5), "site"),
        (answers, blocks(1, 5), answers["site"]),
        (answers.loc[:, "i1":"i5"].to_numpy(), numbered, answers["site"].tolist()),
        (answers.assign(site=answers["site"].astype("category")), blocks(1, 5), "site"),
        (answers.assign(site=[1] * 600 + [2] * 600), blocks(1, 5), "site"),
    ):
        found = measurement_invariance(frame, model, groups).scalar.fit.chi_square
        assert found == pytest.approx(expected, rel=1e-8)


def test_rows_without_a_group_or_an_item_are_left_out() -> None:
    answers = two_groups()
    answers.loc[:9, "site"] = None
    answers.loc[1190:, "i3"] = np.nan
    assert measurement_invariance(answers, blocks(1, 5), "site").groups == {"north": 590, "south": 590}


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda frame: frame.assign(site="north"), "At least 2 groups"),
        (lambda frame: frame.assign(site=None), "At least 2 groups"),
        (lambda frame: frame.iloc[:601], "Group south: Only 1"),
        (lambda frame: frame.iloc[:605], "Group south: 5 complete respondents for 5 items"),
        (lambda frame: frame.assign(i1=frame["i1"].where(frame["site"] == "north", 4)), "Group south: .* same on i1"),
        (
            lambda frame: frame.assign(i1=frame["i1"].where(frame["site"] == "north", frame["i2"])),
            "correlate perfectly",
        ),
        (lambda frame: frame.assign(i1=np.nan), "Only 0"),
    ],
)
def test_groups_that_carry_no_model_are_refused_by_name(spoil: Any, reason: str) -> None:
    with pytest.raises(NotEstimable, match=reason):
        measurement_invariance(spoil(two_groups()), blocks(1, 5), "site")


def test_a_model_with_too_few_items_is_refused() -> None:
    with pytest.raises(NotEstimable, match="more parameters"):
        measurement_invariance(two_groups(), {"f1": ["i1", "i2"]}, "site")


def test_wrong_calls_are_refused() -> None:
    answers = two_groups()
    with pytest.raises(InvalidArgument, match="no column 'town'"):
        measurement_invariance(answers, blocks(1, 5), "town")
    with pytest.raises(InvalidArgument, match="aligned"):
        measurement_invariance(answers, blocks(1, 5), ["a", "b"])
    with pytest.raises(InvalidArgument, match="needs the answers"):
        measurement_invariance(Moments.of(answers.loc[:, "i1":"i5"]), blocks(1, 5), ["a", "b"])
    with pytest.raises(InvalidArgument, match="no column 'i9'"):
        measurement_invariance(answers, {"f1": ["i1", "i9"]}, "site")


def test_an_improper_solution_is_said_with_its_group() -> None:
    truth = simple_structure(1, 4)
    bad = simulated_answers(25, np.array([[0.95], [0.9], [0.2], [0.1]]), seed=5)
    answers = pd.concat([simulated_answers(300, truth), bad], ignore_index=True)
    result = measurement_invariance(answers, blocks(1, 4), ["good"] * 300 + ["small"] * 25)
    assert [str(caveat) for caveat in result.configural.caveats if "Heywood" in caveat and "small" in caveat]
