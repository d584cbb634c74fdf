from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreement import agrees
from oracle import oracle_expected, oracle_frame
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import (
    QualityCutoffs,
    answer_quality,
    even_odd_consistency,
    guttman_errors,
    intra_individual_variability,
    longstring,
    mahalanobis,
    psychometric_synonyms,
    speeding,
)

SETS = ["careless_sim200", "bfi_first300_complete"]
ANTONYM_CORRELATION = 0.3  # of the expected 19 pairs


def _answers(name: str) -> pd.DataFrame:
    if name == "careless_sim200":
        return oracle_frame(name).drop(columns="id")
    frame = oracle_frame("bfi").drop(columns=["id", "gender", "education", "age"])
    return frame.dropna().iloc[:300]


def _expected(name: str) -> dict[str, Any]:
    expected: dict[str, Any] = oracle_expected("careless")["results"][name]
    return expected


def _agrees(
    function: Callable[..., object], name: str, index: np.ndarray, expected: list[float | None], reference: str
) -> None:
    data = name.split("_first", maxsplit=1)[0]
    agrees(function, index, expected, reference=reference, data=data, relative=1e-8, absolute=1e-12)


@pytest.mark.parametrize("name", SETS)
def test_runs_agree_with_careless(name: str) -> None:
    reference = "careless::longstring"
    _agrees(longstring, name, longstring(_answers(name)), _expected(name)["longstring"], reference)
    _agrees(longstring, name, longstring(_answers(name), average=True), _expected(name)["avgstring"], reference)


@pytest.mark.parametrize("name", SETS)
def test_variability_agrees_with_careless(name: str) -> None:
    found = intra_individual_variability(_answers(name))
    _agrees(intra_individual_variability, name, found, _expected(name)["irv"], "careless::irv")


@pytest.mark.parametrize("name", SETS)
def test_consistency_agrees_with_careless_turned_round(name: str) -> None:
    expected = [None if index is None else -index for index in _expected(name)["evenodd"]]
    found = even_odd_consistency(_answers(name), _expected(name)["factors"])
    _agrees(even_odd_consistency, name, found, expected, "careless::evenodd")


@pytest.mark.parametrize("name", SETS)
def test_synonyms_agree_with_careless(name: str) -> None:
    expected = _expected(name)
    found = psychometric_synonyms(_answers(name), minimum_correlation=expected["psychsyn_critval"])
    _agrees(psychometric_synonyms, name, found, expected["psychsyn"], "careless::psychsyn")


def test_antonyms_agree_with_careless() -> None:
    name = "bfi_first300_complete"
    index = psychometric_synonyms(_answers(name), minimum_correlation=ANTONYM_CORRELATION, antonyms=True)
    _agrees(psychometric_synonyms, name, index, _expected(name)["psychant"], "careless::psychant")


@pytest.mark.parametrize("name", SETS)
def test_distances_agree_with_r(name: str) -> None:
    distance = mahalanobis(_answers(name))
    _agrees(mahalanobis, name, distance.squared, _expected(name)["mahalanobis_d2_base_R"], "mahalanobis")
    _agrees(mahalanobis, name, distance.p_value, _expected(name)["mahad_p"], "careless::mahad")
    assert (distance.p_value < 0.001).tolist() == _expected(name)["mahad_flag_999"]


@given(st.integers(0, 5000))
def test_guttman_errors_are_the_pairs_counted_one_by_one(seed: int) -> None:
    answers = np.random.default_rng(seed).integers(1, 5, size=(7, 4))
    steps = [(item, step) for item in range(4) for step in range(2, 5)]
    taken = {key: int((answers[:, key[0]] >= key[1]).sum()) for key in steps}
    expected = [
        sum(
            taken[easy] > taken[hard] and row[easy[0]] < easy[1] and row[hard[0]] >= hard[1]
            for easy in steps
            for hard in steps
        )
        for row in answers
    ]
    assert guttman_errors(answers).tolist() == expected


@given(st.integers(0, 5000))
def test_each_respondent_keeps_the_index_when_rows_are_reordered(seed: int) -> None:
    rng = np.random.default_rng(seed)
    answers = rng.integers(1, 6, size=(30, 6))
    order = rng.permutation(30)
    dimensions = [2, 2, 2]
    for index in (
        longstring,
        intra_individual_variability,
        guttman_errors,
        lambda items: even_odd_consistency(items, dimensions),
        lambda items: mahalanobis(items).squared,
    ):
        np.testing.assert_allclose(index(answers[order]), index(answers)[order], rtol=1e-9, atol=1e-12)


def test_missing_answers_neither_break_nor_lengthen_a_run() -> None:
    assert longstring([[3, math.nan, 3, 4], [math.nan, 2, 2, math.nan]]).tolist() == [2, 2]
    assert np.isnan(longstring([[math.nan, math.nan]])).all()
    assert np.isnan(longstring([[math.nan, math.nan]], average=True)).all()


def test_variability_needs_two_answers() -> None:
    np.testing.assert_allclose(
        intra_individual_variability([[3, math.nan], [1, 3], [math.nan] * 2]), [math.nan, math.sqrt(2), math.nan]
    )


def test_consistency_takes_the_columns_by_name() -> None:
    frame = pd.DataFrame(np.random.default_rng(3).integers(1, 8, size=(9, 6)), columns=list("abcdef"))
    named = even_odd_consistency(frame[list("fedcba")], {"x": ["a", "b"], "y": ["c", "d"], "z": ["e", "f"]})
    np.testing.assert_array_equal(named, even_odd_consistency(frame, [2, 2, 2]))


