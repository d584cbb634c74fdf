from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreement import agrees
from oracle import oracle_expected, oracle_frame
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import newcombe_interval, top_box, wilson_interval

BOXES = {
    "univer_global_1_7_top2": ("univer_orientation", "global", 2, (1, 7)),
    "kiosk_y1_1_5_top2": ("servqual_kiosk", "y1", 2, (1, 5)),
    "kiosk_y3_1_5_top1": ("servqual_kiosk", "y3", 1, (1, 5)),
    "mobi_CUSA1_1_10_top3": ("ecsi_mobi", "CUSA1", 3, (1, 10)),
    "univer_officeho_as_CES_1_7_top3": ("univer_orientation", "officeho", 3, (1, 7)),
}


def _close(expected: object) -> Any:
    return pytest.approx(expected, rel=1e-8, abs=1e-15)


@pytest.mark.parametrize(
    "expected",
    [*oracle_expected("proportions_nps")["proportions"], *oracle_expected("proportions_nps")["proportions_90"]],
    ids=lambda expected: f"{expected['x']} of {expected['n']} at {expected['conf']}",
)
def test_wilson_agrees_with_r(expected: dict[str, Any]) -> None:
    share = wilson_interval(expected["x"], expected["n"], confidence_level=expected["conf"])
    agrees(
        wilson_interval,
        [share.value, share.ci_low, share.ci_high],
        [expected["p"], *expected["wilson"]],
        reference="prop.test",
        data="counts",
        relative=1e-8,
        absolute=1e-15,
    )


@pytest.mark.parametrize("expected", oracle_expected("proportions_nps")["two_proportions"])
def test_newcombe_agrees_with_r(expected: dict[str, Any]) -> None:
    (x1, x2), (n1, n2) = expected["x"], expected["n"]
    difference = newcombe_interval(x1, n1, x2, n2)
    agrees(
        newcombe_interval,
        [difference.value, difference.ci_low, difference.ci_high],
        [expected["diff"], *expected["newcombe"]],
        reference="Newcombe's method 10 in R",
        data="counts",
        relative=1e-8,
        absolute=1e-15,
    )


@pytest.mark.parametrize("name", BOXES)
def test_top_boxes_agree_with_r(name: str) -> None:
    expected = oracle_expected("proportions_nps")["boxes"][name]
    data, column, points, scale = BOXES[name]
    box = top_box(oracle_frame(data)[column], points, scale)
    assert (box.successes, box.n) == (expected["top"]["x"], expected["n"])
    agrees(
        top_box,
        [box.value, box.ci_low, box.ci_high],
        [expected["top"]["p"], *expected["top"]["wilson"]],
        reference="prop.test",
        data=data,
        relative=1e-8,
        absolute=1e-15,
    )


COUNTS = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS, st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_wilson_contains_the_share_and_stays_in_zero_to_one(counts: tuple[int, int], level: float) -> None:
    share = wilson_interval(*counts, confidence_level=level)
    assert share.ci_low is not None
    assert share.ci_high is not None
    assert 0 <= share.ci_low <= share.value <= share.ci_high <= 1
    assert share.ci_low < share.ci_high


@given(COUNTS)
def test_counting_the_others_mirrors_the_interval(counts: tuple[int, int]) -> None:
    successes, n = counts
    share, rest = wilson_interval(successes, n), wilson_interval(n - successes, n)
    assert share.ci_low == pytest.approx(1 - (rest.ci_high or 0), abs=1e-12)


@given(COUNTS, COUNTS)
def test_swapping_samples_negates_newcombe(first: tuple[int, int], second: tuple[int, int]) -> None:
    forward, backward = newcombe_interval(*first, *second), newcombe_interval(*second, *first)
    assert forward.ci_low is not None
    assert backward.ci_high is not None
    assert (forward.value, forward.ci_low) == (-backward.value, -backward.ci_high)
    assert -1 <= forward.ci_low <= forward.value


def test_no_answers_have_no_share() -> None:
    with pytest.raises(NotEstimable, match="at least one answer"):
        wilson_interval(0, 0)
    with pytest.raises(NotEstimable):
        newcombe_interval(1, 2, 0, 0)
    with pytest.raises(NotEstimable):
        top_box([math.nan, math.nan])


def test_one_answer_has_a_wide_interval() -> None:
    share = wilson_interval(1, 1)
    z2 = 1.959963984540054**2
    assert (share.value, share.ci_high) == (1.0, 1.0)
    assert share.ci_low == _close(1 / (1 + z2))


@pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5), (1.5, 5), (1, -3)])
def test_impossible_counts_are_refused(successes: int, n: int) -> None:
    with pytest.raises(InvalidArgument, match="whole numbers"):
        wilson_interval(successes, n)


@pytest.mark.parametrize("values", [[0, 1], [6], [2.5]])
def test_answers_off_the_response_scale_are_refused(values: list[float]) -> None:
    with pytest.raises(InvalidArgument, match="whole points from 1 to 5"):
        top_box(values)


@pytest.mark.parametrize("points", [0, 5, -1])
def test_a_box_of_nothing_or_everything_is_refused(points: int) -> None:
    with pytest.raises(InvalidArgument, match="points must be 1 to 4"):
        top_box([1, 2], points)


def test_a_response_scale_upside_down_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="lowest and the highest"):
        top_box([1, 2], 1, (5, 1))
