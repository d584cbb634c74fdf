"""Findings on validity: whether the items measure the dimensions that the instrument declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from servq.analysis.absence import Unavailable
from servq.messages import Message
from servq.statistics.covariance_fit import CovarianceFit
from servq.statistics.estimate import Comparison, Estimate
from servq.statistics.reliability_comparison import DifferenceReliability


@dataclass(frozen=True, kw_only=True)
class FactorCounts:
    """How many factors the answers carry by two rules, beside the number of declared dimensions.

    `random_eigenvalues` are the quantiles that the eigenvalues of uncorrelated answers of the same size reach.
    """

    declared: int
    parallel_analysis: int
    minimum_average_partial: int
    eigenvalues: tuple[float, ...]
    random_eigenvalues: tuple[float, ...]
    random_quantile: float
    n_samples: int
    seed: int
    n: int
    method: str
    caveats: tuple[Message, ...]
    reading: Message


@dataclass(frozen=True, kw_only=True)
class ItemLoadings:
    """Pattern loadings of one item, one per factor; `belongs` when it goes with its own dimension.

    `salient` says which loadings are large enough to interpret.
    """

    item: str
    label: str
    number: int
    dimension: str
    loadings: tuple[float, ...]
    salient: tuple[bool, ...]
    communality: float
    belongs: bool


@dataclass(frozen=True, kw_only=True)
class DimensionLoadings:
    """Whether the items of one dimension load together.

    Parameters
    ----------
    factor
        Position, from 1, of the factor on which most of its items load; None when none of them loads on any.
    loose
        Ids of the items that do not load on that factor, or load more on another.
    merged_with
        Ids of the dimensions whose items load on the same factor.
    verdict
        ``together`` (on a factor of its own), ``merged`` (with another dimension), ``in_part`` (more than half of the
        items), ``apart``.
    """

    dimension: str
    label: str
    factor: int | None
    loose: tuple[str, ...]
    merged_with: tuple[str, ...]
    verdict: Literal["together", "merged", "in_part", "apart"]
    reading: Message


@dataclass(frozen=True, kw_only=True)
class FactorLoadings:
    """Exploratory factor analysis with as many factors as declared dimensions.

    Factors stand in the order of the dimensions that load on them.
    """

    n_factors: int
    items: tuple[ItemLoadings, ...]
    dimensions: tuple[DimensionLoadings, ...]
    factor_correlations: tuple[tuple[float, ...], ...]
    variance_share: tuple[float, ...]
    rms_residual: float
    n: int
    method: str
    caveats: tuple[Message, ...]
    reading: Message


@dataclass(frozen=True, kw_only=True)
class Exploration:
    """Whether the answers suit a factor analysis (`adequacy`: KMO; `sphericity`: Bartlett), and what it finds."""

    adequacy: Estimate
    sphericity: Comparison
    factor_counts: FactorCounts
    loadings: FactorLoadings | Unavailable
    reading: Message


@dataclass(frozen=True, kw_only=True)
class StandardizedLoading:
    """Completely standardised loading of one item on its declared dimension; None in an improper solution."""

    item: str
    dimension: str
    value: float | None
    p_value: float | None


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """Confirmatory factor analysis of the declared structure.

    `verdict` classes the fit by published conventions; ``untested`` when the model fits by construction.
    """

    fit: CovarianceFit
    verdict: Literal["good", "mixed", "poor", "untested"]
    loadings: tuple[StandardizedLoading, ...]
    n: int
    method: str
    caveats: tuple[Message, ...]
    reading: Message


@dataclass(frozen=True, kw_only=True)
class Convergence:
    """Whether the items of one dimension share more than they differ.

    `verdict` is ``good`` when composite reliability and average variance extracted both reach their conventions.
    """

    dimension: str
    label: str
    n_items: int
    composite_reliability: Estimate
    average_variance_extracted: Estimate
    verdict: Literal["good", "low"]
    reading: Message


@dataclass(frozen=True, kw_only=True)
class Distinction:
    """Whether dimensions differ from each other: a matrix over them and the pairs that can hardly be told apart."""

    dimensions: tuple[str, ...]
    labels: tuple[str, ...]
    matrix: tuple[tuple[float, ...], ...]
    alike: tuple[tuple[str, str], ...]
    n: int
    method: str
    caveats: tuple[Message, ...]
    reading: Message


@dataclass(frozen=True, kw_only=True)
class BlockValidity:
    """Validity of the answers to one battery (or of the gaps: battery ``gap``).

    Parameters
    ----------
    n
        Respondents who answered all of its items, of `n_respondents`.
    fornell_larcker
        Correlations of the dimensions with √AVE on the diagonal.
    htmt
        Heterotrait–monotrait ratios.
    """

    battery: str
    n_items: int
    n: int
    n_respondents: int
    exploration: Exploration | Unavailable
    confirmation: Confirmation | Unavailable
    convergence: tuple[Convergence, ...] | Unavailable
    fornell_larcker: Distinction | Unavailable
    htmt: Distinction | Unavailable
    caveats: tuple[Message, ...]
    reading: Message


@dataclass(frozen=True, kw_only=True)
class DifferenceScore:
    """Reliability of one dimension's gap beside that of the two ratings it is made of.

    `verdict` is ``weaker`` when the gap is less reliable than both of them, and ``clearly_weaker`` when even the
    upper end of its interval is (Feldt's, of the alpha of the item gaps).
    """

    dimension: str
    label: str
    n_items: int
    reliability: DifferenceReliability | Unavailable
    verdict: Literal["sound", "weaker", "clearly_weaker", "unknown"]
    reading: Message


@dataclass(frozen=True, kw_only=True)
class Validity:
    """Validity of the headline battery and, where there are gaps, of the gaps."""

    blocks: tuple[BlockValidity, ...]
    differences: tuple[DifferenceScore, ...] | Unavailable
    reading: Message
