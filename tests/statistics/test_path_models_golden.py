"""Path models against four R packages, on the ECSI mobile phone data and others that they ship."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from oracle import oracle_frame, oracle_matrix
from path_data import SERVPERF, SERVPERF_FORMED, SERVPERF_PATHS, ecsi_blocks, ecsi_paths, path_results
from servq.statistics import PathModel, construct_importance_performance, ecsi_index, pls_path_model, plsc

#: The R packages stop when weights change by 1e-6 or 1e-7; these are what is left of that.
WEIGHTS, FIT = 1e-7, 1e-8
SCHEMES = ("centroid", "factorial", "path")
BANK = {
    "IMAG": [f"imag{i}" for i in range(1, 6)],
    "EXPE": [f"expe{i}" for i in range(1, 6)],
    "QUAL": [f"qual{i}" for i in range(1, 6)],
    "VAL": [f"val{i}" for i in range(1, 5)],
    "SAT": [f"sat{i}" for i in range(1, 5)],
    "LOY": [f"loy{i}" for i in range(1, 5)],
}
BANK_PATHS = {
    "EXPE": ["IMAG"],
    "QUAL": ["EXPE"],
    "VAL": ["EXPE", "QUAL"],
    "SAT": ["IMAG", "EXPE", "QUAL", "VAL"],
    "LOY": ["IMAG", "SAT"],
}


def mobile(scheme: str, **settings: Any) -> PathModel:
    return pls_path_model(oracle_frame("ecsi_mobi"), ecsi_blocks(), ecsi_paths(), scheme=scheme, **settings)  # type: ignore[arg-type]  # the schemes are listed above


def servperf(**settings: Any) -> PathModel:
    return pls_path_model(oracle_frame("servperf_sq"), SERVPERF, SERVPERF_PATHS, scheme="path", **settings)


def cells(matrix: dict[str, Any], *, columns_are_sources: bool) -> dict[tuple[str, str], float]:
    """Entries other than zero of a matrix of constructs, as (from, to)."""
    frame = oracle_matrix(matrix)
    return {
        (column, row) if columns_are_sources else (row, column): float(frame.loc[row, column])
        for row in frame.index
        for column in frame.columns
        if frame.loc[row, column] != 0
    }


def by_item(matrix: dict[str, Any]) -> dict[str, float]:
    """The one entry other than zero of each item in a matrix of items and constructs."""
    frame = oracle_matrix(matrix)
    if "Image" in frame.index:
        frame = frame.T
    return {str(item): float(row[row != 0].iloc[0]) for item, row in frame.iterrows()}


def flat(nested: dict[str, dict[str, float]]) -> dict[str, float]:
    return {item: value for items in nested.values() for item, value in items.items()}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_outer_model_is_that_of_plspm(scheme: str) -> None:
    model, outer = mobile(scheme), path_results(f"plspm_mobi_{scheme}")["outer"]
    for row in outer:
        assert model.outer_weights[row["block"]][row["item"]] == pytest.approx(row["weight"], rel=WEIGHTS)
        assert model.outer_loadings[row["block"]][row["item"]] == pytest.approx(row["loading"], rel=FIT)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_paths_effects_r_squared_and_goodness_of_fit_are_those_of_plspm(scheme: str) -> None:
    model, expected = mobile(scheme), path_results(f"plspm_mobi_{scheme}")
    assert model.path_coefficients == pytest.approx(cells(expected["path_coefs"], columns_are_sources=True), rel=FIT)
    assert model.goodness_of_fit == pytest.approx(expected["gof"], rel=FIT)
    for row in expected["inner_summary"]:
        construct = model.constructs[row["lv"]]
        assert construct.communality == pytest.approx(row["Block_Communality"], rel=FIT)
        assert construct.average_variance_extracted == pytest.approx(row["AVE"], rel=FIT)
        assert model.r_squared.get(row["lv"], 0) == pytest.approx(row["R2"], rel=FIT)
        assert (construct.redundancy or 0) == pytest.approx(row["Mean_Redundancy"], rel=FIT)
    effects = {f"{effect.source} -> {effect.target}": effect for effect in model.effects}
    with_effect = [row for row in expected["effects"] if row["total"] != 0]
    assert len(with_effect) == len(effects)
    for row in with_effect:
        effect = effects[row["relation"]]
        found = (effect.direct.value, effect.indirect.value, effect.total.value)
        assert found == pytest.approx((row["direct"], row["indirect"], row["total"]), rel=1e-7, abs=1e-15)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_scores_are_those_of_plspm_with_the_divisor_n_minus_1(scheme: str) -> None:
    model, expected = mobile(scheme), path_results(f"plspm_mobi_{scheme}")
    assert model.scores is not None
    assert model.construct_correlations == pytest.approx(
        oracle_matrix(expected["score_correlations"]).to_numpy(), rel=FIT
    )
    first = oracle_matrix(expected["scores_first5"]).to_numpy() * np.sqrt((model.n - 1) / model.n)
    np.testing.assert_allclose(model.scores[:5], first, rtol=1e-6)


def test_unstandardised_items_give_the_weights_of_plspm() -> None:
    model, expected = mobile("centroid", standardize=False), path_results("plspm_mobi_centroid_unscaled")
    assert model.goodness_of_fit == pytest.approx(expected["gof"], rel=FIT)
    assert model.path_coefficients == pytest.approx(cells(expected["path_coefs"], columns_are_sources=True), rel=FIT)
    found = {indicator.item: indicator for construct in model.constructs.values() for indicator in construct.indicators}
    for row in expected["outer"]:
        indicator = found[row["item"]]
        divisor = np.sqrt((model.n - 1) / model.n)  # plspm divides variances by n
        assert indicator.unstandardized_weight == pytest.approx(row["weight"] * divisor, rel=WEIGHTS)
        assert indicator.loading.value == pytest.approx(row["loading"], rel=FIT)


@pytest.mark.parametrize(
    ("scheme", "name"), [("centroid", "centroid"), ("factorial", "factorial"), ("path", "pathWeighting")]
)
def test_the_model_is_that_of_sempls(scheme: str, name: str) -> None:
    model, expected = mobile(scheme), path_results(f"semPLS_mobi_{name}")
    assert model.path_coefficients == pytest.approx(cells(expected["path"], columns_are_sources=False), rel=1e-7)
    assert model.total_effects == pytest.approx(cells(expected["total_effects"], columns_are_sources=False), rel=1e-7)
    assert flat(model.outer_loadings) == pytest.approx(by_item(expected["outer_loadings"]), rel=1e-7)
    assert model.r_squared == pytest.approx(expected["rsquared_from_scores"], rel=1e-7)
    rho = oracle_matrix(expected["dgrho"])["Dillon-Goldstein's rho"].dropna()
    assert {name: model.constructs[name].composite_reliability for name in rho.index} == pytest.approx(
        rho.to_dict(), rel=1e-7
    )


@pytest.mark.parametrize("scheme", ["factorial", "path"])
def test_the_model_is_that_of_seminr(scheme: str) -> None:
    check_against_seminr(mobile(scheme), path_results(f"seminr_mobi_modeA_{scheme}"))


def test_the_consistent_model_is_that_of_seminr() -> None:
    model = plsc(oracle_frame("ecsi_mobi"), ecsi_blocks(), ecsi_paths())
    check_against_seminr(model, path_results("seminr_mobi_plsc"))


def check_against_seminr(model: PathModel, expected: dict[str, Any]) -> None:
    coefficients = oracle_matrix(expected["paths"]).drop(index=["R^2", "AdjR^2"])
    assert model.path_coefficients == pytest.approx(
        {(source, target): float(coefficients.loc[source, target]) for source, target in model.path_coefficients},
        rel=WEIGHTS,
    )
    assert model.total_effects == pytest.approx(
        cells(expected["total_effects"], columns_are_sources=False), rel=WEIGHTS
    )
    assert model.r_squared == pytest.approx(expected["r2"], rel=FIT)
    adjusted = {name: model.constructs[name].adjusted_r_squared for name in model.r_squared}
    assert adjusted == pytest.approx(expected["adj_r2"], rel=FIT)
    assert flat(model.outer_weights) == pytest.approx(by_item(expected["outer_weights"]), rel=WEIGHTS)
    assert flat(model.outer_loadings) == pytest.approx(by_item(expected["outer_loadings"]), rel=WEIGHTS)
    reliability = oracle_matrix(expected["reliability_alpha_rhoC_AVE_rhoA"])
    for name, construct in model.constructs.items():
        assert construct.composite_reliability == pytest.approx(reliability.loc[name, "rhoC"], rel=FIT)
        assert construct.average_variance_extracted == pytest.approx(reliability.loc[name, "AVE"], rel=FIT)
        assert construct.rho_a == pytest.approx(reliability.loc[name, "rhoA"], rel=FIT)
        inflation = {indicator.item: indicator.vif for indicator in construct.indicators}
        assert inflation == pytest.approx(expected["vif_items"][name], rel=FIT)
    f_squared = {(path.source, path.target): path.f_squared for path in model.paths}
    assert f_squared == pytest.approx(cells(expected["f_square"], columns_are_sources=False), rel=1e-5)
    if not model.consistent:  # seminr takes the VIF from the scores; here it belongs to the regression that is solved
        for path in model.paths:
            vif = expected["vif_antecedents"][path.target][path.source]
            assert path.vif == pytest.approx(1 if vif is None else vif, rel=WEIGHTS)


@pytest.mark.parametrize("consistent", [False, True])
def test_the_model_is_that_of_csem(consistent: bool) -> None:  # noqa: FBT001 - a parameter of the test
    fit, name = (plsc, "cSEM_mobi_plsc_path") if consistent else (pls_path_model, "cSEM_mobi_pls_path")
    model, expected = fit(oracle_frame("ecsi_mobi"), ecsi_blocks(), ecsi_paths(), scheme="path"), path_results(name)
    assert model.path_coefficients == pytest.approx(cells(expected["path"], columns_are_sources=True), rel=WEIGHTS)
    assert flat(model.outer_weights) == pytest.approx(by_item(expected["weights"]), rel=WEIGHTS)
    assert flat(model.outer_loadings) == pytest.approx(by_item(expected["loadings"]), rel=WEIGHTS)
    assert model.r_squared == pytest.approx(expected["r2"], rel=FIT)
    assert model.goodness_of_fit == pytest.approx(expected["gof"], rel=FIT)
    np.testing.assert_allclose(
        model.construct_correlations, oracle_matrix(expected["construct_cor"]).to_numpy(), rtol=WEIGHTS
    )
    extracted = {name: model.constructs[name].average_variance_extracted for name in expected["ave"]}
    assert extracted == pytest.approx(expected["ave"], rel=FIT)
    if consistent:
        used = {name: construct.rho_a for name, construct in model.constructs.items()}
        assert used == pytest.approx(expected["reliabilities_used"], rel=FIT)


def test_the_contradictions_of_the_corrected_model_are_said() -> None:
    model = plsc(oracle_frame("ecsi_mobi"), ecsi_blocks(), ecsi_paths())
    expected = oracle_matrix(path_results("cSEM_mobi_plsc_path")["construct_cor"]).to_numpy()
    assert np.linalg.eigvalsh(expected)[0] < 0
    assert any("not positive definite" in caveat for caveat in model.caveats)


def test_servperf_dimensions_explain_satisfaction_as_in_seminr() -> None:
    model, expected = servperf(), path_results("seminr_sq_dims_to_sat")
    assert list(model.r_squared.values()) == pytest.approx(expected["r2"], rel=FIT)
    assert model.constructs["Sat"].adjusted_r_squared == pytest.approx(expected["adj_r2"][0], rel=FIT)
    assert {path.source: path.vif for path in model.paths} == pytest.approx(
        expected["vif_antecedents"]["Sat"], rel=WEIGHTS
    )
    assert any("Responsiveness → Sat" in caveat for caveat in model.caveats)


def test_the_map_of_formed_dimensions_is_that_of_csem() -> None:
    model, expected = servperf(modes=SERVPERF_FORMED), path_results("cSEM_sq_ipma")
    assert model.path_coefficients == pytest.approx(cells(expected["path"], columns_are_sources=True), rel=WEIGHTS)
    priorities = construct_importance_performance(model, "Sat", scale=(1, 6))
    importance = oracle_matrix(expected["construct_importance"]).loc["Sat"]
    assert [priority.construct for priority in priorities] == list(
        importance[importance > 0].sort_values(ascending=False).index
    )
    items = oracle_matrix(expected["indicator_importance"]).loc["Sat"]
    for priority in priorities:
        assert priority.importance == pytest.approx(importance[priority.construct], rel=WEIGHTS)
        on_points = 1 + 5 * priority.performance.value / 100
        assert on_points == pytest.approx(expected["construct_performance"][priority.construct], rel=FIT)
        assert priority.item_importance == pytest.approx(items[list(priority.item_importance)].to_dict(), rel=WEIGHTS)


def test_indices_are_those_computed_from_unstandardised_weights() -> None:
    expected = path_results("ecsi_index_mobi_centroid")["by_construct"]
    indices = ecsi_index(oracle_frame("ecsi_mobi"), ecsi_blocks(), ecsi_paths())
    assert list(indices) == list(expected)
    for name, index in indices.items():
        assert index.weights == pytest.approx(expected[name]["unstd_weight_normalised"], rel=WEIGHTS)
        assert index.value == pytest.approx(expected[name]["index_0_100_mean"], rel=FIT)
        assert index.value == pytest.approx(expected[name]["fornell"], rel=FIT)
        assert index.sd == pytest.approx(expected[name]["index_sd"], rel=WEIGHTS)
        assert index.scores is not None
        np.testing.assert_allclose(index.scores[:5], expected[name]["index_first5"], rtol=WEIGHTS)


def test_the_bank_example_of_plspm_has_its_printed_fit() -> None:
    model = pls_path_model(oracle_frame("ecsi_bank"), BANK, BANK_PATHS, scheme="centroid", standardize=False)
    assert model.goodness_of_fit == pytest.approx(0.6097, abs=5e-5)
    assert model.r_squared["SAT"] == pytest.approx(0.7073, abs=5e-5)


def test_bootstrap_intervals_are_near_those_of_seminr() -> None:
    model = mobile("path", n_resamples=1000)
    expected: pd.DataFrame = oracle_matrix(path_results("seminr_mobi_bootstrap_seed123_n1000"))
    assert model.n_resamples == 1000
    for path in model.paths:
        row = expected.loc[f"{path.source}  ->  {path.target}"]
        sd = row["Bootstrap SD"]
        assert path.value == pytest.approx(row["Original Est."], rel=WEIGHTS)
        assert path.se == pytest.approx(sd, rel=0.15)
        assert path.ci_low == pytest.approx(row["2.5% CI"], abs=0.4 * sd)
        assert path.ci_high == pytest.approx(row["97.5% CI"], abs=0.4 * sd)
