from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from path_data import BLOCKS, PATHS, simulated_model
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import Moments, construct_importance_performance, ecsi_index, pls_path_model

ANSWERS = (simulated_model(250, 4) * 1.6 + 7).round().clip(1, 10)
MODEL = pls_path_model(ANSWERS, BLOCKS, PATHS)


@pytest.mark.parametrize("construct", list(BLOCKS))
def test_the_index_follows_the_published_formula(construct: str) -> None:
    """Σ w (mean − 1) / (9 Σ w) × 100, w the weight of the standardised item over the item's standard deviation."""
    items = BLOCKS[construct]
    w = np.array([MODEL.outer_weights[construct][item] / ANSWERS[item].std() for item in items])
    index = ecsi_index(ANSWERS, BLOCKS, PATHS, construct=construct)
    assert index.value == pytest.approx(w @ (ANSWERS[items].mean() - 1) / (9 * w.sum()) * 100, rel=1e-12)
    assert list(index.weights.values()) == pytest.approx(list(w / w.sum()), rel=1e-12)
    scores = (ANSWERS[items].to_numpy() @ (w / w.sum()) - 1) / 9 * 100
    assert index.scores is not None
    np.testing.assert_allclose(index.scores, scores, rtol=1e-10)
    assert (index.sd, index.se) == pytest.approx((scores.std(ddof=1), stats.sem(scores)), rel=1e-10)
    low, high = stats.t.interval(0.95, len(scores) - 1, loc=scores.mean(), scale=stats.sem(scores))
    assert (index.ci_low, index.ci_high) == pytest.approx((low, high), rel=1e-10)


def test_a_fitted_model_its_data_and_its_moments_give_the_same_index() -> None:
    from_model, from_data = ecsi_index(MODEL), ecsi_index(ANSWERS, BLOCKS, PATHS)
    from_moments = ecsi_index(Moments.of(ANSWERS), BLOCKS, PATHS)
    for name in BLOCKS:
        assert from_model[name].value == from_data[name].value
        assert from_moments[name].value == pytest.approx(from_model[name].value, rel=1e-12)
        assert from_moments[name].ci_low == pytest.approx(from_model[name].ci_low, rel=1e-12)
        assert from_moments[name].scores is None


@settings(max_examples=25)
@given(low=st.floats(-50, 50), width=st.floats(0.1, 100))
def test_the_same_answers_on_another_scale_have_the_same_index(low: float, width: float) -> None:
    rescaled = low + (ANSWERS - 1) / 9 * width
    ends = (low - 1e-9 * width, low + width * (1 + 1e-9))
    before, after = ecsi_index(MODEL), ecsi_index(rescaled, BLOCKS, PATHS, scale=ends)
    for name in BLOCKS:
        assert after[name].value == pytest.approx(before[name].value, abs=1e-5)


def test_scales_may_differ_between_constructs() -> None:
    mixed = ANSWERS.assign(l1=(ANSWERS["l1"] - 1) / 9 * 4 + 1)
    scale = dict.fromkeys(BLOCKS, (1.0, 10.0)) | {"loyalty": (1.0, 5.0)}
    indices = ecsi_index(mixed, BLOCKS, PATHS, scale=scale)
    assert indices["loyalty"].value == pytest.approx(100 * (ANSWERS["l1"].mean() - 1) / 9, rel=1e-12)
    with pytest.raises(InvalidArgument, match="lowest and highest point of value"):
        ecsi_index(mixed, BLOCKS, PATHS, construct="value", scale={"loyalty": (1, 5)})


