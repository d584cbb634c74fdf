"""The response scale as findings show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The response scale of the rated items, for axes and legends.

    `anchors` are the texts at the labelled points, in the reader's language.
    """

    low: int
    high: int
    better: Literal["high", "low"]
    anchors: dict[int, str]
