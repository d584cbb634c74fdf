"""Scores by row: reverse keys, the half rule, gaps, points.

1. A dimension score needs at least the declared share of its items, rounded up.
2. A gap exists where both sides exist; swapping the batteries negates it.
3. Reversing twice is identity; the order of respondents is irrelevant.
4. Points count only in rows that sum to the total.
"""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servq.instruments import Instrument, load_instrument
from servq.scoring import AnswerTable, Missing, score
from servq.scoring.blocks import share_mean

SERVQUAL = load_instrument("servqual")
SERVQUAL_1988 = load_instrument("servqual-1988")
N_RATINGS = 44
# Drawn as bytes: hundreds of separate numbers take so long on a busy machine that hypothesis gives up.
ratings = (
    st.integers(1, 8)
    .flatmap(lambda n: st.binary(min_size=n * N_RATINGS, max_size=n * N_RATINGS))
    .map(lambda drawn: np.frombuffer(drawn, np.uint8).reshape(-1, N_RATINGS) % 7 + np.int16(1))
)


def table(codes: np.ndarray, instrument: Instrument = SERVQUAL) -> AnswerTable:
    points = np.tile(np.array([11, 32, 22, 19, 16], dtype=np.int16), (len(codes), 1))
    return AnswerTable(instrument=instrument, codes=np.hstack([codes, points]))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ([1, 2, 3, 4], 2.5),
        ([1, 2, np.nan, np.nan], 1.5),
        ([1, np.nan, np.nan, np.nan], np.nan),
        ([1, 2, 3, np.nan, np.nan], 2.0),
        ([1, 2, np.nan, np.nan, np.nan], np.nan),
        ([np.nan], np.nan),
        ([4], 4.0),
    ],
)
def test_half_of_the_items_rounded_up_is_needed(row: list[float], expected: float) -> None:
    assert share_mean(np.array([row]), 0.5)[0] == pytest.approx(expected, nan_ok=True)


def test_a_share_of_a_third_of_three_items_needs_one() -> None:
    assert share_mean(np.array([[np.nan, 5.0, np.nan]]), 1 / 3)[0] == 5


def test_blanks_and_not_applicable_leave_a_pair_out() -> None:
    codes = np.full((1, N_RATINGS), 5, dtype=np.int16)
    codes[0, 0] = Missing.SKIPPED  # expectation of the first item
    codes[0, 22 + 1] = Missing.NOT_APPLICABLE  # perception of the second
    scored = score(table(codes))
    assert scored.gap is not None
    assert np.isnan(scored.gap.values[0, :2]).all()
    assert scored.gap.dimension_scores[0, 0] == 0  # two of four pairs are left
    assert np.isnan(scored.paired["perception"].values[0, 0])
    assert scored.ratings["perception"].values[0, 0] == 5


@given(ratings)
def test_swapping_the_batteries_negates_every_gap(codes: np.ndarray) -> None:
    swapped = np.hstack([codes[:, 22:], codes[:, :22]])
    one, two = score(table(codes)).gap, score(table(swapped)).gap
    assert one is not None
    assert two is not None
    np.testing.assert_allclose(one.values, -two.values)
    np.testing.assert_allclose(one.overall, -two.overall, atol=1e-12)


@given(ratings, st.randoms(use_true_random=False))
def test_the_order_of_respondents_is_irrelevant(codes: np.ndarray, random: Random) -> None:
    order = list(range(len(codes)))
    random.shuffle(order)
    np.testing.assert_array_equal(
        score(table(codes)).headline.overall[order], score(table(codes[order])).headline.overall
    )


@given(ratings)
def test_reverse_keys_turn_the_answer_round_and_twice_is_identity(codes: np.ndarray) -> None:
    turned = [i for i, item in enumerate(SERVQUAL_1988.asked_in("expectation")) if SERVQUAL_1988.item(item).reversed]
    assert len(turned) == 9
    keyed = score(table(codes, SERVQUAL_1988)).ratings["expectation"].values
    np.testing.assert_array_equal(keyed[:, turned], 8 - codes[:, turned])
    again = codes.copy()
    again[:, :22] = keyed
    np.testing.assert_array_equal(score(table(again, SERVQUAL_1988)).ratings["expectation"].values, codes[:, :22])


def test_points_that_do_not_sum_to_the_total_count_as_invalid() -> None:
    codes = np.full((4, N_RATINGS), 5, dtype=np.int16)
    points = np.array([[20, 20, 20, 20, 20], [20, 20, 20, 20, 25], [100, 0, 0, 0, -1], [-1, -1, -1, -1, -1]], np.int16)
    scored = score(AnswerTable(instrument=SERVQUAL, codes=np.hstack([codes, points])))
    assert scored.points is not None
    assert scored.points.n_invalid == 2  # a wrong sum and an incomplete row; giving no points at all is not an error
    assert np.isfinite(scored.weighted_dimensions(scored.headline)).all(axis=1).tolist() == [True, False, False, False]


def test_an_instrument_without_dimensions_is_scored_by_its_items() -> None:
    nps = load_instrument("nps")
    scored = score(AnswerTable(instrument=nps, codes=np.array([[9], [-1], [3]], dtype=np.int16)))
    assert scored.headline.dimensions == ()
    assert scored.headline.overall[[0, 2]].tolist() == [9, 3]
    assert np.isnan(scored.headline.overall[1])
