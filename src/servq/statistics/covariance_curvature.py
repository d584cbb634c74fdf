"""How the derivatives of a covariance structure change with its parameters, for Newton steps.

Each derivative of Σ is built from unit vectors and from columns of two tables, ``reach`` = ΛA and ``spread`` = ΛAΨAᵀ
(kept transposed), so its own derivatives follow from theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from servq.statistics.covariance_structure import Cell, CovarianceStructure, Matrices, Part

if TYPE_CHECKING:
    from numpy.typing import NDArray


class _Tables(NamedTuple):
    total: NDArray[np.float64]
    latent: NDArray[np.float64]
    reach: NDArray[np.float64]
    spread: NDArray[np.float64]
    levels: NDArray[np.float64]


def curvature_term(
    structure: CovarianceStructure,
    matrices: Matrices,
    slope: NDArray[np.float64],
    pull: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Σ over entries of slope · ∂²Σ − 2 pull · ∂²μ for every pair of free cells.

    Parameters
    ----------
    structure, matrices
        The model and where it is evaluated.
    slope
        Derivative of the discrepancy by Σ, shape (n_items, n_items), symmetric.
    pull
        Minus half its derivative by μ, shape (n_items,).
    """
    total = matrices.total
    tables = _Tables(
        total,
        matrices.latent_covariance,
        (matrices.loadings @ total).T,
        matrices.latent_covariance @ matrices.loadings.T,
        total @ matrices.factor_means,
    )
    left, right, scale, _ = structure.derivatives(matrices)
    toward_left, toward_right = left @ slope, right @ slope
    parts = np.array([cell.part for cell in structure.free])
    rows = np.array([cell.row for cell in structure.free], dtype=np.intp)
    columns = np.array([cell.column for cell in structure.free], dtype=np.intp)
    has_reach_left = np.isin(parts, [Part.PATH, Part.FACTOR_COVARIANCE, Part.FACTOR_MEAN])
    has_spread_right = np.isin(parts, [Part.LOADING, Part.PATH])
    has_reach_right = parts == Part.FACTOR_COVARIANCE
    level = np.where(has_spread_right, tables.levels[columns * has_spread_right], parts == Part.FACTOR_MEAN)
    pulled_left = left @ pull
    term = np.zeros((len(parts), len(parts)))
    for position, cell in enumerate(structure.free):
        reach, spread, levels = _changes(cell, tables, len(pull))
        moved_left = np.where(has_reach_left[:, None], reach[rows * has_reach_left], 0.0)
        moved_right = np.where(has_spread_right[:, None], spread[columns * has_spread_right], 0.0)
        moved_right += np.where(has_reach_right[:, None], reach[columns * has_reach_right], 0.0)
        moved_level = np.where(has_spread_right, levels[columns * has_spread_right], 0.0)
        term[:, position] = 2 * scale * ((moved_left * toward_right) + (moved_right * toward_left)).sum(axis=1)
        term[:, position] -= 2 * ((moved_left @ pull) * level + pulled_left * moved_level)
    return term


def _changes(
    cell: Cell, tables: _Tables, n_items: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Derivatives of the rows of reach and spread and of the latent means by one cell."""
    part, row, column = cell.part, cell.row, cell.column
    total, latent, reach, spread, levels = tables
    changed_reach, changed_spread = np.zeros_like(reach), np.zeros_like(spread)
    changed_levels = np.zeros_like(levels)
    match part:
        case Part.LOADING:
            unit = np.eye(1, n_items, row)
            changed_reach, changed_spread = total[column][:, None] * unit, latent[column][:, None] * unit
        case Part.PATH:
            changed_reach = np.outer(total[column], reach[row])
            changed_spread = np.outer(latent[column], reach[row]) + np.outer(total[:, row], spread[column])
            changed_levels = total[:, row] * levels[column]
        case Part.FACTOR_COVARIANCE:
            changed_spread = np.outer(total[:, column], reach[row])
            if row != column:
                changed_spread += np.outer(total[:, row], reach[column])
        case Part.FACTOR_MEAN:
            changed_levels = total[:, row]
        case _:
            pass
    return changed_reach, changed_spread, changed_levels
