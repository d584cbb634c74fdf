"""Findings on reliability: alpha and omega of every scale, and how each item goes with the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from servq.analysis.absence import Unavailable
from servq.messages import Message
from servq.statistics.estimate import Estimate


@dataclass(frozen=True, kw_only=True)
class ItemReliability:
    """How one item goes with the rest of its scale."""

    item: str
    label: str
    r_drop: float | Unavailable
    alpha_if_deleted: float | Unavailable


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """Reliability of one dimension in one battery (or of its gaps: battery ``gap``).

    `dimension` is empty where the instrument has none and all its items are one scale.

    `verdict` classes alpha by its interval: ``good`` (lower bound ≥ .70), ``unclear`` (interval holds .70),
    ``low`` (upper bound < .70), ``unknown``.
    """

    battery: str
    dimension: str
    label: str
    n_items: int
    alpha: Estimate | Unavailable
    omega: Estimate | Unavailable
    items: tuple[ItemReliability, ...]
    verdict: Literal["good", "unclear", "low", "unknown"]
    reading: Message
