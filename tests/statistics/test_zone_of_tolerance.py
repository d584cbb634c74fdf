from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from agreement import agrees
from oracle import oracle_expected, oracle_frame
from servq.errors import InvalidArgument, NotEstimable
from servq.statistics import service_adequacy, service_superiority, zone_of_tolerance

DIMENSIONS = {
    "tangibles": range(1, 5),
    "reliability": range(5, 10),
    "responsiveness": range(10, 14),
    "assurance": range(14, 18),
    "empathy": range(18, 23),
}


formulas_agree = partial(
    agrees, reference="a second implementation in R", data="servqual1994_threecolumn_sim", relative=1e-8
)


def _expected() -> dict[str, Any]:
    expected: dict[str, Any] = oracle_expected("servqual_scores")["results"]["threecolumn1994_sim"]
    return expected


def _scores(items: Any) -> list[NDArray[np.float64]]:
    frame = oracle_frame("servqual1994_threecolumn_sim")
    return [
        frame[[f"{battery}{item:02d}" for item in items]].mean(axis=1).to_numpy() for battery in ("per", "min", "des")
    ]


def _numbers(test: Any) -> list[float]:
    return [test.value, test.sd, test.se, test.ci_low, test.ci_high, test.statistic, test.p_value]


def _oracle_numbers(block: dict[str, Any]) -> list[float]:
    return [block["mean"], block["sd"], block["se"], *block["ci95"], block["t"], block["p"]]


def measures_agree(perceived: Any, minimum: Any, desired: Any, expected: dict[str, Any]) -> None:
    for function, level, key in ((service_adequacy, minimum, "MSA"), (service_superiority, desired, "MSS")):
        formulas_agree(function, _numbers(function(perceived, level)), _oracle_numbers(expected[key]))


@pytest.mark.parametrize("position", range(22))
def test_items_agree_with_the_second_implementation(position: int) -> None:
    expected = _expected()["item"][position]
    perceived, minimum, desired = _scores([position + 1])
    measures_agree(perceived, minimum, desired, expected)
    formulas_agree(zone_of_tolerance, zone_of_tolerance(perceived, minimum, desired).width, expected["ZOT_width"])


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_dimensions_agree_with_the_second_implementation(dimension: str) -> None:
    expected = _expected()["dimension"][dimension]
    perceived, minimum, desired = _scores(DIMENSIONS[dimension])
    measures_agree(perceived, minimum, desired, expected)
    zone = zone_of_tolerance(perceived, minimum, desired)
    assert zone.position is not None
    formulas_agree(
        zone_of_tolerance,
        [zone.mean_minimum, zone.mean_desired, zone.mean_perceived, zone.width, zone.position.value],
        [expected[name] for name in ("adequate", "desired", "perceived", "ZOT_width", "position_in_zone_of_means")],
    )
    formulas_agree(
        zone_of_tolerance,
        [100 * one.value for one in (zone.below, zone.within, zone.above)],
        [expected[name] for name in ("pct_below", "pct_within", "pct_above")],
    )


RATINGS = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9)), min_size=3, max_size=30)


@given(RATINGS)
def test_shares_add_up_and_the_position_lies_in_its_interval(ratings: list[tuple[int, int, int]]) -> None:
    perceived, minimum, desired = np.array(ratings, dtype=float).T
    if (minimum > desired).all():
        with pytest.raises(NotEstimable, match="desired level"):
            zone_of_tolerance(perceived, minimum, desired)
        return
    zone = zone_of_tolerance(perceived, minimum, desired)
    assert zone.below.value + zone.within.value + zone.above.value == pytest.approx(1)
    assert zone.n_inverted == (minimum > desired).sum()
    if zone.position is not None and zone.position.ci_low is not None:
        assert zone.position.ci_high is not None
        assert zone.position.ci_low - 1e-9 <= zone.position.value <= zone.position.ci_high + 1e-9


def test_fiellers_bounds_are_where_the_paired_test_turns() -> None:
    from scipy.stats import ttest_1samp

    perceived, minimum, desired = _scores(DIMENSIONS["assurance"])
    position = zone_of_tolerance(perceived, minimum, desired).position
    assert position is not None
    for bound in (position.ci_low, position.ci_high):
        assert bound is not None
        test = ttest_1samp(perceived - minimum - bound * (desired - minimum), 0)
        assert test.pvalue == pytest.approx(0.05, rel=1e-8)


def test_the_bounds_belong_to_the_zone_even_when_means_carry_rounding_errors() -> None:
    zone = zone_of_tolerance([0.1 + 0.2, 0.3, 0.3], minimum=[0.3, 0.3, 0.1], desired=[0.3, 0.5, 0.1 + 0.2])
    assert zone.within.value == 1


def test_inverted_zones_are_counted_and_said() -> None:
    zone = zone_of_tolerance([5, 6, 7], minimum=[4, 8, 5], desired=[6, 7, 8])
    assert (zone.n, zone.within.n, zone.n_inverted) == (3, 2, 1)
    assert zone.caveats == ("Left out of the shares, with a minimum above the desired level: 1.",)


def test_a_zone_that_may_have_no_width_has_no_interval_of_the_position() -> None:
    zone = zone_of_tolerance([5, 6, 7], minimum=[4, 8, 5], desired=[6, 7, 8])
    assert zone.position is not None
    assert zone.position.ci_low is None
    assert zone.position.caveats
    assert zone_of_tolerance([5, 6], minimum=[5, 6], desired=[5, 6]).position is None


@pytest.mark.parametrize("ratings", [[], [5.0], [math.nan, 5.0], [math.nan, math.nan]])
def test_fewer_than_two_respondents_have_no_zone(ratings: list[float]) -> None:
    with pytest.raises(NotEstimable, match="all three ratings"):
        zone_of_tolerance(ratings, ratings, ratings)


def test_batteries_of_different_lengths_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="aligned"):
        zone_of_tolerance([1, 2], [1, 2], [1])