def test_everybody_at_an_end_of_a_single_item_is_at_0_or_100() -> None:
    frame = pd.DataFrame({"a": [1, 10, 1, 10, 10], "b": [2, 9, 3, 8, 9]})
    index = ecsi_index(frame, {"x": "a", "y": "b"}, [("x", "y")], construct="x")
    assert index.scores is not None
    np.testing.assert_allclose(index.scores, [0, 100, 0, 100, 100], atol=1e-12)
    assert index.value == pytest.approx(60)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": ANSWERS}, "Give blocks and paths"),
        ({"construct": "price"}, "no construct 'price'"),
        ({"scale": (10, 1)}, "scale must be the lowest and the highest point"),
        ({"scale": (1, float("inf"))}, "scale must be the lowest and the highest point"),
        ({"scale": (1, 7)}, "beyond the scale of 1 to 7"),
        ({"source": pls_path_model(Moments.of(ANSWERS), BLOCKS, PATHS), "scale": (1, 5)}, "beyond the scale of 1 to 5"),
        ({"confidence_level": 95}, "confidence_level"),
    ],
)
def test_an_index_that_cannot_be_meant_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        ecsi_index(**{"source": MODEL, **arguments})


def test_negative_weights_are_kept_and_said() -> None:
    turned = ANSWERS.assign(q3=11 - ANSWERS["q3"])
    index = ecsi_index(turned, BLOCKS, PATHS, construct="quality")
    assert index.weights["q3"] < 0
    assert sum(index.weights.values()) == pytest.approx(1)
    assert any("negative weights" in caveat for caveat in index.caveats)


def test_weights_that_cancel_out_give_no_index() -> None:
    """Correlations .5 and −.25 with the neighbour, divided by standard deviations of 2 and 1."""
    moments = Moments.of_covariance([[4, 0, 1], [0, 1, -0.25], [1, -0.25, 1]], 100, ["a", "b", "y"])
    model = pls_path_model(moments, {"x": ["a", "b"], "y": "y"}, [("x", "y")])
    with pytest.raises(NotEstimable, match="weights of x cancel each other out"):
        ecsi_index(model, construct="x", scale=(-1, 1))


def test_a_bootstrap_resamples_the_whole_index() -> None:
    """With equal weights the index is a mean, so its bootstrap interval is close to the t interval."""
    rng = np.random.default_rng(3)
    satisfaction = rng.normal(size=(400, 1))
    answers = 5 + np.hstack([satisfaction + 0.7 * rng.normal(size=(400, 2)), satisfaction + rng.normal(size=(400, 2))])
    blocks = {"satisfaction": ["1", "2"], "loyalty": ["3", "4"]}
    model = pls_path_model(answers, blocks, [("satisfaction", "loyalty")], n_resamples=600)
    index = ecsi_index(model, construct="satisfaction", scale=(-5, 15))
    assert "bootstrap" in index.method
    plain = ecsi_index(answers, blocks, [("satisfaction", "loyalty")], construct="satisfaction", scale=(-5, 15))
    assert index.value == plain.value
    assert index.se == pytest.approx(plain.se, rel=0.1)
    assert (index.ci_low, index.ci_high) == pytest.approx((plain.ci_low, plain.ci_high), abs=0.3 * plain.se)


def test_importance_has_the_interval_of_the_same_resamples() -> None:
    rng = np.random.default_rng(3)
    satisfaction = rng.normal(size=(300, 1))
    answers = np.hstack(
        [satisfaction + 0.5 * rng.normal(size=(300, 2)), 0.5 * satisfaction + rng.normal(size=(300, 2))]
    )
    blocks = {"satisfaction": ["1", "2"], "loyalty": ["3", "4"]}
    model = pls_path_model(answers, blocks, [("satisfaction", "loyalty")], n_resamples=300)
    scale = {"satisfaction": (-5.0, 5.0), "loyalty": (-10.0, 10.0)}
    (priority,) = construct_importance_performance(model, "loyalty", scale=scale)
    effect = next(one for one in model.effects if one.target == "loyalty")
    assert priority.importance == pytest.approx(effect.total_unstandardized.value * 10 / 20)
    assert priority.importance_low == pytest.approx(effect.total_unstandardized.ci_low * 10 / 20)
    assert priority.importance_low < priority.importance < priority.importance_high
    bare = pls_path_model(answers, blocks, [("satisfaction", "loyalty")])
    assert construct_importance_performance(bare, "loyalty", scale=scale)[0].importance_low is None
