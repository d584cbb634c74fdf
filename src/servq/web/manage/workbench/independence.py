"""Whether groups answer differently: the chi-square test with its words. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from servq.errors import NotEstimable
from servq.statistics import ContingencyTest, chi_square
from servq.web.manage.workbench.shown import Desk

SIGNIFICANCE = 0.05
SLIGHT_W = 0.1
"""Cohen (1988): an effect w = V · √(smaller side − 1) below this is less than small."""


@dataclass(frozen=True, slots=True)
class Tested:
    """The test of a table; None where it cannot be tested, and then `reading` says why."""

    test: ContingencyTest | None
    reading: str = ""
    method: str = ""

    @property
    def is_clear(self) -> bool:
        """Whether chance does not explain the table."""
        return self.test is not None and self.test.p_value < SIGNIFICANCE

    @property
    def is_slight(self) -> bool:
        """Whether it hardly matters all the same."""
        if self.test is None:
            return False
        return self.test.value * math.sqrt(min(self.test.observed.shape) - 1) < SLIGHT_W


def tested(desk: Desk, counts: NDArray[np.int64]) -> Tested:
    """Test that the rows of a table of counts have the same shares."""
    try:
        test = chi_square(counts)
    except NotEstimable as error:
        return Tested(None, desk.say(error.reason))
    method = desk.t(
        "Chi-square test of independence: χ² = {statistic:.1f}, {df} degrees of freedom, p {p}; Cramér's V = {v:.2f}.",
        statistic=test.statistic,
        df=(test.observed.shape[0] - 1) * (test.observed.shape[1] - 1),
        p=desk.formats.p_relation(test.p_value),
        v=test.value,
    )
    return Tested(test, method=" ".join((method, *(desk.say(one) for one in test.caveats))))
