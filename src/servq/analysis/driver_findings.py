"""Findings of the driver analysis: which dimensions go with an outcome, and how surely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from servq.messages import Message
from servq.statistics.estimate import Estimate

Strength = Literal["none", "little", "clear"]
"""Whether the dimensions together explain the outcome: not beyond chance, beyond chance but hardly, or clearly."""


@dataclass(frozen=True, kw_only=True)
class DriverFinding:
    """One dimension as a driver.

    Parameters
    ----------
    importance
        Its share of what all drivers explain together, 0–1.
    performance
        Its mean over the respondents who count here.
    vif
        How much of it the other drivers hold already: 1 for nothing (variance inflation factor).
    is_leading
        Whether it is the most important one or cannot be told from it.
    """

    id: str
    label: str
    importance: Estimate
    performance: Estimate
    vif: float
    is_leading: bool


@dataclass(frozen=True, kw_only=True)
class Drivers:
    """What goes with an outcome; drivers sorted by importance. It describes, and proves no cause.

    Parameters
    ----------
    outcome
        What was taken as the outcome, in the reader's language.
    r_squared
        Share of its variance that the dimensions explain together.
    collinearity
        What it means that the dimensions go together; None where they hardly do.
    """

    outcome_id: str
    outcome: str | Message
    n: int
    r_squared: Estimate
    strength: Strength
    drivers: tuple[DriverFinding, ...]
    method: str
    collinearity: Message | None
    caveats: tuple[Message, ...]
    reading: Message
