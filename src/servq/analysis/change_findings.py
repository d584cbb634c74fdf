"""Findings on two waves: what moved since the previous one."""

from __future__ import annotations

from dataclasses import dataclass

from servq.analysis.absence import NOTHING_SAID, Unavailable
from servq.messages import Message
from servq.statistics.estimate import Estimate


@dataclass(frozen=True, kw_only=True)
class ChangeRow:
    """The headline score or a dimension in two waves; `difference` is current − previous.

    The difference is a `Comparison` with its test, except for shares, which have Newcombe's interval and no test.
    """

    id: str
    label: str | Message
    previous: Estimate | Unavailable
    current: Estimate | Unavailable
    difference: Estimate | Unavailable
    reading: Message = NOTHING_SAID


@dataclass(frozen=True, kw_only=True)
class Change:
    """What moved since the previous wave; the first row is the headline score, then the dimensions.

    `unchanged_items` names the items on which both waves are compared where the instrument was changed in between, and
    `n_changed` counts the others; None and 0 when it was not.
    """

    unchanged_items: tuple[str, ...] | None = None
    n_changed: int = 0
    previous_source: str
    n_previous: int
    paired: bool
    rows: tuple[ChangeRow, ...]
    reading: Message
