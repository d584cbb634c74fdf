from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle import oracle_frame
from path_data import BLOCKS, PATHS, fitted_by_plspm, simulated_model
from servq.errors import InvalidArgument
from servq.statistics import Moments, PathModel, construct_importance_performance, pls_path_model, plsc

SCHEMES = ("centroid", "factorial", "path")
FRAME = simulated_model(300, 7)
ITEMS = list(FRAME.columns)


def standardised(frame: pd.DataFrame) -> np.ndarray[Any, Any]:
    values: np.ndarray[Any, Any] = ((frame - frame.mean()) / frame.std()).to_numpy()
    return values


def assert_same(first: PathModel, second: PathModel, *, rel: float = 1e-8) -> None:
    assert first.path_coefficients == pytest.approx(second.path_coefficients, rel=rel)
    assert first.total_effects == pytest.approx(second.total_effects, rel=rel)
    assert first.r_squared == pytest.approx(second.r_squared, rel=rel)
    for name in first.constructs:
        assert first.outer_weights[name] == pytest.approx(second.outer_weights[name], rel=rel)
        assert first.outer_loadings[name] == pytest.approx(second.outer_loadings[name], rel=rel)


# Cases with an answer in closed form


@pytest.mark.parametrize("scheme", SCHEMES)
def test_two_blocks_of_mode_b_give_the_first_canonical_correlation(scheme: Any) -> None:
    first, second = standardised(FRAME[["q1", "q2", "q3"]]), standardised(FRAME[["s1", "s2", "s3"]])
    canonical = np.linalg.svd(np.linalg.qr(first)[0].T @ np.linalg.qr(second)[0], compute_uv=False)[0]
    blocks = {"x": ["q1", "q2", "q3"], "y": ["s1", "s2", "s3"]}
    model = pls_path_model(FRAME, blocks, [("x", "y")], scheme=scheme, modes="B")
    assert model.path_coefficients["x", "y"] == pytest.approx(canonical, rel=1e-10)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("standardize", [True, False])
def test_two_blocks_of_mode_a_give_the_first_singular_vectors(scheme: Any, standardize: bool) -> None:  # noqa: FBT001 - a parameter of the test
    frame = FRAME * [1, 2, 3, 4, 5, 1, 2, 3, 4]
    between = (frame.corr() if standardize else frame.cov()).loc[["q1", "q2", "q3"], ["s1", "s2", "s3"]].to_numpy()
    left, _, right = np.linalg.svd(between)
    blocks = {"x": ["q1", "q2", "q3"], "y": ["s1", "s2", "s3"]}
    model = pls_path_model(frame, blocks, [("x", "y")], scheme=scheme, standardize=standardize)
    for name, vector in (("x", left[:, 0]), ("y", right[0])):
        indicators = model.constructs[name].indicators
        weights = np.array([one.weight.value if standardize else one.unstandardized_weight for one in indicators])
        np.testing.assert_allclose(weights / np.linalg.norm(weights), np.abs(vector), rtol=1e-7)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_single_items_give_the_regression_on_standardised_items(scheme: Any) -> None:
    frame = oracle_frame("attitude").drop(columns="id", errors="ignore")
    drivers = [name for name in frame.columns if name != "rating"]
    z = pd.DataFrame(standardised(frame), columns=frame.columns)
    beta, residual, *_ = np.linalg.lstsq(z[drivers].to_numpy(), z["rating"].to_numpy(), rcond=None)
    r_squared = 1 - residual[0] / (len(z) - 1)
    inflation = np.linalg.inv(frame[drivers].corr().to_numpy()).diagonal()
    model = pls_path_model(frame, {name: name for name in frame.columns}, {"rating": drivers}, scheme=scheme)
    assert [path.value for path in model.paths] == pytest.approx(list(beta), rel=1e-10)
    assert [path.vif for path in model.paths] == pytest.approx(list(inflation), rel=1e-10)
    assert model.r_squared["rating"] == pytest.approx(r_squared, rel=1e-10)
    n, k = len(frame), len(drivers)
    assert model.constructs["rating"].adjusted_r_squared == pytest.approx(
        1 - (1 - r_squared) * (n - 1) / (n - k - 1), rel=1e-10
    )
    for position, path in enumerate(model.paths):
        others = z[drivers].drop(columns=drivers[position]).to_numpy()
        _, left, *_ = np.linalg.lstsq(others, z["rating"].to_numpy(), rcond=None)
        expected = (r_squared - (1 - left[0] / (n - 1))) / (1 - r_squared)
        assert path.f_squared == pytest.approx(expected, rel=1e-8)
        assert path.f_squared_scores_held == pytest.approx(expected, rel=1e-8)
    assert model.goodness_of_fit is None
    assert {construct.composite_reliability for construct in model.constructs.values()} == {1.0}
    assert {construct.rho_a for construct in model.constructs.values()} == {1.0}


