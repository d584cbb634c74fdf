"""Quantiles and tail probabilities behind the intervals and tests, with the one check of the confidence level."""

from __future__ import annotations

from scipy.special import ndtr, ndtri, stdtr, stdtrit

from servq.errors import InvalidArgument


def check_confidence_level(confidence_level: float) -> None:
    """Refuse a confidence level outside (0, 1), e.g. 95 for 0.95."""
    if not 0 < confidence_level < 1:
        raise InvalidArgument(f"confidence_level must lie between 0 and 1, e.g. 0.95; it is {confidence_level}.")


def t_quantile(df: float, confidence_level: float) -> float:
    """Two-sided quantile of Student's t: R ``qt((1 + level) / 2, df)``."""
    check_confidence_level(confidence_level)
    return float(stdtrit(df, (1 + confidence_level) / 2))


def normal_quantile(confidence_level: float) -> float:
    """Two-sided quantile of the normal distribution: R ``qnorm((1 + level) / 2)``."""
    check_confidence_level(confidence_level)
    return float(ndtri((1 + confidence_level) / 2))


def t_p_value(statistic: float, df: float) -> float:
    """Two-sided p-value of a t statistic: R ``2 * pt(-abs(t), df)``."""
    return float(2 * stdtr(df, -abs(statistic)))


def normal_p_value(statistic: float) -> float:
    """Two-sided p-value of a normal statistic: R ``2 * pnorm(-abs(z))``."""
    return float(2 * ndtr(-abs(statistic)))
