"""Statistics of service-quality studies: array-likes or frames in, estimates out.

Items have the shape (n_respondents, n_items) with NaN for missing. A function returns frozen dataclasses with unrounded
numbers, raises `NotEstimable` where the data do not carry the number asked for, and `InvalidArgument` where it was
called wrongly. Nothing here knows instruments or surveys.
"""

from __future__ import annotations

from servq.errors import InvalidArgument, NotEstimable
from servq.statistics.adequacy import SamplingAdequacy, bartlett_sphericity, kmo
from servq.statistics.adjustment import adjust_p_values, with_adjusted_p
from servq.statistics.agreement_categories import cohen_kappa, fleiss_kappa, kendall_w
from servq.statistics.agreement_intraclass import IntraclassCorrelation, intraclass_correlation
from servq.statistics.answer_quality_consistency import even_odd_consistency, psychometric_synonyms
from servq.statistics.answer_quality_flags import AnswerQuality, QualityCutoffs, answer_quality
from servq.statistics.answer_quality_outliers import MahalanobisDistance, guttman_errors, mahalanobis
from servq.statistics.answer_quality_patterns import intra_individual_variability, longstring, speeding
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
from servq.statistics.confirmatory import ConfirmatoryFactorAnalysis, confirmatory_factor_analysis
from servq.statistics.confirmatory_table import Parameter
from servq.statistics.convergent import average_variance_extracted, composite_reliability
from servq.statistics.covariance_fit import CovarianceFit
from servq.statistics.discriminant import FornellLarcker, HeterotraitMonotrait, fornell_larcker, htmt
from servq.statistics.drivers import Driver, PenaltyReward, RegressionDrivers, penalty_reward, regression_drivers
from servq.statistics.ecsi import ConstructIndex, ecsi_index
from servq.statistics.effect_size import cliffs_delta, cohens_d, cohens_dz, eta_squared, hedges_g, omega_squared
from servq.statistics.estimate import CONFIDENCE_LEVEL, Comparison, Estimate, MeanEstimate
from servq.statistics.exploratory import ExploratoryFactorAnalysis, exploratory_factor_analysis
from servq.statistics.exploratory_fit import ExploratoryFit
from servq.statistics.importance import DriverImportance, johnson_weights, lmg_importance
from servq.statistics.importance_intervals import ResampledImportance, importance_intervals
from servq.statistics.importance_performance import (
    ImportancePerformanceMap,
    ImportancePerformancePoint,
    importance_performance,
)
from servq.statistics.invariance import InvarianceStep, MeasurementInvariance, measurement_invariance
from servq.statistics.kano import KanoAttribute, kano_categories
from servq.statistics.matrix import Items, as_items, as_vector, complete_rows
from servq.statistics.metrics import EffortScore, customer_effort_score
from servq.statistics.moments import Moments, pairwise_counts, point_counts
from servq.statistics.net_promoter import (
    NetPromoterScore,
    net_promoter_difference,
    net_promoter_score,
    net_promoter_score_from,
)
from servq.statistics.omega import mcdonald_omega
from servq.statistics.omega_hierarchical import OmegaHierarchical, omega_hierarchical
from servq.statistics.one_pass import MeanOfScores, OnePass, ScoreRule, one_pass, score_mean
from servq.statistics.paths_priorities import ConstructPriority, construct_importance_performance
from servq.statistics.planning import SampleSize, power, required_sample_size
from servq.statistics.pls import pls_path_model, plsc
from servq.statistics.pls_result import (
    BootstrapEstimate,
    PathCoefficient,
    PathConstruct,
    PathEffect,
    PathIndicator,
    PathModel,
)
from servq.statistics.polychoric import PolychoricCorrelation, ordinal_alpha, polychoric_correlation
from servq.statistics.proportions import ProportionEstimate, newcombe_interval, top_box, wilson_interval
from servq.statistics.reliability import (
    ItemDiagnostics,
    cronbach_alpha,
    guttman_lambda2,
    guttman_lambda6,
    item_diagnostics,
    standardized_alpha,
)
from servq.statistics.reliability_comparison import (
    AlphaComparison,
    DifferenceReliability,
    compare_alphas,
    difference_reliability_from,
    difference_score_reliability,
)
from servq.statistics.response_rates import DispositionCounts, estimated_eligibility, response_rate
from servq.statistics.retention import (
    MinimumAveragePartial,
    ParallelAnalysis,
    minimum_average_partial,
    parallel_analysis,
)
from servq.statistics.split_half import SplitHalf, split_half
from servq.statistics.trend_charts import ControlChart, p_chart, xbar_chart, xbar_chart_from
from servq.statistics.trend_sites import (
    SiteComparison,
    SiteRank,
    change_since,
    compare_sites,
    compare_sites_from,
    rank_sites,
    rank_sites_from,
)
from servq.statistics.weighting import (
    RakedWeights,
    WeightedMean,
    design_effect,
    effective_sample_size,
    rake,
    weighted_mean,
)
from servq.statistics.zone_of_tolerance_measures import (
    ZoneOfTolerance,
    service_adequacy,
    service_superiority,
    zone_of_tolerance,
)

