"""Fits a path model to moments, whole or without one of its paths, and refuses what has no solution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from servq.errors import NotEstimable
from servq.messages import Message
from servq.statistics.moments import Moments
from servq.statistics.paths_diagram import PathDiagram
from servq.statistics.pls_structure import Structure, structure
from servq.statistics.pls_weights import OuterWeights, Search, outer_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Estimation:
    """How a path model is fitted.

    Parameters
    ----------
    search
        Of the outer weights.
    standardize
        Whether items are standardised before weighting.
    consistent
        Whether loadings and correlations are corrected for measurement error.
    """

    search: Search
    standardize: bool
    consistent: bool

    @property
    def method(self) -> str:
        """Name of the estimator."""
        kind = "consistent partial least squares" if self.consistent else "partial least squares"
        items = "standardised items" if self.standardize else "unstandardised items"
        return f"{kind}, {self.search.scheme} scheme, {items}"

    def fit(self, diagram: PathDiagram, moments: Moments) -> tuple[OuterWeights, Structure]:
        """Weights and structure of one sample.

        Raises
        ------
        NotEstimable
            Too few respondents; weights or coefficients that do not exist.
        """
        _refuse_too_few(diagram, moments.n)
        chosen = moments.select(diagram.items)
        correlations = chosen.correlation[np.ix_(diagram.item_of, diagram.item_of)][None]
        variances = chosen.covariance.diagonal()
        counted = np.ones_like(variances) if self.standardize else variances / variances.max()
        outer = outer_weights(diagram, correlations, counted[None, diagram.item_of], self.search)
        _refuse_without_weights(diagram, outer, moments.n)
        inner = structure(diagram, correlations, outer.weights, consistent=self.consistent)
        _refuse_without_structure(diagram, inner, moments.n)
        return outer, inner

    def r_squared_without(self, diagram: PathDiagram, moments: Moments, source: str, target: str) -> float | None:
        """R² of the target in the model fitted anew without one path; None where that has no solution."""
        rest = diagram.without(source, target)
        if rest is None:
            return 0.0
        try:
            outer, inner = self.fit(rest, moments)
        except NotEstimable:
            return None
        return float(inner.numbers.r_squared[0, rest.constructs.index(target)]) if outer.converged[0] else None


def _refuse_too_few(diagram: PathDiagram, n: int) -> None:
    most = max(map(len, diagram.predecessors.values()))
    if n < most + 2:
        raise NotEstimable(
            Message(
                "{n} complete respondents are too few for {k} predecessors of a construct; at least {needed} are "
                "needed.",
                n=n,
                k=most,
                needed=most + 2,
            ),
            n=n,
        )


def _refuse_without_weights(diagram: PathDiagram, outer: OuterWeights, n: int) -> None:
    if outer.collinear.any():
        raise NotEstimable(
            Message(
                "Items of mode B or predecessors determine each other, so weights do not exist: {constructs}.",
                constructs=_named(diagram, outer.collinear),
            ),
            n=n,
        )
    if outer.flat.any():
        raise NotEstimable(
            Message(
                "The score has no variance: {constructs}. Its items cancel each other out (reverse those worded the "
                "other way), or go with none of the constructs beside it.",
                constructs=_named(diagram, outer.flat),
            ),
            n=n,
        )


def _refuse_without_structure(diagram: PathDiagram, inner: Structure, n: int) -> None:
    if inner.uncorrectable.any():
        raise NotEstimable(
            Message(
                "The reliability rho_A is not positive, so nothing can be corrected by it: {constructs}.",
                constructs=_named(diagram, inner.uncorrectable),
            ),
            n=n,
        )
    if inner.collinear.any():
        raise NotEstimable(
            Message(
                "The constructs that lead to it determine each other: {constructs}.",
                constructs=_named(diagram, inner.collinear),
            ),
            n=n,
        )


def _named(diagram: PathDiagram, chosen: NDArray[np.bool_]) -> str:
    return ", ".join(diagram.constructs[position] for position in np.flatnonzero(chosen[0]))
