"""The studentised range for many pairs at once.

1. Printed tables (Pearson & Hartley, Biometrika Tables for Statisticians, table 29), scipy's adaptive integral, and
   Student's t for two groups.
2. Wrong calls are refused.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from servq.errors import InvalidArgument
from servq.statistics.studentized_range import studentized_range_quantile, studentized_range_sf

PRINTED = {
    (0.95, 3, 10): 3.88,
    (0.95, 5, 10): 4.65,
    (0.99, 3, 10): 5.27,
    (0.95, 3, 20): 3.58,
    (0.95, 5, 20): 4.23,
    (0.95, 10, 20): 5.01,
    (0.95, 10, 60): 4.65,
}


@pytest.mark.parametrize(("level", "n_groups", "df"), PRINTED)
def test_quantiles_are_those_of_the_printed_table(level: float, n_groups: int, df: int) -> None:
    assert studentized_range_quantile(level, n_groups, df) == pytest.approx(PRINTED[level, n_groups, df], abs=0.005)


@pytest.mark.parametrize("n_groups", [2, 3, 8, 40])
@pytest.mark.parametrize("df", [1.0, 2.3, 7.5, 60.0, 4000.0])
def test_probabilities_are_those_of_an_adaptive_integral(n_groups: int, df: float) -> None:
    q = np.array([0.4, 2.0, 3.5, 7.0])
    expected = stats.studentized_range.sf(q, n_groups, df)
    np.testing.assert_allclose(studentized_range_sf(q, n_groups, np.full(4, df)), expected, atol=1e-9)


def test_the_range_of_two_groups_is_student_s_t() -> None:
    q, df = np.array([0.5, 1.0, 3.0, 6.0]), np.array([1.5, 4.0, 30.0, 500.0])
    expected = 2 * stats.t.sf(q / np.sqrt(2), df)
    np.testing.assert_allclose(studentized_range_sf(q, 2, df), expected, rtol=1e-8, atol=1e-12)


def test_no_value_has_no_probability() -> None:
    assert studentized_range_sf([], 3, []).shape == (0,)


@pytest.mark.parametrize(
    ("q", "n_groups", "df"), [([1.0], 1, [5.0]), ([-1.0], 3, [5.0]), ([1.0], 3, [0.5]), ([1.0], 3, [5.0, 6.0])]
)
def test_wrong_calls_are_refused(q: list[float], n_groups: int, df: list[float]) -> None:
    with pytest.raises(InvalidArgument):
        studentized_range_sf(q, n_groups, df)
