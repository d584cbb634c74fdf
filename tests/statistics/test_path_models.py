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
from servq.errors import InvalidArgument, NotEstimable
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


@settings(max_examples=25, deadline=None)
@given(data=st.data(), scheme=st.sampled_from(SCHEMES), consistent=st.booleans())
def test_the_order_of_rows_items_constructs_and_paths_is_irrelevant(data: Any, scheme: Any, consistent: bool) -> None:  # noqa: FBT001 - a drawn value
    fit = plsc if consistent else pls_path_model
    names = data.draw(st.permutations(list(BLOCKS)))
    blocks = {name: data.draw(st.permutations(BLOCKS[name])) for name in names}
    paths = data.draw(st.permutations(PATHS))
    rows = np.random.default_rng(data.draw(st.integers(0, 99))).permutation(len(FRAME))
    columns = data.draw(st.permutations(ITEMS))
    assert_same(fit(FRAME, BLOCKS, PATHS, scheme), fit(FRAME.iloc[rows][columns], blocks, paths, scheme))


@settings(max_examples=25, deadline=None)
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


# Decisions on what cannot be meant


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"paths": [*PATHS, ("loyalty", "quality")]}, "run in a circle .quality, value, satisfaction, loyalty"),
        ({"paths": [*PATHS, ("loyalty", "loyalty")]}, "run in a circle .loyalty"),
        ({"paths": [*PATHS, ("price", "loyalty")]}, "price"),
        ({"paths": [*PATHS, PATHS[0]]}, "drawn twice"),
        ({"paths": PATHS[:3]}, "No path leads from or to loyalty"),
        ({"paths": "quality"}, "pairs"),
        ({"paths": ["quality"]}, "'quality' is none"),
        ({"blocks": {}}, "blocks must map"),
        ({"blocks": {**BLOCKS, "loyalty": []}}, "at least one name"),
        ({"blocks": {**BLOCKS, "loyalty": ["l1", "l1"]}}, "lists a name twice"),
        ({"blocks": {**BLOCKS, "loyalty": 3}}, "must list names"),
        ({"blocks": {**BLOCKS, "loyalty": ["l9"]}}, "no column 'l9'"),
        ({"modes": "C"}, 'must be "A" or "B"'),
        ({"modes": {"price": "A"}}, "modes name price"),
        ({"scheme": "horst"}, "scheme must be"),
        ({"tolerance": 0}, "tolerance"),
        ({"max_iterations": 0}, "max_iterations"),
        ({"n_resamples": 1}, "n_resamples"),
        ({"confidence_level": 95}, "confidence_level"),
        ({"frame": Moments.of(FRAME), "n_resamples": 10}, "Moments hold no respondents"),
    ],
)
def test_a_model_that_cannot_be_meant_is_refused(change: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"frame": FRAME, "blocks": BLOCKS, "paths": PATHS, **change}
    with pytest.raises(InvalidArgument, match=message):
        pls_path_model(**arguments)


# Degenerate data


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_too_few_respondents_are_refused(n: int) -> None:
    with pytest.raises(NotEstimable):
        pls_path_model(FRAME.head(n), BLOCKS, PATHS)


def test_answers_without_anybody_complete_are_refused() -> None:
    with pytest.raises(NotEstimable, match="Only 0 "):
        pls_path_model(FRAME.assign(q1=np.nan), BLOCKS, PATHS)


def test_a_constant_item_is_refused_by_name() -> None:
    with pytest.raises(NotEstimable, match="q2"):
        pls_path_model(FRAME.assign(q2=5.0), BLOCKS, PATHS)


def test_fewer_respondents_than_items_fit_in_mode_a_with_a_caveat_and_not_in_mode_b() -> None:
    few = FRAME.head(8)
    model = pls_path_model(few, BLOCKS, PATHS)
    assert model.converged
    assert any("8 complete respondents for 9 items" in caveat for caveat in model.caveats)
    assert any("rule of ten for each arrow at one construct asks for 20" in caveat for caveat in model.caveats)
    wide = {"x": ["q1", "q2", "q3", "v1", "v2"], "y": ["s1", "s2", "s3"]}
    with pytest.raises(NotEstimable, match=r"mode B or predecessors determine each other.*: x"):
        pls_path_model(FRAME.head(5), wide, [("x", "y")], modes={"x": "B"})


