from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from agreement import agrees
from oracle import oracle_expected, oracle_frame
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import Moments, compare_alphas, difference_reliability_from, difference_score_reliability

DIMENSIONS = {
    "tangibles": range(1, 5),
    "reliability": range(5, 10),
    "responsiveness": range(10, 14),
    "assurance": range(14, 18),
    "empathy": range(18, 23),
}
REVERSED = [*range(10, 14), *range(18, 23)]


def battery(letter: str, dimension: str) -> NDArray[np.float64]:
    frame = oracle_frame("servqual1988_sim")
    columns = [
        8 - frame[f"{letter}{i:02d}"] if i in REVERSED else frame[f"{letter}{i:02d}"] for i in DIMENSIONS[dimension]
    ]
    return np.column_stack(columns).astype(float)


def answers(n: int, k: int, seed: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 1)) + rng.normal(size=(n, k))


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_the_reliability_of_a_gap_agrees_with_the_second_implementation_in_r(dimension: str) -> None:
    expected = oracle_expected("servqual_scores")["results"]["servqual1988_sim"]["difference_score_reliability"]
    found = difference_score_reliability(battery("p", dimension), battery("e", dimension))
    assert found.n == expected[dimension]["n"]
    compared = {
        "alpha_e": found.alpha_expectation,
        "alpha_p": found.alpha_perception,
        "r_ep": found.correlation,
        "sd_e": found.sd_expectation,
        "sd_p": found.sd_perception,
        "alpha_of_gap_items": found.alpha_of_gaps,
        "r_difference_general": found.value,
        "r_difference_equal_variance": found.equal_variance,
    }
    assert {*compared, "n"} == set(expected[dimension])
    agrees(
        difference_score_reliability,
        compared,
        {key: expected[dimension][key] for key in compared},
        reference="a second implementation in R",
        data="servqual1988_sim",
        relative=1e-8,
    )


@given(seed=st.integers(0, 2**32 - 1))
def test_swapped_batteries_have_the_same_reliability_of_the_difference(seed: int) -> None:
    first, second = answers(30, 4, seed), answers(30, 4, seed + 1)
    found = difference_score_reliability(first, second)
    assert difference_score_reliability(second, first).value == pytest.approx(found.value, rel=1e-9)
    order = np.random.default_rng(seed).permutation(4)
    rescaled = difference_score_reliability(2 * first[:, order] + 1, 2 * second[:, order] - 3)
    assert rescaled.value == pytest.approx(found.value, rel=1e-9)


def test_joint_moments_do_as_well_as_answers() -> None:
    first, second = answers(50, 3, 1), answers(50, 3, 2)
    joint = Moments.of(np.hstack([first, second]))
    assert difference_reliability_from(joint).value == difference_score_reliability(first, second).value
    with pytest.raises(InvalidArgument, match="as many"):
        difference_reliability_from(joint.select(["1", "2", "3"]))


def test_a_difference_less_reliable_than_its_parts_says_so() -> None:
    shared = answers(300, 1, 1)
    rng = np.random.default_rng(4)
    first, second = (shared + rng.normal(size=(300, 1)) / 2 + rng.normal(size=(300, 5)) for _ in range(2))
    found = difference_score_reliability(first, second)
    assert found.value < min(found.alpha_perception, found.alpha_expectation)
    assert any("less reliable" in caveat for caveat in found.caveats)


def test_a_negative_reliability_says_that_it_tells_nothing() -> None:
    rng = np.random.default_rng(2)
    first, noise = answers(300, 2, 1), rng.normal(size=(300, 1))
    found = difference_score_reliability(first, first + noise * [1, -1] + 0.05 * rng.normal(size=(300, 2)))
    assert found.value < 0
    assert any("tells nothing" in caveat for caveat in found.caveats)


def test_a_constant_difference_is_refused() -> None:
    first = answers(30, 3, 1)
    with pytest.raises(NotEstimable, match="same amount"):
        difference_score_reliability(first, first + 1)


