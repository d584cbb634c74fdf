"""Means and covariances that a linear factor model implies, with their derivatives.

The model is y = ν + Λη + ε, η = α + Βη + ζ, so that Σ = ΛAΨAᵀΛᵀ + Θ and μ = ν + ΛAα with A = (I − Β)⁻¹; Θ is diagonal.
Every derivative of Σ has the form c (uvᵀ + vuᵀ), which keeps gradient and information cheap.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Part(StrEnum):
    """Matrix of the model that a cell stands in."""

    LOADING = "Λ"
    PATH = "Β"
    FACTOR_COVARIANCE = "Ψ"
    RESIDUAL_VARIANCE = "Θ"
    INTERCEPT = "ν"
    FACTOR_MEAN = "α"


class Cell(NamedTuple):
    """One entry of a model matrix: fixed to `value`, or free with the number of its parameter.

    `row` is an item in Λ, Θ and ν and a factor elsewhere; `column` is a factor (0 where the part has no columns).
    Cells with the same parameter are equal, in one group or across groups.
    """

    part: Part
    row: int
    column: int
    parameter: int | None
    value: float


class Matrices(NamedTuple):
    """The model matrices; Θ as its diagonal."""

    loadings: NDArray[np.float64]
    paths: NDArray[np.float64]
    factor_covariance: NDArray[np.float64]
    residual_variance: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    factor_means: NDArray[np.float64]

    @property
    def total(self) -> NDArray[np.float64]:
        """A = (I − Β)⁻¹: direct and indirect effects of the factors on each other."""
        return np.linalg.inv(np.eye(len(self.paths)) - self.paths).astype(np.float64, copy=False)

    @property
    def latent_covariance(self) -> NDArray[np.float64]:
        """AΨAᵀ."""
        total = self.total
        return total @ self.factor_covariance @ total.T

    @property
    def covariance(self) -> NDArray[np.float64]:
        """Σ."""
        return self.loadings @ self.latent_covariance @ self.loadings.T + np.diag(self.residual_variance)

    @property
    def mean(self) -> NDArray[np.float64]:
        """μ."""
        return self.intercepts + self.loadings @ self.total @ self.factor_means


class Derivatives(NamedTuple):
    """∂Σ = scale (left rightᵀ + right leftᵀ) and ∂μ = mean, one row for each free cell."""

    left: NDArray[np.float64]
    right: NDArray[np.float64]
    scale: NDArray[np.float64]
    mean: NDArray[np.float64]


@dataclass(frozen=True)
class CovarianceStructure:
    """Which cells of the model are free.

    Parameters
    ----------
    n_items, n_factors
        Size of the model.
    cells
        Every cell that is not zero.
    has_means
        Whether ν and α are part of the model; otherwise the means are left alone.
    """

    n_items: int
    n_factors: int
    cells: tuple[Cell, ...]
    has_means: bool = False

    @cached_property
    def free(self) -> tuple[Cell, ...]:
        """Cells that are estimated."""
        return tuple(cell for cell in self.cells if cell.parameter is not None)

    def assignment(self, n_parameters: int) -> NDArray[np.float64]:
        """Shape (n_free_cells, n_parameters): one where a cell is that parameter."""
        matrix = np.zeros((len(self.free), n_parameters))
        for row, cell in enumerate(self.free):
            matrix[row, cell.parameter] = 1.0
        return matrix

    def matrices(self, parameters: NDArray[np.float64]) -> Matrices:
        """Fill the model matrices."""
        p, m = self.n_items, self.n_factors
        filled = Matrices(np.zeros((p, m)), np.zeros((m, m)), np.zeros((m, m)), np.zeros(p), np.zeros(p), np.zeros(m))
        for part, row, column, parameter, fixed in self.cells:
            value = fixed if parameter is None else parameters[parameter]
            match part:
                case Part.LOADING:
                    filled.loadings[row, column] = value
                case Part.PATH:
                    filled.paths[row, column] = value
                case Part.FACTOR_COVARIANCE:
                    filled.factor_covariance[row, column] = filled.factor_covariance[column, row] = value
                case Part.RESIDUAL_VARIANCE:
                    filled.residual_variance[row] = value
                case Part.INTERCEPT:
                    filled.intercepts[row] = value
                case Part.FACTOR_MEAN:
                    filled.factor_means[row] = value
        return filled

    def derivatives(self, matrices: Matrices) -> Derivatives:
        """Derivatives of Σ and μ by every free cell."""
        n_free, n_items = len(self.free), self.n_items
        left, right = np.zeros((n_free, n_items)), np.zeros((n_free, n_items))
        scale, mean = np.ones(n_free), np.zeros((n_free, n_items))
        total = matrices.total
        reach = (matrices.loadings @ total).T
        spread = matrices.latent_covariance @ matrices.loadings.T
        levels = total @ matrices.factor_means
        for position, (part, row, column, _, _) in enumerate(self.free):
            match part:
                case Part.LOADING:
                    left[position, row] = 1.0
                    right[position] = spread[column]
                    mean[position, row] = levels[column]
                case Part.PATH:
                    left[position], right[position] = reach[row], spread[column]
                    mean[position] = reach[row] * levels[column]
                case Part.FACTOR_COVARIANCE:
                    left[position], right[position] = reach[row], reach[column]
                    scale[position] = 0.5 if row == column else 1.0
                case Part.RESIDUAL_VARIANCE:
                    left[position, row] = right[position, row] = 1.0
                    scale[position] = 0.5
                case Part.INTERCEPT:
                    mean[position, row] = 1.0
                case Part.FACTOR_MEAN:
                    mean[position] = reach[row]
        return Derivatives(left, right, scale, mean)
