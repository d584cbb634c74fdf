"""What every statistic returns: the number, its interval, and what a reader must know about it.

A statistic either returns an `Estimate` (or a dataclass of its own that extends it) or raises
`NotEstimable` with the reason; it never returns NaN in silence and never prints or warns. Nothing is rounded.
"""

from __future__ import annotations

from dataclasses import dataclass

from servq.messages import Message

CONFIDENCE_LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A number with its uncertainty.

    Parameters
    ----------
    value
        The estimate, unrounded.
    ci_low, ci_high
        Bounds of the confidence interval, or None where `method` defines none.
    confidence_level
        Nominal coverage of the interval, 0–1.
    n
        Respondents that the number rests on.
    method
        Name of estimator and interval, e.g. ``"mean, t interval"``.
    caveats
        What a careful reader must know; empty when there is nothing to say.
    """

    value: float
    ci_low: float | None = None
    ci_high: float | None = None
    confidence_level: float = CONFIDENCE_LEVEL
    n: int
    method: str
    caveats: tuple[Message, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MeanEstimate(Estimate):
    """A mean with its standard deviation (n − 1 divisor) and standard error."""

    sd: float
    se: float


@dataclass(frozen=True, kw_only=True)
class Comparison(Estimate):
    """A difference (or association) with the test that it equals its null value.

    Parameters
    ----------
    statistic
        The test statistic (t, W, F, χ² …), as `method` says.
    df
        Degrees of freedom, one number or (numerator, denominator); None where the test has none.
    p_value
        Two-sided p-value, not adjusted.
    p_adjusted
        p-value adjusted within its declared family, or None.
    se
        Standard error of `value`, or None where the method has none.
    sd
        Standard deviation of the differences or values behind a mean, or None.
    """

    statistic: float
    df: float | tuple[float, float] | None
    p_value: float
    p_adjusted: float | None = None
    se: float | None = None
    sd: float | None = None