def test_consistency_is_nan_where_a_half_does_not_vary_or_is_missing() -> None:
    answers = [[3, 1, 3, 2, 3, 5], [1, 1, math.nan, 2, 3, 3], [1, 1, 2, 2, 3, 3]]
    np.testing.assert_array_equal(even_odd_consistency(answers, [2, 2, 2]), [math.nan, math.nan, 1.0])


@pytest.mark.parametrize(
    ("dimensions", "message"),
    [([2, 2], "add up"), ([3, 3], "three dimensions"), ({"a": ["1", "9"]}, "no column '9'")],
)
def test_dimensions_that_do_not_fit_are_refused(dimensions: Any, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        even_odd_consistency([[1, 2, 3, 4, 5, 6]] * 3, dimensions)


def test_synonyms_need_three_pairs() -> None:
    with pytest.raises(NotEstimable, match="Only 0 pairs"):
        psychometric_synonyms([[1, 1], [1, 1], [1, 1]])
    with pytest.raises(NotEstimable):
        psychometric_synonyms(np.empty((0, 4)))


@pytest.mark.parametrize(
    "answers",
    [
        [[1, 2], [2, 1]],
        [[1, 2, 3], [2, 1, 3], [4, 1, 3], [2, 2, 3], [1, 5, 3]],
        [[1, 2], [2, 4], [3, 6], [4, 8]],
        [[math.nan, 1]] * 5,
        np.empty((0, 2)),
    ],
    ids=["too few", "constant", "determined", "blank", "nobody"],
)
def test_distances_need_a_regular_covariance(answers: Any) -> None:
    with pytest.raises(NotEstimable):
        mahalanobis(answers)


def test_a_constant_that_no_float_holds_exactly_is_still_constant() -> None:
    answers = np.random.default_rng(1).integers(1, 6, (1000, 4)).astype(float)
    answers[:, 2] = 0.1
    with pytest.raises(NotEstimable, match="same on 3"):
        mahalanobis(answers)


def test_incomplete_respondents_have_no_distance_and_no_guttman_errors() -> None:
    answers = [[1, 2], [2, 1], [4, 4], [5, 3], [math.nan, 3]]
    assert np.isnan(mahalanobis(answers).squared).tolist() == [False] * 4 + [True]
    assert np.isnan(guttman_errors(answers)).tolist() == [False] * 4 + [True]


def test_guttman_errors_need_whole_points_and_somebody() -> None:
    with pytest.raises(InvalidArgument, match="whole points"):
        guttman_errors([[1.5, 2]])
    with pytest.raises(NotEstimable, match="Nobody"):
        guttman_errors([[math.nan, 2]])
    assert guttman_errors([[3, 3], [3, 3]]).tolist() == [0, 0]


def test_speed_is_judged_only_where_it_was_measured() -> None:
    assert speeding([10, 100, math.nan], n_items=22).tolist() == [True, False, False]
    assert speeding([], n_items=22).shape == (0,)
    for seconds, n_items in (([-1], 22), ([1], 0)):
        with pytest.raises(InvalidArgument):
            speeding(seconds, n_items)


def _attentive_and_careless() -> np.ndarray:
    rng = np.random.default_rng(11)
    trait = rng.normal(size=(300, 3, 1))
    attentive = np.clip(np.round(4 + 1.2 * trait + 0.6 * rng.normal(size=(300, 3, 4))), 1, 7).reshape(300, 12)
    straight = np.full((10, 12), 4.0)
    random = rng.integers(1, 8, size=(10, 12)).astype(float)
    return np.vstack([attentive, straight, random])


def test_careless_respondents_are_flagged_and_nobody_is_removed() -> None:
    answers = _attentive_and_careless()
    seconds = np.r_[np.full(300, 90.0), np.full(20, 10.0)]
    quality = answer_quality(answers, dimensions=[4, 4, 4], seconds=seconds)
    assert quality.n == len(quality.suspicious) == 320
    assert quality.suspicious[300:310].all()
    assert quality.suspicious[310:].mean() > 0.8
    assert quality.suspicious[:300].mean() < 0.15
    assert set(quality.flags) == {
        "longstring",
        "intra_individual_variability",
        "even_odd_consistency",
        "psychometric_synonyms",
        "mahalanobis",
        "guttman_errors",
        "seconds_per_item",
    }
    assert quality.caveats == ()


def test_indices_that_the_data_do_not_carry_are_named() -> None:
    quality = answer_quality([[1, 2, 3], [math.nan] * 3])
    assert set(quality.flags) == {"longstring", "intra_individual_variability", "guttman_errors"}
    assert len(quality.caveats) == 2
    assert quality.n_signs.tolist() == [0, 0]
    blank = answer_quality([[math.nan] * 3] * 2)
    assert len(blank.caveats) == 3


def test_answers_between_the_points_carry_every_index_but_the_steps() -> None:
    quality = answer_quality(np.random.default_rng(4).uniform(0, 100, (40, 5)))
    assert "guttman_errors" not in quality.indices
    assert [caveat for caveat in quality.caveats if "guttman_errors" in caveat and "whole points" in caveat]
    assert {"longstring", "mahalanobis"} <= set(quality.flags)


def test_cutoffs_can_be_argued_with() -> None:
    answers = _attentive_and_careless()
    strict = answer_quality(answers, cutoffs=QualityCutoffs(signs=1, longstring_share=0.3))
    lenient = answer_quality(answers, cutoffs=QualityCutoffs(signs=3))
    assert strict.suspicious.sum() > lenient.suspicious.sum()


def test_inputs_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="shape of items"):
        answer_quality([[1, 2]], scored_items=[[1, 2], [3, 4]])
    with pytest.raises(InvalidArgument, match="one entry per respondent"):
        answer_quality([[1, 2]], seconds=[1, 2])
    with pytest.raises(NotEstimable, match="no respondents"):
        answer_quality(np.empty((0, 3)))
