"""Statistics of service-quality studies: array-likes or frames in, estimates out.

Items have the shape (n_respondents, n_items) with NaN for missing. A function returns frozen dataclasses with unrounded
numbers, raises `NotEstimable` where the data do not carry the number asked for, and `InvalidArgument` where it was
called wrongly. Nothing here knows instruments or surveys.
"""

from __future__ import annotations

from servq.statistics.estimate import CONFIDENCE_LEVEL, Comparison, Estimate, MeanEstimate
from servq.statistics.matrix import Items, as_items, as_vector, complete_rows

__all__ = [
    "CONFIDENCE_LEVEL",
    "Comparison",
    "Estimate",
    "Items",
    "MeanEstimate",
    "as_items",
    "as_vector",
    "complete_rows",
]