__all__ = [
    "CONFIDENCE_LEVEL",
    "AlphaComparison",
    "AnswerQuality",
    "BootstrapEstimate",
    "Comparison",
    "ConfirmatoryFactorAnalysis",
    "ConstructIndex",
    "ConstructPriority",
    "ContingencyTest",
    "ControlChart",
    "CovarianceFit",
    "DifferenceReliability",
    "DispositionCounts",
    "Driver",
    "DriverImportance",
    "EffortScore",
    "Estimate",
    "ExploratoryFactorAnalysis",
    "ExploratoryFit",
    "FornellLarcker",
    "GroupComparison",
    "HeterotraitMonotrait",
    "ImportancePerformanceMap",
    "ImportancePerformancePoint",
    "IntraclassCorrelation",
    "InvalidArgument",
    "InvarianceStep",
    "ItemDiagnostics",
    "Items",
    "KanoAttribute",
    "MahalanobisDistance",
    "MeanEstimate",
    "MeanOfScores",
    "MeasurementInvariance",
    "MinimumAveragePartial",
    "Moments",
    "NetPromoterScore",
    "NotEstimable",
    "OmegaHierarchical",
    "OnePass",
    "PairComparison",
    "PairedComparison",
    "ParallelAnalysis",
    "Parameter",
    "PathCoefficient",
    "PathConstruct",
    "PathEffect",
    "PathIndicator",
    "PathModel",
    "PenaltyReward",
    "PolychoricCorrelation",
    "ProportionEstimate",
    "QualityCutoffs",
    "RakedWeights",
    "RegressionDrivers",
    "ResampledImportance",
    "SampleSize",
    "SampleSummary",
    "SamplingAdequacy",
    "ScoreRule",
    "SiteComparison",
    "SiteRank",
    "SplitHalf",
    "TwoSampleComparison",
    "WeightedMean",
    "ZoneOfTolerance",
    "adjust_p_values",
    "anova",
    "answer_quality",
    "as_items",
    "as_vector",
    "average_variance_extracted",
    "bartlett_sphericity",
    "change_since",
    "chi_square",
    "cliffs_delta",
    "cohen_kappa",
    "cohens_d",
    "cohens_dz",
    "compare_alphas",
    "compare_sites",
    "compare_sites_from",
    "complete_rows",
    "composite_reliability",
    "confirmatory_factor_analysis",
    "construct_importance_performance",
    "cramers_v",
    "cronbach_alpha",
    "customer_effort_score",
    "design_effect",
    "difference_reliability_from",
    "difference_score_reliability",
    "ecsi_index",
    "effective_sample_size",
    "estimated_eligibility",
    "eta_squared",
    "even_odd_consistency",
    "exploratory_factor_analysis",
    "fleiss_kappa",
    "fornell_larcker",
    "games_howell",
    "guttman_errors",
    "guttman_lambda2",
    "guttman_lambda6",
    "hedges_g",
    "htmt",
    "importance_intervals",
    "importance_performance",
    "intra_individual_variability",
    "intraclass_correlation",
    "item_diagnostics",
    "johnson_weights",
    "kano_categories",
    "kendall_w",
    "kmo",
    "lmg_importance",
    "longstring",
    "mahalanobis",
    "mann_whitney",
    "mcdonald_omega",
    "mean_interval",
    "mean_interval_from",
    "measurement_invariance",
    "minimum_average_partial",
    "net_promoter_difference",
    "net_promoter_score",
    "net_promoter_score_from",
    "newcombe_interval",
    "omega_hierarchical",
    "omega_squared",
    "one_pass",
    "one_sample",
    "one_sample_from",
    "ordinal_alpha",
    "p_chart",
    "paired_comparison",
    "paired_comparison_from",
    "pairwise_comparisons",
    "pairwise_counts",
    "parallel_analysis",
    "penalty_reward",
    "pls_path_model",
    "plsc",
    "point_counts",
    "polychoric_correlation",
    "power",
    "psychometric_synonyms",
    "rake",
    "rank_sites",
    "rank_sites_from",
    "regression_drivers",
    "required_sample_size",
    "response_rate",
    "score_mean",
    "service_adequacy",
    "service_superiority",
    "speeding",
    "split_half",
    "standardized_alpha",
    "top_box",
    "weighted_mean",
    "welch_anova",
    "welch_t_test",
    "welch_t_test_from",
    "wilson_interval",
    "with_adjusted_p",
    "xbar_chart",
    "xbar_chart_from",
    "zone_of_tolerance",
]
