"""Maximum likelihood of normal data under covariance structures, in one group or several.

Fisher scoring with an analytic gradient and the expected information, damped where a full step would not improve the
likelihood. Both need no more than means and covariances of each group.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from servq.statistics.covariance_structure import CovarianceStructure

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_ITERATIONS = 500
#: Expected gain in discrepancy that ends the iterations: parameters are then within about 1e-9 standard errors · √n.
CONVERGED_GAIN = 1e-18
#: Rise of the discrepancy that is rounding and no rise.
ROUNDING = 1e-13
FIRST_DAMPING = 1e-3
LARGEST_DAMPING = 1e12


class Group(NamedTuple):
    """Structure and sample of one group; the covariance has the divisor n."""

    structure: CovarianceStructure
    n: int
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]


class MaximumLikelihood(NamedTuple):
    """Where the search ended.

    `discrepancy` is twice the log-likelihood ratio per respondent against the saturated model, `information` the
    expected information of the whole sample about the parameters.
    """

    parameters: NDArray[np.float64]
    discrepancy: float
    information: NDArray[np.float64]
    converged: bool
    n_iterations: int


class _Local(NamedTuple):
    discrepancy: float
    gradient: NDArray[np.float64]
    curvature: NDArray[np.float64]


def maximise_likelihood(groups: Sequence[Group], start: NDArray[np.float64]) -> MaximumLikelihood:
    """Fit all groups at once, from starting values at which every implied covariance matrix is positive definite."""
    n = sum(group.n for group in groups)
    parameters = start
    here = _local(groups, parameters, n)
    if here is None:
        return MaximumLikelihood(start, np.inf, np.eye(len(start)), converged=False, n_iterations=0)
    damping = 0.0
    for iteration in range(MAX_ITERATIONS):
        step = _damped_step(here, damping)
        if damping == 0 and step is not None and -here.gradient @ step < CONVERGED_GAIN:
            return _finished(parameters, here, n, converged=True, n_iterations=iteration)
        moved = parameters if step is None else parameters + step
        there = None if step is None else _local(groups, moved, n)
        if there is not None and there.discrepancy <= here.discrepancy + ROUNDING * (1 + abs(here.discrepancy)):
            parameters, here = moved, there
            damping = damping / 10 if damping > FIRST_DAMPING else 0.0
        else:
            damping = max(10 * damping, FIRST_DAMPING)
            if damping > LARGEST_DAMPING:
                break
    return _finished(parameters, here, n, converged=False, n_iterations=iteration + 1)


def _finished(
    parameters: NDArray[np.float64], here: _Local, n: int, *, converged: bool, n_iterations: int
) -> MaximumLikelihood:
    return MaximumLikelihood(parameters, here.discrepancy, here.curvature * (n / 2), converged, n_iterations)


def _damped_step(here: _Local, damping: float) -> NDArray[np.float64] | None:
    curvature = here.curvature + damping * np.diag(np.diag(here.curvature))
    try:
        return -np.linalg.solve(curvature, here.gradient).astype(np.float64, copy=False)
    except np.linalg.LinAlgError:
        return None


def _local(groups: Sequence[Group], parameters: NDArray[np.float64], n: int) -> _Local | None:
    discrepancy = 0.0
    gradient = np.zeros(len(parameters))
    curvature = np.zeros((len(parameters), len(parameters)))
    for group in groups:
        part = _local_of_group(group, parameters)
        if part is None:
            return None
        assignment = group.structure.assignment(len(parameters))
        share = group.n / n
        discrepancy += share * part.discrepancy
        gradient += share * (assignment.T @ part.gradient)
        curvature += share * (assignment.T @ part.curvature @ assignment)
    return _Local(discrepancy, gradient, curvature)


def _local_of_group(group: Group, parameters: NDArray[np.float64]) -> _Local | None:
    """Discrepancy ln|Σ| + tr(Σ⁻¹S) − ln|S| − p + dᵀΣ⁻¹d with d = m − μ; None where Σ is not positive definite."""
    matrices = group.structure.matrices(parameters)
    covariance = matrices.covariance
    try:
        root = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        return None
    precision = np.linalg.inv(covariance)
    distance = group.mean - matrices.mean if group.structure.has_means else np.zeros_like(group.mean)
    target = group.covariance + np.outer(distance, distance)
    discrepancy = (
        2 * float(np.log(np.diag(root)).sum())
        + float((precision * target).sum())
        - float(np.linalg.slogdet(group.covariance)[1])
        - len(covariance)
    )
    left, right, scale, mean = group.structure.derivatives(matrices)
    slope = precision - precision @ target @ precision
    weighted_left, weighted_right, weighted_mean = left @ precision, right @ precision, mean @ precision
    gradient = 2 * scale * ((left @ slope) * right).sum(axis=1) - 2 * weighted_mean @ distance
    same = (weighted_left @ left.T) * (weighted_right @ right.T)
    crossed = weighted_left @ right.T
    curvature = 2 * np.outer(scale, scale) * (same + crossed * crossed.T) + 2 * weighted_mean @ mean.T
    return _Local(discrepancy, gradient, curvature)
