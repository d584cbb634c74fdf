"""Assembles the result of a path model from its numbers: estimates with intervals, reliabilities, fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from servq.messages import Message
from servq.statistics.correlations import SMALLEST_EIGENVALUE
from servq.statistics.drivers import HIGH_VIF
from servq.statistics.moments import Moments
from servq.statistics.paths_diagram import PathDiagram
from servq.statistics.pls_bootstrap import Levels, Spread, levels
from servq.statistics.pls_result import BootstrapEstimate, PathCoefficient, PathConstruct, PathEffect, PathIndicator
from servq.statistics.pls_structure import PathNumbers, Structure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

#: Respondents per arrow that points at one construct (Barclay, Higgins & Thompson 1995).
RESPONDENTS_PER_ARROW = 10


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A model of one sample, with its bootstrap and the R² that remains without each path."""

    diagram: PathDiagram
    moments: Moments
    structure: Structure
    spread: Spread | None
    r_squared_without: Mapping[tuple[str, str], float | None]
    confidence_level: float
    method: str

    def estimate(self, field: str, *position: int) -> BootstrapEstimate:
        """Return one of the `PathNumbers` with its interval."""
        at = (0, *position)

        def number(numbers: PathNumbers) -> float:
            return float(getattr(numbers, field)[at])

        return BootstrapEstimate(
            value=number(self.structure.numbers),
            ci_low=None if self.spread is None else number(self.spread.low),
            ci_high=None if self.spread is None else number(self.spread.high),
            confidence_level=self.confidence_level,
            n=self.moments.n,
            method=self.method,
            se=None if self.spread is None else number(self.spread.se),
        )

    @cached_property
    def levels(self) -> Levels:
        """The model on the original points."""
        numbers, moments = self.structure.numbers, self.moments
        return levels(self.diagram, numbers.weights, moments.mean[None], moments.sd[None], numbers.total)

    def level(self, field: str, *position: int) -> BootstrapEstimate:
        """Return one of the `Levels` with its interval."""
        at = (0, *position)

        def number(found: Levels) -> float:
            return float(getattr(found, field)[at])

        return BootstrapEstimate(
            value=number(self.levels),
            ci_low=None if self.spread is None else number(self.spread.low_levels),
            ci_high=None if self.spread is None else number(self.spread.high_levels),
            confidence_level=self.confidence_level,
            n=self.moments.n,
            method=self.method,
            se=None if self.spread is None else number(self.spread.se_levels),
        )


def constructs(fitted: Fitted) -> dict[str, PathConstruct]:
    """Each construct with its measurement and explained variance."""
    return {name: _construct(fitted, position) for position, name in enumerate(fitted.diagram.constructs)}


def paths(fitted: Fitted) -> tuple[PathCoefficient, ...]:
    """Path coefficients with f² and VIF."""
    numbers, diagram = fitted.structure.numbers, fitted.diagram
    inflation = {
        target: dict(zip(sources, _inflation(fitted.structure.correlations[0][np.ix_(sources, sources)]), strict=True))
        for target, sources in diagram.predecessors.items()
    }
    made = []
    for source_name, target_name in diagram.paths:
        source, target = diagram.constructs.index(source_name), diagram.constructs.index(target_name)
        vif = float(inflation[target][source])
        r_squared = float(numbers.r_squared[0, target])
        without = fitted.r_squared_without[source_name, target_name]
        held = r_squared - float(numbers.direct[0, source, target]) ** 2 / vif
        made.append(
            PathCoefficient(
                **vars(fitted.estimate("direct", source, target)),
                source=source_name,
                target=target_name,
                f_squared=None if without is None else _f_squared(r_squared, without),
                f_squared_scores_held=_f_squared(r_squared, held),
                vif=vif,
            )
        )
    return tuple(made)


def effects(fitted: Fitted) -> tuple[PathEffect, ...]:
    """Effects of every pair that a route joins."""
    names = fitted.diagram.constructs
    reach = fitted.diagram.arrows.copy()
    for middle in range(len(names)):
        reach |= np.outer(reach[:, middle], reach[middle])
    return tuple(
        PathEffect(
            source=names[source],
            target=names[target],
            direct=fitted.estimate("direct", source, target),
            indirect=fitted.estimate("indirect", source, target),
            total=fitted.estimate("total", source, target),
            total_unstandardized=fitted.level("moved", source, target),
        )
        for source, target in zip(*map(np.ndarray.tolist, np.nonzero(reach)), strict=True)
    )


def goodness_of_fit(fitted: Fitted) -> float | None:
    """Root of mean communality times mean R², or None where communality is 1 by construction."""
    diagram, numbers = fitted.diagram, fitted.structure.numbers
    several = diagram.membership.sum(axis=0)[diagram.construct_of] > 1
    if not several.any():
        return None
    explained = numbers.r_squared[0, list(diagram.predecessors)].mean()
    return float(np.sqrt((numbers.loadings[0, several] ** 2).mean() * explained))


def caveats(fitted: Fitted, *, consistent: bool) -> tuple[Message, ...]:
    """What a careful reader of the model must know."""
    return (
        *_about_respondents(fitted),
        *_about_weights(fitted),
        *_about_structure(fitted),
        *(_about_correction(fitted) if consistent else ()),
    )