def test_an_item_twice_under_two_names_is_refused_in_mode_b_and_has_no_vif_in_mode_a() -> None:
    doubled = FRAME.assign(q4=2 * FRAME["q1"] + 1)
    blocks = {**BLOCKS, "quality": ["q1", "q2", "q4"]}
    with pytest.raises(NotEstimable, match=r"determine each other.*quality"):
        pls_path_model(doubled, blocks, PATHS, modes={"quality": "B"})
    model = pls_path_model(doubled, blocks, PATHS)
    assert [indicator.vif for indicator in model.constructs["quality"].indicators] == [None] * 3
    assert all(indicator.vif is not None for indicator in model.constructs["value"].indicators)


def test_items_that_cancel_each_other_out_are_refused() -> None:
    with pytest.raises(NotEstimable, match="no variance: value"):
        pls_path_model(FRAME.assign(v2=5 - FRAME["v1"]), BLOCKS, PATHS)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_predecessors_that_are_one_and_the_same_are_refused(scheme: Any) -> None:
    frame = FRAME.assign(again=3 - FRAME["q1"])
    blocks = {"quality": "q1", "again": "again", "loyalty": "l1"}
    with pytest.raises(NotEstimable, match=r"determine each other.*: loyalty"):
        pls_path_model(frame, blocks, {"loyalty": ["quality", "again"]}, scheme=scheme)


def test_perfect_explanation_leaves_no_f_squared() -> None:
    frame = pd.DataFrame({"a": FRAME["q1"], "b": 3 - 2 * FRAME["q1"]})
    model = pls_path_model(frame, {"a": "a", "b": "b"}, [("a", "b")])
    assert model.path_coefficients["a", "b"] == pytest.approx(-1, rel=1e-12)
    assert model.r_squared["b"] == pytest.approx(1, rel=1e-12)
    assert (model.paths[0].f_squared, model.paths[0].f_squared_scores_held) == (None, None)


def test_items_worded_the_other_way_are_named_in_a_caveat() -> None:
    model = pls_path_model(FRAME.assign(q3=-FRAME["q3"]), BLOCKS, PATHS)
    assert model.outer_weights["quality"]["q3"] < 0
    assert any(caveat.startswith("Negative weights: q3.") for caveat in model.caveats)
    assert not any(caveat.startswith("Negative weights") for caveat in pls_path_model(FRAME, BLOCKS, PATHS).caveats)


def test_a_search_that_is_given_up_is_said() -> None:
    model = pls_path_model(FRAME, BLOCKS, PATHS, max_iterations=1)
    assert not model.converged
    assert model.n_iterations == 1
    assert any("did not converge" in caveat for caveat in model.caveats)


def test_mode_b_has_neither_reliability_nor_extracted_variance() -> None:
    construct = pls_path_model(FRAME, BLOCKS, PATHS, modes={"quality": "B"}).constructs["quality"]
    assert (construct.composite_reliability, construct.rho_a, construct.average_variance_extracted) == (None,) * 3
    assert 0 < construct.communality < 1


def test_a_construct_of_items_that_contradict_each_other_cannot_be_corrected() -> None:
    rng = np.random.default_rng(5)
    x, noise = rng.normal(size=400), rng.normal(size=(400, 3))
    frame = pd.DataFrame({"a": x + noise[:, 0], "b": x - noise[:, 0], "c": x + noise[:, 1], "d": x + noise[:, 2]})
    frame["a"] -= 0.5 * frame["b"]
    blocks = {"one": ["a", "b"], "two": ["c", "d"]}
    assert frame[["a", "b"]].corr().iloc[0, 1] < 0
    with pytest.raises(NotEstimable, match=r"rho_A is not positive.*one"):
        plsc(frame, blocks, [("one", "two")])


def test_a_correction_beyond_one_is_said() -> None:
    """Correlations .6 and .2 with y are three to one, so with .5 between a and b the loading of a is √1.5."""
    correlations = Moments.of_covariance([[1, 0.5, 0.6], [0.5, 1, 0.2], [0.6, 0.2, 1]], 100, ["a", "b", "y"])
    model = plsc(correlations, {"x": ["a", "b"], "y": "y"}, [("x", "y")])
    assert model.outer_loadings["x"] == pytest.approx({"a": np.sqrt(1.5), "b": np.sqrt(1.5) / 3}, rel=1e-10)
    assert any(caveat.startswith("Corrected loadings exceed 1: a.") for caveat in model.caveats)


# Bootstrap