@pytest.mark.parametrize(
    "items", [np.empty((0, 3)), np.ones((1, 3)), np.full((9, 3), np.nan), np.ones((9, 3)), answers(9, 1, 1)]
)
def test_a_part_without_a_reliability_is_refused(items: NDArray[np.float64]) -> None:
    with pytest.raises(NotEstimable):
        difference_score_reliability(items, items + 1)


def test_batteries_of_different_shape_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="same items"):
        difference_score_reliability(answers(9, 3, 1), answers(9, 4, 1))


@pytest.mark.parametrize(
    ("method", "entry"), [("feldt", "kiosk_P24_women_vs_men_two"), ("chi_square", "kiosk_P24_women_vs_men")]
)
def test_comparing_the_alphas_of_two_groups_agrees_with_cocron(method: str, entry: str) -> None:
    expected = oracle_expected("reliability")["compare_alphas"][entry]
    frame = oracle_frame("servqual_kiosk")
    found = compare_alphas(frame[[f"p{i:02d}" for i in range(1, 25)]], frame["sex"], method=method)  # type: ignore[arg-type]
    assert found.groups == ("F", "M")
    agrees(
        compare_alphas,
        [found.statistic, found.p_value],
        [expected["statistic"], expected["p_value"]],
        reference="cocron::cocron.two.coefficients" if method == "feldt" else "cocron::cocron.n.coefficients",
        data="servqual_kiosk",
        relative=1e-8,
    )
    df = found.df if isinstance(found.df, tuple) else (found.df,)
    assert list(df) == expected["df"]


def test_more_than_two_groups_are_compared_by_chi_square_and_unlabelled_respondents_are_left_out() -> None:
    items = answers(310, 5, 3)
    labels = ["a", "b", "c"] * 100 + [None, "", float("nan")] + ["a"] * 7
    found = compare_alphas(items, labels)
    assert found.df == 2
    assert found.group_sizes == (107, 100, 100)
    assert found.value == pytest.approx(max(found.alphas) - min(found.alphas))
    with pytest.raises(InvalidArgument, match="two groups"):
        compare_alphas(items, labels, method="feldt")


def test_the_order_of_respondents_does_not_matter_and_equal_groups_do_not_differ() -> None:
    items = answers(100, 4, 5)
    twice, labels = np.vstack([items, items]), np.repeat(["x", "y"], 100)
    found = compare_alphas(twice, labels)
    assert (found.value, found.statistic) == pytest.approx((0, 1))
    assert found.p_value == pytest.approx(1)
    order = np.random.default_rng(1).permutation(200)
    assert compare_alphas(twice[order], labels[order]).p_value == pytest.approx(found.p_value)


def test_a_group_that_is_too_small_or_perfectly_consistent_is_refused() -> None:
    items = answers(40, 3, 1)
    with pytest.raises(NotEstimable):
        compare_alphas(items, ["a"] * 39 + ["b"])
    with pytest.raises(NotEstimable, match="too small"):
        compare_alphas(items, ["a"] * 38 + ["b"] * 2, method="chi_square")
    copies = np.repeat(items[:, :1], 3, axis=1)
    with pytest.raises(NotEstimable, match="perfectly"):
        compare_alphas(np.vstack([items, copies]), ["a"] * 40 + ["b"] * 40)


@pytest.mark.parametrize("labels", [["a"] * 40, ["a", "b"]])
def test_labels_must_name_two_groups_one_for_each_respondent(labels: list[str]) -> None:
    with pytest.raises(InvalidArgument, match="groups"):
        compare_alphas(answers(40, 3, 1), labels)


def test_groups_are_labelled_like_everywhere() -> None:
    answers = np.random.default_rng(2).normal(size=(90, 1)) + np.random.default_rng(3).normal(size=(90, 4))
    branches = pd.Series([10, 9, pd.NA] * 30, dtype="Int64")
    assert compare_alphas(answers, branches).groups == ("9", "10")
    assert compare_alphas(answers, branches).group_sizes == (30, 30)


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="method"):
        compare_alphas(answers(40, 3, 1), ["a", "b"] * 20, method="bayes")  # type: ignore[arg-type]