def _construct(fitted: Fitted, position: int) -> PathConstruct:
    diagram, numbers = fitted.diagram, fitted.structure.numbers
    name = diagram.constructs[position]
    mode, items = diagram.modes[name], diagram.blocks[name]
    members = np.flatnonzero(diagram.construct_of == position)
    sd = fitted.moments.sd[diagram.item_of]
    within = fitted.moments.correlation[np.ix_(diagram.item_of[members], diagram.item_of[members])]
    regular = np.linalg.eigvalsh(within)[0] > SMALLEST_EIGENVALUE
    inflation = _inflation(within).tolist() if regular else [None] * len(items)
    loadings = numbers.loadings[0, members]
    communality = float((loadings**2).mean())
    r_squared = fitted.estimate("r_squared", position) if position in diagram.predecessors else None
    rho_a = float(fitted.structure.rho_a[0, position])
    reflects = mode == "A" or len(items) == 1
    return PathConstruct(
        name=name,
        mode=mode,
        indicators=tuple(
            PathIndicator(
                item=item,
                weight=fitted.estimate("weights", member),
                unstandardized_weight=float(numbers.weights[0, member] / sd[member]),
                loading=fitted.estimate("loadings", member),
                communality=float(numbers.loadings[0, member] ** 2),
                vif=vif,
            )
            for item, member, vif in zip(items, members.tolist(), inflation, strict=True)
        ),
        level=fitted.level("level", position),
        r_squared=r_squared,
        adjusted_r_squared=None
        if r_squared is None
        else _adjusted(r_squared.value, fitted.moments.n, len(diagram.predecessors[position])),
        communality=communality,
        redundancy=None if r_squared is None else communality * r_squared.value,
        average_variance_extracted=communality if reflects else None,
        composite_reliability=_composite_reliability(loadings) if reflects else None,
        rho_a=rho_a if reflects and np.isfinite(rho_a) else None,
    )


def _f_squared(r_squared: float, without: float) -> float | None:
    unexplained = 1 - r_squared
    return (r_squared - without) / unexplained if unexplained > SMALLEST_EIGENVALUE else None


def _adjusted(r_squared: float, n: int, n_predecessors: int) -> float:
    return 1 - (1 - r_squared) * (n - 1) / (n - n_predecessors - 1)


def _composite_reliability(loadings: Array) -> float:
    true = loadings.sum() ** 2
    return float(true / (true + (1 - loadings**2).sum()))


def _inflation(correlation: Array) -> Array:
    return np.asarray(np.linalg.inv(correlation).diagonal(), dtype=np.float64)


def _about_respondents(fitted: Fitted) -> list[Message]:
    moments, diagram = fitted.moments, fitted.diagram
    said = []
    if dropped := moments.n_respondents - moments.n:
        said.append(Message("{n} respondents with a blank are left out (list-wise).", n=dropped))
    if moments.n <= moments.n_items:
        said.append(
            Message(
                "{n} complete respondents for {n_items} items: weights and loadings fit this sample more than others.",
                n=moments.n,
                n_items=moments.n_items,
            )
        )
    most = max(len(group) for group in (*diagram.predecessors.values(), *diagram.formed))
    if moments.n < RESPONDENTS_PER_ARROW * most:
        said.append(
            Message(
                "{n} complete respondents; the rule of ten for each arrow at one construct asks for {needed}.",
                n=moments.n,
                needed=RESPONDENTS_PER_ARROW * most,
            )
        )
    return said


def _about_weights(fitted: Fitted) -> list[Message]:
    diagram, weights = fitted.diagram, fitted.structure.numbers.weights[0]
    negative = dict.fromkeys(diagram.items[diagram.item_of[place]] for place in np.flatnonzero(weights < 0))
    if not negative:
        return []
    return [
        Message(
            "Negative weights: {items}. Reverse items that are worded the other way; otherwise they go with their "
            "construct only through the other items, or not at all.",
            items=", ".join(negative),
        )
    ]


def _about_structure(fitted: Fitted) -> list[Message]:
    inflated = [path for path in paths(fitted) if path.vif >= HIGH_VIF]
    if not inflated:
        return []
    return [
        Message(
            "Predecessors go together so closely that their effects can hardly be told apart (VIF of {limit:g} or "
            "more): {paths}.",
            limit=HIGH_VIF,
            paths=", ".join(f"{path.source} → {path.target}" for path in inflated),
        )
    ]


def _about_correction(fitted: Fitted) -> list[Message]:
    """Signs that the correction went beyond what correlations, loadings and reliabilities can be."""
    diagram, result = fitted.diagram, fitted.structure
    said = []
    beyond = [name for name, rho in zip(diagram.constructs, result.rho_a[0], strict=True) if rho > 1]
    if beyond:
        said.append(Message("The reliability rho_A exceeds 1: {constructs}.", constructs=", ".join(beyond)))
    too_high = [
        diagram.items[diagram.item_of[place]] for place in np.flatnonzero(np.abs(result.numbers.loadings[0]) > 1)
    ]
    if too_high:
        said.append(
            Message("Corrected loadings exceed 1: {items}. The model is not to be trusted.", items=", ".join(too_high))
        )
    if np.linalg.eigvalsh(result.correlations[0])[0] < -SMALLEST_EIGENVALUE:
        said.append(
            Message(
                "The corrected correlations of the constructs contradict each other (the matrix is not positive "
                "definite); the coefficients are not to be trusted."
            )
        )
    return said