def test_the_same_seed_gives_the_same_intervals_and_another_does_not() -> None:
    first, again, other = (pls_path_model(FRAME, BLOCKS, PATHS, n_resamples=60, seed=seed).paths for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_progress_is_reported_up_to_the_last_resample() -> None:
    seen: list[tuple[int, int]] = []
    model = pls_path_model(FRAME, BLOCKS, PATHS, n_resamples=250, progress=lambda *step: seen.append(step))
    assert seen == [(100, 250), (200, 250), (250, 250)]
    assert model.n_resamples == 250


def test_every_interval_contains_its_estimate_or_stands_near_it() -> None:
    model = pls_path_model(FRAME, BLOCKS, PATHS, n_resamples=400)
    estimates = [*model.paths, *(effect.total for effect in model.effects)]
    estimates += [one.loading for construct in model.constructs.values() for one in construct.indicators]
    for estimate in estimates:
        assert estimate.ci_low is not None
        assert estimate.ci_high is not None
        assert estimate.ci_low - 1e-12 <= estimate.value <= estimate.ci_high + 1e-12
        assert estimate.method.endswith("bootstrap percentile interval")


def test_without_a_bootstrap_there_are_no_intervals() -> None:
    path = pls_path_model(FRAME, BLOCKS, PATHS).paths[0]
    assert (path.ci_low, path.ci_high, path.se) == (None, None, None)


def test_the_bootstrap_of_a_correlation_is_that_of_scipy() -> None:
    from scipy import stats

    model = pls_path_model(FRAME, {"q": "q1", "s": "s1"}, [("q", "s")], n_resamples=4000)
    reference = stats.bootstrap(
        (FRAME["q1"].to_numpy(), FRAME["s1"].to_numpy()),
        lambda x, y: stats.pearsonr(x, y)[0],
        paired=True,
        vectorized=False,
        n_resamples=4000,
        method="percentile",
        rng=np.random.default_rng(3),
    )
    path = model.paths[0]
    assert path.se == pytest.approx(reference.standard_error, rel=0.05)
    assert path.ci_low == pytest.approx(reference.confidence_interval.low, abs=0.15 * reference.standard_error)
    assert path.ci_high == pytest.approx(reference.confidence_interval.high, abs=0.15 * reference.standard_error)


@pytest.mark.parametrize("fit", [pls_path_model, plsc])
def test_each_resample_is_the_model_of_the_respondents_drawn(fit: Any) -> None:
    """Two resamples: their mean and distance are the middle of the interval and √2 times the standard deviation."""
    model = fit(FRAME, BLOCKS, PATHS, "path", n_resamples=2, seed=11, confidence_level=0.5)
    rng = np.random.default_rng(11)
    drawn = [fit(FRAME.iloc[rng.integers(len(FRAME), size=len(FRAME))], BLOCKS, PATHS, "path") for _ in range(2)]
    for path in model.paths:
        low, high = sorted(one.path_coefficients[path.source, path.target] for one in drawn)
        assert path.se == pytest.approx((high - low) / np.sqrt(2), rel=1e-6)
        assert (path.ci_low, path.ci_high) == pytest.approx((0.75 * low + 0.25 * high, 0.25 * low + 0.75 * high))


def test_resamples_without_variance_are_left_out_and_counted() -> None:
    rare = FRAME.assign(q2=np.r_[1.0, np.zeros(len(FRAME) - 1)])
    model = pls_path_model(rare, BLOCKS, PATHS, n_resamples=300)
    lost = 300 - model.n_resamples
    assert 60 < lost < 160  # the one other answer is missing from a share of 1/e
    assert f"{lost} of 300 resamples could not be fitted and are left out." in model.caveats


def test_where_most_resamples_fail_there_are_no_intervals() -> None:
    rare = FRAME.assign(
        q2=np.r_[1.0, np.zeros(len(FRAME) - 1)],
        v1=np.r_[0.0, 1.0, np.zeros(len(FRAME) - 2)],
    )
    model = pls_path_model(rare, BLOCKS, PATHS, n_resamples=100)
    assert model.n_resamples == 0
    assert model.paths[0].ci_low is None
    assert any("more than half of 100 resamples" in caveat for caveat in model.caveats)


def test_a_resample_points_the_way_of_the_whole_sample() -> None:
    """With loadings of both signs, their sum cannot tell resamples which way to point."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=200)
    noise = rng.normal(size=(200, 3))
    frame = pd.DataFrame({"a": x + noise[:, 0], "b": -x + noise[:, 1], "y": x + noise[:, 2]})
    model = pls_path_model(frame, {"x": ["a", "b"], "y": "y"}, [("x", "y")], n_resamples=200)
    path = model.paths[0]
    assert path.ci_low is not None
    assert path.ci_high is not None
    assert np.sign(path.ci_low) == np.sign(path.ci_high) == np.sign(path.value)


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
