"""Parameters of a fitted measurement model as a table, and what is improper about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from servq.messages import Message
from servq.statistics.comparison_quantiles import normal_p_value, normal_quantile
from servq.statistics.covariance_structure import Cell, CovarianceStructure, Matrices, Part

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Eigenvalue of the information matrix, scaled to ones on the diagonal, that counts as 0.
SMALLEST_INFORMATION = 1e-10

Operator = Literal["=~", "~~"]


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One entry of the model, in the notation of R's lavaan.

    Parameters
    ----------
    left, operator, right
        ``factor =~ item`` is a loading (or a second-order one), ``a ~~ b`` a covariance, ``a ~~ a`` a (residual)
        variance.
    estimate
        Unstandardised.
    se, z, p_value, ci_low, ci_high
        Standard error from the expected information, Wald test against 0 and interval; None where the parameter is
        fixed or there is no standard error.
    standardized
        Completely standardised estimate (``std.all``); None where a variance that it needs is not positive.
    is_fixed
        Whether it was not estimated.
    """

    left: str
    operator: Operator
    right: str
    estimate: float
    se: float | None
    z: float | None
    p_value: float | None
    ci_low: float | None
    ci_high: float | None
    standardized: float | None
    is_fixed: bool


def standard_errors(information: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Square roots of the inverse information's diagonal; None where the parameters are not identified."""
    scale = np.sqrt(np.diag(information))
    if not np.isfinite(scale).all() or scale.min() <= 0:
        return None
    scaled = information / np.outer(scale, scale)
    if np.linalg.eigvalsh(scaled)[0] < SMALLEST_INFORMATION:
        return None
    errors: NDArray[np.float64] = np.sqrt(np.diag(np.linalg.inv(scaled))) / scale
    return errors


def parameter_table(
    structure: CovarianceStructure,
    matrices: Matrices,
    errors: NDArray[np.float64] | None,
    names: tuple[tuple[str, ...], tuple[str, ...]],
    confidence_level: float,
) -> tuple[Parameter, ...]:
    """List every cell of a structure; `names` are those of the items and of the factors."""
    quantile = normal_quantile(confidence_level)
    latent = np.diag(matrices.latent_covariance)
    observed = np.diag(matrices.covariance)
    table = []
    for cell in structure.cells:
        left, operator, right = _labels(cell, *names)
        estimate = _estimate(cell, matrices)
        scale = _standardiser(cell, matrices, latent, observed)
        se = None if errors is None or cell.parameter is None else float(errors[cell.parameter])
        z = estimate / se if se else None
        table.append(
            Parameter(
                left=left,
                operator=operator,
                right=right,
                estimate=estimate,
                se=se,
                z=z,
                p_value=normal_p_value(z) if z is not None else None,
                ci_low=estimate - quantile * se if se is not None else None,
                ci_high=estimate + quantile * se if se is not None else None,
                standardized=estimate * scale if scale is not None else None,
                is_fixed=cell.parameter is None,
            )
        )
    return tuple(table)


def improper_solution(matrices: Matrices, items: tuple[str, ...], factors: tuple[str, ...]) -> tuple[Message, ...]:
    """Say which variances are negative and which correlations beyond one."""
    caveats = []
    negative_items = _negative(items, matrices.residual_variance)
    if negative_items:
        caveats.append(
            Message("Heywood case: the residual variance of {items} is estimated as negative.", items=negative_items)
        )
    negative_factors = _negative(factors, np.diag(matrices.factor_covariance))
    if negative_factors:
        caveats.append(
            Message("Improper solution: the variance of {factors} is estimated as negative.", factors=negative_factors)
        )
    latent = matrices.latent_covariance
    variances = np.diag(latent)
    if not negative_factors and variances.min() > 0:
        correlations = latent / np.sqrt(np.outer(variances, variances))
        for row, column in zip(*np.nonzero(np.triu(np.abs(correlations) > 1, 1)), strict=True):
            caveats.append(
                Message(
                    "Improper solution: {first} and {second} are estimated to correlate beyond one; "
                    "they may be one factor.",
                    first=factors[row],
                    second=factors[column],
                )
            )
    return tuple(caveats)


def _negative(names: tuple[str, ...], variances: NDArray[np.float64]) -> str:
    return ", ".join(name for name, variance in zip(names, variances, strict=True) if variance < 0)


def _labels(cell: Cell, items: tuple[str, ...], factors: tuple[str, ...]) -> tuple[str, Operator, str]:
    match cell.part:
        case Part.LOADING:
            return factors[cell.column], "=~", items[cell.row]
        case Part.PATH:
            return factors[cell.column], "=~", factors[cell.row]
        case Part.FACTOR_COVARIANCE:
            return factors[cell.row], "~~", factors[cell.column]
        case _:
            return items[cell.row], "~~", items[cell.row]


def _estimate(cell: Cell, matrices: Matrices) -> float:
    match cell.part:
        case Part.LOADING:
            return float(matrices.loadings[cell.row, cell.column])
        case Part.PATH:
            return float(matrices.paths[cell.row, cell.column])
        case Part.FACTOR_COVARIANCE:
            return float(matrices.factor_covariance[cell.row, cell.column])
        case _:
            return float(matrices.residual_variance[cell.row])


def _standardiser(
    cell: Cell, matrices: Matrices, latent: NDArray[np.float64], observed: NDArray[np.float64]
) -> float | None:
    """Factor that turns an estimate into its standardised form; None where it would need a negative variance."""
    row, column = cell.row, cell.column
    match cell.part:
        case Part.LOADING:
            above, below = latent[column], observed[row]
        case Part.PATH:
            above, below = latent[column], latent[row]
        case Part.FACTOR_COVARIANCE if row == column:
            above, below = 1.0, latent[row] * abs(latent[row])
        case Part.FACTOR_COVARIANCE:
            first, second = matrices.factor_covariance[row, row], matrices.factor_covariance[column, column]
            above, below = float(min(first, second) > 0), first * second
        case _:
            above, below = 1.0, observed[row] ** 2
    return float(np.sqrt(above / below)) if above > 0 and below > 0 else None
