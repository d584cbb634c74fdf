"""Rotations of a loading matrix, with the conventions of R's psych package.

Varimax and promax work on rows scaled to length one (Kaiser), oblimin on the rows as they are. The stopping rules are
those of R as well: a loading can move by about 0.001 after R has stopped, more than the precision that results are
compared with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOLERANCE = 1e-5
MAX_ITERATIONS = 1000
PROMAX_POWER = 4
STEP_HALVINGS = 11


class Rotated(NamedTuple):
    """Pattern loadings, correlations of the factors, and whether the iterations came to their end."""

    loadings: NDArray[np.float64]
    factor_correlations: NDArray[np.float64]
    converged: bool


def rotate(loadings: NDArray[np.float64], rotation: str) -> Rotated:
    """Rotate loadings of shape (n_items, n_factors) by a name in `ROTATIONS` or ``"none"``; one factor stays as is."""
    if loadings.shape[1] == 1 or rotation == "none":
        return Rotated(loadings, np.eye(loadings.shape[1]), converged=True)
    return ROTATIONS[rotation](loadings)


def varimax(loadings: NDArray[np.float64]) -> Rotated:
    """Orthogonal rotation that spreads the squared loadings of each factor most (Kaiser 1958).

    R: ``stats::varimax(normalize = TRUE)``. An item that loads on nothing stays there.
    """
    lengths = _row_lengths(loadings)
    rotated, converged = _raw_varimax(loadings / lengths)
    return Rotated(rotated * lengths, np.eye(loadings.shape[1]), converged)


def promax(loadings: NDArray[np.float64]) -> Rotated:
    """Oblique rotation towards the fourth powers of the varimax loadings (Hendrickson & White 1964).

    R: ``psych::fa(rotate = "promax")``, that is ``psych::kaiser(rotate = "Promax")``: the rows keep length one until
    after the oblique step, unlike ``stats::promax``, which differs by up to 0.1.
    """
    lengths = _row_lengths(loadings)
    orthogonal, converged = _raw_varimax(loadings / lengths)
    target = orthogonal * np.abs(orthogonal) ** (PROMAX_POWER - 1)
    transform = np.linalg.solve(orthogonal.T @ orthogonal, orthogonal.T @ target)
    transform = transform * np.sqrt(np.diag(np.linalg.inv(transform.T @ transform)))
    inverse = np.linalg.inv(transform)
    return Rotated(orthogonal @ transform * lengths, inverse @ inverse.T, converged)


def oblimin(loadings: NDArray[np.float64]) -> Rotated:
    """Oblique rotation with the smallest sum of products of squared loadings (direct oblimin, γ = 0: quartimin).

    R: ``GPArotation::oblimin(normalize = FALSE)``, the gradient projection of Jennrich (2002), A simple general method
    for oblique rotation, Psychometrika 67, 7–19. SPSS scales the rows first and differs.
    """
    n_factors = loadings.shape[1]
    others = 1 - np.eye(n_factors)
    transform = np.eye(n_factors)
    rotated = loadings
    cross = rotated**2 @ others
    criterion = float((rotated**2 * cross).sum() / 4)
    step = 1.0
    for _ in range(MAX_ITERATIONS + 1):
        gradient = -(rotated.T @ (rotated * cross) @ np.linalg.inv(transform)).T
        projected = gradient - transform * (transform * gradient).sum(axis=0)
        slope = float(np.sqrt((projected**2).sum()))
        if slope < TOLERANCE:
            return Rotated(rotated, transform.T @ transform, converged=True)
        step *= 2
        for _ in range(STEP_HALVINGS):
            moved = transform - step * projected
            moved = moved / np.sqrt((moved**2).sum(axis=0))
            rotated = loadings @ np.linalg.inv(moved).T
            cross = rotated**2 @ others
            reached = float((rotated**2 * cross).sum() / 4)
            if criterion - reached > 0.5 * slope**2 * step:
                break
            step /= 2
        transform, criterion = moved, reached
    return Rotated(rotated, transform.T @ transform, converged=False)


ROTATIONS: dict[str, Callable[[NDArray[np.float64]], Rotated]] = {
    "oblimin": oblimin,
    "promax": promax,
    "varimax": varimax,
}


def _row_lengths(loadings: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths: NDArray[np.float64] = np.sqrt((loadings**2).sum(axis=1, keepdims=True))
    return np.where(lengths > 0, lengths, 1.0)


def _raw_varimax(loadings: NDArray[np.float64]) -> tuple[NDArray[np.float64], bool]:
    n_items, n_factors = loadings.shape
    transform = np.eye(n_factors)
    reached = 0.0
    for _ in range(MAX_ITERATIONS):
        rotated = loadings @ transform
        target = loadings.T @ (rotated**3 - rotated * ((rotated**2).sum(axis=0) / n_items))
        left, singular, right = np.linalg.svd(target)
        transform = left @ right
        before, reached = reached, float(singular.sum())
        if reached < before * (1 + TOLERANCE):
            return loadings @ transform, True
    return loadings @ transform, False
