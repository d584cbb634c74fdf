from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreement import agrees
from oracle import oracle_expected, oracle_frame
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import customer_effort_score


def test_effort_on_seven_points_agrees_with_r() -> None:
    expected = oracle_expected("proportions_nps")["boxes"]["univer_officeho_as_CES_1_7_top3"]
    score = customer_effort_score(oracle_frame("univer_orientation")["officeho"])
    easy = score.easy
    agrees(
        customer_effort_score,
        [score.value, score.sd, score.se, score.ci_low, score.ci_high, easy.value, easy.ci_low, easy.ci_high],
        [
            *(expected["mean"], expected["sd"], expected["se"], *expected["ci95_t"]),
            *(expected["top"]["p"], *expected["top"]["wilson"]),
        ],
        reference="t.test, prop.test",
        data="univer_orientation",
        relative=1e-8,
    )


def test_low_effort_is_easy_where_low_is_good() -> None:
    score = customer_effort_score([1, 2, 3, 4, 5, math.nan], scale=(1, 5), direction="low_is_good")
    assert (score.value, score.easy.value, score.n) == (3, 0.4, 5)


@given(st.lists(st.integers(1, 7), min_size=2, max_size=30))
def test_turning_answers_and_direction_round_keeps_the_easy_share(answers: list[int]) -> None:
    forward = customer_effort_score(answers)
    turned = customer_effort_score([8 - answer for answer in answers], direction="low_is_good")
    assert forward.easy == turned.easy
    assert forward.value == pytest.approx(8 - turned.value)


@pytest.mark.parametrize("values", [[], [math.nan], [4]])
def test_fewer_than_two_answers_have_no_score(values: list[float]) -> None:
    with pytest.raises(NotEstimable):
        customer_effort_score(values)


def test_constant_answers_have_a_score_with_a_caveat() -> None:
    score = customer_effort_score([6, 6, 6])
    assert (score.value, score.ci_low, score.ci_high, score.easy.value) == (6, 6, 6, 1)
    assert "no width" in score.caveats[0]


def test_the_points_that_count_as_easy_can_be_named() -> None:
    assert customer_effort_score([7, 6, 5, 3], boxes=2).easy.successes == 2
    assert customer_effort_score([1, 2, 3, 5], scale=(1, 5), direction="low_is_good", boxes=1).easy.successes == 1
    with pytest.raises(InvalidArgument, match="points must be 1 to 6"):
        customer_effort_score([7, 6], boxes=7)


def test_wrong_calls_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="whole points from 1 to 7"):
        customer_effort_score([8, 3])
    with pytest.raises(InvalidArgument, match="direction"):
        customer_effort_score([1, 2], direction="up")  # type: ignore[arg-type]  # the point of the test
