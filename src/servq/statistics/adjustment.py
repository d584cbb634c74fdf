"""Adjustment of p-values within a declared family of tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

import numpy as np

from servq.errors import InvalidArgument
from servq.statistics.estimate import Comparison
from servq.statistics.matrix import as_vector

if TYPE_CHECKING:
    from numpy.typing import NDArray

AdjustmentMethod = Literal["holm", "hochberg", "bonferroni", "benjamini_hochberg", "benjamini_yekutieli"]
ComparisonT = TypeVar("ComparisonT", bound=Comparison)


def adjust_p_values(p: object, method: AdjustmentMethod = "holm") -> NDArray[np.float64]:
    """Adjust the p-values of one family of tests.

    Parameters
    ----------
    p
        Shape (n_tests,), each 0–1. The family is what is handed over: leave out tests that could not be made.
    method
        ``"holm"``, ``"hochberg"`` and ``"bonferroni"`` hold the family-wise error rate, ``"benjamini_hochberg"``
        and ``"benjamini_yekutieli"`` the false discovery rate.

    Returns
    -------
    numpy.ndarray
        Adjusted p-values in the order of `p`, at most 1; empty for no tests.

    Raises
    ------
    InvalidArgument
        An unknown method, or a p-value that is missing or outside 0–1.

    Notes
    -----
    R equivalent: ``p.adjust(p, method)`` with ``"holm"``, ``"hochberg"``, ``"bonferroni"``, ``"BH"``, ``"BY"``.
    Sources: Holm (1979), *Scand. J. Statist.* 6, 65–70; Hochberg (1988), *Biometrika* 75, 800–802; Benjamini &
    Hochberg (1995), *JRSS B* 57, 289–300; Benjamini & Yekutieli (2001), *Ann. Statist.* 29, 1165–1188.

    Examples
    --------
    >>> adjust_p_values([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    values = as_vector(p, argument="p")
    if method not in get_args(AdjustmentMethod):
        raise InvalidArgument(f"method must be one of {', '.join(get_args(AdjustmentMethod))}; it is {method!r}.")
    if not ((values >= 0) & (values <= 1)).all():
        raise InvalidArgument("p must hold numbers from 0 to 1; leave out the tests that could not be made.")
    n_tests = len(values)
    order = np.argsort(values, kind="stable")
    ranks = np.arange(1, n_tests + 1)
    factors = {
        "holm": n_tests - ranks + 1.0,
        "hochberg": n_tests - ranks + 1.0,
        "bonferroni": np.full(n_tests, float(n_tests)),
        "benjamini_hochberg": n_tests / ranks,
        "benjamini_yekutieli": n_tests / ranks * (1 / ranks).sum(),
    }[method]
    scaled = values[order] * factors
    if method == "holm":
        stepped = np.maximum.accumulate(scaled)
    elif method == "bonferroni":
        stepped = scaled
    else:
        stepped = np.minimum.accumulate(scaled[::-1])[::-1]
    adjusted = np.empty(n_tests)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def with_adjusted_p(comparisons: Sequence[ComparisonT], method: AdjustmentMethod = "holm") -> tuple[ComparisonT, ...]:
    """Fill in ``p_adjusted`` of comparisons that form one family; see `adjust_p_values`."""
    adjusted = adjust_p_values([comparison.p_value for comparison in comparisons], method)
    return tuple(replace(one, p_adjusted=float(p)) for one, p in zip(comparisons, adjusted, strict=True))
