"""A measurement model as the caller writes it, and the free cells and starting values that follow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from servq.errors import InvalidArgument
from servq.statistics.covariance_structure import Cell, Part

if TYPE_CHECKING:
    from numpy.typing import NDArray

SECOND_ORDER_NAME = "general"
#: Starting values are kept away from the edges of what is possible.
SMALLEST_START = 0.1
LARGEST_START = 0.95
START_ITERATIONS = 10


@dataclass(frozen=True)
class MeasurementModel:
    """Items of each factor, and first-order factors of each second-order factor.

    The first item of a factor (the first factor of a second-order factor) is its marker: that loading is 1.
    """

    factors: Mapping[str, tuple[str, ...]]
    second_order: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, model: object, second_order: object = None) -> MeasurementModel:
        """Check what the caller wrote.

        Raises
        ------
        InvalidArgument
            Not a mapping of names to names; an empty factor; a name used twice; a second-order factor of factors that
            do not exist, or of fewer than two.
        """
        factors = _names_by_name(model, "model")
        if second_order is None or second_order is False:
            above: Mapping[str, tuple[str, ...]] = {}
        elif second_order is True or isinstance(second_order, str):
            name = second_order if isinstance(second_order, str) else SECOND_ORDER_NAME
            above = {name: tuple(factors)}
        else:
            above = _names_by_name(second_order, "second_order")
        names = [*factors, *above, *dict.fromkeys(item for items in factors.values() for item in items)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InvalidArgument(f"Factors and items need different names; used twice: {', '.join(twice)}.")
        for name, parts in above.items():
            unknown = [part for part in parts if part not in factors]
            if unknown or len(parts) < 2:  # one factor cannot be a second-order factor
                raise InvalidArgument(f"Second-order factor {name} needs at least two of the factors of the model.")
        explained = [part for parts in above.values() for part in parts]
        if len(set(explained)) < len(explained):
            raise InvalidArgument("A factor can belong to one second-order factor only.")
        return cls(factors, above)

    @property
    def items(self) -> tuple[str, ...]:
        """Every item once, in the order of the model."""
        return tuple(dict.fromkeys(item for items in self.factors.values() for item in items))

    @property
    def all_factors(self) -> tuple[str, ...]:
        """First-order factors, then second-order ones."""
        return (*self.factors, *self.second_order)

    @property
    def single_items(self) -> tuple[str, ...]:
        """Items that alone stand for a factor and load nowhere else; their residual variance is fixed to 0."""
        everywhere = [item for items in self.factors.values() for item in items]
        return tuple(items[0] for items in self.factors.values() if len(items) == 1 and everywhere.count(items[0]) == 1)


class FreeParameters:
    """Numbers free cells in the order in which they are asked for, and remembers their starting values.

    A cell of one of the `equal` parts keeps the parameter that it was given first, so that groups share it.
    """

    def __init__(self, equal: frozenset[Part] = frozenset()) -> None:
        self.start: list[float] = []
        self._equal = equal
        self._shared: dict[tuple[Part, int, int], Cell] = {}

    def free(self, part: Part, row: int, column: int, start: float) -> Cell:
        """Return a cell with a parameter of its own, or with that of its equal in another group."""
        known = self._shared.get((part, row, column))
        if known is not None:
            return known
        self.start.append(start)
        cell = Cell(part, row, column, len(self.start) - 1, start)
        if part in self._equal:
            self._shared[part, row, column] = cell
        return cell


def covariance_cells(model: MeasurementModel, covariance: NDArray[np.float64], free: FreeParameters) -> list[Cell]:
    """Cells of Λ, Β, Ψ and Θ with starting values from the covariance matrix of `model.items`."""
    where = {item: position for position, item in enumerate(model.items)}
    factor_at = {factor: position for position, factor in enumerate(model.all_factors)}
    scores, loadings = _first_order_start(model, covariance, where)
    cells = []
    for factor, items in model.factors.items():
        column = factor_at[factor]
        cells.append(Cell(Part.LOADING, where[items[0]], column, None, 1.0))
        for item in items[1:]:
            ratio = loadings[where[item], column] / loadings[where[items[0]], column]
            cells.append(free.free(Part.LOADING, where[item], column, float(ratio)))
    communality = np.minimum((loadings**2).sum(axis=1) / np.diag(covariance), LARGEST_START)
    for item, position in where.items():
        if item in model.single_items:
            cells.append(Cell(Part.RESIDUAL_VARIANCE, position, 0, None, 0.0))
        else:
            start = float(covariance[position, position] * (1 - communality[position]))
            cells.append(free.free(Part.RESIDUAL_VARIANCE, position, 0, start))
    markers = [where[items[0]] for items in model.factors.values()]
    scale = np.array([loadings[marker, column] for column, marker in enumerate(markers)])
    return cells + _factor_cells(model, scores * np.outer(scale, scale), factor_at, free)


def _factor_cells(
    model: MeasurementModel, covariance: NDArray[np.float64], factor_at: Mapping[str, int], free: FreeParameters
) -> list[Cell]:
    cells = []
    explained: set[str] = set()
    tops = np.zeros((len(model.all_factors), len(model.all_factors)))
    n_first = len(model.factors)
    tops[:n_first, :n_first] = covariance
    for name, parts in model.second_order.items():
        explained.update(parts)
        positions = [factor_at[part] for part in parts]
        loadings = _one_factor_start(covariance[np.ix_(positions, positions)])
        top = factor_at[name]
        tops[top, top] = loadings[0] ** 2
        cells.append(Cell(Part.PATH, positions[0], top, None, 1.0))
        for position, loading in zip(positions[1:], loadings[1:], strict=True):
            cells.append(free.free(Part.PATH, position, top, float(loading / loadings[0])))
        for position, loading in zip(positions, loadings, strict=True):
            start = float(covariance[position, position] - loading**2)
            cells.append(free.free(Part.FACTOR_COVARIANCE, position, position, start))
    exogenous = [factor_at[factor] for factor in model.all_factors if factor not in explained]
    pairs = [(row, row) for row in exogenous] + list(combinations(exogenous, 2))
    return cells + [free.free(Part.FACTOR_COVARIANCE, row, column, float(tops[row, column])) for row, column in pairs]


def _first_order_start(
    model: MeasurementModel, covariance: NDArray[np.float64], where: Mapping[str, int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Correlations of unit-weighted factor scores, and loadings on factors of unit variance."""
    loadings = np.zeros((len(where), len(model.factors)))
    weights = np.zeros_like(loadings)
    sd = np.sqrt(np.diag(covariance))
    for column, items in enumerate(model.factors.values()):
        positions = [where[item] for item in items]
        loadings[positions, column] = _one_factor_start(covariance[np.ix_(positions, positions)])
        weights[positions, column] = np.sign(loadings[positions, column]) / sd[positions]
    scores = weights.T @ covariance @ weights
    scale = np.sqrt(np.diag(scores))
    return scores / np.outer(scale, scale), loadings


