"""Ordinary least squares, the base of the driver analyses: one fit, its errors and what makes it fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import solve_triangular

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.matrix import as_items, as_vector

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

# A column that others explain up to this share of its variance carries rounding errors only.
COLLINEAR = 1e-12


@dataclass(frozen=True)
class CompleteCases:
    """Drivers and outcome of the respondents who have all of them.

    Parameters
    ----------
    x
        Shape (n, n_drivers).
    y
        Shape (n,).
    names
        Of the drivers.
    n_dropped
        Respondents left out for a blank.
    """

    x: Array
    y: Array
    names: tuple[str, ...]
    n_dropped: int

    @property
    def caveats(self) -> tuple[Message, ...]:
        """That respondents were left out, if any were."""
        if not self.n_dropped:
            return ()
        return (Message("{n} respondents with a blank are left out (list-wise).", n=self.n_dropped),)


@dataclass(frozen=True)
class Fit:
    """A least-squares fit with an intercept, which comes first in every array."""

    coefficients: Array
    se: Array
    se_hc3: Array
    r_squared: float
    residual_sd: float
    n: int
    df_residual: int


def complete_cases(x: object, y: object) -> CompleteCases:
    """Read drivers of shape (n_respondents, n_drivers) and an outcome; drop rows with a blank.

    Raises
    ------
    InvalidArgument
        Lengths differ.
    NotEstimable
        Too few complete respondents, a constant driver or outcome, or drivers that determine one another.
    """
    drivers = as_items(x, argument="X")
    outcome = as_vector(y, argument="y")
    if len(drivers.values) != len(outcome):
        raise InvalidArgument(
            f"X and y must be aligned by respondent; they have {len(drivers.values)} and {len(outcome)} rows."
        )
    keep = ~(np.isnan(drivers.values).any(axis=1) | np.isnan(outcome))
    cases = CompleteCases(drivers.values[keep].astype(np.float64), outcome[keep], drivers.names, int((~keep).sum()))
    _check(cases)
    return cases


def _check(cases: CompleteCases) -> None:
    n, n_drivers = cases.x.shape
    if n < n_drivers + 2:
        raise NotEstimable(
            Message(
                "{n} complete respondents are too few for {k} drivers; at least {needed} are needed.",
                n=n,
                k=n_drivers,
                needed=n_drivers + 2,
            ),
            n=n,
        )
    if np.ptp(cases.y) == 0:
        raise NotEstimable(Message("The outcome does not vary, so nothing can drive it."), n=n)
    constant = [name for name, column in zip(cases.names, cases.x.T, strict=True) if np.ptp(column) == 0]
    if constant:
        raise NotEstimable(Message("These drivers do not vary: {names}.", names=", ".join(constant)), n=n)
    standardised = (cases.x - cases.x.mean(axis=0)) / cases.x.std(axis=0)
    _, r = np.linalg.qr(standardised)
    dependent = [name for name, pivot in zip(cases.names, np.diag(r), strict=True) if pivot**2 / n < COLLINEAR]
    if dependent:
        raise NotEstimable(
            Message(
                "These drivers follow from the others exactly: {names}. Leave them out.", names=", ".join(dependent)
            ),
            n=n,
        )


def fit_least_squares(x: Array, y: Array) -> Fit:
    """Fit y on x (shape (n, k), without intercept; full column rank) by QR.

    Standard errors are the classical ones and HC3 (MacKinnon & White 1985), which does not assume equal variances.
    """
    design = np.column_stack([np.ones(len(y)), x])
    n, k = design.shape
    q, r = np.linalg.qr(design)
    coefficients = solve_triangular(r, q.T @ y)
    residuals = y - design @ coefficients
    inverse = solve_triangular(r, np.eye(k))
    variance = float(residuals @ residuals) / (n - k)
    leverage = np.minimum((q**2).sum(axis=1), 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = np.where(leverage < 1, residuals / (1 - leverage), 0.0)
    bread = inverse @ q.T
    centred = y - y.mean()
    return Fit(
        coefficients=coefficients,
        se=np.sqrt(variance * (inverse**2).sum(axis=1)),
        se_hc3=np.sqrt(((bread * weights) ** 2).sum(axis=1)),
        r_squared=1 - float(residuals @ residuals) / float(centred @ centred),
        residual_sd=float(np.sqrt(variance)),
        n=n,
        df_residual=n - k,
    )