def test_rho_a_follows_its_definition() -> None:
    model = pls_path_model(FRAME, BLOCKS, PATHS)
    for name in ("quality", "value", "satisfaction"):
        w = np.array(list(model.outer_weights[name].values()))
        s = FRAME[BLOCKS[name]].corr().to_numpy()
        outer = np.outer(w, w)
        expected = (w @ w) ** 2 * (w @ (s - np.diag(s.diagonal())) @ w) / (w @ (outer - np.diag(outer.diagonal())) @ w)
        assert model.constructs[name].rho_a == pytest.approx(expected, rel=1e-10)


def test_scores_have_variance_1_and_their_correlations_and_loadings_are_the_ones_printed() -> None:
    model = pls_path_model(FRAME, BLOCKS, PATHS)
    assert model.scores is not None
    np.testing.assert_allclose(model.scores.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(model.scores.std(axis=0, ddof=1), 1, rtol=1e-12)
    np.testing.assert_allclose(np.corrcoef(model.scores.T), model.construct_correlations, rtol=1e-12)
    for column, (name, items) in enumerate(BLOCKS.items()):
        for item in items:
            found = np.corrcoef(model.scores[:, column], FRAME[item])[0, 1]
            assert model.outer_loadings[name][item] == pytest.approx(found, rel=1e-12)


def test_total_effects_are_the_sum_over_all_routes() -> None:
    model = pls_path_model(FRAME, BLOCKS, PATHS)
    b = model.path_coefficients
    effect = next(one for one in model.effects if (one.source, one.target) == ("quality", "loyalty"))
    to_satisfaction = b["quality", "satisfaction"] + b["quality", "value"] * b["value", "satisfaction"]
    assert effect.direct.value == 0
    assert effect.indirect.value == pytest.approx(to_satisfaction * b["satisfaction", "loyalty"], rel=1e-12)
    assert effect.total.value == pytest.approx(effect.direct.value + effect.indirect.value, rel=1e-12)
    assert ("loyalty", "quality") not in model.total_effects


def test_consistent_estimates_recover_known_loadings_and_paths() -> None:
    frame = simulated_model(100_000, 3, loading=0.7)
    model = plsc(frame, BLOCKS, PATHS)
    known = {
        ("quality", "value"): 0.6,
        ("quality", "satisfaction"): 0.4,
        ("value", "satisfaction"): 0.5,
        ("satisfaction", "loyalty"): 0.7,
    }
    assert model.path_coefficients == pytest.approx(known, abs=0.02)
    for name in ("quality", "value", "satisfaction"):
        assert list(model.outer_loadings[name].values()) == pytest.approx([0.7] * len(BLOCKS[name]), abs=0.02)
    plain = pls_path_model(frame, BLOCKS, PATHS)
    assert plain.path_coefficients["quality", "value"] < 0.5


# plspm (PyPI), a second implementation


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("formed", [(), ("quality",), ("quality", "satisfaction")])
def test_the_model_is_that_of_plspm_in_python(scheme: Any, standardize: bool, formed: tuple[str, ...]) -> None:  # noqa: FBT001 - a parameter of the test
    frame = FRAME * [1, 2, 3, 1, 2, 3, 1, 2, 3]
    modes: dict[str, Any] = dict.fromkeys(formed, "B")
    model = pls_path_model(frame, BLOCKS, PATHS, scheme, modes, standardize=standardize)
    data = (frame - frame.mean()) / frame.std() if standardize else frame
    reference = fitted_by_plspm(data, BLOCKS, PATHS, scheme, modes)
    outer, paths = reference.outer_model(), reference.path_coefficients()
    fit, summary = reference.goodness_of_fit(), reference.inner_summary()
    divisor = np.sqrt((len(frame) - 1) / len(frame))  # plspm divides variances by n
    for name, construct in model.constructs.items():
        for one in construct.indicators:
            weight = one.weight.value if standardize else one.unstandardized_weight
            assert weight == pytest.approx(divisor * outer.loc[one.item, "weight"], rel=1e-8)
            assert one.loading.value == pytest.approx(outer.loc[one.item, "loading"], rel=1e-8)
        assert construct.communality == pytest.approx(summary.loc[name, "block_communality"], rel=1e-8)
    for (source, target), value in model.path_coefficients.items():
        assert value == pytest.approx(paths.loc[target, source], rel=1e-8)
    for name, value in model.r_squared.items():
        assert value == pytest.approx(summary.loc[name, "r_squared"], rel=1e-8)
        assert model.constructs[name].adjusted_r_squared == pytest.approx(summary.loc[name, "r_squared_adj"], rel=1e-8)
    assert model.goodness_of_fit == pytest.approx(fit, rel=1e-8)


# Invariances


@settings(max_examples=25)
@given(data=st.data(), scheme=st.sampled_from(SCHEMES), consistent=st.booleans())
def test_the_order_of_rows_items_constructs_and_paths_is_irrelevant(data: Any, scheme: Any, consistent: bool) -> None:  # noqa: FBT001 - a drawn value
    fit = plsc if consistent else pls_path_model
    names = data.draw(st.permutations(list(BLOCKS)))
    blocks = {name: data.draw(st.permutations(BLOCKS[name])) for name in names}
    paths = data.draw(st.permutations(PATHS))
    rows = np.random.default_rng(data.draw(st.integers(0, 99))).permutation(len(FRAME))
    columns = data.draw(st.permutations(ITEMS))
    assert_same(fit(FRAME, BLOCKS, PATHS, scheme), fit(FRAME.iloc[rows][columns], blocks, paths, scheme))


@settings(max_examples=25)
@given(
    factors=st.lists(st.floats(1e-3, 1e3), min_size=len(ITEMS), max_size=len(ITEMS)),
    shifts=st.lists(st.floats(-1e3, 1e3), min_size=len(ITEMS), max_size=len(ITEMS)),
    scheme=st.sampled_from(SCHEMES),
)
def test_other_units_of_items_change_nothing_but_the_unstandardised_weights(
    factors: list[float], shifts: list[float], scheme: Any
) -> None:
    rescaled = FRAME * factors + shifts
    first = pls_path_model(FRAME, BLOCKS, PATHS, scheme)
    second = pls_path_model(rescaled, BLOCKS, PATHS, scheme)
    assert_same(first, second, rel=1e-6)
    for name, construct in second.constructs.items():
        for before, after in zip(first.constructs[name].indicators, construct.indicators, strict=True):
            factor = factors[ITEMS.index(after.item)]
            assert after.unstandardized_weight * factor == pytest.approx(before.unstandardized_weight, rel=1e-6)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_construct_whose_items_are_all_turned_round_changes_the_signs_of_its_paths_only(scheme: Any) -> None:
    turned = FRAME.assign(**{item: 8 - FRAME[item] for item in BLOCKS["value"]})
    first, second = pls_path_model(FRAME, BLOCKS, PATHS, scheme), pls_path_model(turned, BLOCKS, PATHS, scheme)
    assert second.outer_weights["value"] == pytest.approx(first.outer_weights["value"], rel=1e-8)
    assert second.r_squared == pytest.approx(first.r_squared, rel=1e-8)
    for pair, value in first.path_coefficients.items():
        sign = -1 if "value" in pair else 1
        assert second.path_coefficients[pair] == pytest.approx(sign * value, rel=1e-8)


def test_frames_arrays_and_moments_give_the_same_model() -> None:
    model = pls_path_model(FRAME, BLOCKS, PATHS)
    numbered = {name: [str(ITEMS.index(item) + 1) for item in items] for name, items in BLOCKS.items()}
    assert_same(model, pls_path_model(pl.DataFrame(FRAME.to_dict(orient="list")), BLOCKS, PATHS))
    assert pls_path_model(FRAME.to_numpy(), numbered, PATHS).path_coefficients == pytest.approx(model.path_coefficients)
    parts = Moments.merge(Moments.of(FRAME.iloc[:100]), Moments.of(FRAME.iloc[100:]))
    from_moments = pls_path_model(parts, BLOCKS, PATHS)
    assert_same(model, from_moments)
    assert from_moments.scores is None


def test_paths_may_be_pairs_or_a_mapping_from_each_explained_construct() -> None:
    mapping = {"value": "quality", "satisfaction": ["quality", "value"], "loyalty": ["satisfaction"]}
    assert_same(pls_path_model(FRAME, BLOCKS, PATHS), pls_path_model(FRAME, BLOCKS, mapping))


def test_a_respondent_with_a_blank_in_the_model_is_left_out_and_said() -> None:
    other_column = FRAME.assign(comment=np.nan)
    assert_same(pls_path_model(other_column, BLOCKS, PATHS), pls_path_model(FRAME, BLOCKS, PATHS))
    blank = FRAME.copy()
    blank.loc[[3, 5], "q1"] = np.nan
    model = pls_path_model(blank, BLOCKS, PATHS)
    assert model.n == 298
    assert_same(model, pls_path_model(FRAME.drop(index=[3, 5]), BLOCKS, PATHS))
    assert "2 respondents with a blank are left out (list-wise)." in model.caveats
    assert model.scores is not None
    assert np.flatnonzero(np.isnan(model.scores).all(axis=1)).tolist() == [3, 5]
    assert np.isnan(model.scores).sum() == 2 * len(BLOCKS)


def test_an_item_may_stand_in_two_blocks() -> None:
    blocks = {"quality": ["q1", "q2"], "value": ["v1", "v2"], "service": ["q1", "q2", "v1", "v2"]}
    model = pls_path_model(FRAME, blocks, [("quality", "service"), ("value", "service")])
    assert model.r_squared["service"] > 0.98


# Importance and performance


def test_the_map_has_every_construct_that_leads_to_the_target_most_important_first() -> None:
    model = pls_path_model(FRAME, BLOCKS, PATHS)
    priorities = construct_importance_performance(model, "loyalty", scale=(-6, 6))
    assert {priority.construct for priority in priorities} == {"quality", "value", "satisfaction"}
    assert [priority.importance for priority in priorities] == sorted(
        (priority.importance for priority in priorities), reverse=True
    )
    with pytest.raises(InvalidArgument, match="No path leads to quality"):
        construct_importance_performance(model, "quality", scale=(-6, 6))
    with pytest.raises(InvalidArgument, match="no construct 'price'"):
        construct_importance_performance(model, "price", scale=(-6, 6))


def test_importance_is_the_slope_between_indices_where_one_path_leads_to_the_target() -> None:
    model = pls_path_model(FRAME, BLOCKS, PATHS)
    priority = next(
        one
        for one in construct_importance_performance(model, "loyalty", scale=(-6, 6))
        if one.construct == "satisfaction"
    )
    assert priority.performance.scores is not None
    loyalty = 100 * (FRAME["l1"].to_numpy() + 6) / 12
    slope = np.polyfit(priority.performance.scores, loyalty, 1)[0]
    assert priority.importance == pytest.approx(slope, rel=1e-10)
