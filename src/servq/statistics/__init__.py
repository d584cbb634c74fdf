"""Statistics of service-quality studies: array-likes or frames in, estimates out.

Items have the shape (n_respondents, n_items) with NaN for missing. A function returns frozen dataclasses with unrounded
numbers, raises `NotEstimable` where the data do not carry the number asked for, and `InvalidArgument` where it was
called wrongly. Nothing here knows instruments or surveys.
"""

from __future__ import annotations

from servq.statistics.adjustment import adjust_p_values, with_adjusted_p
from servq.statistics.comparison import (
    PairedComparison,
    SampleSummary,
    TwoSampleComparison,
    mean_interval,
    mean_interval_from,
    one_sample,
    one_sample_from,
    paired_comparison,
    paired_comparison_from,
    welch_t_test,
    welch_t_test_from,
)
from servq.statistics.estimate import CONFIDENCE_LEVEL, Comparison, Estimate, MeanEstimate
from servq.statistics.matrix import Items, as_items, as_vector, complete_rows
from servq.statistics.metrics import EffortScore, customer_effort_score
from servq.statistics.net_promoter import (
    NetPromoterScore,
    net_promoter_difference,
    net_promoter_score,
    net_promoter_score_from,
)
from servq.statistics.proportions import ProportionEstimate, newcombe_interval, top_box, wilson_interval

__all__ = [
    "CONFIDENCE_LEVEL",
    "Comparison",
    "EffortScore",
    "Estimate",
    "Items",
    "MeanEstimate",
    "NetPromoterScore",
    "PairedComparison",
    "ProportionEstimate",
    "SampleSummary",
    "TwoSampleComparison",
    "adjust_p_values",
    "as_items",
    "as_vector",
    "complete_rows",
    "customer_effort_score",
    "mean_interval",
    "mean_interval_from",
    "net_promoter_difference",
    "net_promoter_score",
    "net_promoter_score_from",
    "newcombe_interval",
    "one_sample",
    "one_sample_from",
    "paired_comparison",
    "paired_comparison_from",
    "top_box",
    "welch_t_test",
    "welch_t_test_from",
    "wilson_interval",
    "with_adjusted_p",
]