def _one_factor_start(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Loadings on one factor by a few principal axis steps, the marker's positive and none too close to 0 or 1."""
    sd = np.sqrt(np.diag(covariance))
    if len(sd) == 1:
        return sd
    reduced = covariance / np.outer(sd, sd)
    np.fill_diagonal(reduced, np.abs(reduced - np.eye(len(sd))).max(axis=0))
    for _ in range(START_ITERATIONS):
        values, vectors = np.linalg.eigh(reduced)
        loadings = vectors[:, -1] * np.sqrt(max(values[-1], SMALLEST_START**2))
        loadings = np.clip(loadings, -LARGEST_START, LARGEST_START)
        np.fill_diagonal(reduced, loadings**2)
    loadings = loadings if loadings[0] >= 0 else -loadings
    loadings = np.where(np.abs(loadings) < SMALLEST_START, np.copysign(SMALLEST_START, loadings), loadings)
    started: NDArray[np.float64] = loadings * sd
    return started


def _names_by_name(mapping: object, argument: str) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(mapping, Mapping) or not mapping:
        raise InvalidArgument(f'{argument} must map each factor to its parts, for example {{"empathy": ["emp_1", …]}}.')
    checked: dict[str, tuple[str, ...]] = {}
    for name, parts in mapping.items():
        if isinstance(parts, str) or not isinstance(parts, Sequence) or not parts:
            raise InvalidArgument(f"{argument}: {name} must list at least one name.")
        if len(set(parts)) < len(parts):
            raise InvalidArgument(f"{argument}: {name} lists a name twice.")
        checked[str(name)] = tuple(map(str, parts))
    return checked
