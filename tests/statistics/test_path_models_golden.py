"""Path models against four R packages, on the ECSI mobile phone data and others that they ship."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agreement import agrees
from oracle import oracle_frame, oracle_matrix
from path_data import SERVPERF, SERVPERF_FORMED, SERVPERF_PATHS, ecsi_blocks, ecsi_paths, fitted_by_plspm, path_results
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
REPUTATION = {
    "QUAL": [f"qual_{i}" for i in range(1, 9)],
    "PERF": [f"perf_{i}" for i in range(1, 6)],
    "CSOR": [f"csor_{i}" for i in range(1, 6)],
    "ATTR": [f"attr_{i}" for i in range(1, 4)],
    "COMP": [f"comp_{i}" for i in range(1, 4)],
    "LIKE": [f"like_{i}" for i in range(1, 4)],
    "CUSA": ["cusa"],
    "CUSL": [f"cusl_{i}" for i in range(1, 4)],
}
REPUTATION_PATHS = {
    "COMP": ["QUAL", "PERF", "CSOR", "ATTR"],
    "LIKE": ["QUAL", "PERF", "CSOR", "ATTR"],
    "CUSA": ["COMP", "LIKE"],
    "CUSL": ["COMP", "LIKE", "CUSA"],
}


def mobile(scheme: Any, **settings: Any) -> PathModel:
    return pls_path_model(oracle_frame("ecsi_mobi"), ecsi_blocks(), ecsi_paths(), scheme, **settings)


def mobile_consistent() -> PathModel:
    return plsc(oracle_frame("ecsi_mobi"), ecsi_blocks(), ecsi_paths(), "path")


def servperf(**settings: Any) -> PathModel:
    return pls_path_model(oracle_frame("servperf_sq"), SERVPERF, SERVPERF_PATHS, "path", **settings)


def check(
    model: PathModel, found: object, expected: object, reference: str, *, relative: float, absolute: float = 0.0
) -> None:
    """Compare numbers of a model of the ECSI mobile phone data."""
    function = plsc if model.consistent else pls_path_model
    agrees(function, found, expected, reference=reference, data="ecsi_mobi", relative=relative, absolute=absolute)


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


def of_constructs(model: PathModel, attribute: str, names: Any = None) -> dict[str, Any]:
    return {name: getattr(model.constructs[name], attribute) for name in names or model.constructs}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_outer_model_is_that_of_plspm(scheme: str) -> None:
    model, outer = mobile(scheme), path_results(f"plspm_mobi_{scheme}")["outer"]
    weights = {row["item"]: row["weight"] for row in outer}
    loadings = {row["item"]: row["loading"] for row in outer}
    check(model, flat(model.outer_weights), weights, "plspm (weights)", relative=WEIGHTS)
    check(model, flat(model.outer_loadings), loadings, "plspm (loadings)", relative=FIT)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_paths_effects_r_squared_and_goodness_of_fit_are_those_of_plspm(scheme: str) -> None:
    model, expected = mobile(scheme), path_results(f"plspm_mobi_{scheme}")
    coefficients = cells(expected["path_coefs"], columns_are_sources=True)
    check(model, model.path_coefficients, coefficients, "plspm (paths)", relative=FIT)
    check(model, model.goodness_of_fit, expected["gof"], "plspm (GoF)", relative=FIT)
    summary = {row["lv"]: row for row in expected["inner_summary"]}
    for attribute, column in (("communality", "Block_Communality"), ("average_variance_extracted", "AVE")):
        wanted = {name: row[column] for name, row in summary.items()}
        check(model, of_constructs(model, attribute), wanted, f"plspm ({attribute})", relative=FIT)
    explained = {name: summary[name]["R2"] for name in model.r_squared}
    redundancy = {name: summary[name]["Mean_Redundancy"] for name in model.r_squared}
    check(model, model.r_squared, explained, "plspm (R²)", relative=FIT)
    check(model, of_constructs(model, "redundancy", redundancy), redundancy, "plspm (redundancy)", relative=FIT)
    effects = {
        f"{one.source} -> {one.target}": [one.direct.value, one.indirect.value, one.total.value]
        for one in model.effects
    }
    wanted = {
        row["relation"]: [row["direct"], row["indirect"], row["total"]]
        for row in expected["effects"]
        if row["total"] != 0
    }
    check(model, effects, wanted, "plspm (effects)", relative=WEIGHTS, absolute=1e-15)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_scores_are_those_of_plspm_with_the_divisor_n_minus_1(scheme: str) -> None:
    model, expected = mobile(scheme), path_results(f"plspm_mobi_{scheme}")
    assert model.scores is not None
    correlations = oracle_matrix(expected["score_correlations"]).to_numpy()
    check(model, model.construct_correlations, correlations, "plspm (correlations of scores)", relative=FIT)
    first = oracle_matrix(expected["scores_first5"]).to_numpy() * np.sqrt((model.n - 1) / model.n)
    check(model, model.scores[:5], first, "plspm (scores)", relative=1e-6)


def test_unstandardised_items_give_the_weights_of_plspm() -> None:
    model, expected = mobile("centroid", standardize=False), path_results("plspm_mobi_centroid_unscaled")
    coefficients = cells(expected["path_coefs"], columns_are_sources=True)
    check(model, model.goodness_of_fit, expected["gof"], "plspm (GoF, unstandardised)", relative=FIT)
    check(model, model.path_coefficients, coefficients, "plspm (paths, unstandardised)", relative=FIT)
    divisor = np.sqrt((model.n - 1) / model.n)  # plspm divides variances by n
    weights = {row["item"]: row["weight"] * divisor for row in expected["outer"]}
    found = {one.item: one.unstandardized_weight for c in model.constructs.values() for one in c.indicators}
    check(model, found, weights, "plspm (weights, unstandardised)", relative=WEIGHTS)
    loadings = {row["item"]: row["loading"] for row in expected["outer"]}
    check(model, flat(model.outer_loadings), loadings, "plspm (loadings, unstandardised)", relative=FIT)


@pytest.mark.parametrize(
    ("scheme", "name"), [("centroid", "centroid"), ("factorial", "factorial"), ("path", "pathWeighting")]
)
def test_the_model_is_that_of_sempls(scheme: str, name: str) -> None:
    model, expected = mobile(scheme), path_results(f"semPLS_mobi_{name}")
    coefficients = cells(expected["path"], columns_are_sources=False)
    total = cells(expected["total_effects"], columns_are_sources=False)
    loadings, r_squared = by_item(expected["outer_loadings"]), expected["rsquared_from_scores"]
    rho = oracle_matrix(expected["dgrho"])["Dillon-Goldstein's rho"].dropna().to_dict()
    check(model, model.path_coefficients, coefficients, "semPLS (paths)", relative=WEIGHTS)
    check(model, model.total_effects, total, "semPLS (total effects)", relative=WEIGHTS)
    check(model, flat(model.outer_loadings), loadings, "semPLS (loadings)", relative=WEIGHTS)
    check(model, model.r_squared, r_squared, "semPLS (R²)", relative=WEIGHTS)
    found = of_constructs(model, "composite_reliability", rho)
    check(model, found, rho, "semPLS (composite reliability)", relative=WEIGHTS)


@pytest.mark.parametrize("scheme", ["factorial", "path"])
def test_the_model_is_that_of_seminr(scheme: str) -> None:
    model, expected = mobile(scheme), path_results(f"seminr_mobi_modeA_{scheme}")
    check_against_seminr(model, expected)
    inflation = {
        (path.source, path.target): expected["vif_antecedents"][path.target][path.source] or 1 for path in model.paths
    }
    found = {(path.source, path.target): path.vif for path in model.paths}
    check(model, found, inflation, "seminr (VIF of predecessors)", relative=WEIGHTS)


def test_the_consistent_model_is_that_of_seminr() -> None:
    """Without the VIF of predecessors: seminr takes it from scores; here it belongs to the regression solved."""
    check_against_seminr(mobile_consistent(), path_results("seminr_mobi_plsc"))


def check_against_seminr(model: PathModel, expected: dict[str, Any]) -> None:
    matrix = oracle_matrix(expected["paths"]).drop(index=["R^2", "AdjR^2"])
    coefficients = {(source, target): matrix.loc[source, target] for source, target in model.path_coefficients}
    total = cells(expected["total_effects"], columns_are_sources=False)
    check(model, model.path_coefficients, coefficients, "seminr (paths)", relative=WEIGHTS)
    check(model, model.total_effects, total, "seminr (total effects)", relative=WEIGHTS)
    check(model, model.r_squared, expected["r2"], "seminr (R²)", relative=FIT)
    adjusted = of_constructs(model, "adjusted_r_squared", model.r_squared)
    check(model, adjusted, expected["adj_r2"], "seminr (adjusted R²)", relative=FIT)
    weights, loadings = by_item(expected["outer_weights"]), by_item(expected["outer_loadings"])
    check(model, flat(model.outer_weights), weights, "seminr (weights)", relative=WEIGHTS)
    check(model, flat(model.outer_loadings), loadings, "seminr (loadings)", relative=WEIGHTS)
    reliability = oracle_matrix(expected["reliability_alpha_rhoC_AVE_rhoA"])
    for attribute, column in (
        ("composite_reliability", "rhoC"),
        ("average_variance_extracted", "AVE"),
        ("rho_a", "rhoA"),
    ):
        wanted = reliability[column].to_dict()
        check(model, of_constructs(model, attribute), wanted, f"seminr ({column})", relative=FIT)
    found = {one.item: one.vif for construct in model.constructs.values() for one in construct.indicators}
    check(model, found, flat(expected["vif_items"]), "seminr (VIF of items)", relative=FIT)
    f_squared = {(path.source, path.target): path.f_squared for path in model.paths}
    wanted = cells(expected["f_square"], columns_are_sources=False)
    check(model, f_squared, wanted, "seminr (f²)", relative=1e-5)


@pytest.mark.parametrize("consistent", [False, True])
def test_the_model_is_that_of_csem(consistent: bool) -> None:  # noqa: FBT001 - a parameter of the test
    model = mobile_consistent() if consistent else mobile("path")
    expected = path_results("cSEM_mobi_plsc_path" if consistent else "cSEM_mobi_pls_path")
    coefficients = cells(expected["path"], columns_are_sources=True)
    weights, loadings = by_item(expected["weights"]), by_item(expected["loadings"])
    correlations = oracle_matrix(expected["construct_cor"]).to_numpy()
    check(model, model.path_coefficients, coefficients, "cSEM (paths)", relative=WEIGHTS)
    check(model, flat(model.outer_weights), weights, "cSEM (weights)", relative=WEIGHTS)
    check(model, flat(model.outer_loadings), loadings, "cSEM (loadings)", relative=WEIGHTS)
    check(model, model.r_squared, expected["r2"], "cSEM (R²)", relative=FIT)
    check(model, model.goodness_of_fit, expected["gof"], "cSEM (GoF)", relative=FIT)
    check(model, model.construct_correlations, correlations, "cSEM (correlations)", relative=WEIGHTS)
    extracted = of_constructs(model, "average_variance_extracted", expected["ave"])
    check(model, extracted, expected["ave"], "cSEM (AVE)", relative=FIT)
    if consistent:
        check(model, of_constructs(model, "rho_a"), expected["reliabilities_used"], "cSEM (rho_A)", relative=FIT)


def test_the_contradictions_of_the_corrected_model_are_said() -> None:
    expected = oracle_matrix(path_results("cSEM_mobi_plsc_path")["construct_cor"]).to_numpy()
    assert np.linalg.eigvalsh(expected)[0] < 0
    assert any("not positive definite" in caveat for caveat in mobile_consistent().caveats)


def test_servperf_dimensions_explain_satisfaction_as_in_seminr() -> None:
    model, expected = servperf(), path_results("seminr_sq_dims_to_sat")
    found = [model.r_squared["Sat"], model.constructs["Sat"].adjusted_r_squared]
    reference, data = "seminr (R², adjusted R²)", "servperf_sq"
    agrees(pls_path_model, found, expected["r2"] + expected["adj_r2"], reference=reference, data=data, relative=FIT)
    inflation = {path.source: path.vif for path in model.paths}
    agrees(
        pls_path_model,
        inflation,
        expected["vif_antecedents"]["Sat"],
        reference="seminr (VIF of predecessors)",
        data=data,
        relative=WEIGHTS,
    )
    assert any("Responsiveness → Sat" in caveat for caveat in model.caveats)


def test_the_map_of_formed_dimensions_is_that_of_csem() -> None:
    model, expected = servperf(modes=SERVPERF_FORMED), path_results("cSEM_sq_ipma")
    coefficients = cells(expected["path"], columns_are_sources=True)
    data = "servperf_sq (mode B)"
    agrees(
        pls_path_model,
        model.path_coefficients,
        coefficients,
        reference="cSEM (paths)",
        data=data,
        relative=WEIGHTS,
    )
    priorities = construct_importance_performance(model, "Sat", scale=(1, 6))
    importance = oracle_matrix(expected["construct_importance"]).loc["Sat"]
    importance = importance[importance > 0].sort_values(ascending=False)
    items = oracle_matrix(expected["indicator_importance"]).loc["Sat"].drop("sat").to_dict()
    points = {name: expected["construct_performance"][name] for name in importance.index}
    assert [priority.construct for priority in priorities] == list(importance.index)
    for found, wanted, of in (
        ({one.construct: one.importance for one in priorities}, importance.to_dict(), "importance"),
        ({one.construct: 1 + 5 * one.performance.value / 100 for one in priorities}, points, "performance"),
        ({item: value for one in priorities for item, value in one.item_importance.items()}, items, "items"),
    ):
        agrees(
            construct_importance_performance,
            found,
            wanted,
            reference=f"cSEM::doIPMA ({of})",
            data=data,
            relative=WEIGHTS,
        )


def test_indices_are_those_computed_from_unstandardised_weights() -> None:
    expected = path_results("ecsi_index_mobi_centroid")["by_construct"]
    indices = ecsi_index(oracle_frame("ecsi_mobi"), ecsi_blocks(), ecsi_paths())
    assert list(indices) == list(expected)

    def compare(found: object, wanted: object, of: str, relative: float) -> None:
        agrees(
            ecsi_index, found, wanted, reference=f"Fornell's formula in R ({of})", data="ecsi_mobi", relative=relative
        )

    for name, index in indices.items():
        assert index.scores is not None
        compare(index.weights, expected[name]["unstd_weight_normalised"], "weights", WEIGHTS)
        compare(index.value, expected[name]["index_0_100_mean"], "index", FIT)
        compare(index.value, expected[name]["fornell"], "index", FIT)
        compare(index.sd, expected[name]["index_sd"], "standard deviation", WEIGHTS)
        compare(index.scores[:5], expected[name]["index_first5"], "respondents", WEIGHTS)


def test_the_bank_example_of_plspm_has_its_printed_fit() -> None:
    model = pls_path_model(oracle_frame("ecsi_bank"), BANK, BANK_PATHS, scheme="centroid", standardize=False)
    found = [model.goodness_of_fit, model.r_squared["SAT"]]
    reference = "printed example of plspm (GoF, R²)"
    agrees(pls_path_model, found, [0.6097, 0.7073], reference=reference, data="ecsi_bank", absolute=5e-5)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_model_of_formed_and_reflected_constructs_is_that_of_plspm_in_python(scheme: Any) -> None:
    """The corporate reputation model of seminr's examples, over complete respondents."""
    frame = oracle_frame("corp_rep")[[item for items in REPUTATION.values() for item in items]].dropna()
    modes: dict[str, Any] = {"QUAL": "B", "PERF": "B", "CSOR": "B", "ATTR": "B"}
    pairs = [(source, target) for target, sources in REPUTATION_PATHS.items() for source in sources]
    reference = fitted_by_plspm((frame - frame.mean()) / frame.std(), REPUTATION, pairs, scheme, modes)
    model = pls_path_model(oracle_frame("corp_rep"), REPUTATION, REPUTATION_PATHS, scheme, modes)
    summary, paths = reference.inner_summary(), reference.path_coefficients()
    loadings = reference.outer_model()["loading"].to_dict()
    coefficients = {(source, target): paths.loc[target, source] for source, target in pairs}
    for found, wanted, of, relative in (
        (model.path_coefficients, coefficients, "paths", WEIGHTS),
        (flat(model.outer_loadings), loadings, "loadings", WEIGHTS),
        (model.r_squared, summary["r_squared"][list(model.r_squared)].to_dict(), "R²", FIT),
        (model.goodness_of_fit, reference.goodness_of_fit(), "GoF", FIT),
    ):
        agrees(
            pls_path_model,
            found,
            wanted,
            reference=f"plspm in Python ({of})",
            data="corp_rep (modes A, B)",
            relative=relative,
        )


def test_bootstrap_intervals_are_near_those_of_seminr() -> None:
    model = mobile("path", n_resamples=1000)
    expected = oracle_matrix(path_results("seminr_mobi_bootstrap_seed123_n1000"))
    assert model.n_resamples == 1000
    for path in model.paths:
        row = expected.loc[f"{path.source}  ->  {path.target}"]
        sd = row["Bootstrap SD"]
        assert path.value == pytest.approx(row["Original Est."], rel=WEIGHTS)
        assert path.se == pytest.approx(sd, rel=0.15)
        assert path.ci_low == pytest.approx(row["2.5% CI"], abs=0.4 * sd)
        assert path.ci_high == pytest.approx(row["97.5% CI"], abs=0.4 * sd)
    errors = {f"{path.source}  ->  {path.target}": path.se for path in model.paths}
    wanted = expected["Bootstrap SD"].to_dict()
    check(model, errors, wanted, "seminr::bootstrap_model (standard errors; random)", relative=0.15)
