from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreement import agrees
from oracle import oracle_expected
from servq.errors import InvalidArgument
from servq.statistics import adjust_p_values, one_sample, with_adjusted_p
from servq.statistics.adjustment import AdjustmentMethod

METHODS: dict[AdjustmentMethod, str] = {
    "holm": "holm",
    "hochberg": "hochberg",
    "benjamini_hochberg": "bh",
    "benjamini_yekutieli": "by",
    "bonferroni": "bonferroni",
}


@pytest.mark.parametrize("method", METHODS)
def test_adjusted_p_values_agree_with_r(method: AdjustmentMethod) -> None:
    expected = oracle_expected("group_tests")["results"]["p_adjust"]
    agrees(
        adjust_p_values,
        adjust_p_values(expected["p"], method),
        expected[METHODS[method]],
        reference="p.adjust",
        data="a list of p-values",
        relative=1e-12,
    )


def test_the_paired_family_agrees_with_r() -> None:
    paired = oracle_expected("group_tests")["results"]["paired_P_minus_E"]
    p = [item["p"] for item in paired]
    for method, key in (("holm", "p_holm"), ("benjamini_hochberg", "p_bh")):
        agrees(
            adjust_p_values,
            adjust_p_values(p, method),  # type: ignore[arg-type]  # mypy sees str, not the literals
            [item[key] for item in paired],
            reference="p.adjust",
            data="servqual_kiosk",
            relative=1e-12,
        )


@pytest.mark.parametrize("method", METHODS)
@given(st.lists(st.floats(0, 1), max_size=20))
def test_the_order_of_tests_is_irrelevant_and_nothing_shrinks(method: AdjustmentMethod, p: list[float]) -> None:
    order = np.random.default_rng(len(p)).permutation(len(p))
    adjusted = adjust_p_values(p, method)
    np.testing.assert_array_equal(adjust_p_values(np.array(p)[order], method), adjusted[order])
    assert (adjusted >= np.array(p) - 1e-15).all()
    assert (adjusted <= 1).all()


def test_no_tests_give_no_p_values() -> None:
    assert adjust_p_values([]).shape == (0,)


def test_one_test_keeps_its_p_value() -> None:
    assert adjust_p_values([0.03]).tolist() == [0.03]


@pytest.mark.parametrize("p", [[math.nan, 0.1], [-0.1], [1.1]])
def test_missing_or_impossible_p_values_are_refused(p: list[float]) -> None:
    with pytest.raises(InvalidArgument, match="from 0 to 1"):
        adjust_p_values(p)


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="must be one of holm"):
        adjust_p_values([0.1], "sidak")  # type: ignore[arg-type]  # the point of the test


def test_comparisons_of_a_family_carry_their_adjusted_p_values() -> None:
    family = [one_sample([1, 2, 4]), one_sample([-1, 0, 2])]
    adjusted = with_adjusted_p(family)
    assert [one.p_adjusted for one in adjusted] == adjust_p_values([one.p_value for one in family]).tolist()
    assert [one.p_value for one in adjusted] == [one.p_value for one in family]
