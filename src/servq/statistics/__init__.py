"""Statistics of service-quality studies: array-likes or frames in, estimates out.

Items have the shape (n_respondents, n_items) with NaN for missing. A function returns frozen dataclasses with unrounded
numbers, raises `NotEstimable` where the data do not carry the number asked for, and `InvalidArgument` where it was
called wrongly. Nothing here knows instruments or surveys.
"""

from __future__ import annotations

from servq.statistics.adjustment import adjust_p_values, with_adjusted_p
from servq.statistics.association import ContingencyTest, chi_square, cramers_v
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
from servq.statistics.comparison_groups import (
    GroupComparison,
    PairComparison,
    anova,
    games_howell,
    pairwise_comparisons,
    welch_anova,
)
from servq.statistics.comparison_ranks import mann_whitney
from servq.statistics.effect_size import cliffs_delta, cohens_d, eta_squared, hedges_g, omega_squared
from servq.statistics.estimate import CONFIDENCE_LEVEL, Comparison, Estimate, MeanEstimate
from servq.statistics.matrix import Items, as_items, as_vector, complete_rows
from servq.statistics.metrics import EffortScore, customer_effort_score
from servq.statistics.moments import Moments, pairwise_counts, point_counts
from servq.statistics.net_promoter import (
    NetPromoterScore,
    net_promoter_difference,
    net_promoter_score,
    net_promoter_score_from,
)
from servq.statistics.one_pass import MeanOfScores, OnePass, ScoreRule, one_pass, score_mean
from servq.statistics.proportions import ProportionEstimate, newcombe_interval, top_box, wilson_interval
from servq.statistics.reliability import (
    ItemDiagnostics,
    cronbach_alpha,
    guttman_lambda2,
    guttman_lambda6,
    item_diagnostics,
    standardized_alpha,
)

__all__ = [
    "CONFIDENCE_LEVEL",
    "Comparison",
    "ContingencyTest",
    "EffortScore",
    "Estimate",
    "GroupComparison",
    "ItemDiagnostics",
    "Items",
    "MeanEstimate",
    "MeanOfScores",
    "Moments",
    "NetPromoterScore",
    "OnePass",
    "PairComparison",
    "PairedComparison",
    "ProportionEstimate",
    "SampleSummary",
    "ScoreRule",
    "TwoSampleComparison",
    "adjust_p_values",
    "anova",
    "as_items",
    "as_vector",
    "chi_square",
    "cliffs_delta",
    "cohens_d",
    "complete_rows",
    "cramers_v",
    "cronbach_alpha",
    "customer_effort_score",
    "eta_squared",
    "games_howell",
    "guttman_lambda2",
    "guttman_lambda6",
    "hedges_g",
    "item_diagnostics",
    "mann_whitney",
    "mean_interval",
    "mean_interval_from",
    "net_promoter_difference",
    "net_promoter_score",
    "net_promoter_score_from",
    "newcombe_interval",
    "omega_squared",
    "one_pass",
    "one_sample",
    "one_sample_from",
    "paired_comparison",
    "paired_comparison_from",
    "pairwise_comparisons",
    "pairwise_counts",
    "point_counts",
    "score_mean",
    "standardized_alpha",
    "top_box",
    "welch_anova",
    "welch_t_test",
    "welch_t_test_from",
    "wilson_interval",
    "with_adjusted_p",
]
