"""Drivers of an outcome by regression: what goes with overall satisfaction when the other dimensions are held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import fdtrc

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.comparison_quantiles import t_p_value, t_quantile
from servq.statistics.estimate import CONFIDENCE_LEVEL, Comparison
from servq.statistics.least_squares import CompleteCases, Fit, complete_cases, fit_least_squares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

HIGH_VIF = 5.0
"""Variance inflation from which a coefficient is said to be shared with other drivers (a convention)."""


@dataclass(frozen=True, kw_only=True)
class Driver(Comparison):
    """One driver's regression coefficient with the other drivers held.

    Parameters
    ----------
    value
        Points of the outcome per point of the driver, with the classical t interval and test.
    beta
        Standardised coefficient: standard deviations of the outcome per standard deviation of the driver.
    vif
        Variance inflation factor; 1 when the driver goes with no other.
    se_hc3, p_value_hc3
        Standard error and p-value that do not assume equal variances.
    """

    name: str
    beta: float
    vif: float
    se_hc3: float
    p_value_hc3: float


@dataclass(frozen=True, kw_only=True)
class RegressionDrivers:
    """A regression of the outcome on its drivers."""

    n: int
    drivers: tuple[Driver, ...]
    intercept: float
    r_squared: float
    adjusted_r_squared: float
    f_statistic: float
    df: tuple[int, int]
    p_value: float
    residual_sd: float
    method: str
    caveats: tuple[Message, ...]


def regression_drivers(X: object, y: object, *, confidence_level: float = CONFIDENCE_LEVEL) -> RegressionDrivers:  # noqa: N803 - the usual names
    """Regress an outcome on its drivers by ordinary least squares.

    Parameters
    ----------
    X
        Drivers, shape (n_respondents, n_drivers), e.g. dimension scores. Rows with a blank are left out.
    y
        Outcome, shape (n_respondents,), e.g. overall satisfaction.
    confidence_level
        Nominal coverage, 0–1.

    Raises
    ------
    InvalidArgument
        Lengths differ.
    NotEstimable
        Fewer respondents than drivers + 2, a constant driver or outcome, or drivers that determine one another.

    Notes
    -----
    R equivalent: ``lm(y ~ X)``, ``car::vif``, ``sandwich::vcovHC(type = "HC3")``. Sources: MacKinnon & White (1985),
    *J. Econometrics* 29, 305–325. Coefficients describe how answers go together; they do not prove causes.

    Examples
    --------
    >>> result = regression_drivers([[1, 2], [2, 1], [3, 4], [4, 3], [5, 5], [6, 5]], [1, 2, 4, 4, 6, 6])
    >>> [round(driver.beta, 2) for driver in result.drivers]
    [0.67, 0.35]
    """
    cases = complete_cases(X, y)
    fit = fit_least_squares(cases.x, cases.y)
    n, n_drivers = cases.x.shape
    explained = fit.r_squared / n_drivers
    unexplained = (1 - fit.r_squared) / fit.df_residual
    f_statistic = explained / unexplained if unexplained > 0 else np.inf
    drivers = _drivers(cases, fit, confidence_level)
    return RegressionDrivers(
        n=n,
        drivers=drivers,
        intercept=float(fit.coefficients[0]),
        r_squared=fit.r_squared,
        adjusted_r_squared=1 - (1 - fit.r_squared) * (n - 1) / fit.df_residual,
        f_statistic=float(f_statistic),
        df=(n_drivers, fit.df_residual),
        p_value=float(fdtrc(n_drivers, fit.df_residual, f_statistic)),
        residual_sd=fit.residual_sd,
        method="ordinary least squares",
        caveats=(*cases.caveats, *_collinearity(drivers)),
    )


@dataclass(frozen=True, kw_only=True)
class PenaltyReward:
    """How the outcome differs where a driver is low or high, against its middle, with the other drivers held.

    `penalty` and `reward` are points of the outcome; None where no respondent, or every one, is low or high.
    `category` is claimed only where an effect differs from zero at the confidence level: ``basic`` (only low hurts),
    ``excitement`` (only high helps), ``performance`` (both), ``indifferent`` (neither can be told).
    """

    name: str
    penalty: Comparison | None
    reward: Comparison | None
    n_low: int
    n_high: int
    category: str


def penalty_reward(
    X: object,  # noqa: N803 - the usual name
    y: object,
    *,
    low: float | None = None,
    high: float | None = None,
    confidence_level: float = CONFIDENCE_LEVEL,
) -> tuple[PenaltyReward, ...]:
    """Penalty–reward contrasts: one regression on a dummy for low and a dummy for high values of every driver.

    Parameters
    ----------
    X
        Drivers, shape (n_respondents, n_drivers). Rows with a blank are left out.
    y
        Outcome, shape (n_respondents,).
    low, high
        Values strictly below `low` count as low, strictly above `high` as high. Left out: each driver's quartiles.
    confidence_level
        Nominal coverage, 0–1.

    Raises
    ------
    InvalidArgument
        Lengths differ, or `low` above `high`.
    NotEstimable
        No driver has low or high values, or the dummies determine one another.

    Notes
    -----
    R equivalent: ``lm(y ~ low1 + high1 + …)``. Source: Brandt (1987), in *Add Value to Your Service*, AMA, 61–65.

    Examples
    --------
    >>> x = [[1], [2], [4], [4], [4], [4], [6], [7]]
    >>> contrast, = penalty_reward(x, [1, 2, 5, 4, 5, 4, 5, 5], low=3, high=5)
    >>> round(contrast.penalty.value, 2), round(contrast.reward.value, 2), contrast.category
    (-3.0, 0.5, 'basic')
    """
    if low is not None and high is not None and low > high:
        raise InvalidArgument(f"low must not exceed high; they are {low} and {high}.")
    cases = complete_cases(X, y)
    lows = np.quantile(cases.x, 0.25, axis=0) if low is None else np.full(cases.x.shape[1], low)
    highs = np.quantile(cases.x, 0.75, axis=0) if high is None else np.full(cases.x.shape[1], high)
    is_low, is_high = cases.x < lows, cases.x > highs
    dummies = np.hstack([is_low, is_high]).astype(np.float64)
    varying = [i for i, column in enumerate(dummies.T) if np.ptp(column) > 0]
    if not varying:
        raise NotEstimable(Message("No driver has both low or high values and others."), n=len(cases.y))
    fitted = complete_cases(dummies[:, varying], cases.y)
    effects = _drivers(fitted, fit_least_squares(fitted.x, fitted.y), confidence_level)
    by_column = dict(zip(varying, effects, strict=True))
    n_drivers = cases.x.shape[1]
    return tuple(
        PenaltyReward(
            name=name,
            penalty=by_column.get(i),
            reward=by_column.get(n_drivers + i),
            n_low=int(is_low[:, i].sum()),
            n_high=int(is_high[:, i].sum()),
            category=_category(by_column.get(i), by_column.get(n_drivers + i)),
        )
        for i, name in enumerate(cases.names)
    )


def _drivers(cases: CompleteCases, fit: Fit, confidence_level: float) -> tuple[Driver, ...]:
    quantile = t_quantile(fit.df_residual, confidence_level)
    sd_outcome = cases.y.std()
    inverse = np.linalg.inv(np.corrcoef(cases.x, rowvar=False).reshape(cases.x.shape[1], -1))
    made = []
    for i, name in enumerate(cases.names):
        b, se, se_hc3 = (float(values[i + 1]) for values in (fit.coefficients, fit.se, fit.se_hc3))
        if se == 0:
            raise NotEstimable(Message("The drivers explain the outcome without any error to test against."), n=fit.n)
        made.append(
            Driver(
                name=name,
                value=b,
                ci_low=b - quantile * se,
                ci_high=b + quantile * se,
                confidence_level=confidence_level,
                n=fit.n,
                method="regression coefficient, t interval",
                caveats=cases.caveats,
                statistic=b / se,
                df=fit.df_residual,
                p_value=t_p_value(b / se, fit.df_residual),
                se=se,
                beta=b * float(cases.x[:, i].std() / sd_outcome),
                vif=float(inverse[i, i]),
                se_hc3=se_hc3,
                p_value_hc3=t_p_value(b / se_hc3, fit.df_residual) if se_hc3 > 0 else 0.0,
            )
        )
    return tuple(made)


def _collinearity(drivers: tuple[Driver, ...]) -> tuple[Message, ...]:
    shared = [driver.name for driver in drivers if driver.vif >= HIGH_VIF]
    if not shared:
        return ()
    return (
        Message(
            "{names} go closely with the other drivers (VIF {vif:.0f} or more); "
            "their coefficients are hard to separate.",
            names=", ".join(shared),
            vif=HIGH_VIF,
        ),
    )


def _category(penalty: Comparison | None, reward: Comparison | None) -> str:
    hurts = penalty is not None and penalty.ci_high is not None and penalty.ci_high < 0
    helps = reward is not None and reward.ci_low is not None and reward.ci_low > 0
    return {(True, False): "basic", (False, True): "excitement", (True, True): "performance"}.get(
        (hurts, helps), "indifferent"
    )
