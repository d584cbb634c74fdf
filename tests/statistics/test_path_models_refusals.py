"""What path models refuse, and what they say about degenerate answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from path_data import BLOCKS, PATHS, simulated_model
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import Moments, pls_path_model, plsc

SCHEMES = ("centroid", "factorial", "path")
FRAME = simulated_model(300, 7)


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
