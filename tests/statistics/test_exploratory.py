from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from factor_analyzer import FactorAnalyzer
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from agreement import agrees
from factor_data import EFA_DATA, EFA_SETS, efa_moments, simple_structure, simulated_answers
from oracle import oracle_expected, oracle_frame, oracle_matrix
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import ExploratoryFactorAnalysis, Moments, exploratory_factor_analysis

METHODS = {"minres": "minres", "ml": "ml", "principal_axis": "pa"}
RMSEA = ("RMSEA", "lower", "upper")
ROTATIONS = ["none", "varimax", "promax", "oblimin"]
#: psych ends where R's optimiser stops, which near a Heywood case is nearly 1e-5 from here.
ITERATED = {"minres": 1e-5, "ml": 1e-4, "principal_axis": 1e-8}


def solution_of(name: str) -> dict[str, Any]:
    block = oracle_expected("efa")["sets"][name]
    solutions: dict[str, Any] = next(value for key, value in block.items() if key.startswith("nf"))
    return solutions


def n_factors_of(name: str) -> int:
    return next(int(key[2:]) for key in oracle_expected("efa")["sets"][name] if key.startswith("nf"))


def matching(found: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Signed permutation that brings the columns of `found` to those of `wanted`."""
    overlap = found.T @ wanted
    rows, columns = linear_sum_assignment(-np.abs(overlap))
    change = np.zeros_like(overlap)
    change[rows, columns] = np.sign(overlap[rows, columns])
    return change


def reproduced(result: ExploratoryFactorAnalysis) -> NDArray[np.float64]:
    return result.loadings @ result.factor_correlations @ result.loadings.T


@pytest.mark.parametrize(("name", "method", "rotation"), list(product(EFA_SETS, METHODS, ROTATIONS)))
def test_loadings_and_factor_correlations_agree_with_psych(name: str, method: str, rotation: str) -> None:
    expected = solution_of(name)[f"{METHODS[method]}_{rotation}"]
    found = exploratory_factor_analysis(efa_moments(name), n_factors_of(name), method=method, rotation=rotation)
    wanted = oracle_matrix(expected["loadings"]).to_numpy()
    change = matching(found.loadings, wanted)
    tolerance = ITERATED[method]
    assert found.converged
    source = {"reference": f"psych::fa ({method})", "data": EFA_DATA[name], "absolute": tolerance}
    agrees(exploratory_factor_analysis, found.loadings @ change, wanted, **source)
    agrees(exploratory_factor_analysis, found.communalities, expected["communality"], **source)
    agrees(exploratory_factor_analysis, found.uniquenesses, expected["uniqueness"], **source)
    if expected["phi"] is not None:
        correlations = change.T @ found.factor_correlations @ change
        agrees(exploratory_factor_analysis, correlations, oracle_matrix(expected["phi"]), **source)
    else:
        assert np.array_equal(found.factor_correlations, np.eye(len(change)))


@pytest.mark.parametrize(("name", "method", "rotation"), list(product(EFA_SETS, METHODS, ROTATIONS)))
def test_factors_come_in_the_order_and_with_the_signs_of_psych(name: str, method: str, rotation: str) -> None:
    expected = solution_of(name)[f"{METHODS[method]}_{rotation}"]
    found = exploratory_factor_analysis(efa_moments(name), n_factors_of(name), method=method, rotation=rotation)
    assert found.loadings == pytest.approx(oracle_matrix(expected["loadings"]).to_numpy(), abs=1e-4)
    explained = expected["vaccounted"]["values"]
    assert found.variance == pytest.approx(explained[0], abs=1e-4)
    assert found.variance_share == pytest.approx(explained[1], abs=1e-5)


@pytest.mark.parametrize(("name", "method"), list(product(EFA_SETS, METHODS)))
def test_fit_agrees_with_psych(name: str, method: str) -> None:
    expected = solution_of(name)[f"{METHODS[method]}_none"]
    fit = exploratory_factor_analysis(efa_moments(name), n_factors_of(name), method=method).fit
    assert fit.df == expected["dof"]
    # what follows from another number by a difference or a root has the wider tolerance
    for numbers, wanted, relative in (
        ([fit.objective, fit.chi_square], [expected["objective"], expected["chi2_likelihood"]], 1e-6),
        ([fit.tli, fit.fit_off_diagonal], [expected["tli"], expected["fit_offdiag"]], 1e-6),
        ([fit.rmsea, fit.rmsea_ci_low, fit.rmsea_ci_high], [expected["rmsea"][k] for k in RMSEA], 1e-5),
        (fit.bic, expected["bic"], 1e-5),
        ([fit.rms_residual, fit.rms_residual_corrected], [expected["rms"], expected["crms"]], 1e-4),
        (fit.p_value, expected["p"], 1e-4),
    ):
        agrees(
            exploratory_factor_analysis,
            numbers,
            wanted,
            reference="psych::fa (fit)",
            data=EFA_DATA[name],
            relative=relative,
        )


@pytest.mark.parametrize("name", EFA_SETS)
def test_maximum_likelihood_agrees_with_factanal(name: str) -> None:
    expected = solution_of(name)["factanal_ml"]
    found = exploratory_factor_analysis(efa_moments(name), n_factors_of(name), method="ml")
    agrees(
        exploratory_factor_analysis,
        found.uniquenesses,
        expected["uniqueness"],
        reference="factanal",
        data=EFA_DATA[name],
        absolute=1e-4,
    )


def test_a_heywood_case_is_said_by_name() -> None:
    found = exploratory_factor_analysis(efa_moments("kiosk_P24"), 6, method="ml")
    assert found.uniquenesses["p08"] == pytest.approx(0.005, abs=1e-5)
    assert [str(caveat) for caveat in found.caveats if "p08" in caveat and "Heywood" in caveat]
    assert not exploratory_factor_analysis(efa_moments("kiosk_P24"), 6, method="minres").caveats


def test_a_heywood_case_of_principal_axis_goes_beyond_one_and_is_said() -> None:
    correlation = np.array([[1, 0.8, 0.7, 0.1], [0.8, 1, 0.4, 0.1], [0.7, 0.4, 1, 0.1], [0.1, 0.1, 0.1, 1]])
    moments = Moments.of_covariance(correlation, 200, ["a", "b", "c", "d"])
    found = exploratory_factor_analysis(moments, 1, method="principal_axis")
    assert found.uniquenesses["a"] < 0
    assert "Heywood case: the factors explain all of the variance of a," in found.caveats[0]
    assert found.loadings[0, 0] > 1


# ---- the faults of factor_analyzer that this implementation must not have ----


@pytest.mark.parametrize("rotation", ["promax", "oblimin"])
def test_factor_correlations_follow_their_factors(rotation: str) -> None:
    answers = oracle_frame("bfi").loc[:, "A1":"O5"].dropna()
    found = exploratory_factor_analysis(answers, 5, rotation=rotation)
    unrotated = exploratory_factor_analysis(answers, 5)
    assert reproduced(found) == pytest.approx(reproduced(unrotated), abs=1e-12)

    other = FactorAnalyzer(5, rotation=rotation, method="minres").fit(answers)
    change = matching(other.loadings_, found.loadings)
    assert other.loadings_ @ change == pytest.approx(found.loadings, abs=2e-4)
    in_its_order = np.abs(change.T @ other.phi_ @ change)
    assert np.abs(in_its_order - np.abs(found.factor_correlations)).max() > 0.1


def test_communalities_of_correlated_factors_count_their_correlation() -> None:
    answers = oracle_frame("bfi").loc[:, "A1":"O5"].dropna()
    found = exploratory_factor_analysis(answers, 5, rotation="oblimin")
    unrotated = exploratory_factor_analysis(answers, 5)
    assert dict(found.communalities) == pytest.approx(dict(unrotated.communalities), abs=1e-12)
    assert sum(found.variance) == pytest.approx(sum(found.communalities.values()), rel=1e-12)
    assert np.abs((found.loadings**2).sum(axis=1) - list(found.communalities.values())).max() > 0.02


def test_varimax_of_factor_analyzer_is_a_second_reference() -> None:
    answers = oracle_frame("holzinger1939").loc[:, "x1":"x9"]
    other = FactorAnalyzer(3, rotation="varimax", method="minres").fit(answers)
    found = exploratory_factor_analysis(answers, 3, rotation="varimax")
    assert other.loadings_ @ matching(other.loadings_, found.loadings) == pytest.approx(found.loadings, abs=2e-4)


# ---- recovery, invariance ----


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rotation", ["promax", "oblimin"])
def test_known_loadings_are_recovered(method: str, rotation: str) -> None:
    truth = simple_structure(3, 5)
    found = exploratory_factor_analysis(simulated_answers(20_000, truth), 3, method=method, rotation=rotation)
    change = matching(found.loadings, truth)
    assert found.loadings @ change == pytest.approx(truth, abs=0.04)
    assert np.abs(found.factor_correlations[np.triu_indices(3, 1)]) == pytest.approx([0.3] * 3, abs=0.04)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["minres", "ml", "principal_axis"]))
@settings(max_examples=25)
def test_order_scale_and_direction_of_items_change_nothing_but_signs(seed: int, method: str) -> None:
    rng = np.random.default_rng(seed)
    answers = simulated_answers(400, simple_structure(2, 4), seed=seed)
    order = list(rng.permutation(list(answers.columns)))
    signs = pd.Series(rng.choice([-1.0, 1.0], size=8), index=answers.columns)
    changed = (answers * signs * 2.5 + 4)[order].sample(frac=1, random_state=seed)
    first = exploratory_factor_analysis(answers, 2, method=method, rotation="varimax")
    second = exploratory_factor_analysis(changed, 2, method=method, rotation="varimax")
    assert dict(second.communalities) == pytest.approx(dict(first.communalities), abs=1e-4)
    back = pd.DataFrame(second.loadings, index=order).loc[list(answers.columns)].mul(signs, axis=0).to_numpy()
    assert back @ matching(back, first.loadings) == pytest.approx(first.loadings, abs=1e-3)


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_one_factor_is_not_rotated(rotation: str) -> None:
    answers = simulated_answers(200, simple_structure(1, 5))
    found = exploratory_factor_analysis(answers, 1, rotation=rotation)
    assert found.loadings == pytest.approx(exploratory_factor_analysis(answers, 1).loadings)
    assert found.factor_correlations.tolist() == [[1.0]]


def test_answers_and_moments_give_the_same_loadings() -> None:
    answers = oracle_frame("bfi").loc[:, "A1":"O5"]
    from_rows = exploratory_factor_analysis(answers, 5, rotation="oblimin")
    from_moments = exploratory_factor_analysis(Moments.of(answers), 5, rotation="oblimin")
    assert from_rows.loadings == pytest.approx(from_moments.loadings, abs=1e-9)
    assert from_rows.items == from_moments.items == tuple(answers.columns)


# ---- wrong calls and data that carry no factors ----


@pytest.mark.parametrize("n_factors", [0, -1, 4, 9])
def test_impossible_numbers_of_factors_are_refused(n_factors: int) -> None:
    with pytest.raises(InvalidArgument):
        exploratory_factor_analysis(simulated_answers(100, simple_structure(1, 6)), n_factors)


def test_a_model_without_degrees_of_freedom_has_no_test() -> None:
    fit = exploratory_factor_analysis(simulated_answers(100, simple_structure(1, 3)), 1).fit
    assert (fit.df, fit.p_value, fit.rmsea) == (0, None, None)
    assert fit.chi_square == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("arguments", [{"method": "uls"}, {"rotation": "quartimax"}])
def test_unknown_methods_are_refused_with_the_known_ones(arguments: dict[str, str]) -> None:
    with pytest.raises(InvalidArgument, match="one of"):
        exploratory_factor_analysis(efa_moments("hs9"), 3, **arguments)


@pytest.mark.parametrize("method", METHODS)
def test_data_without_correlations_are_refused_with_the_reason(method: str) -> None:
    answers = simulated_answers(60, simple_structure(1, 5))
    for spoilt, reason in [
        (answers.assign(i1=np.nan), "Only 0"),
        (answers.iloc[:1], "Only 1"),
        (answers.iloc[:2], "more respondents than items"),
        (answers.assign(i1=4), "same on i1"),
        (answers.assign(i1=answers["i2"]), "i1 and i2 correlate perfectly"),
        (answers.assign(i1=answers["i2"] + answers["i3"]), "combinations"),
    ]:
        with pytest.raises(NotEstimable, match=reason):
            exploratory_factor_analysis(spoilt, 1, method=method)


@pytest.mark.parametrize("method", ["minres", "principal_axis"])
def test_more_factors_than_there_are_is_refused(method: str) -> None:
    correlation = np.full((5, 5), 0.5)
    np.fill_diagonal(correlation, 1)
    with pytest.raises(NotEstimable, match="share only 1 factors"):
        exploratory_factor_analysis(Moments.of_covariance(correlation, 100), 2, method=method)


@pytest.mark.parametrize("method", METHODS)
def test_items_that_share_nothing_have_no_factor(method: str) -> None:
    with pytest.raises(NotEstimable, match="share only 0 factors"):
        exploratory_factor_analysis(Moments.of_covariance(np.eye(5), 100), 1, method=method)


def test_reproduced_correlations_that_are_not_possible_leave_no_chi_square() -> None:
    correlation = np.array(
        [[1, -0.76, -0.43, 0.16], [-0.76, 1, 0.91, 0.14], [-0.43, 0.91, 1, 0.23], [0.16, 0.14, 0.23, 1]]
    )
    found = exploratory_factor_analysis(Moments.of_covariance(correlation, 100), 1, method="principal_axis")
    assert found.fit.chi_square is None
    assert [str(caveat) for caveat in found.caveats if "no χ²" in caveat]
